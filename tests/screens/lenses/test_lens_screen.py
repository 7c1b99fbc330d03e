"""What all lenses share, on that of surprise: nets, texts, threads, sentences, files."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList, Select, Static

from tests.screens.lenses.support import (
    LensApp,
    both,
    looking_at,
    settled,
    subject,
    until,
)
from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.screens import lenses
from tui_charrnn.screens.export import ExportScreen
from tui_charrnn.screens.lenses.surprise import SurpriseLens
from tui_charrnn.screens.lenses.text import TextScreen
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.lenses.surprise import SurpriseText

STYLES = [Path(lenses.__file__).with_name(f"{name}.tcss") for name in ("base", "surprise")]


def said(app: LensApp, selector: str) -> str:
    return str(app.lens.query_one(selector, Static).render())


def offered(app: LensApp) -> list[str]:
    line = app.lens.query_one(KeyLine)
    return [binding.description for binding in line.shown_bindings()]


async def test_the_first_lines_name_nets_and_text() -> None:
    app = LensApp(SurpriseLens, looking_at(*both(), live=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        rnn, gru = (reading.surprise.mean_bits for _, reading in app.lens.seen.result)
        assert said(app, "#nets") == (
            f"Surprise  RNN after 400: {rnn:.3f} bits  GRU after 400: {gru:.3f} bits  live"
        )
        assert said(app, "#text") == "held-out part of owls from its character 1, 868 characters"


async def test_a_net_that_trains_is_followed_until_it_is_held() -> None:
    looking = looking_at(subject("gru"), live=True)
    app = LensApp(SurpriseLens, looking)
    async with app.run_test() as pilot:
        await settled(pilot)
        nets = looking._nets
        nets.train(10)
        await until(lambda: app.lens.seen.subjects[0].iteration == 410)
        await pilot.pause()
        assert " after 410: " in said(app, "#nets")
        assert offered(app)[1] == "Hold"
        await pilot.press("space")
        assert said(app, "#nets").endswith("held")
        assert offered(app)[1] == "Follow"
        nets.train(10)
        await pilot.pause(0.3)
        assert " after 410: " in said(app, "#nets")
        await pilot.press("space")
        await until(lambda: app.lens.seen.subjects[0].iteration == 420)
        nets.live = False
        await until(lambda: "live" not in said(app, "#nets"))
        assert offered(app)[1] == "Next"  # neither to hold nor to follow


async def test_without_a_net_yet_it_waits_for_one() -> None:
    looking = looking_at(live=True)
    app = LensApp(SurpriseLens, looking)
    async with app.run_test() as pilot:
        await pilot.pause(0.3)
        assert said(app, "#text") == "waiting for the net …"
        assert "Type" not in offered(app)
        looking._nets.subjects = (subject("gru"),)
        await settled(pilot)
        assert " after 400: " in said(app, "#nets")
        assert "Type" in offered(app)


# texts


async def typed(pilot, text: str) -> None:
    await pilot.press("t")
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")


async def test_a_text_is_typed() -> None:
    app = LensApp(SurpriseLens, looking_at(*both()))
    async with app.run_test() as pilot:
        await settled(pilot)
        await typed(pilot, r"The owl.\nThe fox.")
        await settled(pilot)
        assert app.lens.seen.text.text == "The owl.\nThe fox."
        assert said(app, "#text") == "typed, 17 characters"
        await pilot.press("t")
        assert app.screen.query_one(Input).value == r"The owl.\nThe fox."  # to be changed
        await pilot.press("escape")
        assert app.lens.seen.text.text == "The owl.\nThe fox."


async def test_what_cannot_be_read_is_one_sentence() -> None:
    problems = {
        "": "The text must have at least 1 character, not 0.",
        "The owl!": "The character '!' does not occur in owls.",
        "o" * 2001: "The text must have at most 2,000 characters, not 2,001.",
        "o\x1b[2J": "The character '\\x1b' does not occur in owls.",
    }
    app = LensApp(SurpriseLens, looking_at(subject("gru")))
    async with app.run_test() as pilot:
        await settled(pilot)
        for text, problem in problems.items():
            await typed(pilot, text)
            assert isinstance(app.screen, TextScreen)
            assert str(app.screen.query_one("#problem", Static).render()) == problem
            await pilot.press("escape")


async def test_passages_and_generated_texts() -> None:
    app = LensApp(SurpriseLens, looking_at(*both()))
    async with app.run_test() as pilot:
        await settled(pilot)
        first = app.lens.seen.text
        await pilot.press("p")
        await settled(pilot)
        assert app.lens.seen.text.origin.startswith("training part of owls from its character 1")
        assert app.lens.seen.text.text != first.text
        await pilot.press("g")
        await settled(pilot)
        assert said(app, "#text") == "generated by RNN at temperature 1, 500 characters"
        assert app.lens.query_one(SurpriseText).text == app.lens.seen.text.text


async def test_without_a_corpus_there_are_no_passages() -> None:
    looking = looking_at(subject("gru"))
    looking._corpus = None
    app = LensApp(SurpriseLens, looking)
    async with app.run_test() as pilot:
        await settled(pilot)
        assert said(app, "#text").startswith("generated by gru")
        assert "Passage" not in offered(app)
        assert "Compare" not in offered(app)  # nor is there a store


# what is computed in the thread


class SlowLens(SurpriseLens):
    """Computes when it is let."""

    CSS_PATH = STYLES

    def __init__(self, looking) -> None:
        super().__init__(looking)
        self.asked: list[str] = []
        self.shown: list[object] = []
        self.go = threading.Semaphore(0)

    def compute(self, subjects: Sequence[Subject], text: str) -> object:
        self.asked.append(text)
        assert self.go.acquire(timeout=30)
        return super().compute(subjects, text)

    def show(self, result) -> None:
        self.shown.append(result[0][1].text)
        super().show(result)


async def test_keys_are_served_while_it_computes_and_stale_results_are_not_shown() -> None:
    looking = looking_at(subject("gru"))
    looking.type("The owl")
    app = LensApp(SlowLens, looking)
    async with app.run_test() as pilot:
        lens = app.lens
        await until(lambda: lens.asked == ["The owl"])
        for text in ("The fox", "The sea", "the cold sea"):
            await typed(pilot, text)
        await pilot.pause(0.6)
        assert said(app, "#text").startswith("computing …")
        assert (lens.asked, lens.shown) == (["The owl"], [])
        lens.go.release()
        await until(lambda: len(lens.asked) == 2)
        assert lens.shown == []  # the first is stale
        lens.go.release()
        await settled(pilot)
        assert lens.asked == ["The owl", "the cold sea"]  # what lay between was left out
        assert lens.shown == ["the cold sea"]


async def test_a_lens_that_is_left_computes_to_its_end_before_the_next_begins() -> None:
    """A net serves one thread at a time."""
    looking = looking_at(subject("gru"))
    app = LensApp(SlowLens, looking)
    async with app.run_test() as pilot:
        first = app.lens
        await until(lambda: first.asked)
        second = SlowLens(looking)
        app.switch_screen(second)
        await until(lambda: second.is_current)
        await pilot.pause(0.2)
        assert second.asked == []
        first.go.release()
        await until(lambda: second.asked)
        second.go.release()
        await settled(pilot)
        assert first.shown == []


class RefusingLens(SurpriseLens):
    """Cannot look at what it is given."""

    CSS_PATH = STYLES
    error: Exception | None = ValueError("The net has no gates.")

    def compute(self, subjects: Sequence[Subject], text: str) -> object:
        if self.error is not None:
            raise self.error
        return super().compute(subjects, text)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("The net \x1b has no gates."), "The net ␛ has no gates."),
        (MemoryError(), "There is not enough memory for this model."),
    ],
)
async def test_what_cannot_be_computed_is_one_sentence(error: Exception, sentence: str) -> None:
    app = LensApp(RefusingLens, looking_at(subject("gru"), live=True))
    app.first.error = error
    async with app.run_test() as pilot:
        await settled(pilot)
        lens = app.lens
        assert said(app, "#lens-problem") == sentence
        assert not lens.query_one("#lens").display
        assert said(app, "#nets") == "Surprise  gru after 400  live"
        assert "Export" not in offered(app)
        lens.error = None
        await pilot.press("p")
        await settled(pilot)
        assert lens.query_one("#lens").display
        assert not lens.query_one("#lens-problem").display


# comparing, and files


@pytest.fixture
def store(tmp_path: Path):
    from tests.screens.lenses.stored import store_with_runs

    with store_with_runs(tmp_path / "runs.sqlite3") as found:
        yield found


async def test_another_run_of_the_store_is_put_below(store) -> None:
    looking = looking_at(subject("here"), store=lambda: store)
    app = LensApp(SurpriseLens, looking)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("v")
        await until(lambda: app.screen is not app.lens)
        await pilot.pause()
        options = app.screen.query_one(OptionList)
        names = [str(option.prompt).split("  ")[0] for option in options.options]
        assert names == ["no other run", "gru-3", "rnn-1"]  # the second has no checkpoint
        assert options.highlighted == 1
        await pilot.press("down", "enter")
        await settled(pilot)
        assert [name for name, _ in app.lens.query_one(SurpriseText).results] == ["here", "rnn-1"]
        await pilot.press("v")
        await until(lambda: app.screen is not app.lens)
        await pilot.pause()
        assert app.screen.query_one(OptionList).highlighted == 2
        await pilot.press("home", "enter")
        await settled(pilot)
        assert [name for name, _ in app.lens.query_one(SurpriseText).results] == ["here"]


async def test_a_run_on_another_text_is_refused_in_one_sentence(store) -> None:
    looking = looking_at(subject("here"), store=lambda: store)
    app = LensApp(SurpriseLens, looking)
    async with app.run_test() as pilot:
        await settled(pilot)
        looking.compare(store.find("gru-3"))
        app.lens.recompute()
        await until(lambda: app.lens.problem)
        assert app.lens.problem == "The character 'O' does not occur in abc."


async def exported(pilot, path: Path, form: str) -> str:
    await pilot.press("e")
    screen = pilot.app.screen
    assert isinstance(screen, ExportScreen)
    screen.query_one(Select).value = form
    await pilot.pause()
    screen.query_one(Input).value = str(path)
    screen.query_one(Input).focus()
    await pilot.press("enter")
    await until(path.exists)
    await settled(pilot)
    return path.read_text()


async def test_what_is_shown_is_written_as_figures(tmp_path: Path) -> None:
    app = LensApp(SurpriseLens, looking_at(*both()))
    async with app.run_test() as pilot:
        await settled(pilot)
        found = json.loads(await exported(pilot, tmp_path / "x.json", "json"))
        assert found["lens"] == "surprise"
        assert found["text"] == app.lens.seen.text.text
        assert [run["name"] for run in found["runs"]] == ["RNN", "GRU"]
        assert TrainConfig(**found["runs"][1]["config"]).cell == "gru"
        assert [each["mean_bits"] for each in found["result"]] == pytest.approx(
            [reading.surprise.mean_bits for _, reading in app.lens.seen.result], abs=1e-8
        )


async def test_what_is_shown_is_written_as_a_picture(tmp_path: Path) -> None:
    app = LensApp(SurpriseLens, looking_at(*both()))
    async with app.run_test() as pilot:
        await settled(pilot)
        found = await exported(pilot, tmp_path / "x.svg", "svg")
        assert found.startswith("<svg")
        assert "surprise" in found


async def test_a_file_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    app = LensApp(SurpriseLens, looking_at(subject("a/b\x1b")))
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("e")
        field = app.screen.query_one(Input)
        assert field.value == "surprise-a-b␛.svg"
        field.value = str(tmp_path / "no" / "x.svg")
        await pilot.press("enter")
        await settled(pilot)
        await until(lambda: app._notifications)
        (notice,) = app._notifications
        assert "no/x.svg" in notice.message
        assert notice.severity == "error"


# from lens to lens


async def test_help_explains_keys_lens_and_texts() -> None:
    app = LensApp(SurpriseLens, looking_at(subject("gru")))
    async with app.run_test(size=(120, 60)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        keys = app.screen._keys.plain
        assert "Take a passage of the corpus; again: another" in keys
        assert "Look inside: Gates, how long each unit remembers" in keys
        assert "Go to the next character that surprised a net" in keys
        text = app.screen._text
        assert "-log2 of the probability" in text
        assert "held out from" in text


async def test_the_own_key_does_nothing_and_escape_leads_back() -> None:
    app = LensApp(SurpriseLens, looking_at(subject("gru")))
    async with app.run_test() as pilot:
        await settled(pilot)
        lens = app.lens
        await pilot.press("4")
        assert app.screen is lens
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, SurpriseLens)

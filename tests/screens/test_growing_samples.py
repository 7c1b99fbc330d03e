"""A sample that is seen while it is drawn: the picture of the whole, and little work for it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from rich.text import Text
from textual.app import App
from textual.events import Key
from textual.pilot import Pilot
from textual.strip import Strip

import tui_charrnn.widgets.samples as pane_module
from tests.screens.race_support import RaceApp, begun
from tests.screens.race_support import send as race_send
from tests.screens.support import (
    ScriptedApp,
    loaded,
    parts_of,
    sample,
    send,
    started,
    steps,
    stopped,
)
from tests.screens.test_samples import CONFIG, PaneApp, lines
from tui_charrnn.engine.events import Sample, SamplePart
from tui_charrnn.runs.drawing import NotDrawn
from tui_charrnn.widgets.growing_text import GrowingText
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.samples import SamplesPane

WORDS = "the owl saw a fox and went home " * 700
STRANGE = (
    "ab c\n", "a  b \n\t", "a\u0301\u0301\u0301 b\u0e33\x1b[31m", "猫头鹰 a\n", "xyz",
    "\t猫\n🦉👍🏽 ", "\ud800\u202e\u0bbe a",
)  # fmt: skip


def pictured(pane: SamplesPane) -> list[str]:
    """Return what is written, with its styles."""
    return [str(list(line)) for line in pane.lines]


def add(pane: SamplesPane, *drawn: Sample | SamplePart) -> None:
    for each in drawn:
        pane.add(each, CONFIG.seq_length)


def drawn_in_parts(rng: random.Random) -> tuple[Sample, list[SamplePart]]:
    """Return a sample of anything, cut anywhere: between a letter and its accents as well."""
    text = "".join(rng.choices(rng.choice(STRANGE), k=rng.randint(2, 300)))
    prompt = rng.choice(["", "The fox", "p\n\tq" * 9, "e\u0301" * 30])
    whole = sample(CONFIG, 7, text, prompt=prompt, requested=True)
    ends = sorted(rng.sample(range(1, len(text)), min(len(text) - 1, rng.randint(1, 9))))
    return whole, parts_of(whole, *ends)


# ------------------------------------------------------------------------ what is seen


@pytest.mark.parametrize("seed", range(3))
async def test_every_part_of_any_text_is_shown_as_in_the_whole(seed: int) -> None:
    app, rng = PaneApp(), random.Random(seed)
    async with app.run_test(size=(34, 12)) as pilot:
        pane, other = app.query_one(SamplesPane), SamplesPane()
        await app.mount(other)
        await pilot.pause()
        for _ in range(25):
            whole, parts = drawn_in_parts(rng)
            pane.forget()
            add(pane, sample(CONFIG, 3, "before"))
            for part in parts:
                add(pane, part)
                other.forget()
                begun = sample(CONFIG, 7, whole.text[: part.drawn], prompt=whole.prompt)
                add(other, begun)
                seen = [line.text.rstrip() for line in pane.lines[3:]]
                assert seen == [line.text.rstrip() for line in other.lines[1:]]
            add(pane, whole)
            seen = pictured(pane)
            pane.forget()
            add(pane, sample(CONFIG, 3, "before"), whole)
            assert seen == pictured(pane)


async def test_the_line_above_is_that_of_the_sample_and_the_frame_tells_how_much_there_is() -> None:
    app = PaneApp()
    async with app.run_test(size=(120, 12)):
        pane = app.query_one(SamplesPane)
        whole = sample(CONFIG, 1234, WORDS[:20_000], requested=True)
        add(pane, *parts_of(whole, 1250))
        assert pane.border_subtitle == "1,250 of 20,000 drawn · k ends it here"
        assert pane.is_growing
        above = lines(app)[0]
        add(pane, whole)
        assert lines(app)[0] == above
        assert "".join(lines(app)[1:]).replace(" ", "") == WORDS[:20_000].replace(" ", "")
        assert pane.border_subtitle == f"1 kept · {pane_module.SETTINGS}"
        assert not pane.is_growing
        assert pane.asked_for == 1


async def test_the_last_line_is_drawn_anew_as_it_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[int, str]] = []

    def render_line(pane: SamplesPane, y: int) -> Strip:
        strip = original(pane, y)
        drawn.append((y, strip.text.rstrip()))
        return strip

    original = SamplesPane.render_line
    monkeypatch.setattr(SamplesPane, "render_line", render_line)
    # whatever stands in the frame: a change of it would draw the whole pane anew
    monkeypatch.setattr(SamplesPane, "_describe", lambda pane: None)
    app = PaneApp()
    async with app.run_test(size=(60, 12)) as pilot:
        pane = app.query_one(SamplesPane)
        for part in parts_of(sample(CONFIG, 2, WORDS), *range(20, 900, 20)):
            drawn.clear()
            add(pane, part)
            await pilot.pause()
            row = len(pane.lines) - 1 - pane.scroll_offset.y
            shown = [text for y, text in drawn if y == row]
            assert shown
            assert shown[-1]
            assert WORDS[: part.drawn].rstrip().endswith(shown[-1])


async def test_what_was_given_up_is_not_shown_any_more() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 12)) as pilot:
        pane = app.query_one(SamplesPane)
        add(pane, sample(CONFIG, 1, "before"))
        before = pictured(pane)
        add(pane, *parts_of(sample(CONFIG, 2, WORDS), 100, 900))
        await pilot.pause()
        assert pane.max_scroll_y > 0
        pane.give_up()
        await pilot.pause()
        assert pictured(pane) == before
        assert (pane.max_scroll_y, pane.asked_for) == (0, 0)
        assert pane.border_subtitle == f"1 kept · {pane_module.SETTINGS}"


async def test_parts_of_another_sample_take_the_place_of_those_of_one_given_up() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 12)):
        pane = app.query_one(SamplesPane)
        add(
            pane, *parts_of(sample(CONFIG, 2, "owl owl"), 3), *parts_of(sample(CONFIG, 2, "fox"), 2)
        )
        assert lines(app)[1:] == ["fo"]


async def test_where_a_part_is_missed_nothing_is_made_up() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 12)):
        pane = app.query_one(SamplesPane)
        whole = sample(CONFIG, 2, "the owl saw the fox")
        first, second, third = parts_of(whole, 3, 7, 11)
        add(pane, second)
        assert lines(app) == []
        add(pane, first, third)
        assert lines(app)[1:] == ["the"]
        assert pane.border_subtitle.startswith("3 of 19")
        add(pane, whole)
        assert lines(app)[1:] == [whole.text]


# ------------------------------------------------------------------------ what it costs


async def test_a_part_wraps_the_last_line_anew_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def write(pane: SamplesPane, content: Text, *arguments: object) -> SamplesPane:
        written.append(len(content) if isinstance(content, Text) else -1)
        return original(pane, content, *arguments)

    original = SamplesPane.write
    monkeypatch.setattr(SamplesPane, "write", write)
    app = PaneApp()
    async with app.run_test(size=(80, 12)):
        for text in (WORDS[:20_000], "猫" * 20_000):
            pane, width = app.query_one(SamplesPane), 80
            parts = parts_of(sample(CONFIG, 2, text), *range(100, 20_000, 100))
            add(pane, parts[0])
            written.clear()
            for part in parts[1:]:
                add(pane, part)
            assert len(written) == len(parts) - 1
            assert max(written) <= 100 + width


# ------------------------------------------------------------------------ who reads meanwhile


async def test_the_newest_is_followed_and_a_reader_is_left_alone() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 12)) as pilot:
        pane = app.query_one(SamplesPane)
        pane.focus()
        whole = sample(CONFIG, 2, WORDS[:6000])
        first, second, third = parts_of(whole, 2000, 4000, 5000)
        add(pane, first)
        await pilot.pause()
        assert pane.is_vertical_scroll_end
        await pilot.press("pageup")
        await pilot.wait_for_scheduled_animations()
        place, seen = pane.scroll_offset.y, pane.render_line(0).text
        assert 0 < place < pane.max_scroll_y
        for each in (second, third, whole):
            add(pane, each)
            await pilot.pause()
            assert (pane.scroll_offset.y, pane.render_line(0).text) == (place, seen)
        add(pane, *parts_of(whole, 3000))
        await pilot.press("pageup")
        await pilot.wait_for_scheduled_animations()
        app.post_message(Key("end", None))
        for part in parts_of(whole, *range(3000, 6000, 100))[1:]:
            add(pane, part)  # on the way there
            await pilot.pause(0.01)
        assert pane.is_vertical_scroll_end
        assert pane._following


@pytest.mark.parametrize("size", [(41, 12), (100, 8)])
async def test_it_is_wrapped_anew_when_the_width_changes_and_grows_on(size) -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 12)) as pilot:
        pane = app.query_one(SamplesPane)
        whole = sample(CONFIG, 2, WORDS[:3000])
        first, second, third = parts_of(whole, 1000, 1500, 2000)
        add(pane, sample(CONFIG, 1, "before"), first, second)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        add(pane, third)
        grown = lines(app)
        pane.forget()
        add(pane, sample(CONFIG, 1, "before"), sample(CONFIG, 2, whole.text[:2000]))
        assert grown == lines(app)


async def test_what_came_while_the_pane_was_hidden_is_there_when_it_is_shown() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 12)) as pilot:
        pane = SamplesPane()
        pane.display = False
        await app.mount(pane)
        whole = sample(CONFIG, 2, WORDS[:600])
        first, second, third = parts_of(whole, 100, 300, 500)
        add(pane, sample(CONFIG, 1, "before"), first, second)
        pane.display = True
        await pilot.pause()
        add(pane, third)
        text = "".join(line.text for line in pane.lines[3:])
        assert text.replace(" ", "") == whole.text[:500].replace(" ", "")
        assert pane.lines[1].text.rstrip() == "before"


async def test_of_a_very_long_one_the_newest_lines_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pane_module, "LINES", 50)
    app = PaneApp()
    async with app.run_test(size=(60, 12)):
        pane = app.query_one(SamplesPane)
        whole = sample(CONFIG, 2, "".join(f"{n}\n" for n in range(500)) + "end")
        add(pane, sample(CONFIG, 1, "before"))
        for part in parts_of(whole, *range(90, 1890, 90)):
            add(pane, part)
            shown = whole.text[: part.drawn].split("\n")
            assert len(lines(app)) <= 50
            assert lines(app)[-9:] == shown[-9:]
        add(pane, whole)
        assert lines(app) == whole.text.split("\n")[-50:]


def test_a_pile_of_accents_without_end_is_passed_over() -> None:
    growing = GrowingText(Text())
    growing.add("e")
    for _ in range(50):
        growing.add("\u0301" * 1000)
    assert len(growing._before) < 1000
    growing.add("x")
    assert growing.tail.plain == "e\u0301\u0301" + "\ufffd" * 49_998 + "x"


# ------------------------------------------------------------------------ on the screen


@pytest.fixture
def app(tmp_path: Path) -> ScriptedApp:
    path = tmp_path / "owls.txt"
    path.write_text("The owl saw the fox, and went home.\n" * 200)
    return ScriptedApp(path)


async def growing_run(pilot: Pilot) -> SamplesPane:
    await loaded(pilot)
    await pilot.press("space")
    config = pilot.app.trainer.config
    await send(pilot, started(config), *steps(config, 0, 50))
    await send(pilot, *parts_of(sample(config, 50, WORDS[:9000], requested=True), 700, 1400))
    return pilot.app.screen.query_one(SamplesPane)


def offered(app: App[None]) -> str:
    return app.screen.query_one(KeyLine).render().plain


async def test_k_is_offered_while_one_is_drawn_and_cuts_it(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 30)) as pilot:
        pane = await growing_run(pilot)
        assert pane.is_growing
        assert "Cut" in offered(app)
        assert not app.trainer.control.wants_cut()
        await pilot.press("k")
        assert app.trainer.control.wants_cut()
        await send(pilot, sample(app.trainer.config, 50, WORDS[:1500], requested=True))
        assert "Cut" not in offered(app)
        assert pane.asked_for == 1
        await pilot.press("k")
        assert not app.trainer.control.wants_cut()


@pytest.mark.parametrize("end", ["stopped", "not drawn"])
async def test_one_that_will_not_be_whole_goes_from_the_screen(app: ScriptedApp, end: str) -> None:
    async with app.run_test(size=(120, 30)) as pilot:
        pane = await growing_run(pilot)
        message = NotDrawn(iteration=50, message="No memory.")
        await send(pilot, stopped(50, "stopped") if end == "stopped" else message)
        assert not pane.is_growing
        assert pane.lines == []
        assert "Cut" not in offered(app)


async def test_in_a_race_each_net_has_its_own_and_k_cuts_them_all(tmp_path: Path) -> None:
    app = RaceApp(tmp_path / "owls.txt", store=tmp_path / "runs.sqlite3")
    async with app.run_test(size=(120, 40)) as pilot:
        await begun(pilot)
        panes = app.race_screen.panes
        for name, ends in (("rnn", (100, 1250)), ("gru", (700,))):
            config = app.trainer(name).config
            await race_send(pilot, name, started(config))
            whole = sample(config, 0, WORDS[:9000], requested=True)
            await race_send(pilot, name, *parts_of(whole, *ends))
        subtitles = [pane.border_subtitle for pane in panes.samples.values()]
        assert subtitles == ["1,250 of 9,000 drawn", "700 of 9,000 drawn"]  # no room for a key
        assert "Cut" in offered(app)
        await pilot.press("k")
        assert all(app.trainer(name).control.wants_cut() for name in panes.samples)
        await race_send(pilot, "rnn", sample(config, 0, WORDS[:1300], requested=True))
        assert panes.samples["rnn"].border_subtitle == "1 kept"
        assert "Cut" in offered(app)
        await race_send(pilot, "gru", stopped(0, "stopped"))
        assert panes.samples["gru"].lines == []
        assert "Cut" not in offered(app)

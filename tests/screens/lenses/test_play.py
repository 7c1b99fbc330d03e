"""The lens Play: what its keys do to the text, to the numbers it is drawn by, and to old texts."""

from __future__ import annotations

import json
import math

import pytest
from textual.widgets import Input

from tests.screens.lenses.play_support import (
    CHARS,
    Running,
    all_text,
    app_of,
    draw,
    drawn,
    hostile,
    lens_of,
    panel_of,
    text_of,
)
from tests.screens.lenses.support import (
    Clock,
    LensApp,
    both,
    looking_at,
    settled,
    subject,
    until,
)
from tui_charrnn.engine import SampleRequest, TrainConfig, build_model
from tui_charrnn.engine.lenses.play import MOST_DRAWN
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.screens.lenses import play, play_numbers
from tui_charrnn.screens.lenses.play import PlayLens
from tui_charrnn.widgets.lenses.play import PlayText

PROMPT = "Once there was an owl who lived in an"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the lens takes for the time."""
    clock = Clock()
    monkeypatch.setattr(play, "clock", clock)
    return clock


async def test_a_text_is_drawn_as_time_passes(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert lens_of(pilot).drawing.prompt == PROMPT
        await draw(pilot, clock, 2.05)
        expected = drawn(subject("GRU"), PROMPT, 20).text
        assert text_of(pilot) == expected
        await pilot.press("space")
        clock.now += 10
        await pilot.pause(0.2)
        assert text_of(pilot) == expected
        assert "held" in panel_of(pilot)
        await pilot.press("space")
        assert "drawing" in panel_of(pilot)
        await draw(pilot, clock, 1.05)
        assert text_of(pilot) == drawn(subject("GRU"), PROMPT, 30).text
        assert lens_of(pilot).text.cursor == len(PROMPT) + 30


async def test_enter_draws_one_character(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("enter", "enter", "enter")
        assert text_of(pilot) == drawn(subject("GRU"), PROMPT, 3).text
        clock.now += 10
        await pilot.pause(0.2)
        assert len(text_of(pilot)) == 3  # it holds
        await pilot.press("left", "left", "enter")
        assert len(text_of(pilot)) == 4
        assert lens_of(pilot).text.cursor == len(PROMPT) + 4


async def test_numbers_change_while_it_draws(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press(
            "enter", "plus", "plus", "enter", "minus", "k", "k", "enter", "n", "enter"
        )
        await pilot.press("K", "K", "N", "enter")
        numbers = [
            (each.request.temperature, each.request.top_k, each.request.top_p)
            for each in lens_of(pilot).drawing.drawn
        ]
        vocab = subject("GRU").vocabulary.vocab_size
        first, second = [stop for stop in play_numbers.TOP_K if stop < vocab][-1:-3:-1]
        assert first > second
        assert numbers == [
            (1.0, 0, 1.0), (1.2, 0, 1.0), (1.1, second, 1.0), (1.1, second, 0.99), (1.1, 0, 1.0)
        ]  # fmt: skip
        for _ in range(14):
            await pilot.press("minus")
        assert "what comes next" in panel_of(pilot)
        assert "at temperature 0" in panel_of(pilot)
        assert "100.0%" in panel_of(pilot)


async def test_speed_is_set(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("s", "s")
        await draw(pilot, clock, 1.01)
        assert len(text_of(pilot)) == 50
        await pilot.press("S", "S", "S")
        assert "5/s" in panel_of(pilot)
        await draw(pilot, clock, 2.01)
        assert len(text_of(pilot)) == 60
        await pilot.press(*"sssss")
        assert "all at once" in panel_of(pilot)
        await draw(pilot, clock, 0.01)
        assert len(text_of(pilot)) == MOST_DRAWN
        assert "full, 2,000 of 2,000 drawn" in panel_of(pilot)
        offered = {binding.action for binding in lens_of(pilot).offered_keys()}
        assert not offered & {"draw", "rest", "one"}
        await pilot.press("enter", "space")
        assert len(text_of(pilot)) == MOST_DRAWN


async def test_keys_never_wait_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play, "clock", Running())
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        lens = lens_of(pilot)
        lens._owed, before = math.inf, len(text_of(pilot))
        lens._draw_due(play.clock() + play.BUDGET)
        assert 1 <= len(text_of(pilot)) - before <= 4
        assert lens._owed == 0  # else it would never catch up


async def test_the_cursor_shows_what_a_character_was_drawn_from(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 3.01)
        await pilot.press("space", "plus", *["left"] * 11)
        drawing = lens_of(pilot).drawing
        shown, each = panel_of(pilot), drawing.drawn[19]
        assert "was drawn" in shown
        assert "at temperature 1\n" in shown
        assert f"{each.probability:.1%}" in shown
        for char, chance in each.likeliest:
            name = {" ": "space", "\n": "newline"}.get(char, char)
            bars = shown.split("\n")[2:]
            line = next(line for line in bars if line.strip(" ▸»").startswith(name))
            assert f"{chance:.1%}" in line
            assert ("▸" in line) == (char == each.char)
        await pilot.press("up", "home")
        assert "the prompt" in panel_of(pilot)
        await pilot.press("ctrl+end")
        assert "what comes next" in panel_of(pilot)


async def test_the_keys_of_the_cursor(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 120.01)
        await pilot.press("space")
        widget = lens_of(pilot).text
        shown = "".join("".join(widget.cells[place] for place in line) for line in widget.lines)
        assert shown == (PROMPT + text_of(pilot)).replace("\n", "↵") + " "
        starts = [line.start for line in widget.lines]
        assert [line.stop for line in widget.lines] == [*starts[1:], len(PROMPT) + 1201]
        assert max(map(len, widget.lines)) <= widget.scrollable_content_region.width
        for keys, place in [
            (["ctrl+home"], 0),
            (["left"], 0),
            (["down", "down"], starts[2]),
            (["right"] * 3, starts[2] + 3),
            (["down"], starts[3] + 3),
            (["up", "home"], starts[2]),
            (["end"], starts[3] - 1),
            (["right"], starts[3]),
            (["pagedown"], starts[min(3 + widget.size.height - 1, len(starts) - 1)]),
            (["ctrl+end"], len(PROMPT) + 1200),
            (["right"], len(PROMPT) + 1200),
        ]:
            await pilot.press(*keys)
            assert widget.cursor == place, keys
        assert widget.scroll_offset.y > 0
        await pilot.press("ctrl+home")
        await pilot.pause()
        assert widget.scroll_offset.y == 0
        await pilot.click(PlayText, offset=(1 + 4, 2))
        assert widget.cursor == starts[2] + 4


async def test_a_fork_draws_on_and_the_old_text_can_be_got_back(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 6.01)
        old = text_of(pilot)
        await pilot.press("space", *["left"] * 40, "f")
        assert text_of(pilot) == old[:20]
        assert "2 of 2" in panel_of(pilot)
        await draw(pilot, clock, 4.01)
        new = text_of(pilot)
        assert (len(new), new[:20]) == (60, old[:20])
        assert new != old
        await pilot.press("b")
        assert text_of(pilot) == old
        clock.now += 5
        await pilot.pause(0.2)
        assert text_of(pilot) == old  # an old text stands still
        assert lens_of(pilot).text.text == PROMPT + old
        await pilot.press("B")
        assert text_of(pilot) == new


async def test_one_of_the_five_takes_the_place_of_a_character(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 3.01)
        await pilot.press("space", *["left"] * 10, "i", "i", "i")
        old = lens_of(pilot).drawing
        third = old.drawn[20].likeliest[2]
        line = next(line for line in panel_of(pilot).split("\n") if "»" in line)
        assert third.char in line or third.char.isspace()
        await pilot.press("f", "space")
        fork = lens_of(pilot).drawing
        assert fork.text[:21] == old.text[:20] + third.char
        assert (fork.drawn[20].chosen, fork.drawn[20].probability) == (True, third.probability)
        assert len(old.text) == 30
        await pilot.press("I")  # from the end of the five
        assert "»" in panel_of(pilot).split("\n")[6]
        last = fork.likeliest(SampleRequest())[4].char
        count = len(fork.text)
        await pilot.press("f", "space")
        assert lens_of(pilot).drawing is fork  # at the end nothing is lost
        assert fork.text[count] == last


async def test_what_was_chosen_is_forgotten_elsewhere(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 3.01)
        await pilot.press("i")
        assert "»" in panel_of(pilot)
        await pilot.press("left")
        assert "»" not in panel_of(pilot)
        await pilot.press(*["i"] * 6)  # round, to none of them
        assert "»" not in panel_of(pilot)


async def test_the_prompt_is_not_forked(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 3.01)
        await pilot.press("ctrl+home", "i", "f")
        assert "1 of 1" in panel_of(pilot)
        assert [each.message for each in app._notifications] == [
            "The prompt was not drawn: a fork begins behind it."
        ]


async def test_a_prompt_is_typed(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("t")
        await pilot.pause()
        field = app.screen.query_one(Input)
        field.value = "The fox and the owl are cold and so far from the sea"
        await pilot.press("enter")
        await settled(pilot)
        await until(lambda: lens_of(pilot).drawing.prompt.startswith("The fox"))
        assert lens_of(pilot).drawing.prompt.endswith("from the sea")
        await draw(pilot, clock, 1.01)
        await pilot.press("b")
        assert lens_of(pilot).drawing.prompt == PROMPT


async def test_every_net_may_draw(clock: Clock) -> None:
    app = app_of(*both())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 2.01)
        assert text_of(pilot) == drawn(both()[0], PROMPT, 20).text
        assert "RNN after 400" in str(lens_of(pilot).query_one("#nets").render())
        await pilot.press("m")
        await until(lambda: lens_of(pilot).drawing.subject.name == "GRU")
        await draw(pilot, clock, 2.01)
        assert text_of(pilot) == drawn(both()[1], PROMPT, 20).text
        line = str(lens_of(pilot).query_one("#nets").render())
        assert "GRU after 400" in line
        assert "RNN" not in line
        await pilot.press("m")
        await until(lambda: lens_of(pilot).drawing.subject.name == "RNN")


async def test_one_net_draws_a_text_while_the_run_goes_on(clock: Clock) -> None:
    app = app_of(live=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 1.01)
        drawing = lens_of(pilot).drawing
        app.looking._nets.train(100)
        await until(lambda: "r takes a newer one" in str(app.lens.query_one("#nets").render()))
        assert lens_of(pilot).drawing is drawing
        assert "GRU after 400" in str(app.lens.query_one("#nets").render())
        await pilot.press("r")
        await until(lambda: lens_of(pilot).drawing is not drawing)
        assert lens_of(pilot).drawing.subject.iteration == 500
        await pilot.pause()
        assert "GRU after 500" in str(app.lens.query_one("#nets").render())
        await draw(pilot, clock, 1.01)
        assert text_of(pilot) == drawn(subject("GRU"), PROMPT, 10, seed=1).text


async def test_a_prompt_that_the_net_does_not_know_is_said(clock: Clock) -> None:
    other = Subject(
        "other", build_model(TrainConfig(hidden_size=3), 2), Vocabulary("ab", ("a", "b")), 3
    )
    app = app_of(subject("GRU"), other)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("m")
        await until(lambda: app.lens.problem)
        assert "The character 'O' does not occur in ab." in app.lens.problem
        before = text_of(pilot)
        clock.now += 5
        await pilot.pause(0.2)
        assert text_of(pilot) == before  # nobody would see it
        await pilot.press("m")
        await until(lambda: not app.lens.problem)


async def test_what_is_seen_is_exported(clock: Clock) -> None:
    app = app_of(*both())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 2.01)
        lens = lens_of(pilot)
        (told,) = json.loads(json.dumps(lens.export_json(), allow_nan=False))
        assert told["text"] == text_of(pilot)
        assert [each.name for each in lens.seen.subjects] == ["RNN"]
        assert lens.seen.text.text == PROMPT
        lines = lens.export_lines(50)
        assert max(line.cell_len for line in lines) <= 50
        shown = "".join(line.plain for line in lines[1:-3:2])
        assert shown.replace("↵", "\n").rstrip(" ") == (PROMPT + text_of(pilot)).rstrip(" ")


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_nothing_harmful_reaches_the_terminal(clock: Clock, size) -> None:
    net = hostile()
    looking = looking_at(net)
    looking.type("".join(CHARS))
    app = LensApp(PlayLens, looking)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("s", "s", "s", "d")
        await draw(pilot, clock, 5)
        seen = set(text_of(pilot))
        assert seen == set(CHARS)
        for _ in range(6):
            await pilot.press("left", "up")
            shown = "".join(all_text(app))
            assert not set(shown) & set("\x1b\x07\n\t\u202e\u200b\udcff")
        lines = lens_of(pilot).export_lines(40)
        assert max(line.cell_len for line in lines) <= 40


async def test_from_play_to_another_lens_and_back(clock: Clock) -> None:
    app = app_of()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await draw(pilot, clock, 2.01)
        await pilot.press("4")
        await settled(pilot)
        assert app.lens.NAME == "surprise"
        clock.now += 5
        await pilot.pause(0.2)
        assert app.lens.seen.text.text.startswith(PROMPT)
        await pilot.press("9")
        await settled(pilot)
        assert (lens_of(pilot).drawing.prompt, text_of(pilot)) == (PROMPT, "")

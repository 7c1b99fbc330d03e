"""The lens of surprise: what the cursor does, and what is seen below it."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.screens.lenses.support import LensApp, both, looking_at, settled, subject
from tui_charrnn.screens.lenses.surprise import SurpriseLens
from tui_charrnn.widgets.lenses.surprise import MUCH, SurpriseText


def text_of(app: LensApp) -> SurpriseText:
    return app.lens.query_one(SurpriseText)


def rows(app: LensApp) -> list[str]:
    text = text_of(app)
    return [text.render_line(y).text.rstrip() for y in range(text.size.height)]


def bars(app: LensApp) -> list[str]:
    return str(app.lens.query_one("#surprise-bars", Static).render()).split("\n")


def legend(app: LensApp) -> str:
    return str(app.lens.query_one("#surprise-legend", Static).render())


def app_with(text: str, *subjects) -> LensApp:
    looking = looking_at(*(subjects or both()))
    looking.type(text)
    return LensApp(SurpriseLens, looking)


OWLS = "The owl looked down. It had never seen a fox so far from the woods, nor one so wet.\n"


async def test_nets_are_above_each_other_with_the_same_line_breaks() -> None:
    app = app_with(OWLS * 3)
    async with app.run_test(size=(60, 24)) as pilot:
        await settled(pilot)
        first = "The owl looked down. It had never seen a fox so far"
        assert rows(app)[:4] == [
            f"RNN {first}",
            f"GRU {first}",
            "",
            "RNN from the woods, nor one so wet.↵",
        ]
        await pilot.press("d")
        assert rows(app)[:3:2] == [f"RNN {first}", f"GRU {first}"]
        bits = app.lens.seen.result[0][1].surprise.bits
        assert rows(app)[1][4:7] == f" {int(bits[1]) or '·'}{int(bits[2]) or '·'}"


async def test_the_cursor_goes_everywhere() -> None:
    app = app_with(OWLS * 2, subject("gru"))
    async with app.run_test(size=(50, 24)) as pilot:
        await settled(pilot)
        text = text_of(app)
        assert [line.start for line in text.lines] == [0, 45, 84, 129, 168]

        async def after(*keys: str) -> int:
            await pilot.press(*keys)
            return text.cursor

        assert text.cursor == 1  # the first that something can be told of
        assert await after("left", "left") == 0
        assert await after("right", "right") == 2
        assert await after("down") == 47
        assert await after("end") == 83
        assert await after("right") == 84  # over the end of the line
        assert await after("up") == 45
        assert await after("home", "end", "up") == 38
        assert await after("pagedown") == len(OWLS * 2)
        assert await after("right", "down") == len(OWLS * 2)
        assert await after("pageup") == 0
        assert await after("ctrl+end") == 168
        assert await after("ctrl+home") == 0


async def test_the_bars_follow_the_cursor() -> None:
    app = app_with("The owl")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("home")
        assert bars(app)[0].split("  ")[1] == "T comes first: nothing was expected"
        assert legend(app).endswith("character 1 of 7")
        await pilot.press("right")
        (_, rnn), (_, gru) = app.lens.seen.result
        head = bars(app)[0]
        for name, reading in (("RNN", rnn), ("GRU", gru)):
            assert f"{name}  h cost {reading.surprise.bits[1]:.2f} bits" in head
        await pilot.press("end")
        assert bars(app)[0].startswith("RNN  what it expects after the end")
        assert legend(app).endswith("behind the end")


async def test_what_surprised_is_found_by_a_key() -> None:
    app = app_with(OWLS)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        found = [reading.surprise.bits for _, reading in app.lens.seen.result]
        much = [place for place in range(2, len(OWLS)) if max(b[place] for b in found) >= MUCH]
        assert len(much) > 2
        for place in much:
            await pilot.press("n")
            assert text_of(app).cursor == place
        await pilot.press("n")
        assert text_of(app).cursor == much[-1]
        (notice,) = app._notifications
        assert notice.message == "No character after this one cost 4 bits or more."
        await pilot.press("N")
        assert text_of(app).cursor == much[-2]


async def test_the_cursor_stays_where_it_is_when_the_net_has_learned_more() -> None:
    app = app_with(OWLS * 20, subject("gru"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        text = text_of(app)
        await pilot.press("pagedown", "pagedown", "right", "right")
        before, scrolled = text.cursor, text.scroll_offset.y
        assert scrolled > 0
        app.looking._nets.train(10)
        await pilot.pause(0.3)
        await settled(pilot)
        assert app.lens.seen.subjects[0].iteration == 410
        assert (text.cursor, text.scroll_offset.y) == (before, scrolled)
        app.looking.type("The fox")
        app.lens.recompute()
        await settled(pilot)
        await pilot.pause()
        assert (text.cursor, text.scroll_offset.y) == (1, 0)


async def test_a_click_puts_the_cursor_there() -> None:
    app = app_with(OWLS)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.click(SurpriseText, offset=(1 + 4 + 9, 1))  # padding, name, column; the GRU
        assert text_of(app).cursor == 9


async def test_all_that_is_seen_follows_the_size() -> None:
    app = app_with(OWLS)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        wide = rows(app)[0]
        await pilot.resize_terminal(40, 24)
        await pilot.pause()
        assert rows(app)[0] == wide[:38].rstrip()[: len(rows(app)[0])]
        assert max(map(len, bars(app))) <= 38


@pytest.mark.parametrize("colours", [True, False])
async def test_without_colours_there_are_digits(
    monkeypatch: pytest.MonkeyPatch, colours: bool
) -> None:
    if not colours:
        monkeypatch.setenv("NO_COLOR", "1")
    app = app_with("The owl")
    async with app.run_test() as pilot:
        await settled(pilot)
        assert text_of(app).digits is not colours

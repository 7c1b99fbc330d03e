"""The runs screen on a real store: what is shown is what was recorded, sorted, filtered, marked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.screens.runs_support import (
    NOT_A_NUMBER,
    TALES,
    RunsApp,
    cells,
    change,
    drawn,
    ids,
    keep,
    marks,
    messages,
    open_store,
    press,
    settled,
    text_of,
    usual,
)
from tui_charrnn.runs.store import RunStore
from tui_charrnn.screens import runs as runs_module
from tui_charrnn.widgets.runs_columns import COLUMNS

SIZE = (120, 40)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    opened = open_store(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def app(store: RunStore) -> RunsApp:
    usual(store)
    return RunsApp(store)


# what is shown


async def test_the_newest_run_comes_first_and_rows_say_what_was_recorded(app, store) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert ids(app) == [6, 5, 4, 3, 2, 1]
        row, run = cells(app, 3), store.record_of(3)
        assert (row["name"], row["cell"], row["hidden"]) == ("large gru", "gru", "256")
        assert (row["text"], row["group"], row["iterations"]) == (
            "owls.txt",
            "race 2026-03-01",
            "1,000",
        )
        assert row["best"] == f"{run.best_bits:.4f}"
        assert row["speed"] == f"{run.characters / run.elapsed / 1000:.1f}k"
        states = [cells(app, run_id)["state"] for run_id in (1, 4, 5, 6)]
        assert states == ["✓", "✗", "■", "╳"]
        assert cells(app, 6)["iterations"] == "600/20,000"
        assert cells(app, 4)["best"] == "-"


async def test_without_marks_the_run_under_the_cursor_is_drawn_and_described(app) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert drawn(app) == {"gru-6": 600}
        assert "interrupted  rate 0.001  length 50  batch 1  seed 9" in text_of(app, "#details")
        await press(pilot, "down", "down")
        assert drawn(app) == {"rnn-4": 300}
        assert NOT_A_NUMBER in text_of(app, "#details").replace("\n", " ")
        await press(pilot, "end")
        assert drawn(app) == {"rnn-1": 1000}
        await press(pilot, "home")
        assert drawn(app) == {"gru-6": 600}


async def test_an_empty_store_says_what_to_do_and_no_key_does_harm(store) -> None:
    app = RunsApp(store)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.screen.query_one("#empty").display
        assert "No runs yet: press escape, then space." in text_of(app, "#empty")
        assert not app.runs.table.display
        await press(pilot, *"a/oOndxpultz", "space", "up", "down", "end", "pageup", "f5", "right")
        assert app.screen is app.runs
        assert not messages(app)
        keep(store)
        await press(pilot, "f5")
        assert ids(app) == [1]
        assert app.focused is app.runs.table


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_everything_has_its_room(app, store, size) -> None:
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        for keys in ([], ["slash"]):  # without and with the line of the filter
            await press(pilot, *keys)
            assert app.runs.chart.content_size.height >= 8
            assert app.runs.table.content_size.height >= 7
            bottom = app.screen.query_one("#keys").region.bottom
            assert bottom == size[1]
            assert app.screen.query_one("#details").region.bottom == size[1] - 1


async def test_columns_that_do_not_fit_are_reached(app) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.runs.table.border_subtitle == "← → more columns"
        await press(pilot, *["right"] * 3)
        assert app.runs.table.scroll_x > 0
        start = app.runs.table.scroll_x
        await press(pilot, "left")
        assert 0 < app.runs.table.scroll_x < start
        await press(pilot, "left", "left", "left")
        assert app.runs.table.scroll_x == 0
        seen = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "started" not in seen
        started = [column.key for column in COLUMNS].index("started")
        await press(pilot, *"o" * started)
        seen = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "started↓" in seen
        assert "large gru" in seen  # the name stays


async def test_names_of_strangers_are_harmless(store) -> None:
    evil = "[bold red]a[/]\x1b[31m\u202e[@click=app.quit]b[/]"
    keep(store, evil, text=TALES.__class__(evil, evil, "utf-8", 1, 1, "2" * 64), group=evil)
    app = RunsApp(store)
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        await press(pilot, "space")
        seen = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "\x1b" not in seen
        assert "\u202e" not in seen
        assert cells(app, 1)["name"].startswith("[bold red]a[/]␛[31m")
        assert "[bold red]a[/]␛[31m\ufffd[@click=app.quit]b[/]" in text_of(app, "#details")
        await press(pilot, "d")
        assert "[bold red]a[/]␛[31m" in app.screen.title
        await press(pilot, "y")
        assert not store.runs()
        assert "\x1b" not in messages(app)[-1]


# order


async def test_every_column_sorts_by_value_both_ways(app, store) -> None:
    change(store, "name", "gru-10", 6)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        records = {run.id: run for run in store.runs()}
        for index, column in enumerate(COLUMNS):
            if index:
                await pilot.press("o")
            for key in ("", "O"):
                await pilot.press(*key)
                order = ids(app)
                values = [column.value(records[run_id]) for run_id in order]
                known = [value for value in values if value is not None]
                assert values[: len(known)] == known  # what is not known comes last
                falling = column.falling is not bool(key)
                assert known == sorted(known, reverse=falling), column.key
                heading = app.runs.table.ordered_columns[index + 1].label.plain
                assert heading.strip() == (
                    f"{'↓' if falling else '↑'}{column.heading}"
                    if column.numeric
                    else f"{column.heading}{'↓' if falling else '↑'}"
                )
        await press(pilot, "o")  # and round to the first
        assert ids(app) == [6, 5, 4, 3, 2, 1]


async def test_numbers_are_sorted_as_numbers(store) -> None:
    for hidden in (9, 100, 1024, 64):
        keep(store, hidden_size=hidden, made=2)
    app = RunsApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *"oooo")
        assert [cells(app, run)["hidden"] for run in ids(app)] == ["9", "64", "100", "1,024"]


async def test_a_click_on_a_heading_sorts_by_it(app) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        x = app.runs.table.region.x + 10
        y = app.runs.table.region.y + 1
        await pilot.click(offset=(x, y))
        await settled(pilot)
        assert app.runs.table.sorting.column == 1
        assert ids(app)[0] == 2  # gru-2
        await pilot.click(offset=(x, y))
        await settled(pilot)
        assert ids(app)[-1] == 2


# the filter


async def test_the_filter_is_live_and_escape_clears_it(app) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"rnn")
        assert ids(app) == [4, 1]
        assert "Runs · 2 of 6" in app.runs.table.border_title
        await press(pilot, "space", *"finished")
        assert ids(app) == [1]
        await press(pilot, "enter")
        assert app.focused is app.runs.table
        assert ids(app) == [1]
        await press(pilot, "escape")
        assert ids(app) == [6, 5, 4, 3, 2, 1]
        assert app.screen is app.runs
        await press(pilot, "escape")
        assert app.screen is not app.runs


async def test_conditions_are_those_of_the_store(app, store) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        for text in ("hidden_size>=256", "seed<3 gru", "batch_size=32", "race", "best_bits<2.95"):
            app.runs._filter.value = text
            await pilot.pause()
            assert ids(app) == [run.id for run in store.runs(text)], text
            assert 0 < len(ids(app)) < 6


async def test_a_filter_without_sense_is_said_and_changes_nothing(app) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "slash")
        app.runs._filter.value = "seed>2"
        await settled(pilot)
        before = ids(app)
        app.runs._filter.value = "sed>2"
        await settled(pilot)
        assert "Runs have no field sed; the nearest is seed." in text_of(app, "#details")
        assert ids(app) == before
        app.runs._filter.value = "seed>many"
        await settled(pilot)
        assert "seed is compared with a number, not 'many'." in text_of(app, "#details")
        await press(pilot, "escape")
        assert len(ids(app)) == 6
        assert "sed" not in text_of(app, "#details").replace("seed", "")


async def test_a_filter_that_nothing_fits_says_so(app) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "slash", *"lstm")
        assert ids(app) == []
        assert "No run fits the filter" in text_of(app, "#details")
        await press(pilot, "enter", *"dxpn", "space")  # nothing to act on
        assert app.screen is app.runs


# marks


async def test_marked_runs_share_the_chart_and_bear_their_signs(app) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "space", "down", "down", "down", "enter")
        assert drawn(app) == {"gru-6": 600, "large gru": 1000}
        assert (cells(app, 6)["mark"], cells(app, 3)["mark"]) == ("▚", "⣿")
        assert "2 marked" in app.runs.table.border_title
        await press(pilot, "space")
        assert marks(app) == {6}
        await press(pilot, "a")
        assert marks(app) == {1, 2, 3, 4, 5, 6}
        assert len(drawn(app)) == 6
        await press(pilot, "a")
        assert marks(app) == set()
        assert drawn(app) == {"large gru": 1000}  # the one under the cursor


async def test_marks_cursor_and_order_survive_what_happens_around_them(app, store) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *"ooo", "home", "down", "space", "down")  # by state
        chosen, here = marks(app), app.runs.table.current.id
        new = keep(store, cell="rnn", seed=77)
        store.delete([1])
        await press(pilot, "f5")
        assert set(ids(app)) == {2, 3, 4, 5, 6, new}
        assert marks(app) == chosen
        assert app.runs.table.current.id == here
        assert app.runs.table.sorting.column == 3
        await press(pilot, "slash", *"seed=77", "enter")
        assert ids(app) == [new]
        assert "1 marked" in app.runs.table.border_title
        assert len(drawn(app)) == 1
        await press(pilot, "escape")
        assert marks(app) == chosen


async def test_more_runs_than_a_chart_can_hold_are_marked(store) -> None:
    for seed in range(20):
        keep(store, seed=seed, made=3)
    app = RunsApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "a")
        assert len(marks(app)) == 20
        assert len(drawn(app)) == runs_module.MOST_LINES
        assert "the first 16 on the chart" in app.runs.table.border_title

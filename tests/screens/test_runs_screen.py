"""The runs screen on a real store: what is shown is what was recorded, every key does its work."""

from __future__ import annotations

import csv
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.screens.runs_support import (
    NOT_A_NUMBER,
    OWLS,
    TALES,
    RunsApp,
    change,
    config,
    events_of,
    keep,
    open_store,
    settled,
    usual,
)
from tui_charrnn.runs.store import Origin, RunStore, recorder
from tui_charrnn.screens import runs as runs_module
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.export import ExportScreen, file_name
from tui_charrnn.screens.rename import RenameScreen
from tui_charrnn.screens.report import ReportScreen
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


def ids(app: RunsApp) -> list[int]:
    """Return the ids that the rows of the table show, in their order."""
    table = app.runs.table
    return [int(table.get_cell_at((row, 1)).plain) for row in range(table.row_count)]


def cells(app: RunsApp, run_id: int) -> dict[str, str]:
    keys = ["mark", *(column.key for column in COLUMNS)]
    written = app.runs.table.get_row(str(run_id))
    return dict(zip(keys, (cell.plain for cell in written), strict=True))


def marks(app: RunsApp) -> set[int]:
    return {run_id for run_id in ids(app) if cells(app, run_id)["mark"].strip()}


def drawn(app: RunsApp) -> dict[str, int]:
    """Return the labels on the chart, and how many updates of each are drawn."""
    return {label: len(history) for label, history in app.runs.chart._runs}


def messages(app: RunsApp) -> list[str]:
    return [note.message for note in app._notifications]


def text_of(app: RunsApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).render())


async def press(pilot: Pilot, *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def typed(pilot: Pilot, text: str) -> None:
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await settled(pilot)


async def until(pilot: Pilot, holds, limit: float = 8.0) -> None:
    end = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < end, "it does not come to that"
        await pilot.pause(0.02)


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
        assert row["valid"] == f"{run.best_bits:.4f}"
        assert row["speed"] == f"{run.characters / run.elapsed / 1000:.1f}k"
        states = [cells(app, run_id)["state"] for run_id in (1, 4, 5, 6)]
        assert states == ["✓", "✗", "■", "╳"]
        assert cells(app, 6)["iterations"] == "600/20,000"
        assert cells(app, 4)["valid"] == "-"


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
        await press(pilot, "left", "left", "left")
        assert app.runs.table.scroll_x == 0
        seen = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "started" not in seen
        for _ in range(COLUMNS.index(next(c for c in COLUMNS if c.key == "started"))):
            await press(pilot, "o")
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


def test_a_name_makes_a_harmless_file_name() -> None:
    assert file_name("../etc/passwd") == "etc-passwd"
    assert file_name("large gru: 2") == "large-gru-2"
    assert file_name("/..") == "run"


# order


async def test_every_column_sorts_by_value_both_ways(app, store) -> None:
    change(store, "name", "gru-10", 6)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        records = {run.id: run for run in store.runs()}
        for index, column in enumerate(COLUMNS):
            if index:
                await press(pilot, "o")
            for key in ("", "O"):
                await press(pilot, *key)
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
        for text in (
            "hidden_size>=256",
            "seed<3 gru",
            "batch_size=32",
            "race",
            "owls",
            "best_bits<2.9",
        ):
            await press(pilot, "slash")
            await typed(pilot, text)
            assert ids(app) == [run.id for run in store.runs(text)], text
            assert ids(app)
            await press(pilot, "escape")


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


# deeds


async def test_a_run_gets_another_name(app, store) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "n")
        assert isinstance(app.screen, RenameScreen)
        await typed(pilot, "  my best  ")
        assert store.record_of(6).name == "my best"
        assert cells(app, 6)["name"] == "my best"


async def test_a_name_that_is_taken_is_asked_for_again(app, store) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "n")
        await typed(pilot, "")
        assert "from 1 to 60 characters" in text_of(app, "#problem")
        await typed(pilot, "12")
        assert "a number alone stands for its id" in text_of(app, "#problem")
        await typed(pilot, "GRU-2")
        assert isinstance(app.screen, RenameScreen)
        assert app.screen.query_one(Input).value == "GRU-2"
        assert "There is another run named GRU-2 already." in text_of(app, "#problem")
        await press(pilot, "escape")
        assert store.record_of(6).name == "gru-6"


async def test_runs_are_deleted_after_a_question_that_names_them(app, store) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "space", "down", "down", "down", "space", "d")
        assert isinstance(app.screen, ConfirmScreen)
        assert app.screen.title == "Delete 2 runs?"
        assert "gru-6, large gru" in app.screen._consequence
        await press(pilot, "n")
        assert len(store.runs()) == 6
        await press(pilot, "d", "y")
        assert ids(app) == [5, 4, 2, 1] == [run.id for run in store.runs()]
        assert "marked" not in app.runs.table.border_title
        assert "Deleted 2 runs." in messages(app)
        await press(pilot, "d")
        assert app.screen.title == "Delete gru-2?"  # the next one that stays
        await press(pilot, "escape")


async def test_a_run_that_goes_on_is_not_deleted(store) -> None:
    recording = store.record(Origin(config(), TALES))
    for event in events_of(config(), 3):
        recording.take(event)
    app = RunsApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, store.runs)
        await press(pilot, "f5")
        assert cells(app, 1)["state"] == "●"
        await press(pilot, "d", "y")
        assert "Run 1 is still running; stop it first." in messages(app)
        assert ids(app) == [1]
    recording.close()


async def test_an_export_holds_what_the_store_holds(app, store, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "x")
        assert isinstance(app.screen, ExportScreen)
        assert app.screen.query_one(Input).value == "gru-6.csv"
        await press(pilot, "enter")
        rows = list(csv.DictReader((tmp_path / "gru-6.csv").read_text().splitlines()))
        assert [float(row["loss"]) for row in rows] == store.points(6)["loss"].tolist()
        assert f"Wrote {tmp_path / 'gru-6.csv'}." in messages(app)

        await press(pilot, "down", "space", "down", "space", "x")
        assert app.screen.title == "Export 2 runs"
        app.screen.query_one("#format").value = "jsonl"
        await settled(pilot)
        assert app.screen.query_one(Input).value == "runs.jsonl"
        await press(pilot, "enter")
        lines = (tmp_path / "runs.jsonl").read_text().splitlines()
        expected = [event.as_json() for run_id in (5, 4) for event in store.events(run_id)]
        assert [json.loads(line) for line in lines] == expected


async def test_no_file_is_written_over_without_a_question(app, tmp_path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("mine")
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "x")
        await typed(pilot, str(path))
        assert isinstance(app.screen, ConfirmScreen)
        await press(pilot, "n")
        assert path.read_text() == "mine"
        assert isinstance(app.screen, ExportScreen)  # for another name
        await press(pilot, "enter", "y")
        assert path.read_text().startswith("iteration,loss")


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("", "Type the name of a file first."),
        (".", ". is a folder; the name of a file is wanted."),
        ("a\0b", "No file can be named a␀b."),
    ],
)
async def test_what_is_no_file_is_said_in_the_dialog(app, name: str, part: str) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "x")
        await typed(pilot, name)
        assert part in text_of(app, "#problem")


async def test_a_file_that_cannot_be_written_is_said_in_a_sentence(app, store, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "x")
        await typed(pilot, str(tmp_path / "nowhere" / "a.csv"))
        assert messages(app)[-1].startswith("Cannot write ")
        assert messages(app)[-1].endswith("No such file or directory.")
        await press(pilot, "x")
        await typed(pilot, str(store.path))
        await press(pilot, "y")
        assert "cannot be written over" in messages(app)[-1]
        assert len(store.runs()) == 6


async def test_a_report_is_written_while_the_screen_lives_on(app, tmp_path) -> None:
    folder = tmp_path / "out"
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "end", "space", "up", "space", "p")
        assert isinstance(app.screen, ReportScreen)
        assert app.screen.title == "Report on 2 runs"
        assert app.screen.query_one(Input).value == "report"
        app.screen.query_one(Input).value = str(folder)
        gate = threading.Event()
        app.runs.slow.do(gate.wait, bool, pytest.fail)  # the report waits for it
        await pilot.press("enter", "up")
        assert app.runs.table.current.id == 3
        assert "report" in app.runs.unfinished()
        assert not folder.exists()
        gate.set()
        await settled(pilot, limit=30)
        assert (folder / "report.html").exists()
        assert f"Wrote {folder / 'report.html'}." in messages(app)
        await press(pilot, "p")
        await typed(pilot, str(folder))
        assert isinstance(app.screen, ConfirmScreen)  # there is one already
        await press(pilot, "n", "escape")


async def test_a_report_on_nothing_is_said_in_a_sentence(app, tmp_path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "down", "down", "p")
        await typed(pilot, str(tmp_path / "out"))
        assert messages(app)[-1].startswith("None of the runs has a result to report on: rnn-4")
        assert not (tmp_path / "out").exists()


# the chart


async def test_the_chart_has_its_keys(app) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        chart = app.runs.chart
        assert (chart.unit, chart.log_x, chart.x_unit) == ("bits", False, "iterations")
        await press(pilot, *"ult")
        assert (chart.unit, chart.log_x, chart.x_unit) == ("nats", True, "characters")
        await press(pilot, *"ultt")
        assert (chart.unit, chart.log_x, chart.x_unit) == ("bits", False, "iterations")


async def test_chart_and_table_are_maximised_in_turn(app) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await press(pilot, "z")
        assert (app.runs.chart.display, app.runs.table.display) == (True, False)
        assert app.runs.chart.size.height >= 18
        await press(pilot, "down", "space")  # the table goes on working
        await press(pilot, "z")
        assert (app.runs.chart.display, app.runs.table.display) == (False, True)
        assert marks(app) == {5}
        await press(pilot, "escape")
        assert (app.runs.chart.display, app.runs.table.display) == (True, True)
        await press(pilot, "up")
        assert app.runs.table.current.id == 6


async def test_help_names_every_key(app) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "question_mark")
        said = str(app.screen.query_one("Static").parent.query("Static").first().render())
        text = " ".join(str(each.render()) for each in app.screen.query(Static)) + said
        for word in ("Sort the other way round", "Read the store again", "Write a report"):
            assert word in text
        await press(pilot, "escape")


async def test_a_change_of_theme_repaints(app) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        before = app.runs.table.get_cell("6", "cell").style
        app.theme = "textual-light"
        await settled(pilot)
        assert app.runs.table.get_cell("6", "cell").style != before


# the store at work


async def test_a_run_that_is_being_recorded_grows(store, monkeypatch) -> None:
    monkeypatch.setattr(runs_module, "INTERVAL", 0.05)
    monkeypatch.setattr(recorder, "INTERVAL", 0.05)
    keep(store)
    other = RunStore.open(store.path)
    recording = other.record(Origin(config(seed=5), OWLS))
    events = events_of(config(seed=5), 1000, "finished")
    app = RunsApp(store)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "space")
        for event in events[:202]:
            recording.take(event)
        await press(pilot, "f5")
        await until(pilot, lambda: len(ids(app)) == 2)
        assert app.runs.table.current.id == 1
        await press(pilot, "up", "space")
        await until(pilot, lambda: cells(app, 2)["iterations"] == "200/1,000")
        assert cells(app, 2)["state"] == "●"
        await until(pilot, lambda: drawn(app) == {"gru-1": 1000, "gru-2": 200})
        for event in events[202:]:
            recording.take(event)
        await until(pilot, lambda: drawn(app) == {"gru-1": 1000, "gru-2": 1000})
        await until(pilot, lambda: cells(app, 2)["state"] == "✓")
        assert marks(app) == {1, 2}
        assert app.runs.table.current.id == 2
    recording.close()
    other.close()


async def test_a_locked_store_holds_up_nothing_and_is_said_once(app, store) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        lock = sqlite3.connect(store.path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        await pilot.press("d", "y")
        await pilot.pause()
        began = time.monotonic()
        await pilot.press("down", "down")
        assert app.runs.table.current.id == 4
        assert time.monotonic() - began < 1
        await settled(pilot, limit=15)
        assert messages(app) == [f"The run store {store.path} is locked by another program."]
        lock.execute("ROLLBACK")
        lock.close()
        assert len(store.runs()) == 6
        await press(pilot, "d", "y")
        assert len(store.runs()) == 5


async def test_a_store_that_can_no_longer_be_read_keeps_what_is_shown(app, store) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "space")
        store.close()
        await press(pilot, "f5")
        assert len(messages(app)) == 1
        assert messages(app)[0].startswith("The run store ")
        app.runs.reading.read()
        await settled(pilot)
        assert len(messages(app)) == 1  # not at every look
        assert ids(app) == [6, 5, 4, 3, 2, 1]
        assert drawn(app) == {"gru-6": 600}


async def test_a_run_that_another_program_deletes_goes(app, store) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "space")
        store.delete([6, 5])
        await press(pilot, "down")  # its losses cannot be read any more
        await press(pilot, "space")
        assert any("There is no run 5" in message for message in messages(app))
        await press(pilot, "f5")
        assert ids(app) == [4, 3, 2, 1]
        assert marks(app) == set()
        assert len(drawn(app)) == 1

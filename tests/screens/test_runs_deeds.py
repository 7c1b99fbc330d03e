"""What the runs screen does with runs, and how it stands by while the store is at work."""

from __future__ import annotations

import csv
import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from tests.screens.runs_support import (
    OWLS,
    TALES,
    RunsApp,
    cells,
    config,
    drawn,
    events_of,
    ids,
    keep,
    marks,
    messages,
    open_store,
    press,
    settled,
    text_of,
    typed,
    until,
    usual,
)
from tui_charrnn.runs.store import Origin, RunStore, recorder
from tui_charrnn.screens import runs as runs_module
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.export import ExportScreen, file_name
from tui_charrnn.screens.rename import RenameScreen
from tui_charrnn.screens.report import ReportScreen

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


def test_a_name_makes_a_harmless_file_name() -> None:
    assert file_name("../etc/passwd") == "etc-passwd"
    assert file_name("large gru: 2") == "large-gru-2"
    assert file_name("/..") == "run"

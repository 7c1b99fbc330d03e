"""The sweep screen: what it shows, what its keys do, and real sweeps run through it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.screens.sweep_support import (
    TALES,
    ScriptedSweep,
    SweepApp,
    cells_of,
    until,
    usual_cells,
)
from tui_charrnn.app import CharRNNApp
from tui_charrnn.runs.store import RunStore, StoreError
from tui_charrnn.runs.sweeps.opening import open_sweep
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.report import ReportScreen
from tui_charrnn.screens.sweep import SweepScreen
from tui_charrnn.screens.sweep_setup import SweepSetupScreen

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.fixture
def sweep() -> ScriptedSweep:
    return ScriptedSweep(usual_cells())


@pytest.fixture
def sweep_app(text_file: Path, sweep: ScriptedSweep) -> SweepApp:
    return SweepApp(text_file, sweep)


def picture(app: SweepApp) -> list[str]:
    """The lines of the table as they are drawn."""
    table = app.sweep_screen.table
    return [table.render_line(y).text for y in range(table.size.height)]


def numbers(app: SweepApp) -> list[int]:
    """The numbers of the cells in sight, from top to bottom."""
    return [int(line[1:6].split()[0]) for line in picture(app)[1:] if line.strip()]


def line_of(app: SweepApp, number: int) -> str:
    return next(line for line in picture(app) if line[2:].split()[:1] == [f"{number}"])


def text(app: CharRNNApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).content)


def under_cursor(app: SweepApp) -> int:
    return app.sweep_screen.table.current.cell.number


async def begun(pilot: Pilot, sweep: ScriptedSweep) -> None:
    await until(lambda: "start" in sweep.asked)
    await shown(pilot, sweep)


async def shown(pilot: Pilot, sweep: ScriptedSweep) -> None:
    """Wait until the screen has seen all that the sweep has told."""
    screen = pilot.app.sweep_screen
    await until(lambda: screen._rows == sweep.rows and screen._state == sweep.state)
    await pilot.pause()


# what it shows


@pytest.mark.parametrize("size", SIZES)
async def test_every_cell_shows_state_progress_time_left_and_best(sweep_app, sweep, size) -> None:
    async with sweep_app.run_test(size=size) as pilot:
        await begun(pilot, sweep)
        sweep.finish(1, 2.1034)
        sweep.run(2, 500, 2.2055, left=754.0)
        await shown(pilot, sweep)
        assert [*line_of(sweep_app, 1).split()[:6]] == ["✓", "1", "tales", "rnn", "64", "1"]
        assert "100%" in line_of(sweep_app, 1)
        assert "◆ 2.1034" in line_of(sweep_app, 1)
        assert line_of(sweep_app, 2).startswith("●")
        for part in ("25%", "12:34", "2.2055"):
            assert part in line_of(sweep_app, 2)
        assert line_of(sweep_app, 3).split() == ["·", "3", "tales", "rnn", "64", "3"]


async def test_only_what_differs_between_cells_is_a_column(sweep_app, sweep) -> None:
    async with sweep_app.run_test(size=(120, 40)) as pilot:
        await begun(pilot, sweep)
        assert picture(sweep_app)[0].split()[:5] == ["↑#", "text", "cell", "hidden", "seed"]
        common = text(sweep_app, "#cell")
        assert "common: learning_rate 0.01 · iterations 2,000" in common
        assert "seq_length 200" in common
        assert common.count("hidden_size") == 1  # that of the cell under the cursor


async def test_the_whole_is_summed_up(sweep_app, sweep) -> None:
    async with sweep_app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, sweep)
        for number in range(1, 13):
            sweep.finish(number, 2.0)
        sweep.run(13, 500)
        sweep.run(14, 500)
        sweep.change(15, state="failed", message="Its worker died, 3 times in a row.")
        sweep.left = 3723.0
        await until(lambda: "1:02:03" in text(sweep_app, "#sweep-left"))
        await shown(pilot, sweep)
        counts = text(sweep_app, "#sweep-counts")
        assert counts == "12 of 24 finished · 2 running · 1 failed · 9 waiting"
        assert "82.6k" in text(sweep_app, "#sweep-left")
        assert text(sweep_app, "#sweep-state") == "● RUNNING  sizes"


async def test_progress_counts_work_and_not_cells(sweep_app, sweep) -> None:
    async with sweep_app.run_test() as pilot:
        await begun(pilot, sweep)
        small, large = 1, 12  # rnn 64 and gru 128 on the same text
        sweep.finish(small, 2.0)
        await shown(pilot, sweep)
        first = sweep_app.sweep_screen._tally.fraction
        sweep.finish(large, 2.0)
        await shown(pilot, sweep)
        assert sweep_app.sweep_screen._tally.fraction > 4 * first > 0


async def test_the_best_of_each_text_stands_out(sweep_app, sweep) -> None:
    async with sweep_app.run_test(size=(120, 40)) as pilot:
        await begun(pilot, sweep)
        for number, best in ((1, 2.1), (2, 2.0), (3, 2.3), (13, 3.0)):
            sweep.finish(number, best)
        await shown(pilot, sweep)
        assert [line[:5].split()[1] for line in picture(sweep_app) if "◆" in line] == ["2", "13"]
        sweep.run(3, 900, 1.9)
        await shown(pilot, sweep)
        assert [line[:5].split()[1] for line in picture(sweep_app) if "◆" in line] == ["3", "13"]


async def test_a_failed_cell_says_why_and_a_second_attempt_that_it_is_one(sweep_app, sweep) -> None:
    async with sweep_app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, sweep)
        message = "The loss became nan at iteration 1,200; a lower learning rate may help."
        sweep.change(1, state="failed", message=message, attempts=1)
        sweep.run(2, 20, attempts=2)
        await shown(pilot, sweep)
        assert message in text(sweep_app, "#cell")
        await pilot.press("down")
        assert "attempts 2" in text(sweep_app, "#cell")


async def test_texts_of_one_name_are_told_apart_by_where_they_are(text_file) -> None:
    from dataclasses import replace

    texts = [
        replace(TALES, name="same", source=f"/{place}/same", sha256=place * 64) for place in "cd"
    ]
    sweep = ScriptedSweep(cells_of(texts))
    app = SweepApp(text_file, sweep)
    async with app.run_test(size=(120, 40)) as pilot:
        await begun(pilot, sweep)
        assert "/c/same" in line_of(app, 1)
        assert "/d/same" in line_of(app, 2)


async def test_a_name_does_nothing_to_the_terminal_or_the_markup(text_file) -> None:
    from dataclasses import replace

    evil = "[/b]\x1b[31mowl\u202e[red]"
    text_id = replace(TALES, name=evil, sha256="e" * 64)
    cells = [replace(cell, variant=evil) for cell in cells_of([TALES, text_id])][1:]
    cells += [replace(cell, number=2) for cell in cells_of([TALES])]
    cells = [replace(cell, number=number) for number, cell in enumerate(cells, 1)]
    sweep = ScriptedSweep(cells, name=evil)
    app = SweepApp(text_file, sweep)
    async with app.run_test(size=(120, 40)) as pilot:
        await begun(pilot, sweep)
        sweep.change(1, state="failed", message=f"It died: {evil}")
        sweep.problem = f"Cannot write {evil}."
        await until(lambda: "Cannot write" in text(app, "#sweep-problem"))
        await shown(pilot, sweep)
        drawn = "".join(picture(app)) + app.export_screenshot()
        assert "\x1b" not in drawn
        assert "\u202e" not in drawn
        assert "[/b]␛[31mowl" in line_of(app, 1)
        await pilot.press("x")
        await pilot.press("n", "question_mark", "escape")
        assert "[/b]␛[31mowl" in text(app, "#sweep-state")


async def test_a_problem_of_the_store_is_said_and_goes_away(sweep_app, sweep) -> None:
    async with sweep_app.run_test() as pilot:
        await begun(pilot, sweep)
        sweep.problem = "Cannot write runs.sqlite3: no space left on device."
        await until(lambda: sweep_app.screen.query_one("#sweep-problem").display)
        assert "no space left" in text(sweep_app, "#sweep-problem")
        sweep.problem = ""
        await until(lambda: not sweep_app.screen.query_one("#sweep-problem").display)


# keys


async def test_pause_and_go_on(sweep_app, sweep) -> None:
    async with sweep_app.run_test() as pilot:
        await begun(pilot, sweep)
        sweep.run(1, 100)
        await shown(pilot, sweep)
        await pilot.press("space")
        assert "‖ PAUSING" in text(sweep_app, "#sweep-state")
        sweep.change(1, state="paused")
        await shown(pilot, sweep)
        assert "‖ PAUSED" in text(sweep_app, "#sweep-state")
        assert line_of(sweep_app, 1).startswith("‖")
        await pilot.press("space")
        assert "● RUNNING" in text(sweep_app, "#sweep-state")
        assert sweep.asked == ["start", "pause", "resume"]


async def test_cancelling_is_asked_for_and_says_what_is_lost(sweep_app, sweep) -> None:
    async with sweep_app.run_test() as pilot:
        await begun(pilot, sweep)
        sweep.finish(1, 2.0)
        sweep.run(2, 100)
        await shown(pilot, sweep)
        await pilot.press("x")
        assert isinstance(sweep_app.screen, ConfirmScreen)
        asked = sweep_app.screen._consequence
        assert "1 cell under way would begin anew next time and 22 cells would not" in asked
        assert "What is finished is kept: 1 cell." in asked
        await pilot.press("n")
        assert sweep.asked == ["start"]
        await pilot.press("x", "y")
        assert sweep.asked == ["start", "cancel"]
        assert "■ CANCELLING" in text(sweep_app, "#sweep-state")
        for number in range(2, 25):
            sweep.change(number, state="cancelled", left=None)
        sweep.state = "cancelled"
        await shown(pilot, sweep)
        assert "■ CANCELLED" in text(sweep_app, "#sweep-state")
        assert sweep_app.sweep_screen.exit_code == 130
        await pilot.press("escape")  # nothing is lost any more, so nothing is asked
        await until(lambda: sweep_app.screen is sweep_app.main_screen)
        await until(lambda: "close" in sweep.asked)


async def test_leaving_a_sweep_under_way_is_asked_for(sweep_app, sweep) -> None:
    async with sweep_app.run_test() as pilot:
        await begun(pilot, sweep)
        await pilot.press("escape", "n")
        assert sweep_app.screen is sweep_app.sweep_screen
        await pilot.press("escape", "y")
        await until(lambda: sweep.asked == ["start", "close"])
        assert sweep_app.screen is sweep_app.main_screen


async def test_quitting_is_asked_for_and_ends_the_sweep(sweep_app, sweep) -> None:
    async with sweep_app.run_test() as pilot:
        await begun(pilot, sweep)
        await pilot.press("q")
        assert "24 cells would not be run" in sweep_app.screen._consequence
        await pilot.press("y")
    assert sweep.asked == ["start", "close"]


async def test_keys_are_offered_only_while_they_do_something(sweep_app, sweep) -> None:
    def offered() -> set[str]:
        return {binding.action for binding in sweep_app.sweep_screen.offered_keys()}

    async with sweep_app.run_test() as pilot:
        await begun(pilot, sweep)
        assert {"pause", "cancel"} <= offered()
        assert not {"resume", "running", "report"} & offered()
        sweep.finish(1, 2.0)
        sweep.run(2, 5)
        await shown(pilot, sweep)
        assert {"running", "report"} <= offered()
        for number in range(2, 25):
            sweep.finish(number, 2.0)
        sweep.state = "finished"
        await shown(pilot, sweep)
        assert not {"pause", "resume", "cancel", "running"} & offered()


async def test_f_goes_from_one_running_cell_to_the_next(sweep_app, sweep) -> None:
    async with sweep_app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, sweep)
        sweep.run(7, 5)
        sweep.run(23, 5)
        await shown(pilot, sweep)
        places = []
        for _ in range(3):
            await pilot.press("f")
            places.append(under_cursor(sweep_app))
        assert places == [7, 23, 7]
        await pilot.press("f")
        assert line_of(sweep_app, 23).startswith("●")  # scrolled into sight


async def test_sorting_by_any_column_both_ways(sweep_app, sweep) -> None:
    async with sweep_app.run_test(size=(120, 40)) as pilot:
        await begun(pilot, sweep)
        for number, best in ((1, 2.1), (2, 2.0), (3, 2.3)):
            sweep.finish(number, best)
        await shown(pilot, sweep)
        keys = [column.key for column in sweep_app.sweep_screen.table.columns]
        await pilot.press(*["o"] * (keys.index("best") - 1))
        assert "↑best" in picture(sweep_app)[0]
        assert numbers(sweep_app)[:3] == [2, 1, 3]
        assert under_cursor(sweep_app) == 1  # the cursor stays on its cell
        await pilot.press("O")
        assert "↓best" in picture(sweep_app)[0]
        assert numbers(sweep_app)[:3] == [3, 1, 2]
        sweep.finish(4, 2.9)  # and rows that change find their place by themselves
        await shown(pilot, sweep)
        assert numbers(sweep_app)[0] == 4
        await pilot.press(*["o"] * (len(keys) - keys.index("best")))
        assert picture(sweep_app)[0].startswith("↑")  # by state: what needs a look first


async def test_a_click_chooses_a_cell_or_sorts(sweep_app, sweep) -> None:
    async with sweep_app.run_test(size=(120, 40)) as pilot:
        await begun(pilot, sweep)
        await pilot.click("#cells", offset=(10, 6))
        assert under_cursor(sweep_app) == 5
        x = picture(sweep_app)[0].index("seed") + 2
        await pilot.click("#cells", offset=(x + 2, 1))
        assert "↑seed" in picture(sweep_app)[0]
        assert [line.split()[5] for line in picture(sweep_app)[1:9]] == ["1"] * 8
        await pilot.click("#cells", offset=(x + 2, 1))
        assert "↓seed" in picture(sweep_app)[0]


async def test_columns_that_do_not_fit_are_reached_by_scrolling(sweep_app, sweep) -> None:
    async with sweep_app.run_test(size=(80, 24)) as pilot:
        await begun(pilot, sweep)
        sweep.finish(1, 2.0)
        await shown(pilot, sweep)
        assert "time" not in picture(sweep_app)[0]
        await pilot.press(*["right"] * 12)
        await pilot.pause()
        assert "time" in picture(sweep_app)[0]
        assert "0:40" in line_of(sweep_app, 1)
        assert line_of(sweep_app, 1).startswith("✓")  # state and number stay
        await pilot.press("end")
        assert under_cursor(sweep_app) == 24


@pytest.mark.parametrize("size", [(80, 24), (30, 8), (1, 1)])
async def test_it_bears_any_size_at_any_time(sweep_app, sweep, size) -> None:
    async with sweep_app.run_test(size=(120, 40)) as pilot:
        await begun(pilot, sweep)
        await pilot.press("end")
        await pilot.resize_terminal(*size)
        sweep.finish(24, 2.0, message="")
        await shown(pilot, sweep)
        await pilot.press("o", "O", "home", "pagedown", "f", "right", "left")
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert "↑" in picture(sweep_app)[0] or "↓" in picture(sweep_app)[0]


async def test_the_end_is_told_with_its_exit_code(sweep_app, sweep) -> None:
    async with sweep_app.run_test() as pilot:
        await begun(pilot, sweep)
        assert sweep_app.sweep_screen.exit_code == 130
        for number in range(1, 24):
            sweep.finish(number, 2.0)
        sweep.change(24, state="failed", message="Its worker died, 3 times in a row.")
        sweep.state = "finished"
        await shown(pilot, sweep)
        await until(lambda: sweep_app._notifications)
        assert "23 cells finished, 1 cell failed." in str(list(sweep_app._notifications))
        assert sweep_app.sweep_screen.exit_code == 1
        assert sweep_app.sweep_screen.unfinished() == ""


# many cells


async def test_five_hundred_cells_stay_responsive(text_file) -> None:
    sweep = ScriptedSweep(
        cells_of([TALES], seed=list(range(1, 101)), hidden_size=[32, 64, 96, 128, 192])
    )
    app = SweepApp(text_file, sweep)
    stop = threading.Event()

    def work() -> None:
        """All of them report, some thousand times a second."""
        for turn in range(1, 2001):
            for number in range(1, 501, 5):
                sweep.run(number + turn % 5, turn, 3 - turn / 1000)
            if stop.wait(0.02):
                return

    async with app.run_test(size=(120, 40)) as pilot:
        await begun(pilot, sweep)
        sweep.threads.clear()
        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        calls = count_calls(app.sweep_screen)
        begin = time.perf_counter()
        for _ in range(8):
            pressed = under_cursor(app)
            await pilot.press("down")
            assert under_cursor(app) == pressed + 1
        taken = time.perf_counter() - begin
        stop.set()
        worker.join()
        await shown(pilot, sweep)
        assert taken < 30  # pilot.press waits for an idle app: about 0.1 s each
        assert len(calls) <= 6 * (time.perf_counter() - begin) + 2  # not one an event
        assert sweep.threads == {"background"}  # a look at all of them takes a while


def count_calls(screen: SweepScreen) -> list[float]:
    calls: list[float] = []
    before = screen._take_news

    def take(*arguments, **options) -> None:
        if not options.get("always"):
            calls.append(time.perf_counter())
        before(*arguments, **options)

    screen._take_news = take
    return calls


def test_ten_thousand_cells_are_summed_up_and_sorted_in_a_moment() -> None:
    from tui_charrnn.runs.sweeps.rows import CellRow
    from tui_charrnn.widgets.sweep_columns import SweepSorting, columns_of
    from tui_charrnn.widgets.sweep_panes import Tallier

    cells = cells_of([TALES], seed=list(range(10_000)))
    columns, tallier = columns_of(cells), Tallier(cells)
    rows = [CellRow(cell) for cell in cells]
    begin = time.perf_counter()
    tallier.tally(rows)
    SweepSorting(2).order(rows, columns)
    assert time.perf_counter() - begin < 5.0


# the dialog


GRID = """
name = "tiny"
corpus = "{corpus}"
cell = ["rnn", "gru"]
hidden_size = 4
seq_length = 10
iterations = {iterations}
sample_every = 0
eval_every = 20
eval_length = 200
seeds = 2
"""


@pytest.fixture
def grid(tmp_path: Path, text_file: Path) -> Path:
    path = tmp_path / "grid.toml"
    path.write_text(GRID.format(corpus=text_file, iterations=60), encoding="utf-8")
    return path


@pytest.fixture
def real_app(tmp_path: Path, text_file: Path) -> CharRNNApp:
    return CharRNNApp(str(text_file), store=tmp_path / "runs.sqlite3")


async def enter(pilot: Pilot, name: str, value: str) -> None:
    field = pilot.app.screen.query_one(f"#{name}", Input)
    field.value = value
    await pilot.press("enter")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"path": ""}, "Type the path of a grid first."),
        ({"path": "/nowhere/grid.toml"}, "Cannot read /nowhere/grid.toml: No such file"),
        ({"workers": "0"}, "workers must be a whole number from 1 to 1,000, not 0."),
        ({"workers": "two"}, "workers must be a whole number from 1 to 1,000, not two."),
        ({"workers": ""}, "workers must be a whole number from 1 to 1,000, not nothing."),
    ],
)
async def test_the_dialog_says_what_is_wrong(real_app, grid, fields, sentence) -> None:
    async with real_app.run_test() as pilot:
        await pilot.press("w")
        dialog = real_app.screen
        assert isinstance(dialog, SweepSetupScreen)
        for name, value in {"path": str(grid), **fields}.items():
            dialog.query_one(f"#{name}", Input).value = value
        await pilot.press("enter")
        await until(lambda: sentence in text(real_app, "#problem"), 12)
        assert real_app.screen is dialog
        assert not dialog.query_one("#reading").display


async def test_the_dialog_says_what_is_wrong_with_a_grid(real_app, grid) -> None:
    grid.write_text("hiden_size = [1, 2]\n", encoding="utf-8")
    async with real_app.run_test() as pilot:
        await pilot.press("w")
        await enter(pilot, "path", str(grid))
        await until(lambda: "there is no field hiden_size" in text(real_app, "#problem"))


async def test_the_dialog_says_what_is_wrong_with_the_store(real_app, grid, tmp_path) -> None:
    (tmp_path / "runs.sqlite3").write_text("no store\n" * 1000, encoding="utf-8")
    async with real_app.run_test() as pilot:
        await pilot.press("w")
        await enter(pilot, "path", str(grid))
        await until(lambda: "runs.sqlite3" in text(real_app, "#problem"))


async def test_reading_is_shown_and_holds_nothing_up(real_app, grid, monkeypatch) -> None:
    go_on = threading.Event()

    def slow() -> RunStore:
        assert threading.current_thread().name == "background"
        go_on.wait(10)
        raise StoreError("The store is locked.")

    monkeypatch.setattr(real_app.keeper, "store", slow)
    async with real_app.run_test() as pilot:
        await pilot.press("w")
        await enter(pilot, "path", str(grid))
        assert real_app.screen.query_one("#reading").display
        await pilot.press("enter", "tab", "9")  # a second enter does not read twice
        assert real_app.screen.query_one("#workers", Input).value == "9"
        go_on.set()
        await until(lambda: "The store is locked." in text(real_app, "#problem"))


async def test_a_dialog_that_is_left_starts_nothing(real_app, grid, monkeypatch) -> None:
    from tui_charrnn.screens import sweep_setup

    go_on, closed = threading.Event(), threading.Event()

    def slow(path, **options):
        go_on.wait(10)
        sweep = open_sweep(path, **options)
        close = sweep.close
        monkeypatch.setattr(sweep, "close", lambda: (close(), closed.set()), raising=False)
        return sweep

    monkeypatch.setattr(sweep_setup, "open_sweep", slow)
    async with real_app.run_test() as pilot:
        await pilot.press("w")
        await enter(pilot, "path", str(grid))
        await pilot.press("escape")
        go_on.set()
        await until(closed.is_set)
        await pilot.pause()
        assert real_app.screen is real_app.main_screen


# real sweeps


async def test_a_real_sweep_from_the_dialog_to_its_report(real_app, grid, text_file) -> None:
    grid.write_text(GRID.format(corpus=text_file, iterations=40_000), encoding="utf-8")
    async with real_app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        real_app.screen.query_one("#workers", Input).value = "2"
        await enter(pilot, "path", str(grid))
        await until(lambda: isinstance(real_app.screen, SweepScreen))
        screen = real_app.screen
        await until(lambda: screen._tally.under_way == 2, 60)
        await until(lambda: any(row.iteration for row in screen._rows), 60)
        await pilot.press("space")
        await until(lambda: "PAUSED" in text(real_app, "#sweep-state"))
        stood = [row.iteration for row in screen._rows]
        time.sleep(0.7)  # longer than a worker waits with a report
        await pilot.pause(0.3)
        assert [row.iteration for row in screen._rows] == stood
        await pilot.press("space")
        await until(lambda: max(row.iteration for row in screen._rows) > max(stood))
        await pilot.press("x", "y")
        await until(lambda: screen._is_over, 60)
        assert screen.exit_code == 130
        await pilot.press("escape")
        await until(lambda: real_app.screen is real_app.main_screen)

        grid.write_text(GRID.format(corpus=text_file, iterations=60), encoding="utf-8")
        await pilot.press("w")
        assert real_app.screen.query_one("#path", Input).value == str(grid)  # as it was last
        await pilot.press("enter")
        await until(lambda: isinstance(real_app.screen, SweepScreen))
        screen = real_app.screen
        await until(lambda: screen._is_over, 30)
        assert [row.state for row in screen._rows] == ["finished"] * 4
        assert screen.exit_code == 0
        kept = real_app.keeper.store().runs()
        assert len(kept) == 4
        assert {run.best_bits for run in kept} == {row.best_bits for row in screen._rows}
        await pilot.press("p")
        await until(lambda: isinstance(real_app.screen, ReportScreen))
        assert real_app.screen.title == "Report on 4 runs"


class TerminalProcess:
    """The command in a terminal of its own."""

    def __init__(self, *arguments: str) -> None:
        self.screen, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {**os.environ, "TERM": "xterm-256color"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tui_charrnn", *arguments],
            stdin=inner, stdout=inner, stderr=inner, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(inner)
        self.output = b""

    def read(self, until: bytes | None, seconds: float = 40.0) -> None:
        deadline = time.monotonic() + seconds
        while until is None or until not in self.output:
            assert time.monotonic() < deadline, self.output[-2000:]
            if select.select([self.screen], [], [], 0.2)[0]:
                try:
                    self.output += os.read(self.screen, 65_536)
                except OSError:  # the other end is closed: the command is over
                    break

    def press(self, keys: bytes) -> None:
        os.write(self.screen, keys)

    def end(self) -> int:
        self.read(None)
        return self.process.wait(20)

    def close(self) -> None:
        """Leave nothing behind, however the test ended."""
        self.process.kill()
        self.process.wait()
        os.close(self.screen)


@pytest.fixture
def terminal():
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> TerminalProcess:
            process = TerminalProcess(*arguments)
            stack.callback(process.close)
            return process

        yield start


def test_the_command_on_a_terminal_shows_the_screen(grid, tmp_path, terminal) -> None:
    terminal = terminal(
        "sweep", str(grid), "--workers", "2", "--store", str(tmp_path / "runs.sqlite3")
    )
    terminal.read(b"FINISHED")
    terminal.press(b"q")
    assert terminal.end() == 0
    assert b"4 cells (4 finished)" in terminal.output
    assert b"best validation bits/char" in terminal.output  # the table stays behind


def test_a_sweep_left_on_its_screen_ends_the_command_as_cancelled(
    grid, tmp_path, text_file, terminal
) -> None:
    grid.write_text(GRID.format(corpus=text_file, iterations=1_000_000), encoding="utf-8")
    terminal = terminal(
        "sweep", str(grid), "--workers", "1", "--store", str(tmp_path / "runs.sqlite3")
    )
    terminal.read("● RUNNING".encode())
    terminal.press(b"\x1b")
    terminal.read(b"Leave the sweep?")
    terminal.press(b"y")
    assert terminal.end() == 130
    assert b"4 cancelled" in terminal.output

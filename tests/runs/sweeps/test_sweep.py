"""Sweeps with real worker processes and a real store."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.engine.support import run as trained
from tests.runs.sweeps.support import LONG, SHORT, SpoilingWorkers, by_state, eventually, grid
from tui_charrnn.engine.events import Event, GradientMemory, Sample, Started
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.sweeps.backend import WorkersError
from tui_charrnn.runs.sweeps.cells import read_plan
from tui_charrnn.runs.sweeps.local import LocalWorkers
from tui_charrnn.runs.sweeps.opening import open_sweep
from tui_charrnn.runs.sweeps.rows import CellRow
from tui_charrnn.runs.sweeps.sweep import MOST_ATTEMPTS, Sweep

Open = Callable[..., Sweep]


@pytest.fixture
def sweep_of(tmp_path: Path, store: RunStore) -> Iterator[Open]:
    """Open sweeps of grids, and leave no worker behind."""
    opened: list[Sweep] = []

    def open_(text: str, workers: int = 2) -> Sweep:
        opened.append(open_sweep(grid(tmp_path, text), store=store, workers=workers))
        return opened[-1]

    yield open_
    for sweep in opened:
        sweep.close()


def finish(sweep: Sweep) -> tuple[CellRow, ...]:
    sweep.start()
    assert sweep.wait(120)
    return sweep.snapshot().rows


def workers_of() -> list[int]:
    """Return the process ids of this process's children that run cells."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                command = (entry / "cmdline").read_text(errors="replace")
            except (OSError, IndexError):
                continue
            if parent == os.getpid() and "spawn_main" in command:
                found.append(int(entry.name))
    return found


def running(sweep: Sweep) -> list[CellRow]:
    """Return the cells whose training has begun."""
    return [row for row in sweep.snapshot().rows if row.state == "running" and row.iteration]


def test_every_cell_is_trained_and_kept_whole(sweep_of, store):
    sweep = sweep_of(SHORT + "cell = ['rnn', 'gru']\nseeds = 2")
    changes: list[CellRow] = []
    sweep.listen(changes.append)
    assert [row.state for row in sweep.snapshot().rows] == ["waiting"] * 4
    rows = finish(sweep)
    assert [row.state for row in rows] == ["finished"] * 4
    assert sweep.snapshot().state == "finished"
    assert sweep.snapshot().left == 0
    runs = {run.origin.cell_key: run for run in store.runs()}
    assert len(store.runs()) == 4
    for row in rows:
        run = runs[row.cell.key]
        assert run.id == row.run_id
        assert run.state == "finished"
        assert run.origin == row.cell.origin("sweep grid")
        assert run.best_bits == row.best_bits
        assert row.smooth_bits == bits_per_character(run.smooth_loss, 10)
        assert row.attempts == 1
    for cell in sweep.plan.cells:
        states = [row.state for row in changes if row.cell == cell]
        assert states[0] == "running"
        assert states[-1] == "finished"


def test_a_worker_trains_as_this_process_would(sweep_of, store, tmp_path):
    (row,) = finish(sweep_of(SHORT + "dtype = 'float64'", workers=1))
    events = list(store.events(row.run_id))
    here = trained(row.cell.config, load_corpus(str(tmp_path / "owls.txt")))
    finale: list[type[Event]] = [Sample, GradientMemory]
    assert [type(event) for event in events[-3:-1]] == finale
    assert events[-3].final
    assert [*events[:-3], events[-1]] == here
    assert isinstance(events[0], Started)


def test_finished_cells_never_run_again(sweep_of, store):
    finish(sweep_of(SHORT + "seeds = 2"))
    before = store.runs()
    again = sweep_of(SHORT + "seeds = 3")
    assert [row.state for row in again.snapshot().rows] == ["finished", "finished", "waiting"]
    rows = finish(again)
    assert [row.attempts for row in rows] == [0, 0, 1]
    assert store.runs()[1:] == before
    kept = {run.config.seed: run.best_bits for run in before}
    assert [row.best_bits for row in rows[:2]] == [kept[1], kept[2]]


def test_cells_that_are_cancelled_leave_nothing_and_run_the_next_time(sweep_of, store):
    text = LONG.replace("1_000_000", "[1_000_000, 40]") + "seeds = 2"
    sweep = sweep_of(text)
    sweep.start()
    eventually(lambda: len(running(sweep)) == 2)
    sweep.cancel()
    assert sweep.wait(120)
    snapshot = sweep.snapshot()
    assert [row.state for row in snapshot.rows] == ["cancelled"] * 4
    assert snapshot.state == "cancelled"
    assert store.runs() == []
    eventually(lambda: not workers_of())
    again = sweep_of(text.replace("[1_000_000, 40]", "40"))
    assert [row.state for row in finish(again)] == ["finished"] * 2


def test_pause_holds_every_cell_and_resume_lets_them_go_on(sweep_of):
    sweep = sweep_of(LONG + "seeds = 3")
    sweep.start()
    eventually(lambda: len(running(sweep)) == 2)
    sweep.pause()
    eventually(lambda: len(by_state(sweep.snapshot().rows, "paused")) == 2)
    held = sweep.snapshot()
    assert held.state == "paused"
    assert [row.state for row in held.rows] == ["paused", "paused", "waiting"]
    assert not sweep.wait(0.8)
    assert sweep.snapshot().rows == held.rows
    sweep.resume()
    eventually(lambda: len(running(sweep)) == 2)
    eventually(
        lambda: all(
            a.iteration > b.iteration for a, b in zip(running(sweep), held.rows, strict=False)
        )
    )
    row = running(sweep)[0]
    assert row.smooth_bits is not None
    eventually(lambda: running(sweep)[0].speed)
    assert sweep.snapshot().left > 0


def test_a_worker_that_is_killed_costs_its_own_cell_one_attempt(sweep_of, store):
    sweep = sweep_of(LONG + "time_limit = 2\nseeds = 3")
    sweep.start()
    eventually(lambda: len(running(sweep)) == 2)
    os.kill(workers_of()[0], signal.SIGKILL)
    assert sweep.wait(120)
    rows = sweep.snapshot().rows
    assert [row.state for row in rows] == ["finished"] * 3
    assert sorted(row.attempts for row in rows) == [1, 1, 2]
    assert sorted(run.config.seed for run in store.runs()) == [1, 2, 3]


def test_a_cell_whose_workers_die_again_and_again_fails_and_the_others_go_on(sweep_of, store):
    sweep = sweep_of(LONG.replace("1_000_000", "[1_000_000, 40]"), workers=1)
    sweep.start()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        eventually(lambda: [row for row in running(sweep) if row.attempts == attempt])  # noqa: B023
        os.kill(workers_of()[0], signal.SIGKILL)
    assert sweep.wait(120)
    failed, finished = sweep.snapshot().rows
    assert failed.state == "failed"
    assert failed.message == "Its worker died, 3 times in a row."
    assert finished.state == "finished"
    assert [run.origin.cell_key for run in store.runs()] == [finished.cell.key]


def test_a_run_that_fails_is_kept_once_however_often_it_is_tried(tmp_path, store):
    plan = read_plan(grid(tmp_path, SHORT + "seeds = 2"))
    for _ in range(2):
        sweep = Sweep(plan, store, SpoilingWorkers(2, plan.cells[0].key))
        failed, finished = finish(sweep)
        assert finished.state == "finished"
        assert failed.state == "failed"
        assert failed.message.startswith("The loss became nan at iteration 1; ")
        assert sorted(run.state for run in store.runs()) == ["failed", "finished"]
        assert failed.run_id in [run.id for run in store.runs()]
    assert failed.attempts == 1


def test_a_run_that_fails_leaves_the_finished_one_of_another_sweep(tmp_path, store):
    plan = read_plan(grid(tmp_path, SHORT))
    (cell,) = plan.cells
    sweep = Sweep(plan, store, SpoilingWorkers(1, cell.key))
    finished = trained(cell.config, plan.corpus_of(cell))
    other = store.keep(cell.origin("another sweep"), finished)
    (row,) = finish(sweep)
    assert (row.state, row.run_id) == ("finished", other)
    assert [run.id for run in store.runs()] == [other]


def test_results_wait_in_memory_while_the_store_is_locked(sweep_of, store):
    sweep = sweep_of(SHORT + "seeds = 2", workers=1)
    other = sqlite3.connect(store.path)
    other.execute("BEGIN IMMEDIATE")
    sweep.start()
    eventually(lambda: sweep.snapshot().problem)
    assert "is locked by another program" in sweep.snapshot().problem
    first, second = sweep.snapshot().rows
    assert first.message.startswith("Waits to be kept: The run store")
    assert second.state == "waiting"
    other.rollback()
    other.close()
    assert sweep.wait(120)
    assert [row.state for row in sweep.snapshot().rows] == ["finished"] * 2
    assert sweep.snapshot().problem == ""


class LeavingWorkers(LocalWorkers):
    """Real workers that are found gone when it is asked for."""

    gone = False

    def check(self) -> None:
        if self.gone:
            raise WorkersError("They left.")


def left_with_a_result(sweep: Sweep, workers: LeavingWorkers) -> None:
    """Let the workers go when the first of two cells is trained, and waits to be kept."""
    sweep.start()
    eventually(lambda: sweep.snapshot().problem)
    workers.gone = True
    eventually(lambda: sweep.snapshot().rows[1].state == "failed")


@pytest.mark.parametrize("kept", [True, False])
def test_results_that_wait_outlive_the_workers(tmp_path, store, kept):
    workers = LeavingWorkers(1)
    sweep = Sweep(read_plan(grid(tmp_path, SHORT + "seeds = 2")), store, workers)
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        left_with_a_result(sweep, workers)
        assert not sweep.wait(0.5)
        if kept:
            other.rollback()
        else:
            sweep.cancel()
        assert sweep.wait(60)
    first, second = sweep.snapshot().rows
    assert first.state == ("finished" if kept else "failed")
    assert kept or first.message.startswith("It could not be kept: The run store")
    assert second.message == sweep.snapshot().problem == "They left."
    assert [run.id for run in store.runs()] == ([first.run_id] if kept else [])


def test_a_cell_that_is_done_when_the_workers_go_is_kept(tmp_path, store):
    workers = LeavingWorkers(2)
    sweep = Sweep(read_plan(grid(tmp_path, SHORT + "seeds = 2")), store, workers)

    def wait_for_all(row: CellRow) -> None:
        """Hold the coordinator until both cells are done, then let the workers go."""
        if row.iteration and not workers.gone:
            eventually(lambda: all(future.done() for future in sweep._under_way.values()))
            workers.gone = True

    sweep.listen(wait_for_all)
    rows = finish(sweep)
    assert sweep.snapshot().problem == "They left."
    assert [row.state for row in rows] == ["finished"] * 2


def test_a_result_that_could_not_be_kept_is_told_when_the_sweep_is_cancelled(sweep_of, store):
    sweep = sweep_of(SHORT, workers=1)
    other = sqlite3.connect(store.path)
    other.execute("BEGIN IMMEDIATE")
    sweep.start()
    eventually(lambda: sweep.snapshot().problem)
    sweep.cancel()
    assert sweep.wait(120)
    other.close()
    (row,) = sweep.snapshot().rows
    assert row.state == "failed"
    assert row.message.startswith("It could not be kept: The run store")

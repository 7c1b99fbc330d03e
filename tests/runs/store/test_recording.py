"""Recording in spite of all: killed processes, other programs that write, full disks."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.disks import fill
from tests.engine.test_events import EVERY_KIND
from tests.runs.store.support import CONFIG, origin, same, trained, until, without_checkpoints
from tui_charrnn.engine.events import Started, Step
from tui_charrnn.runs.store import Recorder, RunStore, StoreError, opening, processes, recorder
from tui_charrnn.runs.store.processes import Process

ROOT = Path(__file__).parents[3]
CHILD = [sys.executable, "-m", "tests.runs.store.child"]


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.05)
    monkeypatch.setattr(recorder, "INTERVAL", 0.05)


def child(path: Path, seed: int, iterations: int) -> subprocess.Popen[str]:
    command = [*CHILD, str(path), str(seed), str(iterations)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_run_is_there_while_it_is_made(store: RunStore) -> None:
    events = trained()
    with closing(store.record(origin())) as recording:
        assert recording.run_id is None
        for event in events[:30]:
            recording.take(event)
        until(lambda: recording.run_id)
        until(lambda: len(list(store.events(1))) == 30)
        run = store.record_of(1)
        assert run.state == "running"
        assert run.iteration == [e for e in events[:30] if isinstance(e, Step)][-1].iteration + 1
        for event in events[30:]:
            recording.take(event)
        until(lambda: store.record_of(1).state == "finished")  # without waiting for `close`
    assert same(store.events(1), events)


def test_nothing_is_kept_of_what_never_began(store: RunStore) -> None:
    store.record(origin()).close()
    assert store.runs() == []


def test_a_killed_process_loses_two_seconds_at_most(store: RunStore, path: Path) -> None:
    process = child(path, seed=1, iterations=10**9)
    assert process.stdout is not None
    made, elapsed = 0, 0.0
    while elapsed < 2.5:
        made, elapsed = (float(word) for word in process.stdout.readline().split())
    assert store.runs()[0].state == "running"
    with pytest.raises(StoreError, match="still running"):
        store.delete([1])
    process.send_signal(signal.SIGKILL)
    until(lambda: store.runs()[0].state == "interrupted")  # though nobody has asked how it ended
    process.communicate()
    with RunStore.open(path) as opened:
        run, points = opened.record_of(1), opened.points(1)
        assert run.state == "interrupted"
        assert points["elapsed"][-1] >= elapsed - 2
        assert run.iteration == len(points) == points["iteration"][-1] + 1
        assert len(points) > made / 10
        wanted = CONFIG.replace(seed=1, iterations=10**9)
        kept = [event for event in opened.events(1) if isinstance(event, Step)]
        again = trained(wanted.replace(iterations=50))
        assert kept[:50] == [event for event in again if isinstance(event, Step)]
        opened.delete([1])


def test_two_processes_write_to_one_new_store(path: Path) -> None:
    processes = [child(path, seed, 1500) for seed in (1, 2)]
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    with RunStore.open(path) as store:
        runs = store.runs()
        assert [run.state for run in runs] == ["finished", "finished"]
        assert sorted(run.config.seed for run in runs) == [1, 2]
        for run in runs:
            wanted = trained(CONFIG.replace(seed=run.config.seed, iterations=50))
            kept = list(store.events(run.id))
            assert kept[1:50] == wanted[1:50]
            assert len(store.points(run.id)) == 1500


def test_a_locked_store_gets_all_when_it_is_free_again(
    store: RunStore, path: Path, quick: None
) -> None:
    events = without_checkpoints(trained())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        recording = store.record(origin())
        other.execute("BEGIN EXCLUSIVE")
        start = time.perf_counter()
        for event in events[:-1]:
            recording.take(event)
        assert time.perf_counter() - start < 2  # the training does not wait
        until(lambda: recording.problem)
        assert recording.problem == f"The run store {path} is locked by another program."
        assert recording.run_id is None
        other.execute("ROLLBACK")
        until(lambda: not recording.problem)
    recording.take(events[-1])
    recording.close()
    assert recording.problem == ""
    assert same(store.events(1), events)


def test_a_store_that_stays_locked_is_given_up_with_a_sentence(
    store: RunStore, path: Path, quick: None
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        recording = store.record(origin())
        recording.take(EVERY_KIND[0])
        recording.close()
    assert "is locked by another program" in recording.problem
    assert store.runs() == []


def test_a_run_that_was_deleted_meanwhile(store: RunStore, quick: None, monkeypatch) -> None:
    recording = store.record(origin())
    recording.take(EVERY_KIND[0])
    until(lambda: recording.run_id)
    store._connection.execute("DELETE FROM runs")
    recording.take(EVERY_KIND[1])
    recording.close()
    assert recording.problem == "Run 1 was deleted while it was recorded."


def recorded_on_a_full_disk(folder: Path, events: list) -> tuple[Recorder, Path]:
    """Record the first event, fill the disk, and record the rest until that is noticed."""
    with RunStore.open(folder / "runs.sqlite3") as store:
        recording = store.record(origin())
    recording.take(events[0])
    until(lambda: recording.run_id)
    ballast = fill(folder)
    for event in events[1:]:
        recording.take(event)
    until(lambda: recording.problem)
    return recording, ballast


def test_a_full_disk_that_gets_room_again(small_disk: Path, quick: None) -> None:
    events = trained(CONFIG.replace(iterations=400))
    recording, ballast = recorded_on_a_full_disk(small_disk, events)
    path = small_disk / "runs.sqlite3"
    assert recording.problem == f"The run store {path} cannot be written: the disk is full."
    ballast.unlink()
    recording.close()
    assert recording.problem == ""
    with RunStore.open(path) as store:
        assert same(store.events(1), events)


def test_a_disk_that_stays_full(small_disk: Path, tmp_path: Path, quick: None) -> None:
    recording, _ = recorded_on_a_full_disk(small_disk, trained(CONFIG.replace(iterations=400)))
    recording.close()
    assert "the disk is full" in recording.problem
    shutil.copytree(small_disk, tmp_path / "copy")  # SQLite needs room even to read
    with RunStore.open(tmp_path / "copy" / "runs.sqlite3") as store:
        assert [type(event) for event in store.events(1)] == [Started]


def test_no_new_store_on_a_full_disk(small_disk: Path) -> None:
    fill(small_disk)
    with pytest.raises(StoreError, match="the disk is full"):
        RunStore.open(small_disk / "runs.sqlite3")


def test_which_processes_are_gone() -> None:
    ours = Process.current()
    assert ours.pid == os.getpid()
    assert ours.here
    assert not ours.gone
    assert Process(ours.host, ours.pid, "another time").gone  # the number was given again
    assert not Process("elsewhere", ours.pid, "another time").gone  # nothing is known of it
    ended = subprocess.Popen(["true"])
    until(lambda: Process(ours.host, ended.pid, "x").gone)  # a zombie, and then not even that
    ended.wait()
    assert Process(ours.host, ended.pid, "x").gone


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps command")
def test_processes_by_ps(monkeypatch) -> None:
    monkeypatch.setattr(processes, "LINUX", False)
    ours = Process.current()
    assert ours.start
    assert not ours.gone
    assert Process(ours.host, ours.pid, "another time").gone


def test_processes_where_there_is_no_telling(monkeypatch) -> None:
    monkeypatch.setattr(processes, "LINUX", False)
    monkeypatch.setenv("PATH", "")
    assert not Process.current().gone

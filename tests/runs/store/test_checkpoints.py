"""Checkpoints beside the store: never ahead of it, whatever goes wrong."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.disks import fill
from tests.engine.test_events import EVERY_KIND
from tests.runs.store.support import (
    CONFIG,
    CORPUS,
    OFTEN,
    origin,
    recorded,
    same,
    trained,
    training,
    until,
)
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Snapshot, Step, Stopped
from tui_charrnn.runs.store import Recorder, RunStore, StoreError, checkpoints, opening, recorder

START = EVERY_KIND[0]
FINISHED = Stopped(iteration=60, elapsed=2.0, outcome="finished", smooth_loss=8.0)


@pytest.fixture
def quick(monkeypatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.05)
    monkeypatch.setattr(recorder, "INTERVAL", 0.05)


@pytest.fixture
def run(store: RunStore) -> Iterator[tuple[Recorder, list[Snapshot]]]:
    """A run that is recorded up to its first checkpoint, and the checkpoints of all of it."""
    events = trained(OFTEN)
    snapshots = [event for event in events if isinstance(event, Snapshot)]
    with closing(store.record(origin(checkpoint_every=7))) as recording:
        for event in events[: events.index(snapshots[0]) + 1]:
            recording.take(event)
        yield recording, snapshots


def same_state(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether two are of the same moment of the same run, to the last bit."""
    weights = [other.parameters[name].tobytes() for name in one.parameters]
    return (
        (one.events, one.iteration, one.elapsed) == (other.events, other.iteration, other.elapsed)
        and [value.tobytes() for value in one.parameters.values()] == weights
        and one.generators == other.generators
    )


def test_a_checkpoint_is_safe_when_it_has_been_taken(store: RunStore, path: Path) -> None:
    seen = 0
    with (
        closing(store.record(origin(checkpoint_every=7))) as recording,
        RunStore.open(path) as other,
    ):
        assert recording.saved is None
        for event in training(OFTEN):
            recording.take(event)
            if isinstance(event, Snapshot):
                seen += 1
                assert recording.saved == event.iteration
                assert same_state(other.checkpoint(1), event.checkpoint)
                assert len(list(other.events(1))) == event.checkpoint.events
                assert len(other.points(1)) == event.iteration
    assert seen > 60 // 7
    assert recording.problem == ""
    assert checkpoints.path_of(path, 1) == path.parent / "runs.sqlite3.checkpoints" / "1.npz"


def test_events_are_on_the_disk_before_their_checkpoint(run, path: Path, monkeypatch) -> None:
    recording, snapshots = run
    told: list[str] = []
    recording._connection.set_trace_callback(told.append)
    save = checkpoints.save
    monkeypatch.setattr(checkpoints, "save", lambda *what: told.append("save") or save(*what))
    recording.take(snapshots[1])
    order = [told.index(word) for word in ("PRAGMA synchronous = FULL", "COMMIT", "save")]
    assert order == sorted(order)
    assert told.index("PRAGMA synchronous = NORMAL") > order[1]


def test_the_events_in_memory_hold_no_weights(store: RunStore, path: Path, quick: None) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with closing(store.record(origin())) as recording:
            for event in trained(OFTEN):
                recording.take(event)
            assert [e.checkpoint for e in recording._waiting if isinstance(e, Snapshot)][:1] == [
                None
            ]
            assert not any(getattr(event, "checkpoint", None) for event in recording._waiting)
            other.execute("ROLLBACK")


def test_a_snapshot_without_its_checkpoint_is_an_event_like_others(store: RunStore, path) -> None:
    events = [START, Snapshot(iteration=0), FINISHED]
    assert same(store.events(recorded(store, events)), events)
    assert not store.has_checkpoint(1)
    with pytest.raises(StoreError, match=r"^Run 1 has no checkpoint to go on from\.$"):
        store.checkpoint(1)
    with pytest.raises(StoreError, match="no run 2"):
        store.checkpoint(2)


def test_a_locked_store_costs_one_checkpoint(quick: None, run, store: RunStore, path) -> None:
    recording, snapshots = run
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        recording.take(snapshots[1])  # comes back
        assert recording.problem == f"The run store {path} is locked by another program."
        assert recording.saved == 7
        assert same_state(checkpoints.load(path, 1), snapshots[0].checkpoint)
        other.execute("ROLLBACK")
    until(lambda: recording.saved == snapshots[1].iteration)  # it was tried again
    assert same_state(store.checkpoint(1), snapshots[1].checkpoint)
    recording.take(snapshots[2])
    assert (recording.problem, recording.saved) == ("", snapshots[2].iteration)


def test_a_file_that_cannot_be_written_leaves_the_record_alone(
    store: RunStore, path: Path, quick: None
) -> None:
    folder = checkpoints.path_of(path, 1).parent
    folder.write_text("somebody's file")
    events = trained(OFTEN)
    with closing(store.record(origin())) as recording:
        for event in events:
            recording.take(event)
            if isinstance(event, Snapshot):
                file = folder / "1.npz"
                assert recording.problem.startswith(f"The checkpoint {file} cannot be written: ")
                assert len(list(store.events(1))) == event.checkpoint.events
        until(lambda: store.record_of(1).state == "finished")
        assert same(store.events(1), events)
        assert recording.saved is None
        folder.unlink()
    assert (recording.problem, recording.saved) == ("", 60)  # it was tried again
    assert store.checkpoint(1).iteration == 60


def test_a_full_disk_leaves_the_last_good_checkpoint(small_disk: Path, quick: None) -> None:
    path = small_disk / "runs.sqlite3"
    config = CONFIG.replace(checkpoint_every=20, eval_every=0, sample_every=0)
    snapshots, ballast = 0, None
    with RunStore.open(path) as store, closing(store.record(origin())) as recording:
        for event in training(config):
            recording.take(event)
            if isinstance(event, Snapshot):
                snapshots += 1
                if snapshots == 1:
                    assert (recording.problem, recording.saved) == ("", 20)
                    ballast = fill(small_disk)
                elif snapshots == 2:
                    assert "the disk is full" in recording.problem
                    assert recording.saved == 20
                    assert checkpoints.load(path, 1).iteration == 20
                    assert len(list(checkpoints.path_of(path, 1).parent.iterdir())) == 1
                    ballast.unlink()
        recording.close()
        assert (recording.problem, recording.saved) == ("", 60)
        assert store.checkpoint(1).iteration == 60


def test_a_full_disk_for_the_file_alone(small_disk: Path, path: Path, quick: None) -> None:
    folder = checkpoints.path_of(path, 1).parent
    with RunStore.open(path) as store, closing(store.record(origin())) as recording:
        folder.symlink_to(small_disk)
        fill(small_disk)
        events = trained(OFTEN)
        for event in events:
            recording.take(event)
        assert recording.problem.endswith("1.npz cannot be written: the disk is full.")
        recording.close()
        assert recording.problem.endswith("1.npz cannot be written: the disk is full.")
        assert recording.saved is None
        assert same(store.events(1), events)
        assert store.record_of(1).state == "finished"


def test_taking_never_waits_for_what_is_closed(run) -> None:
    recording, snapshots = run
    recording.close()
    recording.take(snapshots[1])
    assert recording.saved == 7


@pytest.mark.parametrize("number", range(20))
def test_closing_lets_go_of_a_trainer(store: RunStore, number: int) -> None:
    snapshots = [event for event in trained(OFTEN) if isinstance(event, Snapshot)]
    recording = store.record(origin())
    recording.take(START)
    trainer = threading.Thread(target=lambda: [recording.take(each) for each in snapshots])
    trainer.start()
    for _ in range(number * 100):  # at another moment each time
        pass
    recording.close()
    trainer.join(10)
    assert not trainer.is_alive()
    assert recording.problem == ""


def test_a_thread_that_breaks_down_holds_up_nobody(run, monkeypatch) -> None:
    recording, snapshots = run
    broken: list[object] = []
    monkeypatch.setattr(threading, "excepthook", broken.append)
    monkeypatch.setattr(recording, "_write", lambda: 1 / 0)
    recording.take(snapshots[1])
    recording.take(snapshots[2])
    recording.close()
    assert len(broken) == 1


def test_nothing_is_left_of_a_run_that_was_deleted(run, store: RunStore, path: Path) -> None:
    recording, snapshots = run
    assert store.has_checkpoint(1)
    store._connection.execute("DELETE FROM runs")
    recording.take(snapshots[1])
    assert recording.problem == "Run 1 was deleted while it was recorded."
    assert not store.has_checkpoint(1)
    recording.close()
    assert not store.has_checkpoint(1)


def test_nothing_is_left_of_a_run_that_gives_way(store: RunStore) -> None:
    events = trained(OFTEN)
    with closing(store.record(origin("key"))) as recording:
        for event in events[:-1]:
            recording.take(event)
        assert store.has_checkpoint(1)
        assert recorded(store, events, origin("key")) == 2
        recording.take(events[-1])
        until(lambda: recording.run_id == 2)
    assert recording.problem == ""
    assert [run.id for run in store.runs()] == [2]
    assert not store.has_checkpoint(1)
    assert store.has_checkpoint(2)


def test_one_that_gives_way_at_once_leaves_the_others_alone(store: RunStore) -> None:
    events = trained(OFTEN)
    assert recorded(store, events, origin("key")) == 1
    assert store.keep(origin("key"), events) == 1
    recording = store.record(origin("key"))
    recording._waiting += events
    recording.close()
    assert recording.run_id == 1
    assert store.has_checkpoint(1)


def test_deleting_a_run_deletes_its_checkpoint(store: RunStore, path: Path) -> None:
    ids = [recorded(store, trained()) for _ in range(3)]
    with pytest.raises(StoreError, match="no run 9"):
        store.delete([1, 9])
    assert all(map(store.has_checkpoint, ids))
    store.delete([1, 3])
    assert list(map(store.has_checkpoint, ids)) == [False, True, False]


def test_a_checkpoint_that_cannot_be_deleted_keeps_no_run(store: RunStore, path: Path) -> None:
    recorded(store, trained())
    file = checkpoints.path_of(path, 1)
    file.unlink()
    (file / "in the way").mkdir(parents=True)
    store.delete([1])
    assert store.runs() == []
    assert not store.has_checkpoint(1)


@pytest.mark.parametrize("kept", [True, False])
def test_what_an_older_store_left_is_nobodys_checkpoint(path: Path, kept: bool) -> None:
    with RunStore.open(path) as store:
        recorded(store, trained())
    for file in path.parent.glob("runs.sqlite3*"):
        if file.is_file():
            file.unlink()
    with RunStore.open(path) as store:
        assert store.has_checkpoint(1)
        events = [START, FINISHED]
        assert (store.keep(origin(), events) if kept else recorded(store, events)) == 1
        assert not store.has_checkpoint(1)


def test_a_run_that_is_kept_as_a_whole_has_no_checkpoint(store: RunStore) -> None:
    events = trained(OFTEN)
    assert same(store.events(store.keep(origin(), events)), events)
    assert not store.has_checkpoint(1)


def test_a_store_has_the_same_checkpoints_by_whatever_name(store: RunStore, path: Path) -> None:
    recorded(store, trained())
    link = path.parent / "link"
    link.symlink_to(path)
    with RunStore.open(link) as opened:
        assert opened.checkpoint(1).iteration == 60
        opened.delete([1])
    assert not store.has_checkpoint(1)


@pytest.mark.parametrize("cut", [0, 10, 1000, -1])
def test_a_damaged_checkpoint_is_refused_in_a_sentence(store: RunStore, path: Path, cut) -> None:
    recorded(store, trained())
    file = checkpoints.path_of(path, 1)
    file.write_bytes(file.read_bytes()[:cut])
    assert store.has_checkpoint(1)
    with pytest.raises(StoreError, match=r"1\.npz .*\.$") as caught:
        store.checkpoint(1)
    assert "\n" not in str(caught.value)


def test_the_model_of_a_checkpoint_is_the_trained_one(store: RunStore) -> None:
    events = trained()
    recorded(store, events)
    snapshots = [event for event in events if isinstance(event, Snapshot)]
    model = store.checkpoint(1).model()
    for name, value in snapshots[-1].checkpoint.parameters.items():
        assert np.array_equal(model.parameters()[name], value)
    assert store.checkpoint(1).sha256 == CORPUS.sha256()
    assert [type(e) for e in store.events(1) if isinstance(e, Snapshot)] == [Snapshot] * len(
        snapshots
    )
    assert sum(isinstance(e, Step) for e in store.events(1)) == 60

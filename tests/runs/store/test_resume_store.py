"""A run of the store goes on from its checkpoint, and its record with it."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.runs.store.support import (
    CONFIG,
    OFTEN,
    checkpoints_of,
    dump,
    origin,
    recorded,
    same,
    trained,
    training,
    without_checkpoints,
)
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Event, LearningRateChanged, Snapshot, Started, Step
from tui_charrnn.runs.export import write_csv, write_jsonl
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.runs.store import (
    RunRecord,
    RunStore,
    StoreError,
    checkpoints,
    points,
    schema,
)

ALWAYS = CONFIG.replace(checkpoint_every=1)


def figures(run: RunRecord) -> RunRecord:
    """Return what a record says of how far a run is, without what tells it from other runs."""
    return replace(run, id=0, name="", created=None, state="interrupted")


def test_a_record_is_cut_back_to_any_checkpoint(store: RunStore, path: Path, monkeypatch) -> None:
    monkeypatch.setattr(points, "MOST_IN_A_CHUNK", 7)
    events = trained(ALWAYS)
    run_id = store.keep(origin(checkpoint_every=1), events)
    reached = set()
    for checkpoint in reversed(checkpoints_of(events)):
        checkpoints.save(path, run_id, checkpoint)
        store.resume(run_id, ALWAYS, checkpoint).close()
        kept = events[: checkpoint.events]
        assert same(store.events(run_id), kept)
        steps = [event for event in kept if isinstance(event, Step)]
        table = store.points(run_id)
        assert table["iteration"].tolist() == list(range(checkpoint.iteration))
        assert table.tobytes() == points.pack(steps)
        wanted = store.record_of(store.keep(origin(checkpoint_every=1), kept))
        assert figures(store.record_of(run_id)) == figures(wanted)
        assert store.record_of(run_id).message == ""
        reached.add(checkpoint.iteration)
    assert reached == set(range(1, 61))


def test_a_run_that_was_paused_before_its_first_update_goes_on(store: RunStore, path) -> None:
    events = trained(ALWAYS)
    run_id = store.keep(origin(), [events[0], Snapshot(iteration=0), *events[1:]])
    first = replace(checkpoints_of(events)[0], iteration=0, events=2)
    checkpoints.save(path, run_id, first)
    with closing(store.resume(run_id, ALWAYS, first)):
        run = store.record_of(run_id)
        assert (run.state, run.iteration, run.smooth_loss) == ("running", 0, None)
        assert len(list(store.events(run_id))) == 2
        assert run.parameter_count > 0


def gone_on(store: RunStore, start: Checkpoint, **changes: object) -> list[Event]:
    """Go on with run 1 to its end; return the events from there."""
    config = OFTEN.replace(**changes)
    events = []
    with closing(store.resume(1, config, start)) as recording:
        assert recording.run_id == 1
        assert recording.saved == start.iteration
        for event in training(config, start=start):
            recording.take(event)
            events.append(event)
    assert recording.problem == ""
    return events


def test_a_run_that_goes_on_becomes_what_it_would_have_been(
    store: RunStore, broken_off: list[Event]
) -> None:
    start = store.checkpoint(1)
    later = gone_on(store, start)
    kept = list(store.events(1))
    assert same(kept, [*without_checkpoints(broken_off[: start.events]), *later])
    assert [e.iteration for e in kept if isinstance(e, Started)] == [0, 21]
    assert kept[: start.events] + kept[start.events + 1 :] == broken_off  # but for the second start
    other = store.record_of(store.keep(origin(checkpoint_every=7), broken_off))
    run = store.record_of(1)
    assert figures(replace(run, elapsed=0)) == figures(replace(other, elapsed=0))
    assert run.state == "finished"
    assert store.checkpoint(1).iteration == 60
    assert store.checkpoint(1).events == kept.index(kept[-1]) - 2  # before the finale


def test_what_reads_a_run_reads_one_that_went_on(store: RunStore, broken_off: list[Event]) -> None:
    gone_on(store, store.checkpoint(1))
    kept = list(store.events(1))
    lines, table = io.StringIO(), io.StringIO()
    write_jsonl(store, [1], lines)
    rows = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert rows == [json.loads(json.dumps(event.as_json())) for event in kept]
    write_csv(store, [1], table)
    figures = np.genfromtxt(io.StringIO(table.getvalue()), delimiter=",", names=True)
    assert figures["iteration"].tolist() == list(range(60))
    assert (np.diff(figures["elapsed"]) > 0).all()
    progress, history = RunProgress(), LossHistory(CONFIG.seq_length)
    for event in kept:
        progress.apply(event)
        history.add(event)
    run = store.record_of(1)
    assert (progress.iteration, progress.elapsed) == (run.iteration, run.elapsed)
    assert (progress.best_bits, progress.state) == (run.best_bits, "finished")
    assert store.history(1).loss.tolist() == history.loss.tolist()
    assert store.history(1).validations == history.validations


def test_a_run_goes_on_again_and_again(store: RunStore, broken_off: list[Event], path) -> None:
    starts = [store.checkpoint(1)]
    for iterations in (61, 75, 90):
        gone_on(store, starts[-1], iterations=iterations)
        starts.append(store.checkpoint(1))
    assert [e.iteration for e in store.events(1) if isinstance(e, Started)] == [0, 21, 61, 75]
    assert store.points(1)["iteration"].tolist() == list(range(90))
    once = [e for e in trained(OFTEN.replace(iterations=90)) if isinstance(e, Step)]
    assert [e for e in store.events(1) if isinstance(e, Step)] == once


def test_the_first_events_can_be_read_alone(store: RunStore, broken_off: list[Event]) -> None:
    for count in (0, 1, 2, 25, len(broken_off), 999):
        steps = [event for event in broken_off[:count] if isinstance(event, Step)]
        assert store.points(1, count).tobytes() == points.pack(steps)
        kinds = (Started, Snapshot, LearningRateChanged)
        wanted = [event for event in broken_off[:count] if isinstance(event, kinds)]
        assert store.events_of(1, *kinds, first=count) == wanted


def test_other_hyperparameters_are_those_of_the_run_from_then_on(
    store: RunStore, broken_off: list[Event], path: Path
) -> None:
    gone_on(store, store.checkpoint(1), iterations=70, learning_rate=0.2)
    run = store.record_of(1)
    assert run.config == OFTEN.replace(iterations=70, learning_rate=0.2)
    query = "SELECT iterations, cell, seed FROM runs"
    assert tuple(store._connection.execute(query).fetchone()) == (70, "gru", 42)
    rates = store.points(1)["learning_rate"]
    assert rates[20] == 0.1
    assert (rates[21:] == 0.2).all()


@pytest.mark.parametrize(("changes", "key"), [({}, "key"), ({"iterations": 61}, "")])
def test_a_run_with_other_hyperparameters_is_no_cell(store: RunStore, changes, key) -> None:
    recorded(store, trained(OFTEN), origin("key", checkpoint_every=7))
    store.resume(1, OFTEN.replace(**changes), store.checkpoint(1)).close()
    assert store.record_of(1).origin.cell_key == key
    assert store.finished_cell("key") is None


def test_a_cell_that_goes_on_gives_way_to_one_that_was_finished_meanwhile(store: RunStore) -> None:
    events = trained(OFTEN)
    recorded(store, events[:-1], origin("key", checkpoint_every=7))
    start = store.checkpoint(1)
    with closing(store.resume(1, OFTEN, start)) as recording:
        assert recorded(store, events, origin("key", checkpoint_every=7)) == 2
        for event in training(OFTEN, start=start):
            recording.take(event)
    assert (recording.problem, recording.run_id) == ("", 2)
    assert [run.id for run in store.runs()] == [2]
    assert [store.has_checkpoint(number) for number in (1, 2)] == [False, True]


def refused(store: RunStore, start: Checkpoint, run_id: int = 1) -> str:
    """Return why a run cannot go on, after a look that nothing was changed."""
    file = checkpoints.path_of(store.path, 1)
    before = dump(store.path), file.read_bytes() if file.is_file() else b""
    with pytest.raises(StoreError) as caught:
        store.resume(run_id, OFTEN, start)
    assert (dump(store.path), file.read_bytes() if file.is_file() else b"") == before
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_cannot_go_on_is_left_as_it_is(
    store: RunStore, broken_off: list[Event], path: Path
) -> None:
    start = store.checkpoint(1)
    assert refused(store, start, 9) == f"There is no run 9 in {path}."
    with closing(store.resume(1, OFTEN, start)):
        assert refused(store, start) == "Run 1 is still running; stop it first."
    other = checkpoints_of(broken_off)[-1]
    assert "has another checkpoint now than the one it was to go on from." in refused(store, other)
    checkpoints.save(path, 1, other)  # as in a store that was put back to an older state
    assert refused(store, other) == (
        f"The record of run 1 does not hold the {other.events:,} events that its checkpoint comes "
        "after; nothing was changed."
    )
    elsewhere = replace(start, sha256="0" * 64)
    checkpoints.save(path, 1, elsewhere)
    said = "The checkpoint of run 1 belongs to a run on another text."
    assert refused(store, elsewhere) == said
    checkpoints.path_of(path, 1).write_bytes(b"PK\3\4")
    assert "1.npz" in refused(store, start)
    checkpoints.remove(path, 1)
    assert refused(store, start) == "Run 1 has no checkpoint to go on from."


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM points",
        "UPDATE points SET count = 1, data = zeroblob(72)",
        "DELETE FROM events WHERE place = 0",
        "UPDATE events SET body = '{}' WHERE place = 0",
        "UPDATE events SET body = 'x' WHERE kind = 'Validation'",
        """UPDATE runs SET config = '{"mood": 1}'""",
    ],
)
def test_a_record_that_was_tampered_with_is_left_as_it_is(
    store: RunStore, broken_off: list[Event], damage: str
) -> None:
    start = store.checkpoint(1)
    store._connection.execute(damage)
    assert "run 1" in refused(store, start)


def test_a_store_that_is_only_read_or_newer_cannot_go_on(
    store: RunStore, broken_off: list[Event], path: Path
) -> None:
    start = store.checkpoint(1)
    with RunStore.open(path, read_only=True) as reader:
        assert "is read-only" in refused(reader, start)
    store._connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with pytest.raises(StoreError, match="made by a newer charrnn-tui"):
        RunStore.open(path)


def test_a_locked_store_does_not_let_a_run_go_on(
    store: RunStore, broken_off: list[Event], path: Path
) -> None:
    start = store.checkpoint(1)
    store._connection.execute("PRAGMA busy_timeout = 50")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "is locked by another program" in refused(store, start)
        other.execute("ROLLBACK")
    store.resume(1, OFTEN, start).close()


def test_a_run_that_another_process_took_over_is_let_go(
    store: RunStore, broken_off: list[Event], path: Path
) -> None:
    start = store.checkpoint(1)
    with closing(store.resume(1, OFTEN, start)) as recording:
        store._connection.execute("UPDATE runs SET host = 'elsewhere'")  # it is not known here
        before = dump(path)
        for event in training(OFTEN, start=start):
            recording.take(event)
        assert recording.problem == "Run 1 is recorded by another process now."
        assert recording.saved == 21
    assert dump(path) == before
    assert store.checkpoint(1).iteration == 21
    assert recording.problem == "Run 1 is recorded by another process now."


def test_a_clock_that_was_set_back_changes_no_order(
    store: RunStore, broken_off: list[Event]
) -> None:
    store.keep(origin(), broken_off)
    store._connection.execute("UPDATE runs SET created = '1999-01-01T00:00:00+00:00' WHERE id = 2")
    assert [run.id for run in store.runs()] == [2, 1]
    with closing(store.resume(1, OFTEN, store.checkpoint(1))):
        store._connection.execute("UPDATE runs SET created = '2999-01-01T00:00:00+00:00'")
        assert store.record_of(1).state == "running"
        with pytest.raises(StoreError, match="still running"):
            store.delete([1])
    assert store.record_of(1).state == "interrupted"

"""What comes back from the store is what went in, to the last digit."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.engine.test_events import EVERY_KIND
from tests.runs.store.support import CONFIG, CORPUS, TEXT, origin, recorded, same, trained
from tui_charrnn.engine import TrainConfig, TrainControl
from tui_charrnn.engine.events import (
    LearningRateChanged,
    Sample,
    Started,
    Step,
    Stopped,
    Validation,
    event_from_json,
)
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.store import Origin, RunStore, StoreError, TextIdentity, points


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_a_real_run_is_replayed_exactly(store: RunStore, cell: str) -> None:
    events = trained(CONFIG.replace(cell=cell))
    kinds = {type(event).__name__ for event in events}
    assert kinds >= {"Started", "Step", "Sample", "Validation", "GradientMemory", "Stopped"}
    run_id = recorded(store, events, origin(cell=cell))
    kept = list(store.events(run_id))
    assert kept == events
    assert same(kept, events)
    assert kept[-1].best_parameters is None


def test_every_kind_of_event_survives_with_numbers_that_are_none(store: RunStore) -> None:
    events = [*EVERY_KIND[:2], *EVERY_KIND[1:]]
    assert same(store.events(store.keep(origin(), events)), events)


def test_chunks_and_events_keep_their_order(store: RunStore, monkeypatch) -> None:
    monkeypatch.setattr(points, "MOST_IN_A_CHUNK", 7)
    events = trained()
    recorder = store.record(origin())
    for place, event in enumerate(events):
        recorder.take(event)
        if place % 25 == 0:
            recorder._wake.set()  # write now
    recorder.close()
    assert same(store.events(recorder.run_id), events)
    chunks = store._connection.execute("SELECT count(*) FROM points").fetchone()[0]
    assert chunks >= 60 // 7


def test_points_are_the_updates(store: RunStore) -> None:
    events = trained()
    steps = [event for event in events if isinstance(event, Step)]
    table = store.points(recorded(store, events))
    assert table.dtype == points.POINT
    assert table["iteration"].tolist() == list(range(60))
    for name in points.POINT.names:
        assert table[name].tolist() == [getattr(step, name) for step in steps]


def test_a_run_without_updates_has_no_points(store: RunStore) -> None:
    run_id = store.keep(origin(), [EVERY_KIND[0], EVERY_KIND[-1]])
    assert store.points(run_id).shape == (0,)
    assert len(store.history(run_id)) == 0


def test_a_point_is_as_documented() -> None:
    step = Step(
        iteration=2**40, elapsed=0.5, loss=math.nan, smooth_loss=math.inf, bits_per_character=-0.0,
        smooth_bits_per_character=5e-324, characters=3, epoch=1 / 3, learning_rate=1e-3,
    )  # fmt: skip
    data = points.pack([step])
    assert len(data) == 72 == points.POINT.itemsize
    assert data[:8] == (2**40).to_bytes(8, "little")
    assert np.frombuffer(data, points.POINT)["epoch"][0] == 1 / 3
    assert same(points.unpack(data), [step])


def test_the_history_is_that_of_the_live_run(store: RunStore) -> None:
    control = TrainControl()
    control.set_learning_rate(0.05)
    events = trained(CONFIG.replace(watch_every=7), control)
    assert any(isinstance(event, LearningRateChanged) for event in events)
    live = LossHistory(CONFIG.seq_length, TEXT.entropy)
    for event in events:
        live.add(event)
    kept = store.history(recorded(store, events))
    for name in ("iterations", "characters", "loss", "smooth_loss", "elapsed"):
        assert np.array_equal(getattr(kept, name), getattr(live, name))
    assert kept.validations == live.validations
    assert kept.rate_changes == live.rate_changes
    assert [event.iteration for event in kept.moments()] == [
        6, 7, 13, 14, 20, 27, 28, 34, 41, 48, 55, 56, 60,
    ]  # fmt: skip
    assert kept.moments() == live.moments()
    assert kept.entropy == live.entropy


def test_the_record_sums_the_run_up(store: RunStore) -> None:
    events = trained()
    started, stopped = events[0], events[-1]
    assert isinstance(started, Started)
    assert isinstance(stopped, Stopped)
    last = [event for event in events if isinstance(event, Step)][-1]
    validations = [event for event in events if isinstance(event, Validation)]
    run = store.record_of(recorded(store, events, origin(group="a race")))
    assert run.origin == origin(group="a race")
    assert (run.state, run.message, run.name) == ("finished", "", "gru-1")
    assert run.parameter_count == started.parameter_count
    assert run.train_characters == started.train_characters
    assert run.validation_characters == started.validation_characters
    assert (run.iteration, run.characters) == (60, last.characters)
    assert (run.elapsed, run.smooth_loss) == (stopped.elapsed, last.smooth_loss)
    assert run.validation_bits == validations[-1].bits_per_character
    assert run.best_bits == stopped.best_bits_per_character
    assert run.best_iteration == stopped.best_iteration
    assert run.versions["numpy"] == np.__version__
    assert run.machine.keys() == {"processor", "cores", "system"}


def test_a_failed_run_keeps_its_reason_and_what_is_no_number(store: RunStore) -> None:
    run = store.record_of(store.keep(origin(), EVERY_KIND))
    assert (run.state, run.message) == ("failed", "It broke.")
    assert math.isnan(run.smooth_loss)
    assert math.isnan(run.validation_bits)
    assert run.best_bits is None


def test_texts_of_any_name_are_kept(store: RunStore) -> None:
    text = TextIdentity("o\udce9\n\x1b[31m", "/t/o\udce9", "utf-8", 3, 2, "ab", 0.5)
    run = store.record_of(store.keep(Origin(CONFIG, text), EVERY_KIND[:1]))
    assert run.origin.text == text


def test_identity_of_a_text() -> None:
    assert TEXT.characters == len(CORPUS)
    assert TEXT.sha256 == CORPUS.sha256()


def test_rows_that_are_no_events_are_refused() -> None:
    good = Sample(iteration=1, text="a", smooth_loss=1.0, temperature=1.0).as_json()
    for changes, said in [
        ({"event": "Party"}, "'Party'"),
        ({"colour": 1}, "Sample has no field 'colour'"),
        ({"text": 3}, "Sample.text cannot be 3"),
        ({"requested": 1}, "Sample.requested cannot be 1"),
        ({"iteration": 1.5}, "Sample.iteration cannot be 1.5"),
        ({"iteration": True}, "Sample.iteration cannot be True"),
        ({"smooth_loss": "big"}, "Sample.smooth_loss cannot be 'big'"),
        ({"smooth_loss": None}, "Sample.smooth_loss cannot be None"),
    ]:
        with pytest.raises(ValueError, match=said):
            event_from_json({**good, **changes})
    with pytest.raises(ValueError, match="Sample lacks text"):
        event_from_json({name: value for name, value in good.items() if name != "text"})
    row = Stopped(iteration=1, outcome="stopped", smooth_loss=1.0).as_json()
    with pytest.raises(ValueError, match=r"Stopped.outcome cannot be 'fine'"):
        event_from_json({**row, "outcome": "fine"})
    started = {**EVERY_KIND[0].as_json(), "config": {**TrainConfig().as_dict(), "mood": 1}}
    with pytest.raises(ValueError, match="TrainConfig has no field 'mood'"):
        event_from_json(started)


def test_what_cannot_be_read_is_named(store: RunStore) -> None:
    run_id = store.keep(origin(), trained())
    store._connection.execute('UPDATE events SET body = \'{"event": "Party"}\' WHERE place = 0')
    with pytest.raises(StoreError, match=f"in run {run_id}: There is no event 'Party'"):
        list(store.events(run_id))
    store._connection.execute('UPDATE runs SET config = \'{"cell": "mlp"}\'')
    with pytest.raises(StoreError, match=f"in run {run_id}: cell must be rnn, gru or lstm"):
        store.runs()

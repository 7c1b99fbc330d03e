"""When a run lets its state be kept, what is in that, and that it is a copy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from tests.engine.resuming import (
    CORPUS,
    DTYPES,
    LIVELY,
    OPTIMIZERS,
    after_update,
    contents,
    disturb,
    live,
    plain,
    stop_at,
)
from tests.engine.support import CELLS, CONTENT, only, random_corpus, run, small, stopped
from tui_charrnn.engine import Corpus, TrainControl, build_model, train
from tui_charrnn.engine.events import (
    Event,
    Paused,
    Resumed,
    Snapshot,
    Started,
    Step,
    Stopped,
    Validation,
)
from tui_charrnn.engine.registry import state_shape

PLAIN = small(checkpoint_seconds=0, seq_length=9, iterations=50)
"""A run that has no reason for a checkpoint before its end."""


def kept(events: list[Event]) -> list[int]:
    """After how many updates there was a snapshot."""
    return [snapshot.iteration for snapshot in only(Snapshot, events)]


# ------------------------------------------------------------------------------------ when


@pytest.mark.parametrize(
    ("every", "wanted"),
    [
        (0, [50]),
        (20, [20, 40, 50]),
        (25, [25, 50]),  # once at the end, whatever is due
        (50, [50]),
        (51, [50]),
    ],
)
def test_by_number_of_updates_and_at_the_end(every: int, wanted: list[int]) -> None:
    events = run(PLAIN.replace(checkpoint_every=every), CORPUS)
    assert kept(events) == wanted
    assert [type(event) for event in events[-3:]] == [Step, Snapshot, Stopped]


def test_an_update_has_its_number_in_a_run_that_goes_on_too() -> None:
    config = PLAIN.replace(checkpoint_every=20)
    start = live(config, stop_at(after_update(29))).checkpoint
    assert kept(live(config, start=start).events) == [40, 50]


def test_after_a_validation_that_is_the_best_and_no_other() -> None:
    """A net that learns noise by heart gets worse on other noise."""
    config = PLAIN.replace(validation_fraction=0.4, eval_every=5, iterations=101)
    events = run(config, random_corpus(120, 6))
    best = [v.iteration + 1 for v in only(Validation, events) if v.is_best]
    assert 0 < len(best) < len(only(Validation, events)) / 2
    assert max(best) < 100
    assert kept(events) == [*best, 101]
    for snapshot in only(Snapshot, events)[:-1]:
        before = events[snapshot.checkpoint.events - 2]
        assert isinstance(before, Validation)
        assert snapshot.checkpoint.best is before
    # two reasons make one checkpoint
    both = run(config.replace(checkpoint_every=5), random_corpus(120, 6))
    assert kept(both) == [*range(5, 101, 5), 101]


def test_a_best_validation_before_is_no_reason_where_a_run_goes_on() -> None:
    config = LIVELY.replace(eval_every=20)
    start = live(config, stop_at(lambda event: isinstance(event, Validation))).checkpoint
    assert start.best is not None
    assert start.iteration == start.best.iteration + 1 == 20
    assert kept(live(config, start=start).events) == [40, 60]


def test_at_a_pause_before_anything_else_is_done_there() -> None:
    control, events = TrainControl(), []
    for event in train(PLAIN, CORPUS, control=control):
        events.append(event)
        if isinstance(event, Step) and event.iteration == 6:
            control.pause()
        if isinstance(event, Paused):
            control.resume()
    at = next(n for n, event in enumerate(events) if isinstance(event, Paused))
    assert [type(event) for event in events[at : at + 4]] == [Paused, Snapshot, Resumed, Step]
    assert kept(events) == [7, 50]
    assert only(Snapshot, events)[0].elapsed == only(Paused, events)[0].elapsed


def test_at_a_stop_after_all_that_was_asked_for() -> None:
    events = live(PLAIN, stop_at(after_update(6))).events
    assert [type(event) for event in events[-3:]] == [Step, Snapshot, Stopped]
    assert kept(events) == [7]
    before = live(PLAIN, stop_at(lambda event: isinstance(event, Started))).events
    assert [type(event) for event in before] == [Started, Snapshot, Stopped]
    assert kept(before) == [0]


@pytest.mark.parametrize("cell", CELLS)
def test_at_a_failure_with_the_last_finite_parameters(cell: str) -> None:
    """A character first read in the fourth window has a weight that is no number."""
    corpus = Corpus.from_text(("abcd" * 25)[: 3 * 9 + 1] + "z" + "abcd" * 8, "trap")
    config = PLAIN.replace(cell=cell)
    model = build_model(config, 5)
    spoiled = model.parameters()
    spoiled[f"Wx{CONTENT[cell]}"][0, corpus.chars.index("z")] = np.nan
    model.load_parameters(spoiled)
    events = run(config, corpus, model)
    (snapshot,) = only(Snapshot, events)
    start = snapshot.checkpoint
    assert events[-2] is snapshot
    assert stopped(events).outcome == "failed"
    assert start.iteration == stopped(events).iteration == 3
    assert start.smooth_loss == stopped(events).smooth_loss
    assert plain(start.parameters) == plain(model.parameters())
    assert all(np.isfinite(array).all() for array in start.optimizer["memory"].values())
    assert np.isfinite(start.state).all()


OFTEN = 0.05
"""Seconds between two checkpoints."""


@dataclass
class Moment:
    """An event, when it came, and when the next one was asked for."""

    event: Event
    came: float
    left: float


def moments(act: Callable[[Event, TrainControl], None]) -> list[Moment]:
    """Return the events of a run with a checkpoint every `OFTEN` seconds; the third ends it."""
    config = PLAIN.replace(checkpoint_seconds=OFTEN, time_limit=30, iterations=10**9)
    control, found = TrainControl(), []
    for event in train(config, CORPUS, control=control):
        came = time.monotonic()
        act(event, control)
        found.append(Moment(event, came, time.monotonic()))
        if sum(isinstance(moment.event, Snapshot) for moment in found) == 3:
            control.stop()
    return found


def check_times(found: list[Moment], begun: float) -> int:
    """See to it that a snapshot follows an update at which it is due; return how many there were.

    The clock begins to run when the one before is kept. The snapshots of pauses and of the end
    have their own reason.
    """
    earliest, latest, due = begun, found[0].came, 0  # bounds of when the clock began to run
    for before, here, after in zip(found, found[1:], found[2:], strict=False):
        if isinstance(before.event, Snapshot):
            earliest, latest = before.left, here.came
        if isinstance(before.event, Step) and isinstance(here.event, Snapshot):
            due += 1
            assert here.came - earliest >= OFTEN
        if isinstance(here.event, Step) and here.came - latest >= OFTEN:
            assert isinstance(after.event, Snapshot)
    return due


@pytest.mark.parametrize("slowness", [0.0, 2 * OFTEN])
def test_by_the_clock(slowness: float) -> None:
    def keep(event: Event, control: TrainControl) -> None:
        if isinstance(event, Snapshot):
            time.sleep(slowness)

    begun = time.monotonic()
    found = moments(keep)
    assert check_times(found, begun) == 3
    assert [type(moment.event) for moment in found[-2:]] == [Snapshot, Stopped]
    last = found[-1]  # four were kept, which was no training
    assert last.event.elapsed <= last.came - begun - 4 * slowness


def test_a_pause_begins_with_a_checkpoint_and_its_time_does_not_count() -> None:
    def rest(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step):
            control.pause()
        if isinstance(event, Paused):
            control.resume()
        if isinstance(event, Snapshot):
            time.sleep(2 * OFTEN)

    begun = time.monotonic()
    found = moments(rest)
    check_times(found, begun)
    assert any(isinstance(moment.event, Paused) for moment in found)


def test_none_by_the_clock_if_that_is_not_wanted() -> None:
    config = PLAIN.replace(checkpoint_seconds=0, time_limit=0.1, iterations=10**9)
    events = run(config, CORPUS)
    assert len(only(Snapshot, events)) == 1


# ------------------------------------------------------------------------------- what is in it


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("cell", CELLS)
def test_it_tells_how_the_run_stands(cell: str, dtype: str, batch_size: int) -> None:
    config = LIVELY.replace(cell=cell, dtype=dtype, batch_size=batch_size, checkpoint_every=7)
    control, model = TrainControl(), build_model(config, CORPUS.vocab_size)
    best, best_parameters, places = None, None, 0
    for place, event in enumerate(train(config, CORPUS, model, control), 1):
        disturb(event, control)
        if isinstance(event, Step):
            step = event
        if isinstance(event, Validation) and event.is_best:
            best, best_parameters = event, plain(model.parameters())
        if isinstance(event, Snapshot):
            start, places = event.checkpoint, places + 1
            assert (start.config, start.text, start.sha256) == (config, "owls", CORPUS.sha256())
            assert start.vocabulary.chars == start.chars == CORPUS.chars
            assert start.vocabulary.encode("owl").tolist() == CORPUS.encode("owl").tolist()
            assert (start.events, start.iteration) == (place, step.iteration + 1)
            assert start.elapsed == event.elapsed >= step.elapsed
            assert start.passes + start.position / (720 // batch_size) == step.epoch
            assert (start.smooth_loss, start.learning_rate) == (
                step.smooth_loss,
                step.learning_rate,
            )
            assert plain(start.parameters) == plain(start.model().parameters())
            assert plain(start.parameters) == plain(model.parameters())
            assert start.state.shape == state_shape(config)
            assert start.state.dtype == dtype
            assert start.best is best
            assert plain(start.best_parameters) == best_parameters
    assert best is not None
    assert plain(start.model(best=True).parameters()) == best_parameters
    assert places >= 10


def test_where_nothing_was_validated_there_is_no_best_model() -> None:
    (snapshot,) = only(Snapshot, run(PLAIN, CORPUS))
    assert (snapshot.checkpoint.best, snapshot.checkpoint.best_parameters) == (None, None)
    with pytest.raises(ValueError, match=r"^The run has validated nothing, so there are no best"):
        snapshot.checkpoint.model(best=True)


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("cell", CELLS)
def test_it_stays_as_it_is_while_runs_go_on(cell: str, optimizer: str, batch_size: int) -> None:
    """The run that it was taken from, and one that goes on from it."""
    config = LIVELY.replace(cell=cell, optimizer=optimizer, batch_size=batch_size)
    config = config.replace(checkpoint_every=7)
    taken = []

    def note(event: Event, control: TrainControl) -> None:
        if isinstance(event, Snapshot):
            taken.append((event.checkpoint, contents(event.checkpoint)))

    whole = live(config, disturb, note)
    live(config, disturb, start=taken[2][0])
    assert len(taken) >= 10
    for checkpoint, before in taken:
        assert contents(checkpoint) == before
    assert contents(taken[2][0], "events") != contents(whole.checkpoint, "events")


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("cell", CELLS)
def test_what_is_done_to_it_is_not_done_to_the_run(cell: str, batch_size: int) -> None:
    """The best parameters alone are shared, by everything that tells of them; nothing writes."""

    def spoil(event: Event, control: TrainControl) -> None:
        if isinstance(event, Snapshot):
            start = event.checkpoint
            for named in (start.parameters, *start.optimizer.values(), {"state": start.state}):
                for array in named.values():
                    array[...] = np.nan
            for state in start.generators.values():
                state["state"].update(state=1, inc=1)

    config = LIVELY.replace(cell=cell, batch_size=batch_size, checkpoint_every=7)
    quiet, spoiled = live(config, disturb), live(config, disturb, spoil)
    assert spoiled.events == quiet.events
    assert plain(spoiled.model.parameters()) == plain(quiet.model.parameters())

"""A run that is broken off and goes on is the run that was never broken off, to the last bit."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from tests.engine.resuming import (
    CORPUS,
    LIVELY,
    Life,
    Where,
    after_update,
    assert_same_end,
    contents,
    disturb,
    disturb_again,
    essence,
    joined,
    live,
    pause_at,
    plain,
    stop_at,
)
from tests.engine.support import CELLS, CONTENT, lively_model, only, small, stopped
from tui_charrnn.engine import (
    Corpus,
    SampleRequest,
    TrainControl,
    build_model,
    train,
)
from tui_charrnn.engine.events import (
    Event,
    LearningRateChanged,
    Paused,
    Sample,
    Snapshot,
    Started,
    Step,
    Stopped,
    Validation,
)

SIZES = [(cell, batch_size) for cell in CELLS for batch_size in (1, 8)]


# ------------------------------------------------------------------------ to the last bit


STOPPED: dict[str, Where] = {
    "before the first update": lambda event: isinstance(event, Started),
    "after the first update": after_update(0),
    "inside a pass": after_update(36),
    "where a sample is due": after_update(27),
    "after a rolling sample": lambda event: isinstance(event, Sample) and event.iteration == 21,
    "after a requested sample": lambda event: isinstance(event, Sample) and event.prompt == "owl",
    "where a validation is due": after_update(29),
    "where the last validation is due": after_update(59),
    "after a validation": lambda event: isinstance(event, Validation) and event.iteration == 29,
    "after a change of the learning rate": lambda event: isinstance(event, LearningRateChanged),
}


@pytest.mark.parametrize("where", STOPPED)
@pytest.mark.parametrize(("cell", "batch_size"), SIZES)
def test_it_does_not_matter_where_a_run_is_stopped(cell: str, batch_size: int, where: str) -> None:
    config = LIVELY.replace(cell=cell, batch_size=batch_size)
    whole = live(config, disturb)
    first = live(config, disturb, stop_at(STOPPED[where]))
    second = live(config, disturb, start=first.checkpoint)
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)


@pytest.mark.parametrize(
    ("method", "call", "lost"),
    [
        ("read", 900, lambda event: isinstance(event, Sample) and event.iteration == 28),
        ("loss", 8, lambda event: isinstance(event, Validation) and event.iteration == 29),
    ],
    ids=["a rolling sample", "a validation"],
)
@pytest.mark.parametrize("cell", CELLS)
def test_what_a_stop_cuts_short_is_made_again_from_its_beginning(
    cell: str, method: str, call: int, lost: Where
) -> None:
    """The samples here are drawn in four pieces, and a validation reads three windows."""
    config = LIVELY.replace(cell=cell, sample_length=200)
    whole = live(config)
    first = live(config, cut_in=(method, call))
    second = live(config, start=first.checkpoint)
    assert not any(map(lost, first.events))
    assert lost(second.events[1])
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)


def test_a_requested_sample_that_a_stop_cuts_short_leaves_no_trace() -> None:
    def ask(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 20:
            control.request_sample(SampleRequest(length=200))

    config = LIVELY.replace(sample_every=0)
    whole = live(config, disturb)
    first = live(config, disturb, ask, cut_in=("read", 100))
    assert not [s for s in only(Sample, first.events) if s.iteration == 21]
    assert first.checkpoint.iteration == 21
    second = live(config, disturb, start=first.checkpoint)
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)


@pytest.mark.parametrize(("cell", "batch_size"), [("rnn", 8), ("gru", 1), ("lstm", 8)])
def test_every_update_is_a_place_to_go_on_from(cell: str, batch_size: int) -> None:
    """Also where a pass of the text is over, and where a sample or a validation is due."""
    config = LIVELY.replace(
        cell=cell, batch_size=batch_size, checkpoint_every=1, seq_length=29, iterations=40
    )
    whole = live(config, disturb)
    snapshots, wraps = only(Snapshot, whole.events), 0
    assert [snapshot.iteration for snapshot in snapshots] == list(range(1, 41))
    for snapshot in snapshots[:-1]:
        start = snapshot.checkpoint
        wraps += start.position + 30 >= 720 // batch_size
        second = live(config, disturb_again, start=start)
        assert whole.events[: start.events] + second.events[1:] == whole.events
        assert_same_end(second, whole)
    assert wraps > 0


@pytest.mark.parametrize(("cell", "batch_size"), SIZES)
def test_a_run_that_is_killed_goes_on_from_any_of_its_snapshots(cell: str, batch_size: int) -> None:
    """From that of a best validation and that of a pause; what came after it comes again."""
    config = LIVELY.replace(cell=cell, batch_size=batch_size)
    pauses = [pause_at(after_update(iteration)) for iteration in (0, 29, 36)]
    whole = live(config, disturb, *pauses)
    assert len(only(Paused, whole.events)) == 3
    snapshots = only(Snapshot, whole.events)
    assert {1, 10, 30, 37, 60} <= {snapshot.iteration for snapshot in snapshots}
    for snapshot in snapshots:
        start = snapshot.checkpoint
        second = live(config, disturb_again, start=start)
        assert whole.events[start.events - 1] is snapshot
        assert essence(whole.events[: start.events] + second.events) == essence(whole.events)
        assert_same_end(second, whole)


@pytest.mark.parametrize(("cell", "batch_size"), SIZES)
def test_a_run_that_is_stopped_again_and_again(cell: str, batch_size: int) -> None:
    config = LIVELY.replace(cell=cell, batch_size=batch_size)
    whole = live(config, disturb)
    lives: list[Life] = []
    for update in (*range(6, 60, 7), None):
        start = lives[-1].checkpoint if lives else None
        acts = [] if update is None else [stop_at(after_update(update))]
        lives.append(live(config, disturb_again, *acts, start=start))
    events = joined(*lives)
    assert len(lives) == 9
    assert essence(events) == essence(whole.events)
    assert_same_end(lives[-1], whole)
    for place, event in enumerate(events, 1):
        if isinstance(event, Snapshot):
            assert event.checkpoint.events == place  # the later beginnings are counted too


@pytest.mark.parametrize("cell", CELLS)
def test_a_finished_run_goes_on_as_a_longer_one(cell: str) -> None:
    config = LIVELY.replace(cell=cell)
    longer = config.replace(iterations=120)
    whole = live(longer, disturb)
    first = live(config, disturb)
    second = live(longer, disturb_again, start=first.checkpoint)
    assert stopped(first.events).outcome == stopped(second.events).outcome == "finished"
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)


@pytest.mark.parametrize("cell", CELLS)
def test_a_longer_run_differs_by_the_validation_at_the_end_alone(cell: str) -> None:
    config = LIVELY.replace(cell=cell, iterations=55)
    longer = config.replace(iterations=120)
    whole = live(longer, disturb)
    first = live(config, disturb)
    second = live(longer, disturb, start=first.checkpoint)
    events = joined(first, second)
    for kind in (Step, Sample, LearningRateChanged):
        assert only(kind, events) == only(kind, whole.events)
    bits = {v.iteration: v.bits_per_character for v in only(Validation, events)}
    assert bits.pop(54) > 0
    assert bits == {v.iteration: v.bits_per_character for v in only(Validation, whole.events)}
    assert plain(second.model.parameters()) == plain(whole.model.parameters())


def test_a_finished_run_has_nothing_more_to_do() -> None:
    first = live(LIVELY)
    second = live(LIVELY, start=first.checkpoint)
    assert [type(event) for event in second.events] == [Started, Snapshot, Stopped]
    assert_same_end(second, first)


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_a_failed_run_fails_again_or_goes_on_otherwise(cell: str, batch_size: int) -> None:
    """A character first read in the fourth window has a weight that is no number."""
    text = ("abcd" * 25)[: 3 * 9 + 1] + "z" + "abcd" * 8
    corpus = Corpus.from_text(text * batch_size, "trap")
    config = small(cell=cell, batch_size=batch_size, iterations=30)
    model = build_model(config, 5)
    spoiled = model.parameters()
    spoiled[f"Wx{CONTENT[cell]}"][0, corpus.chars.index("z")] = np.nan
    model.load_parameters(spoiled)
    first = list(train(config, corpus, model))
    assert [type(event) for event in first[-2:]] == [Snapshot, Stopped]
    assert (stopped(first).outcome, first[-2].iteration) == ("failed", 3)
    start = first[-2].checkpoint
    again = live(config, start=start, corpus=corpus)
    assert [type(event) for event in again.events] == [Started, Snapshot, Stopped]
    assert again.events[-1] == first[-1]
    assert contents(again.checkpoint, "events", "elapsed") == contents(start, "events", "elapsed")
    healed = replace(start, parameters={n: np.nan_to_num(p) for n, p in start.parameters.items()})
    last = live(config, start=healed, corpus=corpus)
    assert stopped(last.events).outcome == "finished"
    assert [step.iteration for step in only(Step, last.events)] == list(range(3, 30))


# ------------------------------------------------------------------------------ the clock


def test_a_run_says_where_it_goes_on() -> None:
    first = live(LIVELY, disturb, stop_at(after_update(24)))
    second = live(LIVELY.replace(iterations=70), start=first.checkpoint)
    assert second.events[0] == replace(
        first.events[0], iteration=25, config=LIVELY.replace(iterations=70), learning_rate=0.05
    )
    assert second.events[0].elapsed == first.checkpoint.elapsed


def test_the_time_of_training_goes_on_and_the_time_between_is_none_of_it() -> None:
    def be_slow(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration in (8, 9, 28):
            time.sleep(0.05)  # before the validation of update 9: so this is within the training

    first = live(LIVELY, be_slow)
    time.sleep(0.2)
    for snapshot in only(Snapshot, first.events):
        start = snapshot.checkpoint
        begun = time.perf_counter()
        second = live(LIVELY, be_slow, start=start)
        took = time.perf_counter() - begun
        times = [e.elapsed for e in first.events[: start.events] + second.events]
        assert times == sorted(times)
        assert start.elapsed == snapshot.elapsed >= 0.1
        assert times[-1] >= 0.15
        assert times[-1] - start.elapsed <= took


def test_a_time_limit_is_that_of_all_parts_together() -> None:
    config = LIVELY.replace(iterations=10**9, time_limit=0.3)
    first = live(config, stop_at(lambda event: isinstance(event, Step) and event.elapsed > 0.1))
    assert stopped(first.events).outcome == "stopped"
    second = live(config, start=first.checkpoint)
    events = joined(first, second)
    steps = only(Step, events)
    assert stopped(events).outcome == "finished"
    assert steps[-2].elapsed < 0.3 <= steps[-1].elapsed
    assert [step.iteration for step in steps] == list(range(len(steps)))
    assert steps == only(Step, live(config.replace(iterations=len(steps), time_limit=0)).events)
    third = live(config, start=second.checkpoint)
    assert [type(event) for event in third.events] == [Started, Snapshot, Stopped]
    assert stopped(third.events).outcome == "finished"


# ------------------------------------------------------------------------ the model given


@pytest.mark.parametrize("given", [True, False], ids=["a model is given", "none is given"])
def test_whatever_model_is_given_gets_the_parameters_of_the_checkpoint(given: bool) -> None:
    whole = live(LIVELY)
    start = live(LIVELY, stop_at(after_update(24))).checkpoint
    model = lively_model(LIVELY, CORPUS.vocab_size) if given else None
    events = list(train(LIVELY, CORPUS, model, start=start))
    assert events[-1] == whole.events[-1]
    if model is not None:
        assert plain(model.parameters()) == plain(whole.model.parameters())

"""Bounds of a run: by the clock, and by how much of the text it trains on."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.support import (
    CELLS,
    OWLS,
    assert_same_parameters,
    only,
    random_corpus,
    run,
    small,
    stopped,
)
from tui_charrnn.engine import (
    ConfigError,
    Corpus,
    SampleRequest,
    TrainConfig,
    TrainControl,
    build_model,
    train,
)
from tui_charrnn.engine.events import (
    GradientMemory,
    Paused,
    Sample,
    Started,
    Step,
    Validation,
)
from tui_charrnn.engine.parts import check_length, judged_text, parts
from tui_charrnn.engine.validation import validate

CORPUS = Corpus.from_text(OWLS * 5, "owls")
ENDLESS = small(iterations=10**9)


@pytest.mark.parametrize("cell", CELLS)
def test_a_run_ends_with_the_first_update_beyond_its_time(cell: str) -> None:
    events = run(ENDLESS.replace(cell=cell, time_limit=0.05), CORPUS)
    times = [step.elapsed for step in only(Step, events)]
    assert len(times) > 1
    assert times[-2] < 0.05 <= times[-1]
    assert stopped(events).outcome == "finished"
    assert stopped(events).iteration == len(times)


def test_at_least_one_update_is_made() -> None:
    events = run(ENDLESS.replace(time_limit=1e-9), CORPUS)
    assert [type(event).__name__ for event in events] == ["Started", "Step", "Snapshot", "Stopped"]
    assert (stopped(events).iteration, stopped(events).outcome) == (1, "finished")


def test_a_run_ends_with_its_iterations_where_they_are_made_in_time() -> None:
    quick, free = small(iterations=20, time_limit=3600), small(iterations=20)
    assert only(Step, run(quick, CORPUS)) == only(Step, run(free, CORPUS))
    assert stopped(run(quick, CORPUS)).outcome == "finished"


def test_a_run_validates_at_the_end_of_its_time() -> None:
    config = ENDLESS.replace(validation_fraction=0.3, eval_every=10**8, time_limit=0.02)
    events = run(config, CORPUS)
    (validation,) = only(Validation, events)
    assert events[-3] is validation
    assert validation.iteration == stopped(events).iteration - 1 == stopped(events).best_iteration
    assert not only(Validation, run(config.replace(eval_every=0), CORPUS))


def test_a_run_that_is_stopped_in_its_time_is_not_finished() -> None:
    control = TrainControl()
    events = []
    for event in train(ENDLESS.replace(time_limit=3600), CORPUS, control=control):
        events.append(event)
        if isinstance(event, Step):
            control.stop()
    assert (stopped(events).outcome, stopped(events).iteration) == ("stopped", 1)


def test_pauses_are_no_part_of_the_time() -> None:
    control, events, start = TrainControl(), [], time.perf_counter()
    for event in train(ENDLESS.replace(time_limit=0.5), CORPUS, control=control):
        events.append(event)
        if isinstance(event, Step) and event.iteration == 2:
            control.pause()
        if isinstance(event, Paused):
            time.sleep(0.3)
            control.resume()
    after_pause = [step for step in only(Step, events) if step.iteration > 2]
    assert only(Paused, events)[0].elapsed < 0.5
    assert len(after_pause) > 1
    assert after_pause[-1].elapsed >= 0.5
    assert time.perf_counter() - start >= 0.8


def test_what_is_asked_for_is_no_part_of_the_time() -> None:
    """So one of two runs that race by the clock loses nothing by a look at it."""
    control, events = TrainControl(), []
    for event in train(ENDLESS.replace(time_limit=0.5), CORPUS, control=control):
        events.append(event)
        if isinstance(event, Step) and event.iteration == 2:
            control.request_sample(SampleRequest(length=5))
            control.request_gradient_memory()
        if isinstance(event, Sample | GradientMemory):
            time.sleep(0.6)  # as long as if it had been slow to make
    (sample,), (memory,) = only(Sample, events), only(GradientMemory, events)
    assert sample.elapsed == memory.elapsed < 0.5
    assert len([step for step in only(Step, events) if step.iteration > 2]) > 1


# ------------------------------------------------------------------- training_characters


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch_size", [1, 3])
def test_only_the_head_of_the_text_is_trained_on(cell: str, batch_size: int) -> None:
    config = small(cell=cell, batch_size=batch_size, iterations=30)
    whole = random_corpus(400, 5)
    head = Corpus("noise", whole.chars, whole.ids[:100])
    limited = config.replace(validation_fraction=0.25, training_characters=100)
    model, other = build_model(config, 5), build_model(config, 5)
    events = run(limited, whole, model)
    assert only(Step, events) == only(Step, run(config, head, other))
    assert_same_parameters(model.parameters(), other.parameters())
    (started,) = only(Started, events)
    assert started.train_characters == 100 // batch_size * batch_size
    assert started.validation_characters == 100


def test_the_text_held_out_is_that_of_a_run_on_all_of_it() -> None:
    config = small(iterations=10, validation_fraction=0.25, eval_every=5, training_characters=60)
    corpus, model = random_corpus(400, 5), build_model(config, 5)
    last = only(Validation, run(config, corpus, model))[-1]
    read = validate(model, corpus.ids[300:], config, TrainControl())
    assert (last.bits_per_character, last.characters) == read


@pytest.mark.parametrize("limit", [0, 300, 301, 10**9, 10**30])
def test_a_limit_beyond_the_text_is_all_of_it(limit: int) -> None:
    config = small(iterations=20, validation_fraction=0.25, eval_every=10)
    corpus = random_corpus(400, 5)
    events = run(config.replace(training_characters=limit), corpus)
    assert only(Started, events)[0].train_characters == 300
    assert events[1:] == run(config, corpus)[1:]


@settings(deadline=None)
@given(length=st.integers(2, 500), fraction=st.floats(0, 0.9), limit=st.integers(0, 600))
def test_a_limit_takes_the_head_and_leaves_what_is_held_out(
    length: int, fraction: float, limit: int
) -> None:
    corpus = Corpus.from_blocks(["abc" * length], "x")
    config = TrainConfig(validation_fraction=fraction, training_characters=limit)
    training, held_out = parts(config, corpus)
    whole, tail = corpus.split(fraction)
    np.testing.assert_array_equal(training, whole[:limit] if limit else whole)
    np.testing.assert_array_equal(held_out, tail)
    np.testing.assert_array_equal(judged_text(config, corpus), tail if len(tail) else corpus.ids)


def test_too_few_characters_for_a_window_are_refused_by_their_name() -> None:
    config = small(seq_length=1200, batch_size=2, training_characters=2401)
    corpus = random_corpus(5000, 5)
    with pytest.raises(ConfigError) as caught:
        train(config, corpus)
    assert caught.value.field == "training_characters"
    assert str(caught.value) == (
        "training_characters must be 0 for all or at least 2,402, which seq_length 1,200 with "
        "batch_size 2 needs, not 2,401."
    )
    assert run(config.replace(training_characters=2402, iterations=1), corpus)


def test_a_text_that_is_too_short_is_told_before_its_limit() -> None:
    with pytest.raises(ConfigError) as caught:
        check_length(small(seq_length=100, training_characters=5), random_corpus(50, 5))
    assert caught.value.field == "seq_length"
    assert str(caught.value).startswith("noise has 50 characters to train on, but seq_length 100")


@pytest.mark.parametrize("field", ["time_limit", "training_characters"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "long"])
def test_an_impossible_limit_is_refused(field: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f"^{field} must be") as caught:
        small(**{field: value})
    assert caught.value.field == field

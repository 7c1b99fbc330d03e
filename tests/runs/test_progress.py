"""Where a run stands, from its events alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, train
from tui_charrnn.engine.events import (
    Event,
    LearningRateChanged,
    Paused,
    Resumed,
    Sample,
    Snapshot,
    Started,
    Step,
    Stopped,
    Validation,
)
from tui_charrnn.runs.progress import SPEED_WINDOW, RunProgress

STARTED = Started(
    iteration=0,
    config=TrainConfig(iterations=100, learning_rate=0.5),
    corpus="owls",
    vocab_size=5,
    train_characters=1000,
    validation_characters=100,
    parameter_count=1234,
)


def step(iteration: int, elapsed: float = 0.0, characters: int | None = None) -> Step:
    return Step(
        iteration=iteration, elapsed=elapsed, loss=9.0 - iteration, smooth_loss=8.0,
        bits_per_character=2.5, smooth_bits_per_character=2.25,
        characters=10 * (iteration + 1) if characters is None else characters,
        epoch=iteration / 10, learning_rate=0.5,
    )  # fmt: skip


def after(*events: Event) -> RunProgress:
    progress = RunProgress(state="starting")
    for event in events:
        progress.apply(event)
    return progress


def validation(bits: float, is_best: bool) -> Validation:
    return Validation(iteration=0, bits_per_character=bits, characters=9, is_best=is_best)


def stop(outcome: str, message: str = "") -> Stopped:
    return Stopped(iteration=3, elapsed=7.0, outcome=outcome, smooth_loss=1.0, message=message)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("events", "state", "active"),
    [
        ((), "starting", True),
        ((STARTED,), "training", True),
        ((STARTED, Paused(iteration=1)), "paused", True),
        ((STARTED, Paused(iteration=1), Resumed(iteration=1)), "training", True),
        ((STARTED, stop("finished")), "finished", False),
        ((STARTED, Paused(iteration=1), stop("stopped")), "stopped", False),
        ((stop("failed", "It broke."),), "failed", False),
    ],
)
def test_states(events: tuple[Event, ...], state: str, active: bool) -> None:
    progress = after(*events)
    assert (progress.state, progress.active) == (state, active)


def test_before_anything_there_is_nothing_to_show() -> None:
    progress = RunProgress()
    assert (progress.state, progress.active) == ("ready", False)
    assert progress.characters_per_second is None
    assert progress.seconds_left is None


def test_the_figures_are_those_of_the_last_update() -> None:
    progress = after(STARTED, step(0, 0.5), step(1, 1.0))
    assert (progress.iteration, progress.iterations) == (2, 100)
    assert (progress.smooth_loss, progress.bits) == (8.0, 2.25)
    assert (progress.epoch, progress.elapsed, progress.characters) == (0.1, 1.0, 20)


def test_the_learning_rate_is_the_one_in_use() -> None:
    assert after(STARTED).learning_rate == 0.5
    change = LearningRateChanged(iteration=3, old=0.5, new=0.25)
    assert after(STARTED, change).learning_rate == 0.25


def test_a_failure_keeps_its_message_and_the_figures() -> None:
    progress = after(STARTED, step(2, 1.0), stop("failed", "It broke."))
    assert (progress.message, progress.iteration) == ("It broke.", 3)
    assert progress.elapsed == 7.0


def test_the_validation_is_the_last_one() -> None:
    progress = after(STARTED, validation(3.0, True), validation(2.0, True), validation(2.5, False))
    assert progress.validation_bits == 2.5


def test_samples_change_no_figure() -> None:
    sample = Sample(iteration=9, elapsed=99.0, text="x", smooth_loss=0.0, temperature=1.0)
    assert after(STARTED, step(0, 1.0), sample) == after(STARTED, step(0, 1.0))


def test_speed_and_time_left() -> None:
    progress = after(STARTED, *(step(i, (i + 1) * 0.5) for i in range(20)))
    assert progress.characters_per_second == pytest.approx(20)
    assert progress.seconds_left == pytest.approx(80 * 0.5)


def test_the_speed_is_that_of_the_last_seconds() -> None:
    slow = [step(i, i + 1.0, 10 * (i + 1)) for i in range(20)]
    quick = [step(20 + i, 20 + (i + 1) * 0.1, 200 + 100 * (i + 1)) for i in range(100)]
    progress = after(STARTED, *slow, *quick)
    assert progress.characters_per_second == pytest.approx(1000)
    assert SPEED_WINDOW < 10


def test_many_quick_updates_need_no_memory() -> None:
    progress = after(STARTED, *(step(i, i * 1e-4) for i in range(20_000)))
    assert len(progress._recent) < 20
    assert progress.characters_per_second == pytest.approx(1e5, rel=1e-3)


def test_a_run_without_any_time_has_no_speed() -> None:
    assert after(STARTED, step(0, 0.0)).characters_per_second is None


def test_a_real_run_from_start_to_end() -> None:
    config = TrainConfig(
        hidden_size=4, seq_length=5, iterations=20, eval_every=5, sample_every=7, sample_length=3
    )
    events = list(train(config, Corpus.from_text("abcde" * 40)))
    progress = after(*events)
    last = [event for event in events if isinstance(event, Step)][-1]
    assert (progress.state, progress.iteration) == ("finished", 20)
    assert (progress.smooth_loss, progress.characters) == (last.smooth_loss, 100)
    assert progress.seconds_left == 0


# ------------------------------------------------------------------------ a run that goes on


def parts() -> tuple[list[Event], list[Event]]:
    """A run whose rate was changed right before it was broken off, and its rest."""
    config = TrainConfig(
        hidden_size=4, seq_length=5, batch_size=3, iterations=200, eval_every=0, sample_every=0
    )
    corpus, control, first = Corpus.from_text("abcde" * 40), TrainControl(), []
    for event in train(config, corpus, control=control):
        first.append(event)
        if isinstance(event, Step) and event.iteration == 99:
            control.set_learning_rate(0.25)
        if isinstance(event, LearningRateChanged):
            control.stop()
    *kept, stopped = first
    assert isinstance(kept[-1], Snapshot)
    assert isinstance(stopped, Stopped)
    return kept, list(train(config, corpus, start=kept[-1].checkpoint))


@pytest.mark.parametrize("known", [True, False], ids=["from its beginning", "from there on"])
def test_the_figures_go_on(known: bool) -> None:
    kept, rest = parts()
    progress = after(*(kept if known else ()), rest[0])
    assert (progress.state, progress.learning_rate) == ("training", 0.25)
    assert progress.characters_per_second is None or known
    for event in rest[1:]:
        progress.apply(event)
        if isinstance(event, Step) and progress.characters_per_second:
            begun = kept[0] if known else rest[0]
            mean = (event.iteration + 1 - begun.iteration) * 15 / (event.elapsed - begun.elapsed)
            assert progress.characters_per_second == pytest.approx(mean)
    assert (progress.state, progress.iteration, progress.characters) == ("finished", 200, 3000)
    assert progress.seconds_left == 0


def test_the_speed_of_a_run_that_goes_on_counts_what_was_read_since() -> None:
    config = TrainConfig(iterations=100, seq_length=5, batch_size=2)
    started = replace(STARTED, iteration=50, elapsed=25.0, config=config)
    progress = after(started, step(50, 25.5, 510))
    assert progress.characters_per_second == pytest.approx(20)
    assert progress.seconds_left == pytest.approx(49 * 0.5)


def test_the_rate_of_a_beginning_that_does_not_tell_it_is_that_of_the_config() -> None:
    assert after(replace(STARTED, learning_rate=None)).learning_rate == 0.5
    assert after(replace(STARTED, learning_rate=0.125)).learning_rate == 0.125

"""What comes between the last update of a finished run and its end."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from tui_charrnn.engine import (
    CharModel,
    ConfigError,
    Corpus,
    TrainConfig,
    TrainControl,
    build_model,
    train,
)
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Event, GradientMemory, Sample, Snapshot, Step, Stopped
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.engine.sampling import PATIENCE, generate
from tui_charrnn.engine.stepping import Stepper
from tui_charrnn.runs import finale
from tui_charrnn.runs.finale import train_to_the_end

CORPUS = Corpus.from_text("the owl saw the fox and the fox saw the owl. " * 20, "owls")
CONFIG = TrainConfig(
    hidden_size=10, seq_length=8, iterations=12, sample_every=5, sample_length=30, eval_every=4,
    learning_rate=0.1,
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def one_blas_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def to_the_end(
    config: TrainConfig = CONFIG,
    act: Callable[[Event, TrainControl], None] = lambda event, control: None,
    model: CharModel | None = None,
    start: Checkpoint | None = None,
) -> tuple[list[Event], CharModel]:
    """Run, with something done at each event in the trainer's own thread."""
    model = build_model(config, CORPUS.vocab_size) if model is None else model
    control, events = TrainControl(), []
    for event in train_to_the_end(config, CORPUS, model, control, start):
        events.append(event)
        act(event, control)
    return events, model


def kinds(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


@pytest.mark.parametrize("batch_size", [1, 4])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_the_finale_comes_before_the_end_and_changes_nothing_else(
    cell: str, dtype: str, batch_size: int
) -> None:
    config = CONFIG.replace(cell=cell, dtype=dtype, batch_size=batch_size)
    events, model = to_the_end(config)
    assert kinds(events[-5:]) == ["Validation", "Snapshot", "Sample", "GradientMemory", "Stopped"]
    other = build_model(config, CORPUS.vocab_size)
    assert [*events[:-3], events[-1]] == list(train(config, CORPUS, other))
    for name, value in other.parameters().items():
        assert value.tobytes() == model.parameters()[name].tobytes()
    assert [event.elapsed for event in events] == sorted(event.elapsed for event in events)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_the_last_sample_starts_from_zeros_and_a_random_character(temperature: float) -> None:
    events, model = to_the_end(CONFIG.replace(temperature=temperature))
    sample, stopped = events[-3], events[-1]
    rng = np.random.default_rng([CONFIG.seed, 3])
    first = int(rng.integers(CORPUS.vocab_size))
    drawn = model.sample(first, 30, rng, temperature=temperature)
    assert sample == Sample(
        iteration=12, text=CORPUS.decode(drawn), smooth_loss=stopped.smooth_loss,
        temperature=temperature, final=True,
    )  # fmt: skip


def test_the_last_sample_is_drawn_as_the_runs_own_samples_are() -> None:
    numbers = {"temperature": 1.5, "top_k": 4, "top_p": 0.8}
    events, model = to_the_end(CONFIG.replace(prime="the fox", **numbers))
    sample, stopped = events[-3], events[-1]
    start = CORPUS.encode("the fox").tolist(), np.zeros(10, "float32")
    stream = generate(model, start, np.random.default_rng([CONFIG.seed, 3]), *numbers.values())
    assert sample == Sample(
        iteration=12, text=CORPUS.decode(itertools.islice(stream, 30)), prompt="the fox",
        smooth_loss=stopped.smooth_loss, final=True, **numbers,
    )  # fmt: skip
    unlimited, _ = to_the_end(CONFIG.replace(prime="the fox", temperature=1.5))
    assert unlimited[-3].text != sample.text


def test_the_gradient_memory_is_that_of_the_final_weights_on_the_text_held_out() -> None:
    events, model = to_the_end()
    held_out = CORPUS.split(CONFIG.validation_fraction)[1]
    assert events[-2] == measure(model, held_out, iteration=12)
    events, model = to_the_end(CONFIG.replace(validation_fraction=0.0, training_characters=100))
    assert events[-2] == measure(model, CORPUS.ids, iteration=12)


def test_the_seed_decides_how_it_ends() -> None:
    once, again, other = (to_the_end(CONFIG.replace(seed=seed))[0][-3:] for seed in (1, 1, 2))
    assert once == again
    assert once[0] != other[0]
    assert once[1] != other[1]


def test_the_config_of_the_run_counts_not_the_one_that_the_model_was_made_from() -> None:
    model = build_model(CONFIG.replace(sample_length=3, seed=7), CORPUS.vocab_size)
    model.load_parameters(build_model(CONFIG, CORPUS.vocab_size).parameters())
    assert to_the_end(CONFIG, model=model)[0] == to_the_end(CONFIG)[0]


def test_a_run_that_ended_by_time_has_a_finale() -> None:
    events, _ = to_the_end(CONFIG.replace(iterations=10**9, time_limit=0.02, sample_every=0))
    assert kinds(events[-5:]) == ["Validation", "Snapshot", "Sample", "GradientMemory", "Stopped"]
    assert events[-1].outcome == "finished"


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_a_run_that_goes_on_ends_as_one_that_was_never_broken_off(cell: str) -> None:
    """Whoever kept the events up to a snapshot has all of them with those of the rest."""
    config = CONFIG.replace(cell=cell, checkpoint_every=3)
    whole, trained = to_the_end(config)
    *early, last = [event for event in whole if isinstance(event, Snapshot)]
    assert len(early) >= 3
    for snapshot in early:
        events, model = to_the_end(config, start=snapshot.checkpoint)
        assert whole[: snapshot.checkpoint.events] + events[1:] == whole
        for name, value in trained.parameters().items():
            assert value.tobytes() == model.parameters()[name].tobytes()
    assert kinds(whole[last.checkpoint.events :]) == ["Sample", "GradientMemory", "Stopped"]
    events, _ = to_the_end(config, start=last.checkpoint)  # killed before the finale
    assert kinds(events[:2]) == ["Started", "Snapshot"]
    assert events[2:] == whole[last.checkpoint.events :]


def test_a_run_that_was_stopped_has_none() -> None:
    def stop_after_3(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 3:
            control.stop()

    events, _ = to_the_end(CONFIG, stop_after_3)
    assert kinds(events[-3:]) == ["Step", "Snapshot", "Stopped"]
    assert events[-1].outcome == "stopped"


def test_a_run_that_failed_has_none() -> None:
    model = build_model(CONFIG, CORPUS.vocab_size)
    parameters = model.parameters()
    parameters["by"][:] = np.nan
    model.load_parameters(parameters)
    events, _ = to_the_end(CONFIG.replace(sample_every=0), model=model)
    assert kinds(events) == ["Started", "Snapshot", "Stopped"]
    assert events[-1].outcome == "failed"


def test_a_text_too_short_is_refused_before_anything_is_yielded() -> None:
    config = CONFIG.replace(seq_length=5000)
    model = build_model(config, CORPUS.vocab_size)
    with pytest.raises(ConfigError, match="seq_length"):
        train_to_the_end(config, CORPUS, model, TrainControl())


def test_stopping_at_the_last_sample_leaves_the_measure_out() -> None:
    def stop_at_the_sample(event: Event, control: TrainControl) -> None:
        if isinstance(event, Sample) and event.final:
            control.stop()

    events, _ = to_the_end(CONFIG, stop_at_the_sample)
    assert kinds(events[-4:]) == ["Validation", "Snapshot", "Sample", "Stopped"]
    assert events[-1].outcome == "finished"  # every update was made


def test_stopping_within_the_last_sample_ends_it_after_a_few_characters() -> None:
    config = CONFIG.replace(sample_length=100_000, sample_every=0, iterations=2, eval_every=0)
    model, control = build_model(config, CORPUS.vocab_size), TrainControl()
    count, made = itertools.count(1), model.reader

    def counting(state: np.ndarray) -> Stepper:
        reader = made(state)
        read = reader.read

        def counted(identifier: int) -> None:
            if next(count) == 100:
                control.stop()
            read(identifier)

        reader.read = counted  # type: ignore[method-assign]
        return reader

    model.reader = counting  # type: ignore[method-assign]
    events = list(train_to_the_end(config, CORPUS, model, control))
    assert kinds(events) == ["Started", "Step", "Step", "Snapshot", "Stopped"]
    assert 100 <= next(count) < 100 + 2 * PATIENCE
    assert events[-1].outcome == "finished"


def test_a_long_last_sample_of_a_large_model_ends_when_another_thread_says_so() -> None:
    """As long as it would take, minutes, nobody waits for it."""
    config = TrainConfig(
        hidden_size=700, seq_length=3, iterations=1, sample_every=0, eval_every=0,
        sample_length=100_000,
    )  # fmt: skip
    model, control = build_model(config, CORPUS.vocab_size), TrainControl()
    for event in train_to_the_end(config, CORPUS, model, control):
        if isinstance(event, Step):
            threading.Timer(0.2, control.stop).start()
            start = time.monotonic()
    assert isinstance(event, Stopped)
    assert 0.1 < time.monotonic() - start < 20


def test_where_memory_runs_out_the_run_is_finished_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_large(*_: object, **__: object) -> GradientMemory:
        raise MemoryError

    monkeypatch.setattr(finale, "measure", too_large)
    events, _ = to_the_end()
    assert kinds(events[-4:]) == ["Validation", "Snapshot", "Sample", "Stopped"]
    assert events[-1].outcome == "finished"

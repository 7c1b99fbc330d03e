"""Steering a run from another thread: each request acts before the next iteration."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator

import pytest

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
    Event,
    GradientMemory,
    LearningRateChanged,
    Paused,
    Resumed,
    Sample,
    Snapshot,
    Step,
    Stopped,
)

CORPUS = Corpus.from_text(OWLS * 5, "owls")
ENDLESS = small(iterations=10**9)


class Background:
    """A run in another thread, its events in a queue."""

    def __init__(self, config: TrainConfig = ENDLESS) -> None:
        self.control, self.events = TrainControl(), queue.Queue[Event]()
        self.thread = threading.Thread(target=self._work, args=(config,), daemon=True)
        self.thread.start()

    def _work(self, config: TrainConfig) -> None:
        for event in train(config, CORPUS, control=self.control):
            self.events.put(event)

    def until(self, kind: type[Event]) -> list[Event]:
        """Return the events up to the first of a kind."""
        taken = [self.events.get(timeout=60)]
        while not isinstance(taken[-1], kind):
            taken.append(self.events.get(timeout=60))
        return taken

    def next(self) -> Event:
        return self.events.get(timeout=60)

    def is_still(self) -> bool:
        time.sleep(0.05)
        return self.events.empty()


@pytest.fixture
def background() -> Iterator[Background]:
    background = Background()
    yield background
    background.control.stop()
    background.thread.join(60)
    assert not background.thread.is_alive()


def test_stop_from_another_thread(background: Background) -> None:
    background.until(Step)
    background.control.stop()
    last = background.until(Stopped)[-1]
    assert isinstance(last, Stopped)
    assert last.outcome == "stopped"
    background.thread.join(60)
    assert background.events.empty()


def test_pause_and_resume_from_another_thread(background: Background) -> None:
    background.until(Step)
    background.control.pause()
    *before, paused = background.until(Paused)
    done = only(Step, before)[-1].iteration if only(Step, before) else 0
    assert paused.iteration == done + 1
    assert isinstance(background.next(), Snapshot)
    assert background.is_still()
    background.control.resume()
    resumed, step = background.next(), background.next()
    assert isinstance(resumed, Resumed)
    assert isinstance(step, Step)
    assert resumed.iteration == step.iteration == paused.iteration


def test_stop_while_paused_is_prompt_and_resumes_nothing(background: Background) -> None:
    background.control.pause()
    background.until(Snapshot)  # that of the pause
    background.control.set_learning_rate(0.5)
    start = time.monotonic()
    background.control.stop()
    assert [type(event) for event in background.until(Stopped)] == [Snapshot, Stopped]
    assert time.monotonic() - start < 10


def test_a_sample_is_served_while_paused(background: Background) -> None:
    background.control.pause()
    background.until(Snapshot)
    for length in (7, 8, 9):
        background.control.request_sample(SampleRequest(prompt="the ", length=length))
    samples = [background.next() for _ in range(3)]
    assert all(isinstance(s, Sample) and s.requested and s.prompt == "the " for s in samples)
    assert [len(s.text) for s in only(Sample, samples)] == [7, 8, 9]
    assert background.is_still()
    background.control.resume()
    background.until(Step)


def test_many_pauses_and_samples_lose_nothing(background: Background) -> None:
    for _ in range(50):
        background.control.pause()
        background.until(Paused)
        background.control.request_sample(SampleRequest(length=1))
        background.until(Sample)
        background.control.resume()
        assert isinstance(background.next(), Resumed)


def steered(
    config: TrainConfig, act: Callable[[Event, TrainControl], None]
) -> tuple[list[Event], dict]:
    """Run with something done at each event, in the trainer's own thread: reproducible."""
    control, model = TrainControl(), build_model(config, CORPUS.vocab_size)
    events = []
    for event in train(config, CORPUS, model, control):
        events.append(event)
        act(event, control)
    return events, model.parameters()


def test_stop_acts_before_the_next_iteration() -> None:
    def stop_after_3(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 3:
            control.stop()

    events, _ = steered(ENDLESS.replace(sample_every=1, sample_length=2), stop_after_3)
    assert [type(event) for event in events[-3:]] == [Step, Snapshot, Stopped]
    assert [event.iteration for event in events[-3:]] == [3, 4, 4]
    assert stopped(events).smooth_loss == events[-3].smooth_loss


def test_the_learning_rate_changes_at_the_next_iteration_and_is_said() -> None:
    def change_after_4(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 4:
            control.set_learning_rate(0.2)
            control.set_learning_rate(0.25)

    events, parameters = steered(small(iterations=10), change_after_4)
    (change,) = only(LearningRateChanged, events)
    assert (change.iteration, change.old, change.new) == (5, 0.1, 0.25)
    assert [s.learning_rate for s in only(Step, events)] == [0.1] * 5 + [0.25] * 5
    plain, slow = steered(small(iterations=10), lambda event, control: None)
    losses = [[s.loss for s in only(Step, each)] for each in (events, plain)]
    assert losses[0][:6] == losses[1][:6]
    assert losses[0][6:] != losses[1][6:]
    assert any((parameters[name] != slow[name]).any() for name in slow)


def test_the_same_rate_is_no_change() -> None:
    events, _ = steered(small(iterations=5), lambda event, control: control.set_learning_rate(0.1))
    assert not only(LearningRateChanged, events)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), 1001, "fast"])
def test_an_impossible_rate_is_refused_where_it_is_set(rate: object) -> None:
    control = TrainControl()
    with pytest.raises(ConfigError, match=r"^learning_rate must be a number above 0"):
        control.set_learning_rate(rate)  # type: ignore[arg-type]
    assert control.next_learning_rate(0.5) == 0.5


@pytest.mark.parametrize("cell", CELLS)
def test_pausing_and_asking_for_samples_change_nothing_of_the_training(cell: str) -> None:
    config = small(cell=cell, iterations=20, sample_every=5, sample_length=10)

    def disturb(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step):
            control.request_sample(SampleRequest(length=event.iteration % 3 + 1))
            control.request_sample(SampleRequest(prompt="owl", length=3, temperature=0.2))
            control.pause()
        if isinstance(event, Paused):
            control.request_sample(SampleRequest(length=4))
            control.resume()

    quiet, parameters = steered(config, lambda event, control: None)
    noisy, disturbed = steered(config, disturb)
    assert len(only(Paused, noisy)) == len(only(Resumed, noisy)) == 19
    assert len([s for s in only(Sample, noisy) if s.requested]) == 3 * 19 + 2
    assert only(Step, noisy) == only(Step, quiet)
    assert [s for s in only(Sample, noisy) if not s.requested] == only(Sample, quiet)
    assert_same_parameters(parameters, disturbed)


@pytest.mark.parametrize("cell", CELLS)
def test_a_sample_asked_for_after_the_last_update_comes_before_the_end(cell: str) -> None:
    def ask_late(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 4:
            control.request_sample(SampleRequest(length=5))

    events, _ = steered(small(cell=cell, iterations=5), ask_late)
    assert [type(event) for event in events[-4:]] == [Step, Sample, Snapshot, Stopped]
    assert (events[-3].iteration, stopped(events).outcome) == (5, "finished")


def test_a_requested_sample_goes_on_from_where_the_training_stands() -> None:
    def ask_greedily(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 6:
            control.request_sample(SampleRequest(length=12, temperature=0))

    config = small(iterations=8, sample_every=7, sample_length=12, temperature=0)
    events, _ = steered(config, ask_greedily)
    asked, rolling = only(Sample, events)[1:]
    assert (asked.requested, rolling.requested) == (True, False)
    assert asked.iteration == rolling.iteration == 7
    assert asked.text == rolling.text


def test_time_in_a_pause_is_no_time_of_training() -> None:
    def pause_once(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 2:
            control.pause()
        if isinstance(event, Paused):
            time.sleep(0.3)
            control.resume()

    begun = time.monotonic()
    events, _ = steered(small(iterations=6), pause_once)
    assert only(Resumed, events)[0].elapsed == only(Paused, events)[0].elapsed
    assert stopped(events).elapsed <= time.monotonic() - begun - 0.3


def test_what_was_asked_before_the_start_is_done_at_once() -> None:
    control = TrainControl()
    control.request_sample(SampleRequest(length=3))
    control.set_learning_rate(0.9)
    events = run(small(iterations=2), random_corpus(100, 5), control=control)
    assert [type(event) for event in events[1:4]] == [Sample, LearningRateChanged, Step]
    assert events[3].learning_rate == 0.9


def test_the_gradient_memory_is_measured_while_paused(background: Background) -> None:
    background.control.pause()
    background.until(Snapshot)
    for _ in range(3):
        background.control.request_gradient_memory()
        assert isinstance(background.next(), GradientMemory)
    assert background.is_still()
    background.control.resume()
    background.until(Step)


def test_many_requests_for_the_gradient_memory_are_one() -> None:
    def ask_twice(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 3:
            control.request_gradient_memory()
            control.request_gradient_memory()

    events, _ = steered(small(iterations=6), ask_twice)
    (memory,) = only(GradientMemory, events)
    assert (memory.iteration, memory.requested) == (4, True)
    assert [type(event) for event in events[4:7]] == [Step, GradientMemory, Step]


def test_a_gradient_memory_asked_for_after_the_last_update_comes_before_the_end() -> None:
    def ask_late(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 4:
            control.request_gradient_memory()

    events, _ = steered(small(iterations=5), ask_late)
    assert [type(event) for event in events[-4:]] == [Step, GradientMemory, Snapshot, Stopped]
    assert (events[-3].iteration, stopped(events).outcome) == (5, "finished")


def test_a_run_that_is_asked_to_stop_measures_nothing_more() -> None:
    def ask_and_stop(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 3:
            control.request_gradient_memory()
            control.stop()

    events, _ = steered(small(iterations=6), ask_and_stop)
    assert [type(event) for event in events[-3:]] == [Step, Snapshot, Stopped]


def test_a_request_is_not_lost_though_it_comes_while_the_trainer_looks() -> None:
    class AskedMeanwhile(threading.Event):
        """Set by another thread right after it was found unset."""

        def is_set(self) -> bool:
            was = super().is_set()
            self.set()
            return was

    control = TrainControl()
    control._memory = AskedMeanwhile()
    assert not control.wants_gradient_memory()
    assert control.wants_gradient_memory()


def test_time_never_goes_back() -> None:
    """Not even where samples are drawn in a pause."""

    def disturb(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration % 3 == 0:
            control.request_sample(SampleRequest(length=50))
            control.request_gradient_memory()
            control.pause()
        if isinstance(event, Paused):
            time.sleep(0.01)
            control.request_sample(SampleRequest(length=50))
            control.resume()

    config = small(
        iterations=12, sample_every=2, sample_length=5, validation_fraction=0.2, eval_every=4
    )
    events, _ = steered(config, disturb)
    times = [event.elapsed for event in events]
    assert times == sorted(times)
    assert len(only(Paused, events)) == 4

"""A real trainer in a real thread: what arrives, in which order, and how it ends."""

from __future__ import annotations

import json
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from tests.ptys import until
from tui_charrnn.engine import Corpus, SampleRequest, TrainConfig
from tui_charrnn.engine.events import (
    Event,
    GradientMemory,
    Paused,
    Resumed,
    Sample,
    Started,
    Step,
    Stopped,
    Validation,
)
from tui_charrnn.runs import host
from tui_charrnn.runs.host import Batch, Refused, TrainerThread

OWLS = "the owl saw the fox and the fox saw the owl. " * 30
CORPUS = Corpus.from_text(OWLS, "owls")
CONFIG = TrainConfig(hidden_size=8, seq_length=10, iterations=10**9, sample_every=0, eval_every=0)


class Receiver:
    """Takes the batches of a run, and sees to it that one alone is ever under way."""

    def __init__(self, config: TrainConfig = CONFIG, interval: float = 0.0, run: int = 7) -> None:
        self.inbox: queue.Queue[Batch] = queue.Queue()
        self.delivered = 0
        self.times: list[float] = []
        self.under_way = threading.Semaphore(1)
        self.crowded = False
        self.trainer = TrainerThread(run, config, CORPUS, self.deliver)
        self.trainer.interval = interval

    def deliver(self, batch: Batch) -> None:
        self.crowded |= not self.under_way.acquire(blocking=False)
        self.delivered += 1
        self.times.append(time.monotonic())
        self.inbox.put(batch)

    def take(self, timeout: float = 60) -> tuple[Event, ...]:
        batch = self.inbox.get(timeout=timeout)
        assert batch.run == 7
        assert batch.events
        return batch.events

    def acknowledge(self) -> None:
        self.under_way.release()
        self.trainer.acknowledge()

    def until(self, kind: type[Event], pause: float = 0.0) -> list[Event]:
        """Take and acknowledge batches up to one that ends with a kind of event."""
        events = list(self.take())
        self.acknowledge()
        while not isinstance(events[-1], kind):
            time.sleep(pause)
            events.extend(self.take())
            self.acknowledge()
        return events


@pytest.fixture
def started() -> Iterator[Callable[..., Receiver]]:
    receivers: list[Receiver] = []

    def start(**arguments: object) -> Receiver:
        receivers.append(Receiver(**arguments))
        receivers[-1].trainer.start()
        return receivers[-1]

    yield start
    for receiver in receivers:
        receiver.trainer.abandon()
        assert receiver.trainer.join(60)
        assert not receiver.crowded


def iterations(events: list[Event]) -> list[int]:
    return [event.iteration for event in events if isinstance(event, Step)]


@pytest.mark.parametrize("pause", [0.0, 0.02], ids=["quick", "slow"])
def test_every_event_arrives_once_and_in_order(
    started: Callable[..., Receiver], pause: float
) -> None:
    """A slow receiver gets larger batches, and no fewer events."""
    config = CONFIG.replace(iterations=1000, sample_every=200, sample_length=4, eval_every=250)
    receiver = started(config=config)
    events = receiver.until(Stopped, pause)
    assert isinstance(events[0], Started)
    assert iterations(events) == list(range(1000))
    samples = [event for event in events if isinstance(event, Sample)]
    assert [sample.final for sample in samples] == [False] * 5 + [True]
    assert [type(event) for event in events[-2:]] == [GradientMemory, Stopped]
    assert sum(isinstance(event, Validation) for event in events) == 4
    assert sum(isinstance(event, Stopped) for event in events) == 1
    order = [event.iteration for event in events if isinstance(event, (Step, Sample))]
    assert order == sorted(order)
    assert receiver.trainer.join(60)
    if pause:
        assert receiver.delivered < 500


def test_nothing_more_is_delivered_before_the_last_batch_is_acknowledged(
    started: Callable[..., Receiver],
) -> None:
    receiver = started()
    assert [type(event) for event in receiver.take()] == [Started]
    receiver.trainer.control.request_sample(SampleRequest(length=3))
    time.sleep(0.1)
    assert receiver.delivered == 1
    receiver.acknowledge()
    assert isinstance(receiver.until(Sample)[-1], Sample)


def test_batches_are_a_frame_apart(started: Callable[..., Receiver]) -> None:
    """Timed as a whole: a machine that is busy makes any two of them seem closer than they are."""
    begun = time.monotonic()
    receiver = started(config=CONFIG.replace(watch_every=10), interval=0.05)
    events: list[Event] = []
    for _ in range(5):
        events += receiver.take()
        receiver.acknowledge()
    assert receiver.times[4] - begun >= 4 * 0.05
    assert any(isinstance(event, GradientMemory) for event in events)  # nobody asked for it


def test_what_a_person_waits_for_does_not_wait_for_the_frame(
    started: Callable[..., Receiver],
) -> None:
    receiver = started(interval=3600)
    control = receiver.trainer.control
    assert isinstance(receiver.until(Started)[-1], Started)
    control.request_sample(SampleRequest(length=3))
    events = receiver.until(Sample)
    control.pause()
    events += receiver.until(Paused)
    control.request_gradient_memory()
    events += receiver.until(GradientMemory)
    control.resume()
    events += receiver.until(Resumed)
    control.stop()
    events += receiver.until(Stopped)
    assert receiver.delivered == 6  # each with all that happened before it
    assert iterations(events) == list(range(len(iterations(events))))
    assert receiver.trainer.join(60)


def test_the_trainer_waits_for_a_receiver_that_is_far_behind(
    started: Callable[..., Receiver], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "LARGEST_BATCH", 25)
    receiver = started()
    receiver.take()
    receiver.acknowledge()
    first = receiver.take()
    until(lambda: len(receiver.trainer._buffer) == 25)
    time.sleep(0.1)  # it waits
    receiver.acknowledge()
    second = receiver.take()
    assert len(second) == 25
    assert iterations([*first, *second]) == list(range(len(first) + 25))


@pytest.mark.parametrize("where", ["training", "paused", "waiting"])
def test_an_abandoned_run_ends_promptly_and_says_no_more(
    started: Callable[..., Receiver], where: str
) -> None:
    receiver = started()
    if where != "waiting":
        receiver.until(Started)
    if where == "paused":
        receiver.trainer.control.pause()
        receiver.until(Paused)
    else:
        receiver.take()  # not acknowledged
    start = time.monotonic()
    receiver.trainer.abandon()
    assert receiver.trainer.join(10)
    assert not receiver.trainer.alive
    assert time.monotonic() - start < 10
    before = receiver.delivered
    time.sleep(0.05)
    assert receiver.delivered == before


def test_the_model_is_there_to_be_read_after_the_end(started: Callable[..., Receiver]) -> None:
    receiver = started(config=CONFIG.replace(iterations=3))
    receiver.until(Stopped)
    assert receiver.trainer.join(60)
    assert receiver.trainer.model is not None
    assert receiver.trainer.model.vocab_size == CORPUS.vocab_size


def test_blas_is_held_to_one_thread(started: Callable[..., Receiver]) -> None:
    # whatever the environment says; a thread that ended leaves the limits to the next
    setter = threading.Thread(target=threadpool_limits, kwargs={"limits": 2, "user_api": "blas"})
    setter.start()
    setter.join()
    receiver = started(config=CONFIG.replace(iterations=3))
    receiver.until(Stopped)
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    assert [pool["num_threads"] for pool in pools] == [1] * len(pools)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seq_length": 5000}, "owls has 1,215 characters to train on, but seq_length 5,000"),
        ({"hidden_size": 10**9}, "hidden_size 1,000,000,000 with seq_length 10"),
    ],
)
def test_a_run_that_cannot_begin_says_why(
    started: Callable[..., Receiver], changes: dict[str, int], message: str
) -> None:
    receiver = started(config=CONFIG.replace(**changes))
    (end,) = receiver.until(Stopped)
    assert isinstance(end, Stopped)
    assert (end.outcome, end.iteration) == ("failed", 0)
    assert end.message.startswith(message)
    assert math.isnan(end.smooth_loss)
    json.dumps(end.as_json(), allow_nan=False)


def test_a_tap_hears_every_event_before_it_is_delivered() -> None:
    heard: list[Event] = []
    receiver = Receiver()
    receiver.trainer = TrainerThread(
        7, CONFIG.replace(iterations=300), CORPUS, receiver.deliver, tap=heard.append
    )
    receiver.trainer.start()
    events = list(receiver.take())
    until(lambda: len(heard) > len(events))  # nothing is delivered before this is acknowledged
    receiver.acknowledge()
    events += receiver.until(Stopped)
    assert heard == events
    assert receiver.trainer.join(60)


def test_a_tap_that_raises_costs_nothing_but_itself() -> None:
    def refuse(event: Event) -> None:
        raise OSError("no room")

    receiver = Receiver()
    receiver.trainer = TrainerThread(
        7, CONFIG.replace(iterations=30), CORPUS, receiver.deliver, tap=refuse
    )
    receiver.trainer.start()
    events = receiver.until(Stopped)
    assert iterations(events) == list(range(30))
    assert events[-1].outcome == "finished"
    assert receiver.trainer.join(60)


def test_a_run_that_its_tap_refuses_ends_with_the_reason_and_without_a_model() -> None:
    def refuse(event: Event) -> None:
        raise Refused("Somebody else trains it.")

    receiver = Receiver()
    receiver.trainer = TrainerThread(7, CONFIG, CORPUS, receiver.deliver, tap=refuse)
    receiver.trainer.start()
    (end,) = receiver.until(Stopped)
    assert (end.outcome, end.message) == ("failed", "Somebody else trains it.")
    assert receiver.trainer.join(60)
    assert receiver.trainer.model is None


class Faulty(Corpus):
    """A corpus that cannot give a sample's text back."""

    error: Exception = RuntimeError("no such page")

    def decode(self, ids: object) -> str:
        raise self.error


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RuntimeError("no such page"), "The trainer broke down: RuntimeError: no such page."),
        (MemoryError(), "There is not enough memory for this model."),
    ],
)
def test_a_breakdown_on_the_way_keeps_what_was_reached(error: Exception, message: str) -> None:
    receiver = Receiver()
    corpus = Faulty("owls", CORPUS.chars, CORPUS.ids)
    corpus.error = error
    receiver.trainer = TrainerThread(7, CONFIG, corpus, receiver.deliver)
    receiver.trainer.start()
    receiver.until(Started)
    events = receiver.until(Step)
    receiver.trainer.control.request_sample(SampleRequest(length=3))
    events += receiver.until(Stopped)
    step, end = [event for event in events if isinstance(event, Step)][-1], events[-1]
    assert isinstance(end, Stopped)
    assert (end.outcome, end.message) == ("failed", message)
    assert (end.iteration, end.smooth_loss) == (step.iteration + 1, step.smooth_loss)
    assert end.elapsed == step.elapsed
    assert receiver.trainer.join(60)
    assert not receiver.crowded

"""Samples that are told of while they are drawn: by threads, by a child, after a run."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tests.runs.test_process import ENDLESS
from tests.runs.test_session import CONFIG, CORPUS, Screen
from tui_charrnn.engine import SampleRequest, TrainControl, build_model
from tui_charrnn.engine.events import Event, Sample, SamplePart, Step, Stopped
from tui_charrnn.engine.sampling import PATIENCE
from tui_charrnn.runs import session as session_module
from tui_charrnn.runs.drawing import Drawer, Remains
from tui_charrnn.runs.host import Batch, TrainerThread
from tui_charrnn.runs.process import train_in_process
from tui_charrnn.runs.session import Job, TrainSession

LENGTH = 40 * PATIENCE


def quick(*arguments, **options) -> TrainerThread:
    trainer = TrainerThread(*arguments, **options)
    trainer.interval = 0.0  # every piece is told of
    return trainer


class Watcher(Screen):
    """Takes batches as the app does, and knows what a recorder was told."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: list[Event] = []
        self.session = TrainSession(self.inbox.put, quick, lambda job: self.recorded.append)

    def show_sample(self) -> Sample:
        """Show all up to the next whole sample."""
        begin = len(self.shown)
        self.show_until(lambda: any(isinstance(event, Sample) for event in self.shown[begin:]))
        return [event for event in self.shown if isinstance(event, Sample)][-1]

    def parts(self) -> list[SamplePart]:
        return [event for event in self.shown if isinstance(event, SamplePart)]


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watcher]:
    monkeypatch.setattr(session_module, "FRAME_INTERVAL", 0.0)
    screen = Watcher()
    yield screen
    assert screen.session.close(60)


def assert_in_parts(parts: list[SamplePart], sample: Sample) -> None:
    """Assert that so many parts are the beginning of a sample, in order."""
    assert len(parts) > 1
    text = ""
    for part in parts:
        text += part.text
        assert part.drawn == len(text)
        assert (part.iteration, part.prompt) == (sample.iteration, sample.prompt)
    assert sample.text.startswith(text)


def test_a_session_shows_samples_as_they_grow_and_records_whole_ones(screen: Watcher) -> None:
    """While it trains, while it is paused, after its end; none comes between two of one sample."""
    session = screen.session
    session.start(
        Job(CONFIG.replace(sample_every=0, eval_every=10, validation_fraction=0.1), CORPUS)
    )
    screen.show_until(lambda: session.progress.iteration > 10)
    for prepare in (lambda: None, session.pause, session.stop):
        prepare()
        state = {session.pause: "paused", session.stop: "stopped"}.get(prepare, "training")
        screen.show_until(lambda state=state: session.progress.state == state)
        screen.shown.clear()
        for prompt in ("the ", "owl"):
            session.sample(SampleRequest(prompt, LENGTH))
        for prompt in ("the ", "owl"):
            sample = screen.show_sample()
            assert (sample.prompt, len(sample.text)) == (prompt, LENGTH)
            assert_in_parts(screen.parts(), sample)
            screen.shown.clear()
    assert any(isinstance(event, Sample) for event in screen.recorded)
    assert not any(isinstance(event, SamplePart) for event in screen.recorded)


def test_parts_are_gathered_while_the_receiver_is_busy(screen: Watcher) -> None:
    session = screen.session
    session.start(Job(CONFIG.replace(sample_every=0), CORPUS))
    screen.show_until(lambda: session.progress.iteration > 10)
    session.pause()
    screen.show_until(lambda: session.progress.state == "paused")
    session.sample(SampleRequest(length=100_000))
    while not isinstance((first := screen.inbox.get(timeout=60)).events[-1], SamplePart):
        session.acknowledge(first)
    time.sleep(0.1)
    assert screen.inbox.empty()  # nothing more before this one is acknowledged
    session.acknowledge(first)
    second = screen.inbox.get(timeout=60)
    assert len(second.events) > 1
    session.stop()
    session.acknowledge(second)
    screen.show_until(lambda: session.progress.state == "stopped")
    told = [*first.events, *second.events, *screen.shown]
    assert not [event for event in told if isinstance(event, Sample) and event.requested]


@pytest.mark.parametrize("state", ["training", "stopped"])
def test_a_cut_keeps_what_there_is(screen: Watcher, state: str) -> None:
    session = screen.session
    session.start(Job(CONFIG.replace(sample_every=0), CORPUS))
    screen.show_until(lambda: session.progress.iteration > 10)
    if state == "stopped":
        session.stop()
        screen.show_until(lambda: session.progress.state == "stopped")
    screen.shown.clear()
    session.sample(SampleRequest("the ", 100_000))
    screen.show_until(lambda: len(screen.parts()) > 1)
    session.cut_sample()
    sample = screen.show_sample()
    assert_in_parts(screen.parts(), sample)
    assert screen.parts()[-1].drawn <= len(sample.text) < 100_000
    session.sample(SampleRequest("the ", 200))
    assert len(screen.show_sample().text) == 200
    assert session.progress.state == state


def test_what_a_run_left_is_drawn_by_one_thread_until_it_is_stopped() -> None:
    told = queue.Queue[Event]()
    drawer = Drawer(told.put, 0.0)
    remains = Remains(build_model(CONFIG, CORPUS.vocab_size), CORPUS, 3, 0.5, 1.0)
    for length in (200, 300, 100_000):
        drawer.draw(SampleRequest(length=length), remains)
    assert sum(thread.name == "drawer" for thread in threading.enumerate()) == 1
    lengths = []
    while len(lengths) < 2:
        event = told.get(timeout=60)
        if isinstance(event, Sample):
            lengths.append(len(event.text))
    assert lengths == [200, 300]
    assert isinstance(told.get(timeout=60), SamplePart)
    drawer.stop()
    for thread in threading.enumerate():
        if thread.name == "drawer":
            thread.join(60)
    while not told.empty():
        assert isinstance(told.get(), SamplePart)


# ------------------------------------------------------------------------ a child


def test_a_child_tells_whoever_watches_and_is_asked_to_cut() -> None:
    control, model = TrainControl(), build_model(ENDLESS, CORPUS.vocab_size)
    control.part_interval = 0.0
    told: list[Event] = []
    for event in train_in_process(ENDLESS, CORPUS, model, control):
        told.append(event)
        if isinstance(event, Step) and event.iteration == 0:
            control.request_sample(SampleRequest("the ", 100_000))
        elif isinstance(event, SamplePart) and event.drawn == 2 * PATIENCE:
            control.cut_sample()
        elif isinstance(event, Sample):
            control.stop()
    parts = [event for event in told if isinstance(event, SamplePart)]
    (sample,) = (event for event in told if isinstance(event, Sample))
    assert_in_parts(parts, sample)
    assert len(sample.text) < 100_000
    assert control.next_request() is None  # it was answered, though not to the full
    assert isinstance(told[-1], Stopped)


def test_a_trainer_thread_lets_the_child_tell_it_too() -> None:
    batches = queue.Queue[Batch]()
    trainer = quick(1, ENDLESS, CORPUS, batches.put, source=train_in_process)
    watched: list[SamplePart] = []
    trainer.watch = watched.append
    trainer.control.request_sample(SampleRequest("the ", LENGTH))
    trainer.start()
    told: list[Event] = []
    take = partial(batches.get, timeout=60)
    while not any(isinstance(event, Sample) for event in told):
        told.extend(take().events)
        trainer.acknowledge()
    parts = [event for event in told if isinstance(event, SamplePart)]
    assert_in_parts(parts, next(event for event in told if isinstance(event, Sample)))
    assert watched[: len(parts)] == parts
    trainer.abandon()
    assert trainer.join(60)

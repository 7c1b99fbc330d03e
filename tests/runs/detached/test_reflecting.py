"""What others ask of a run is seen in the control here, and not asked for once more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.runs.detached.support import wait_for
from tui_charrnn.engine import SampleRequest, TrainControl
from tui_charrnn.engine.events import GradientMemory, Sample
from tui_charrnn.runs.steering import Steering
from tui_charrnn.runs.wire import Command


class Steered:
    """A steering whose commands can be held back on their way."""

    def __init__(self, paused: bool = False) -> None:
        self.control, self.sent = TrainControl(), []
        self.may_send = threading.Event()
        self.may_send.set()
        if paused:
            self.control.pause()
        self.steering = Steering(self.control, self._send, paused)
        self.steering.start()

    def _send(self, command: Command) -> None:
        self.sent.append(command.name)
        self.may_send.wait()

    def settle(self) -> None:
        """Wait until all that was asked for has been passed on."""
        self.control.request_gradient_memory()
        wait_for(lambda: "request_gradient_memory" in self.sent)
        self.sent.remove("request_gradient_memory")


@pytest.fixture
def steered() -> Iterator[Callable[..., Steered]]:
    made: list[Steered] = []

    def make(paused: bool = False) -> Steered:
        made.append(Steered(paused))
        return made[-1]

    yield make
    for each in made:
        each.may_send.set()
        each.steering.end()


def test_a_pause_of_somebody_else_is_not_passed_on(steered) -> None:
    here = steered()
    for paused in (True, False, True):
        here.steering.reflect(paused)
        assert here.control.pausing == paused
        here.settle()
    assert here.sent == []
    here.control.resume()
    wait_for(lambda: here.sent == ["resume"])


def test_a_pause_that_was_there_before_is_not_passed_on(steered) -> None:
    here = steered(paused=True)
    here.settle()
    assert here.sent == []
    here.control.resume()
    wait_for(lambda: here.sent == ["resume"])


def test_what_was_asked_for_here_is_not_taken_back_by_older_news(steered) -> None:
    here = steered()
    here.may_send.clear()
    here.control.request_sample(SampleRequest())
    wait_for(lambda: here.sent == ["request_sample"])  # which holds up the others
    here.control.pause()
    here.steering.reflect(False)
    assert here.control.pausing
    here.may_send.set()
    wait_for(lambda: here.sent == ["request_sample", "pause"])


def test_samples_of_others_cross_nothing_off(steered) -> None:
    here = steered()
    ours, theirs = SampleRequest("the ", 5), SampleRequest("an ", 5)
    here.control.request_sample(ours)
    wait_for(lambda: here.sent == ["request_sample"])
    for request in (
        theirs, SampleRequest("the ", 6), SampleRequest("the ", 5, 0.5),
        SampleRequest("the ", 5, top_k=3), SampleRequest("the ", 5, top_p=0.5),
    ):  # fmt: skip
        here.steering.served([sample_of(request)])
    here.steering.end()
    assert here.control.next_request() == ours


def test_our_sample_is_crossed_off_whatever_came_before(steered) -> None:
    here = steered()
    requests = [SampleRequest("the ", 5, top_k=3), SampleRequest("the ", 5, 0.7, 3, 0.9)]
    for request in requests:
        here.control.request_sample(request)
    wait_for(lambda: len(here.sent) == 2)
    here.steering.served([sample_of(requests[1])])
    here.steering.end()
    assert here.control.next_request() == requests[0]
    assert here.control.next_request() is None


def test_a_measure_at_a_set_time_is_not_the_one_that_was_asked_for(steered) -> None:
    here = steered()
    here.settle()
    measured = GradientMemory(iteration=8, norms=(1.0,), windows=1)
    here.steering.served([measured])
    here.steering.end()
    assert here.control.wants_gradient_memory()
    there = steered()
    there.settle()
    there.steering.served([replace(measured, requested=True)])
    there.steering.end()
    assert not there.control.wants_gradient_memory()


def sample_of(request: SampleRequest) -> Sample:
    return Sample(
        iteration=5,
        text="x" * request.length,
        smooth_loss=1.0,
        temperature=request.temperature,
        top_k=request.top_k,
        top_p=request.top_p,
        prompt=request.prompt,
        requested=True,
    )


def test_what_we_have_cut_is_crossed_off_and_what_others_cut_is_not(steered) -> None:
    here = steered()
    ours, longer = SampleRequest("the ", 50), SampleRequest("the ", 90)
    for request in (longer, ours):
        here.control.request_sample(request)
    wait_for(lambda: len(here.sent) == 2)
    here.steering.served([sample_of(SampleRequest("the ", 30))])  # cut by somebody else
    here.control.cut_sample()
    wait_for(lambda: here.sent[2:] == ["cut_sample"])
    here.steering.served([sample_of(SampleRequest("an ", 30))])
    here.control.cut_sample()
    wait_for(lambda: here.sent[3:] == ["cut_sample"])
    here.steering.served([sample_of(SampleRequest("the ", 30))])
    here.steering.served([sample_of(SampleRequest("the ", 40))])  # of this one nobody asked a cut
    here.steering.end()
    assert here.control.next_request() == ours
    assert here.control.next_request() is None
    assert not here.control.wants_cut()

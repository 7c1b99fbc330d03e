"""What is asked of a run that is trained elsewhere, passed on to there."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from tui_charrnn.engine import SampleRequest, TrainControl
from tui_charrnn.engine.events import Event, GradientMemory, Sample
from tui_charrnn.runs.wire import Command


class Steering:
    """Passes on to another process what is asked of a run that trains there.

    To the control it is the trainer: it takes the requests, and gives back at the end what the
    other one did not come to, so that whoever has the model then can serve them.
    """

    def __init__(
        self, control: TrainControl, send: Callable[[Command], object], paused: bool = False
    ) -> None:
        """Prepare.

        Args:
            control: what is asked of.
            send: gives a command to the other process; raises OSError or ValueError when that is
                gone.
            paused: whether the run waits already.
        """
        self._control, self._send = control, send
        self._samples: deque[SampleRequest] = deque()  # passed on, not served yet
        self._memory = self._cut = self._stopped = self._over = False
        self._paused = paused
        self._pausing = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="steering", daemon=True)

    def start(self) -> None:
        """Begin to pass on, first what was asked for before."""
        self._thread.start()

    def served(self, events: Iterable[Event]) -> None:
        """Cross off what was asked for and has come."""
        for event in events:
            if isinstance(event, Sample) and event.requested:
                self._cross_off(event)
            elif isinstance(event, GradientMemory) and event.requested:
                self._memory = False

    def _cross_off(self, sample: Sample) -> None:
        """Cross off the request that a sample answers, unless it was somebody else's."""
        answered = [each for each in self._samples if _answers(sample, each, self._cut)]
        if answered:
            exact = (each for each in answered if len(sample.text) == each.length)
            self._samples.remove(next(exact, answered[0]))
        self._cut = False

    def reflect(self, paused: bool) -> None:
        """Let the control say what somebody else has asked for; that is not passed on again.

        Where a pause, or its end, has been asked for here and is still to be passed on, it stays.
        """
        with self._pausing:
            if self._control.pausing == self._paused and not self._control.stopping:
                self._paused = paused
                (self._control.pause if paused else self._control.resume)()

    def end(self) -> None:
        """Stop, and give back what was not served; the other process has no use for it."""
        if self._over:
            return
        self._over = True
        self._control.wake()
        if self._thread.ident is not None:
            self._thread.join()
        for request in self._samples:
            self._control.request_sample(request)
        if self._memory:
            self._control.request_gradient_memory()

    def _work(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the other one is gone
            while not self._over:
                self._pass_on()
                self._control.wait()

    def _pass_on(self) -> None:
        control = self._control
        # read first, sent last: what was asked for before a resume is there before it; and pausing
        # before stopping, since a stop ends a pause
        with self._pausing:
            pausing, stopping = control.pausing, control.stopping
            turned = pausing != self._paused and not stopping
            self._paused = pausing if turned else self._paused
        self._pass_on_requests()
        if stopping and not self._stopped:
            self._stopped = True
            self._tell("stop")
        elif turned:
            self._tell("pause" if pausing else "resume")

    def _pass_on_requests(self) -> None:
        control = self._control
        if rate := control.next_learning_rate(0.0):
            self._tell("set_learning_rate", rate)
        while request := control.next_request():
            self._samples.append(request)
            self._tell("request_sample", request)
        if control.wants_cut():
            self._cut = True
            self._tell("cut_sample")
        if control.wants_gradient_memory():
            self._memory = True
            self._tell("request_gradient_memory")
        if control.wants_snapshot():
            self._tell("request_snapshot")

    def _tell(self, name: str, *arguments: Any) -> None:
        self._send(Command(name, arguments))


def _answers(sample: Sample, request: SampleRequest, is_cut: bool) -> bool:
    """Whether a sample may be what was asked for, or what a cut has left of it."""
    alike = SampleRequest(
        sample.prompt, request.length, sample.temperature, sample.top_k, sample.top_p
    )
    drawn = len(sample.text)
    return alike == request and (drawn == request.length or (is_cut and drawn < request.length))

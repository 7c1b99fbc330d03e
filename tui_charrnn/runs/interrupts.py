"""Signals that ask a run without a screen to end."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from tui_charrnn.engine import TrainControl


class Interrupts:
    """While it is entered, the first SIGINT or SIGTERM asks a run to stop.

    A second one gives the run up. A thread of its own listens, since Python calls a handler only
    between two bytecodes and takes two signals for one if the training is in a long NumPy call. A
    signal that was ignored before stays so, as for a command that a shell started in the
    background.

    Attributes:
        received: the number of the first signal, 0 if none came.
    """

    def __init__(self, control: TrainControl, give_up: Callable[[int], object]) -> None:
        """Prepare.

        Args:
            control: stops the run.
            give_up: called at a second signal, with its number, in the thread that listens.
        """
        self.received = 0
        self._control, self._give_up = control, give_up
        self._before: dict[signal.Signals, Any] = {}
        self._ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)  # a handler must not wait
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)

    def __enter__(self) -> Interrupts:
        """Begin to listen."""
        self._fd_before = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, _do_nothing)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Put back what listened before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._fd_before)
        self._theirs.close()
        self._thread.join()
        self._ours.close()

    def _listen(self) -> None:
        while received := self._ours.recv(1):
            number = received[0]
            if number not in self._before:
                continue
            if self.received:
                self._give_up(number)
            self.received = self.received or number
            self._control.stop()


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Stand where Python's own handler stood: the number alone goes to the thread."""

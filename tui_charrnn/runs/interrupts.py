"""Signals that ask the process to end: ctrl+C, a command such as kill, a closed terminal."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tui_charrnn.engine import TrainControl

ENDING: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""The signals that are listened to."""


class Signals:
    """While it is entered, tells of every signal that asks the process to end.

    A thread of its own listens, since Python calls a handler only between two bytecodes of the
    main thread and takes two signals for one if that is in a long NumPy call. A signal that was
    ignored before stays so: SIGINT for a command that a shell started in the background, SIGHUP
    for one that was started by nohup.
    """

    def __init__(self, tell: Callable[[int], object]) -> None:
        """Prepare; to be entered in the main thread.

        Args:
            tell: called with the number of each signal, in the thread that listens.
        """
        self._tell = tell
        self._before: dict[int, Any] = {}
        self._ours, self._theirs = socket.socketpair()
        self._theirs.setblocking(False)  # a handler must not wait
        self._thread = threading.Thread(target=self._listen, name="signals", daemon=True)

    def __enter__(self) -> Signals:
        """Begin to listen."""
        self._fd_before = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        for number in ENDING:
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
            if received[0] in self._before:
                self._tell(received[0])


class Interrupts(Signals):
    """While it is entered, the first signal asks a run to stop, and a second one gives it up.

    Only SIGHUP gives nothing up: of a terminal that is closed, a process hears from the system and
    from its shell.

    Attributes:
        received: the number of the first signal, 0 if none came.
    """

    def __init__(self, control: TrainControl, give_up: Callable[[int], object]) -> None:
        """Prepare.

        Args:
            control: stops the run.
            give_up: called at a second signal, with its number, in the thread that listens.
        """
        super().__init__(self._hear)
        self.received = 0
        self._control, self._give_up = control, give_up

    def __enter__(self) -> Interrupts:
        """Begin to listen."""
        super().__enter__()
        return self

    def _hear(self, number: int) -> None:
        if self.received and number != signal.SIGHUP:
            self._give_up(number)
        self.received = self.received or number
        self._control.stop()


def _do_nothing(number: int, frame: FrameType | None) -> None:
    """Stand where Python's own handler stood: the number alone goes to the thread."""

"""The terminal of the app: it may stop reading or go away, and nobody waits for it or spins."""

from __future__ import annotations

import os
import select
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from typing import Any, Final, Protocol, cast

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from tui_charrnn.typed import Typed

LONGEST_QUEUE: Final = 2**16
"""Characters that may wait for a terminal: so many frames that are out of date by then."""

LOOK: Final = 0.2
"""Seconds between two looks at what is asked for, while a terminal does not read."""

PATIENCE: Final = 0.5
"""Seconds that a terminal has to read what was written last."""

RESTORE: Final = "".join(
    f"\x1b[{code}"
    for code in (
        "?2004l", "?7h", "?2048l", "?1000l", "?1003l", "?1015l", "?1006l", "?1016l",
        "<u", "?1049l", "?25h", "?1004l",
    )
)  # fmt: skip
"""What takes back all that an app asks of a terminal."""


class Output:
    """Writes to a terminal from a thread of its own; nobody ever waits for it.

    While the terminal does not read, what comes is left out, and it is drawn anew afterwards. What
    is written to one that is gone goes nowhere.
    """

    def __init__(self, fd: int, redraw: Callable[[], object]) -> None:
        """Start the thread.

        Args:
            fd: of the terminal.
            redraw: called in the thread when the terminal reads again after something was left out.
        """
        self._fd, self._own = _not_waiting(fd)
        self._redraw = redraw
        self._waiting: list[str] = []
        self._busy = self._missed = self._cut = self._gone = self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="terminal", daemon=True)
        self._thread.start()

    def write(self, text: str) -> None:
        """Write soon, or never."""
        with self._changed:
            if sum(map(len, self._waiting)) > LONGEST_QUEUE:
                self._missed = True
            if not (self._missed or self._gone):
                self._waiting.append(text)
                self._changed.notify_all()

    def drain(self, seconds: float) -> bool:
        """Wait until all is written; return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not (self._waiting or self._busy), seconds)

    def discard(self) -> None:
        """Make room for what comes: forget what waits, here and in the system."""
        with self._changed:
            self._waiting.clear()
            self._missed, self._cut = False, self._busy
        with suppress(termios.error):
            termios.tcflush(self._fd, termios.TCOFLUSH)

    def let_go(self) -> None:
        """Write nowhere from now on."""
        with self._changed:
            self._gone = self._cut = True
            self._waiting.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread when all is written; do not wait for it."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _work(self) -> None:
        while (text := self._next()) is not None:
            try:
                self._write(memoryview(text.encode("utf-8", "replace")))
            except OSError:
                self.let_go()
            self._rest()
        if self._own:
            os.close(self._fd)

    def _next(self) -> str | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            if not self._waiting:
                return None
            text = "".join(self._waiting)
            self._waiting.clear()
            self._busy = True
            return text

    def _write(self, rest: memoryview) -> None:
        room = select.poll()
        room.register(self._fd, select.POLLOUT)
        while rest and not self._cut:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                room.poll(LOOK * 1000)

    def _rest(self) -> None:
        with self._changed:
            self._busy = self._cut = False
            missed = self._missed and not self._waiting
            self._missed = self._missed and not missed
            self._changed.notify_all()
        if missed and not self._gone:
            self._redraw()


def _not_waiting(fd: int) -> tuple[int, bool]:
    """Return a descriptor of the same terminal that never waits, and whether it is our own.

    The terminal is opened once more, since others who share the given descriptor expect to wait.
    """
    try:
        return os.open(os.ttyname(fd), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK), True
    except OSError:
        return fd, False


def _terminals() -> set[int]:
    """Return the descriptors of all terminals that the process was started on."""
    streams = filter(None, (sys.__stdin__, sys.__stdout__, sys.__stderr__))
    return {stream.fileno() for stream in streams if stream.isatty()}


def watch(fds: Iterable[int], gone: Callable[[], object]) -> None:
    """Call back, in a thread of its own, as soon as one of some terminals is gone."""
    poller = select.poll()
    for fd in fds:
        poller.register(fd, 0)  # to hear of a hang-up, nothing needs to be asked for

    def wait() -> None:
        while not any(what & (select.POLLHUP | select.POLLERR) for _, what in poller.poll()):
            time.sleep(LOOK)  # a system that cannot tell must not make us spin
        gone()

    threading.Thread(target=wait, name="hang-up", daemon=True).start()


class _HangsUp(Protocol):
    def hang_up(self) -> object:
        """Leave: the terminal is gone. Called in any thread."""


class TerminalDriver(LinuxDriver):
    """Textual's way to the terminal; the app, which has a `hang_up`, hears when it is gone."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        """Prepare, with the options of any driver."""
        super().__init__(app, **options)
        assert self._file is not None
        self._screen = self._file.fileno()
        self._hang_up = cast(_HangsUp, app).hang_up
        self._output: Output | None = None
        self._watched = False

    def start_application_mode(self) -> None:
        """Begin to draw and to listen, and look out for the end."""
        self._output = Output(self._screen, self._draw_anew)
        if not self._watched:
            self._watched = True
            watch(_terminals(), self._end)
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def _draw_anew(self) -> None:
        self._app.call_later(self._app.refresh, layout=True)

    def _end(self) -> None:
        self.exit_event.set()  # else the thread that reads would spin
        if self._output is not None:
            self._output.let_go()
        self._hang_up()

    def run_input_thread(self) -> None:
        """Read keys, until the terminal is gone or the app is left."""
        parser, typed = XTermParser(), Typed()
        room = select.poll()
        room.register(self.fileno, select.POLLIN)
        with suppress(OSError):
            while not self.exit_event.is_set():
                text = typed.decode(os.read(self.fileno, 4096)) if room.poll(LOOK * 500) else ""
                for message in chain(parser.feed(text) if text else (), parser.tick()):
                    self.process_message(message)

    def write(self, data: str) -> None:
        """Write soon, or never."""
        if self._output is not None:
            self._output.write(data)

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was; one that does not read misses what it was still to show."""
        if self._output is not None and not self._output.drain(PATIENCE):
            self._output.discard()
        self.write("\x1b[?1016l")  # what Textual leaves on: the mouse in pixels
        super().stop_application_mode()

    def close(self) -> None:
        """Give the terminal a moment to read the last words."""
        if self._output is not None:
            self._output.drain(PATIENCE)
            self._output.close()
        super().close()

    def restore(self) -> None:
        """Leave the terminal as it was, at once and in any thread, as far as it can be done."""
        with suppress(termios.error):
            if self.attrs_before is not None:
                termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        if self._output is not None and not self._output.drain(0):
            self._output.discard()
        self.write(RESTORE)
        if self._output is not None:
            self._output.drain(PATIENCE)

"""Textual's way to the terminal: what is drawn goes out by `Output`, and a hang-up is heard."""

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

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tui_charrnn.terminal.answers import Answers
from tui_charrnn.terminal.flow import LOW, NORMAL
from tui_charrnn.terminal.output import LOOK, Output
from tui_charrnn.typed import Typed

PATIENCE: Final = 0.5
"""Seconds that a terminal has to read what was written last."""

LAST_ANSWER: Final = 2.0
"""Seconds that it has to answer what it was asked last: a shell would take that for keys."""

SOON: Final = 0.02
"""Seconds between two looks at keys that are held back."""

RESTORE: Final = "".join(
    f"\x1b[{code}"
    for code in (
        "?2004l", "?7h", "?2048l", "?1000l", "?1003l", "?1015l", "?1006l", "?1016l",
        "<u", "?1049l", "?25h", "?1004l",
    )
)  # fmt: skip
"""What takes back all that an app asks of a terminal."""


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


class _Shown(Protocol):
    """What an app has that is shown in a terminal.

    Attributes:
        low_bandwidth: whether few bytes are to be written.
    """

    low_bandwidth: bool

    def hang_up(self) -> object:
        """Leave: the terminal is gone. Called in any thread."""


class TerminalDriver(LinuxDriver):
    """Textual's way to the terminal; the app, which has a `hang_up`, hears when it is gone."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        """Prepare, with the options of any driver."""
        super().__init__(app, **options)
        assert self._file is not None
        self._screen = self._file.fileno()
        self._shown = cast(_Shown, app)
        self._output: Output | None = None
        self._watched = False

    def start_application_mode(self) -> None:
        """Begin to draw and to listen, and look out for the end."""
        self._output = Output(self._screen, LOW if self._shown.low_bandwidth else NORMAL)
        if not self._watched:
            self._watched = True
            watch(_terminals(), self._end)
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def _end(self) -> None:
        self.exit_event.set()  # else the thread that reads would spin
        if self._output is not None:
            self._output.let_go()
        self._shown.hang_up()

    def run_input_thread(self) -> None:
        """Read keys, until the terminal is gone or the app is left."""
        parser, typed, answers = XTermParser(), Typed(), Answers()
        room = select.poll()
        room.register(self.fileno, select.POLLIN)
        with suppress(OSError):
            while not self.exit_event.is_set():
                ready = room.poll((SOON if answers.holding else LOOK / 2) * 1000)
                data = os.read(self.fileno, 4096) if ready else b""
                text = typed.decode(self._take(answers, data))
                for message in chain(parser.feed(text) if text else (), parser.tick()):
                    self.process_message(message)

    def _take(self, answers: Answers, data: bytes) -> bytes:
        """Return what was typed among some bytes; the rest answers what was asked."""
        output = self._output
        assert output is not None
        typed, count = answers.take(data, output.due, time.monotonic())
        for _ in range(count):
            output.answer()
        return typed

    def process_message(self, message: Message) -> None:
        """Hand on what a person did, and let its effect be seen at once."""
        if self._output is not None and isinstance(message, (events.InputEvent, events.Paste)):
            self._output.hurry()
        super().process_message(message)

    def write(self, data: str) -> None:
        """Write soon, or never."""
        if self._output is not None:
            self._output.write(data)

    def resized(self, width: int, height: int) -> None:
        """Know that the terminal has another size, in which Textual draws all anew."""
        if self._output is not None:
            self._output.resize(width, height)

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was; one that does not read misses what it was still to show."""
        if self._output is not None:
            reads = self._output.drain(PATIENCE)
            if not reads:
                self._output.discard()
            self._output.finish(LAST_ANSWER if reads else 0)
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

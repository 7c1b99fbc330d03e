"""The way out of the app: what runs is ended and kept; nothing can hold the process up for ever."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.widgets import Static

from tui_charrnn.screens.dialog import Dialog, KeyHints

PATIENCE: Final = 20.0
"""Seconds that all runs have to end, and to write their last checkpoints."""

AT_ONCE: Final = 0.3
"""Seconds after which a wait is explained, or not waited for where nobody may wait."""

KEEPING: Final = 10.0
"""Seconds that the rest of what is known has to be written, before the process ends anyway."""

GRACE: Final = 3.0
"""Seconds that the process has to end by itself when all is kept."""


class SavingScreen(Dialog[None]):
    """Says what the app waits for before it ends."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["dialog.tcss", "confirm.tcss"]
    TITLE: ClassVar[str | None] = "Saving..."
    KEYS: ClassVar[KeyHints] = (("ctrl+q", "leave without it"),)

    def body(self) -> ComposeResult:
        """Yield what is being saved."""
        yield Static("What was learned last is written to the run store.", classes="saving")


class Leaving:
    """Ends all that runs, waits until it is kept, and says so; in threads of its own.

    Attributes:
        number: of the signal that asked for it, 0 for a person.
        announced: whether it was said that it takes a while.
        over: is set when all is kept, or given up.
    """

    def __init__(
        self,
        number: int,
        ends: Sequence[Callable[[], object]],
        keep: Callable[[], object],
    ) -> None:
        """Prepare.

        Args:
            number: of the signal that asks for it, 0 for a person.
            ends: each ends something and waits for it; called in a thread of its own.
            keep: called then, to write what is left.
        """
        self.number, self.announced = number, False
        self.over = threading.Event()
        self._ends, self._keep = ends, keep
        self._missing = threading.Semaphore(0)
        self._enough = threading.Event()
        self._guarded = False

    def start(self, announce: Callable[[], object], done: Callable[[], object]) -> None:
        """Begin.

        Args:
            announce: called in a thread if it takes a while.
            done: called in a thread when all is kept.
        """
        for end in self._ends:
            _in_thread(self._end, end)
        _in_thread(self._await_ends)
        _in_thread(self._work, done)
        _in_thread(self._announce, announce)

    def give_up(self) -> None:
        """Wait for the runs no longer; what they have told so far is kept."""
        self._enough.set()

    def guard(self, restore: Callable[[], object], code: int) -> None:
        """End the process in bounded time from now on, whatever it hangs on.

        Args:
            restore: called before, to leave the terminal as it was.
            code: exit code.
        """
        if not self._guarded:
            self._guarded = True
            _in_thread(self._end_process, restore, code)

    def _end(self, end: Callable[[], object]) -> None:
        try:
            end()
        finally:
            self._missing.release()

    def _await_ends(self) -> None:
        for _ in self._ends:
            self._missing.acquire()
        self._enough.set()

    def _work(self, done: Callable[[], object]) -> None:
        self._enough.wait(PATIENCE)
        try:
            self._keep()
        finally:
            self.over.set()
            done()

    def _announce(self, announce: Callable[[], object]) -> None:
        if not self.over.wait(AT_ONCE):
            self.announced = True
            announce()

    def _end_process(self, restore: Callable[[], object], code: int) -> None:
        self._enough.wait(PATIENCE)
        self.over.wait(KEEPING)
        time.sleep(GRACE)
        _in_thread(restore).join(GRACE)
        os._exit(code)


def _in_thread(work: Callable[..., object], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, name="leaving", daemon=True)
    thread.start()
    return thread

"""Work that a screen must not wait for: done in a thread, its result brought back to the screen."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from textual.message import Message

Result = TypeVar("Result")


class WorkDone(Message):
    """A piece of work has ended; the screen calls `show`, in its own thread."""

    def __init__(self, show: Callable[[], object]) -> None:
        """Carry what is to be done with the result."""
        super().__init__()
        self.show = show


class Background:
    """Does one piece of work after the other, in the order in which they were asked for.

    Its thread holds up no exit. It ends with `close`, after the work that was asked for before.

    Attributes:
        pending: pieces of work whose results have not been shown.
    """

    def __init__(self, post: Callable[[Message], object]) -> None:
        """Have nothing to do yet: the thread starts with the first piece of work.

        Args:
            post: brings a message to the screen; called in the thread.
        """
        self.pending = 0
        self._post = post
        self._work: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="background", daemon=True)

    def do(
        self,
        work: Callable[[], Result],
        done: Callable[[Result], object],
        failed: Callable[[str], object],
    ) -> None:
        """Ask for a piece of work.

        Args:
            work: called in the thread.
            done: called with its result where `WorkDone` is handled.
            failed: called there with the text of the exception, if it raised one.
        """
        self.pending += 1
        if self._thread.ident is None:
            self._thread.start()
        self._work.put(partial(self._do, work, done, failed))

    def _do(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], object],
        failed: Callable[[str], object],
    ) -> None:
        try:
            show = partial(done, work())
        except Exception as error:  # whatever it is, the screen says it and goes on
            show = partial(failed, str(error) or type(error).__name__)
        with contextlib.suppress(RuntimeError):  # the app has gone meanwhile
            self._post(WorkDone(partial(self._show, show)))

    def _show(self, show: Callable[[], object]) -> None:
        self.pending -= 1
        show()

    def _run(self) -> None:
        while (step := self._work.get()) is not None:
            step()

    def close(self) -> None:
        """Let the thread end when its work is done; do not wait for it."""
        self._work.put(None)

    def unfinished(self) -> str:
        """Return a sentence on what would be lost with this work, or nothing."""
        return "A report or an export is being written, and is lost." if self.pending else ""

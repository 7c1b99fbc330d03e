"""Reading a text while the screen goes on: a thread, and the messages that it posts."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from textual.message import Message

from tui_charrnn.engine import CorpusError
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.screens.ahead import load_ahead

if TYPE_CHECKING:
    from tui_charrnn.engine import Corpus

Wanted = tuple[str, str]
"""What a text was asked for by: its name or path, and its encoding."""

TELL_EVERY: Final = 0.5
"""Seconds between two words on how far the reading has come."""


class CorpusLoaded(Message):
    """A text is ready to be trained on."""

    def __init__(self, wanted: Wanted, corpus: Corpus) -> None:
        """Carry the text, and what it was asked for by."""
        super().__init__()
        self.wanted = wanted
        self.corpus = corpus


class CorpusFailed(Message):
    """A text could not be loaded; `problem` is one sentence."""

    def __init__(self, wanted: Wanted, problem: str) -> None:
        """Carry the reason, and what the text was asked for by."""
        super().__init__()
        self.wanted = wanted
        self.problem = problem


class CorpusRead(Message):
    """More of a text was read; its `Loading` says how much."""


class Loading:
    """A text that is being read, in a thread which holds up no exit.

    Attributes:
        wanted: what it was asked for by.
        told: how far it has come, in a few words; empty at first, and of a text that is read soon.
    """

    def __init__(self, wanted: Wanted, post: Callable[[Message], object]) -> None:
        """Begin to read; `post` is called in the thread that does it."""
        self.wanted, self.told = wanted, ""
        self._post = post
        self._cancelled = threading.Event()
        self._read, self._size = 0, _size(wanted[0])
        self._next = time.monotonic() + TELL_EVERY
        threading.Thread(target=self._load, name="loading", daemon=True).start()

    def cancel(self) -> None:
        """Read no further; nothing is posted any more, and what was read is let go."""
        self._cancelled.set()

    def _load(self) -> None:
        from tui_charrnn.engine import memory, parts  # noqa: F401, PLC0415 - the form needs them next

        wanted = self.wanted
        try:
            message: Message = CorpusLoaded(wanted, load_corpus(*wanted, self._watch))
        except _Cancelled:
            return
        except CorpusError as error:
            message = CorpusFailed(wanted, str(error))
        except MemoryError:
            message = CorpusFailed(wanted, f"There is not enough memory to read {wanted[0]}.")
        except Exception as error:  # whatever a file system comes up with: say it, and go on
            problem = f"Cannot read {wanted[0]}: {type(error).__name__}: {error}."
            message = CorpusFailed(wanted, problem)
        self._post(message)
        load_ahead()

    def _watch(self, read: int) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        self._read += read
        if time.monotonic() < self._next:
            return
        from tui_charrnn.engine.memory import in_words  # noqa: PLC0415 - not for the first frame

        self._next = time.monotonic() + TELL_EVERY
        told = f"{min(self._read / self._size, 1):.0%}" if self._size else in_words(self._read)
        if told != self.told:
            self.told = told
            self._post(CorpusRead())


class _Cancelled(Exception):
    """Nobody wants the text any more."""


def _size(name: str) -> int:
    """Return the bytes of a file, 0 of what is none."""
    try:
        path = os.path.expanduser(name)
        return os.path.getsize(path) if os.path.isfile(path) else 0
    except (OSError, ValueError):
        return 0

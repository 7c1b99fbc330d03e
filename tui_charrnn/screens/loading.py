"""Reading a text while the screen goes on: a thread, and the messages that it posts."""

from __future__ import annotations

import threading
from collections.abc import Callable

from textual.message import Message

from tui_charrnn.engine import Corpus, CorpusError
from tui_charrnn.runs.catalogue import load_corpus

Wanted = tuple[str, str]
"""What a text was asked for by: its name or path, and its encoding."""


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


def load_in_thread(wanted: Wanted, post: Callable[[Message], object]) -> None:
    """Begin to read a text; `post` is called in the thread that does it, which holds up no exit."""
    threading.Thread(target=_load, args=(wanted, post), daemon=True).start()


def _load(wanted: Wanted, post: Callable[[Message], object]) -> None:
    try:
        post(CorpusLoaded(wanted, load_corpus(*wanted)))
    except CorpusError as error:
        post(CorpusFailed(wanted, str(error)))
    except MemoryError:
        post(CorpusFailed(wanted, f"There is not enough memory to read {wanted[0]}."))
    except Exception as error:  # whatever a file system comes up with: say it, and go on
        post(CorpusFailed(wanted, f"Cannot read {wanted[0]}: {type(error).__name__}: {error}."))

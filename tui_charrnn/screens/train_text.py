"""The text of the next run: the one in use, and the one that is being read in its place."""

from __future__ import annotations

from collections.abc import Callable

from textual.message import Message

from tui_charrnn.engine import Corpus
from tui_charrnn.runs.catalogue import reloadable
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.loading import CorpusFailed, CorpusLoaded, Wanted, load_in_thread


class TrainText:
    """Loads texts; the one in use stays until another is there.

    Attributes:
        corpus: in use, None before the first is there.
        source: what loads it again, and its encoding.
        loading: what is being read, None if nothing is.
    """

    def __init__(self, first: Wanted, post: Callable[[Message], object]) -> None:
        """Prepare.

        Args:
            first: the text to begin with.
            post: brings `CorpusLoaded` and `CorpusFailed` to the screen, from other threads.
        """
        self.corpus: Corpus | None = None
        self.source = self.first = first
        self.loading: Wanted | None = None
        self._post = post

    def load(self, wanted: Wanted) -> None:
        """Read a text in a thread of its own."""
        self.loading = wanted
        load_in_thread(wanted, self._post)

    def take(self, message: CorpusLoaded) -> Corpus | None:
        """Use a text; return None if another was chosen meanwhile."""
        if message.wanted != self.loading:
            return None
        name, encoding = message.wanted
        self.corpus, self.loading = message.corpus, None
        self.source = reloadable(name), encoding
        return message.corpus

    def fail(self, message: CorpusFailed) -> bool:
        """Give a text up; return whether it is still the one that is waited for."""
        if message.wanted != self.loading:
            return False
        self.loading = None
        return True

    def is_the_only_hope(self, wanted: Wanted) -> bool:
        """Whether there is no text at all but this first one."""
        return self.corpus is None and wanted[0] == self.first[0]

    @property
    def state(self) -> str:
        """Why no run can start, as far as it is for want of a text."""
        if self.loading:
            return f"reading {safe_line(self.loading[0])}"
        return "no text yet, press c" if self.corpus is None else ""

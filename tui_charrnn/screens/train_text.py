"""The text of the next run: the one in use, and the one that is being read in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from tui_charrnn.runs.catalogue import reloadable
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.loading import CorpusFailed, CorpusLoaded, Loading, Wanted

if TYPE_CHECKING:
    from tui_charrnn.engine import Corpus


class TrainText:
    """Loads texts; the one in use stays until another is there.

    Attributes:
        corpus: in use, None before the first is there.
        source: what loads it again, and its encoding.
    """

    def __init__(self, first: Wanted, post: Callable[[Message], object]) -> None:
        """Prepare.

        Args:
            first: the text to begin with.
            post: brings `CorpusLoaded` and `CorpusFailed` to the screen, from other threads.
        """
        self.corpus: Corpus | None = None
        self.source = self.first = first
        self._loading: Loading | None = None
        self._is_begun = False
        self._awaiting: Callable[[], object] | None = None
        self._post = post

    @property
    def loading(self) -> Wanted | None:
        """What is being read, None if nothing is."""
        return self._loading.wanted if self._loading else None

    @property
    def is_coming(self) -> bool:
        """Whether a text is being read, or will be as soon as the screen is complete."""
        return self._loading is not None or not self._is_begun

    @property
    def can_start(self) -> bool:
        """Whether a run can begin, be it only when the text is there."""
        return self.is_coming or self.corpus is not None

    def do_when_there(self, deed: Callable[[], object]) -> bool:
        """Let something be done when the text that is coming is there; return whether one is."""
        self._awaiting = deed if self.is_coming else None
        return self.is_coming

    def do_awaited(self) -> None:
        """Do what was asked for before the text was there."""
        deed, self._awaiting = self._awaiting, None
        if deed is not None:
            deed()

    def load(self, wanted: Wanted) -> None:
        """Read a text in a thread of its own, in place of any that is being read."""
        self._is_begun = True
        if self._loading is not None:
            self._loading.cancel()
        self._loading = Loading(wanted, self._post)

    def take(self, message: CorpusLoaded) -> Corpus | None:
        """Use a text; return None if another was chosen meanwhile."""
        if message.wanted != self.loading:
            return None
        name, encoding = message.wanted
        self.corpus, self._loading = message.corpus, None
        self.source = reloadable(name), encoding
        return message.corpus

    def fail(self, message: CorpusFailed) -> bool:
        """Give a text up; return whether it is still the one that is waited for."""
        if message.wanted != self.loading:
            return False
        self._loading = self._awaiting = None
        return True

    def is_the_only_hope(self, wanted: Wanted) -> bool:
        """Whether there is no text at all but this first one."""
        return self.corpus is None and wanted[0] == self.first[0]

    @property
    def state(self) -> str:
        """Why no run can start, as far as it is for want of a text."""
        if self._loading:
            far = f", {self._loading.told}" if self._loading.told else ""
            return f"reading {safe_line(self._loading.wanted[0])}{far}"
        if not self._is_begun:
            return f"reading {safe_line(self.first[0])}"
        return "no text yet, press c" if self.corpus is None else ""

"""Messages that other threads post to a screen."""

from __future__ import annotations

from textual.message import Message

from tui_charrnn.engine import Corpus
from tui_charrnn.runs.host import Batch


class BatchArrived(Message):
    """A trainer has news."""

    def __init__(self, batch: Batch) -> None:
        """Carry the batch."""
        super().__init__()
        self.batch = batch


class CorpusLoaded(Message):
    """A text is ready to be trained on."""

    def __init__(self, wanted: tuple[str, str], corpus: Corpus) -> None:
        """Carry the text, and the name and encoding that it was asked for by."""
        super().__init__()
        self.wanted = wanted
        self.corpus = corpus


class CorpusFailed(Message):
    """A text could not be loaded; `problem` is one sentence."""

    def __init__(self, wanted: tuple[str, str], problem: str) -> None:
        """Carry the reason, and the name and encoding that the text was asked for by."""
        super().__init__()
        self.wanted = wanted
        self.problem = problem

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

    def __init__(self, corpus: Corpus) -> None:
        """Carry the text."""
        super().__init__()
        self.corpus = corpus


class CorpusFailed(Message):
    """A text could not be loaded; `problem` is one sentence."""

    def __init__(self, problem: str) -> None:
        """Carry the reason."""
        super().__init__()
        self.problem = problem

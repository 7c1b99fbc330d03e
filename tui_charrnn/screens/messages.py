"""What a trainer's thread posts to a screen."""

from __future__ import annotations

from textual.message import Message

from tui_charrnn.runs.host import Batch


class BatchArrived(Message):
    """A trainer has news."""

    def __init__(self, batch: Batch) -> None:
        """Carry the batch."""
        super().__init__()
        self.batch = batch

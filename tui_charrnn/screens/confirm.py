"""A question before something would be lost."""

from __future__ import annotations

from typing import ClassVar

from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from tui_charrnn.screens.dialog import Dialog, KeyHints


class ConfirmScreen(Dialog[bool]):
    """Asks one question; returns whether the answer was yes."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["dialog.tcss", "confirm.tcss"]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "answer(True)", "Yes", id="confirm.yes", tooltip="Go ahead"),
        Binding("n,escape", "answer(False)", "No", id="confirm.no", tooltip="Back"),
    ]

    KEYS: ClassVar[KeyHints] = (("y", "yes"), ("n", "no"))

    def __init__(self, question: str, consequence: str) -> None:
        """Ask `question`; `consequence` says what a yes would lose."""
        super().__init__()
        self.title = question
        self._consequence = consequence

    def body(self) -> ComposeResult:
        """Yield what a yes would lose."""
        yield Static(self._consequence, markup=False)

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)

"""What is shown at the very first start: what the app does, and the way to a first sample."""

from __future__ import annotations

from typing import ClassVar, Final

from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.dialog import Dialog, KeyHints

WORDS: Final = (
    "Here a small neural net learns to write. It reads a text character by character, guesses "
    "each time which one comes next, and is corrected. Nobody tells it of letters, words or "
    "grammar; what it finds out by itself, you watch: as a loss that falls, and as samples, which "
    "it draws from its own guesses."
)

STEPS: Final = (
    ("enter", "trains a small net on {text}"),
    ("s", "draws a sample: noise, so early"),
    ("space", "pauses it, when it has learned some words"),
    ("s", "draws again, from the trained net"),
)
"""Keys in the order in which they are pressed, and what each does."""


class WelcomeScreen(Dialog[bool]):
    """Says what the app does; returns whether the first steps are wanted."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["dialog.tcss", "welcome.tcss"]
    TITLE: ClassVar[str | None] = "Welcome to charrnn-tui"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "dismiss(True)", "Begin", id="welcome.begin"),
        Binding("escape", "dismiss(False)", "Leave", id="welcome.leave"),
    ]

    KEYS: ClassVar[KeyHints] = (("enter", "begin"), ("escape", "not now, nor at the next start"))

    def __init__(self, text: str) -> None:
        """Prepare.

        Args:
            text: the name of the text that the net would learn.
        """
        super().__init__()
        self._text = safe_line(text)

    def body(self) -> ComposeResult:
        """Yield what the app does, and the keys of the first steps."""
        with VerticalScroll():
            yield Static(WORDS, markup=False)
            yield Static("Four keys to a first sample:", id="steps-title", markup=False)
            yield Static(_steps(self._text), id="steps")
            yield Static(
                "A line above the keys says when it is time for each. Later, ? explains all, "
                "and ctrl+p has this welcome again.",
                markup=False,
            )

    def on_mount(self) -> None:
        """Let the arrow keys scroll at once, where not all has room."""
        self.query_one(VerticalScroll).focus()


def _steps(text: str) -> Content:
    """Return a line for each step: its number, its key, and what that does."""
    return Content("\n").join(
        Content(f"{number}  ") + Content.styled(f"{key:<7}", "bold") + what.format(text=text)
        for number, (key, what) in enumerate(STEPS, 1)
    )

"""What the dialogs share: a frame in the middle of the screen, with a title and a line of keys."""

from __future__ import annotations

from typing import ClassVar

from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget
from textual.widgets import Label, Static

from tui_charrnn.safe_text import safe_line

KeyHints = tuple[tuple[str, str], ...]
"""Keys and what they do."""


class Dialog(ModalScreen[ScreenResultType]):
    """A dialog over the screen that opened it; a subclass says what is in it."""

    CSS_PATH: ClassVar[CSSPathType | None] = "dialog.tcss"

    TITLE: ClassVar[str | None] = None
    KEYS: ClassVar[KeyHints] = ()
    """What the last line says."""

    def compose(self) -> ComposeResult:
        """Lay out the title, the body and the keys."""
        with Vertical(classes="dialog"):
            yield Label(self.title or "", classes="title", markup=False)
            yield from self.body()
            yield Static(keys_line(self.KEYS), classes="keys")

    def body(self) -> ComposeResult:
        """Yield what stands between the title and the keys."""
        raise NotImplementedError

    def say(self, problem: str) -> None:
        """Show what is wrong, in the line that `problem_line` made."""
        self.query_one("#problem", Static).update(safe_line(problem))


def problem_line() -> Static:
    """Return the line in which a dialog says what is wrong."""
    return Static(id="problem", classes="problem", markup=False)


def row(name: str, editor: Widget) -> ComposeResult:
    """Yield one line with a name and what edits it."""
    with Horizontal(classes="row"):
        yield Label(name, classes="name")
        yield editor


def keys_line(keys: KeyHints) -> Content:
    """Return the keys in bold, each with what it does."""
    return Content("   ").join(Content.styled(key, "bold") + f" {what}" for key, what in keys)

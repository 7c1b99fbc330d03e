"""What the dialogs share: a frame in the middle of the screen, with a title and a line of keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import ClassVar

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget
from textual.widgets import Label, Static

from tui_charrnn.safe_text import safe_line

KeyHints = tuple[tuple[str, str], ...]
"""Keys and what they do."""


class Behind(BackgroundScreen):
    """The screen behind a dialog: each of its few styles is dimmed once, not each of its pieces.

    Textual dims every piece of it in each frame of the dialog, for longer than it draws the dialog.
    """

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterator[Segment]:
        """Yield the pieces as they look behind the dialog."""
        for segment in segments:
            yield (
                segment if segment.control else Segment(segment.text, dimmed(segment.style, color))
            )


@lru_cache(maxsize=4096)
def dimmed(style: Style | None, color: Color) -> Style | None:
    """Return a style as it looks through a colour."""
    (segment,) = BackgroundScreen.process_segments([Segment(" ", style)], color)
    return segment.style


class Dialog(ModalScreen[ScreenResultType]):
    """A dialog over the screen that opened it; a subclass says what is in it."""

    CSS_PATH: ClassVar[CSSPathType | None] = "dialog.tcss"

    TITLE: ClassVar[str | None] = None
    KEYS: ClassVar[KeyHints] = ()
    """What the last line says."""

    def render(self) -> RenderableType:
        """Return what is seen around the dialog."""
        found = super().render()
        return Behind(found.screen, found.color) if isinstance(found, BackgroundScreen) else found

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

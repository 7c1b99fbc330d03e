"""The help screen: every key, made from the bindings, and what the panes show."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui_charrnn.screens.dialog import Dialog, KeyHints
from tui_charrnn.screens.prose import prose
from tui_charrnn.widgets.key_line import key_name


class HelpScreen(Dialog[None]):
    """Shows keys and explanations; any of `escape`, `q` and `?` leaves it."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["dialog.tcss", "help.tcss"]
    TITLE: ClassVar[str | None] = "Help"

    COMPONENT_CLASSES: ClassVar[set[str]] = {"help--code"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss(None)", "Back", id="help.back"),
    ]

    KEYS: ClassVar[KeyHints] = (("up down", "scroll"), ("escape", "back"))

    def __init__(self, bindings: Iterable[Binding], texts: Iterable[str]) -> None:
        """Explain these keys, then show these texts.

        Args:
            bindings: those of the screen that help is for; each tooltip is its explanation.
            texts: the `HELP` of each pane; see `prose`.
        """
        super().__init__()
        self._keys = keys_table(bindings)
        self._texts = list(texts)

    def body(self) -> ComposeResult:
        """Yield keys and texts, which scroll."""
        with VerticalScroll():
            yield Static(self._keys)
            for text in self._texts:
                yield from prose(text)

    def on_mount(self) -> None:
        """Let the arrow keys scroll at once."""
        self.query_one(VerticalScroll).focus()

    def on_screen_suspend(self) -> None:
        """Begin at the top when it is shown again."""
        for texts in self.query(VerticalScroll):  # there is none any more if it was removed
            texts.scroll_home(animate=False)


def keys_table(bindings: Iterable[Binding]) -> Content:
    """Return a line for each key: its name and what it does."""
    return Content("\n").join(
        Content.styled(f"{key_name(binding):>8}", "bold") + f"  {binding.tooltip}"
        for binding in bindings
    )

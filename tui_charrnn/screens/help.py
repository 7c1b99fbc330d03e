"""The help screen: every key, made from the bindings, and what the panes show."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Label, Markdown, Static


class HelpScreen(ModalScreen[None]):
    """Shows keys and explanations; any of `escape`, `q` and `?` leaves it."""

    CSS_PATH = "dialogs.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark", "dismiss(None)", "Back", id="help.back"),
    ]

    def __init__(self, bindings: Iterable[Binding], texts: Iterable[str]) -> None:
        """Explain these keys, then show these texts.

        Args:
            bindings: those of the screen that help is for; each tooltip is its explanation.
            texts: the `HELP` of each pane, in Markdown.
        """
        super().__init__()
        self._text = "\n\n".join([keys_table(bindings), *map(inspect.cleandoc, texts)])

    def compose(self) -> ComposeResult:
        """Lay out the text in a frame that scrolls."""
        with Vertical(classes="dialog -tall"):
            yield Label("Help", classes="title")
            with VerticalScroll():
                yield Markdown(self._text)
            yield Static("[b]up[/b] [b]down[/b] scroll   [b]escape[/b] back", classes="keys")

    def on_mount(self) -> None:
        """Let the arrow keys scroll at once."""
        self.query_one(VerticalScroll).focus()


def keys_table(bindings: Iterable[Binding]) -> str:
    """Return the keys and what they do as a Markdown table."""
    rows = [f"| `{key_name(binding)}` | {binding.tooltip} |" for binding in bindings]
    return "\n".join(["| Key | |", "|---|---|", *rows])


def key_name(binding: Binding) -> str:
    """Return a key as it is printed on a keyboard."""
    names = {"question_mark": "?", "plus": "+", "minus": "-"}
    first = binding.key.split(",")[0]
    return binding.key_display or names.get(first, first)

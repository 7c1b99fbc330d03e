"""The dialog in which a text is typed that nets are to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui_charrnn.engine.lenses.options import check_text
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.widgets.field import Field


class TextScreen(Dialog[str | None]):
    r"""Returns the text, or None if it is left; a newline is typed as `\n`."""

    CSS_PATH: ClassVar[CSSPathType | None] = "../dialog.tcss"
    TITLE: ClassVar[str | None] = "Text to read (\\n for a new line)"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="text.back", tooltip="Keep the text"),
    ]

    KEYS: ClassVar[KeyHints] = (("enter", "read"), ("escape", "back"))

    def __init__(self, text: str, vocabularies: Sequence[Vocabulary]) -> None:
        """Begin with a text.

        Args:
            text: in the field.
            vocabularies: of the nets, each of which has to know all characters.
        """
        super().__init__()
        self._before, self._vocabularies = text, vocabularies

    def body(self) -> ComposeResult:
        """Yield the field."""
        yield from rows(("text", Field(self._before.replace("\n", "\\n"), id="typed")))
        yield problem_line()

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Close with the text, or say why it cannot be one."""
        try:
            self.dismiss(self._read())
        except ValueError as error:
            self.say(str(error))

    def _read(self) -> str:
        """Return what was typed.

        Raises:
            ValueError: if there is nothing to be read, too much, or an unknown character.
        """
        text = self.query_one(Input).value.replace("\\n", "\n")
        if not text:
            raise ValueError("The text must have at least 1 character, not 0.")
        check_text(text)
        for vocabulary in self._vocabularies:
            vocabulary.encode(text)
        return text

"""The picker of a text: shipped ones, the standard library, or any file or folder."""

from __future__ import annotations

import os
from typing import ClassVar

from rich.text import Text
from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from tui_charrnn.runs.catalogue import Entry, catalogue, exists
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.screens.loading import Wanted
from tui_charrnn.widgets.field import Field


class CorpusScreen(Dialog[Wanted | None]):
    """Returns the name or path of a text and its encoding, or None if it is left."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["dialog.tcss", "corpus.tcss"]
    TITLE: ClassVar[str | None] = "Text to train on"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="corpus.back", tooltip="Keep the text"),
    ]

    KEYS: ClassVar[KeyHints] = (
        ("enter", "choose"), ("tab", "next field"), ("right", "complete"),
        ("escape", "back"),
    )  # fmt: skip

    KEPT_AS: ClassVar[str] = "corpus"
    """Its name where it is kept."""

    def __init__(self) -> None:
        """Have no text in use, and none chosen before."""
        super().__init__()
        self._shown = "", "", "utf-8", ""
        self._entries = list(catalogue().values())

    def body(self) -> ComposeResult:
        """Yield the list of known texts and the field for a path."""
        path = Field(id="path", suggester=PathSuggester())
        encoding = Field(id="encoding")
        yield OptionList(*(Option(_describe(entry), id=entry.name) for entry in self._entries))
        yield from rows(("file or folder", path), ("encoding", encoding))
        yield problem_line()

    def on_mount(self) -> None:
        """Show what is to be seen."""
        self._fill(*self._shown)

    def show(self, current: str, path: str, encoding: str, problem: str) -> None:
        """Mark the text that is in use, and put the cursor there, or on what is wrong.

        Args:
            current: its name.
            path: in the field for it, with the encoding below.
            encoding: of a file or folder.
            problem: what is wrong with that choice, if it was made before.
        """
        self._shown = current, path, encoding, problem
        if self.is_mounted:
            self._fill(*self._shown)

    def _fill(self, current: str, path: str, encoding: str, problem: str) -> None:
        options = self.query_one(OptionList)
        names = [entry.name for entry in self._entries]
        options.highlighted = names.index(current) if current in names else 0
        self.query_one("#path", Field).value = path
        self.query_one("#encoding", Field).value = encoding
        self.say(problem)
        self.set_focus(self.query_one("#path") if problem else options)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss((str(event.option_id), "utf-8"))

    @on(Input.Submitted)
    def _submit(self) -> None:
        path = self.query_one("#path", Input).value.strip()
        if not path or not exists(path):
            problem = f"There is no file or folder {path}." if path else "Type a path first."
            self.say(problem)
            return
        # whole, so that a file called tales is not taken for the text of that name
        whole = os.path.abspath(os.path.expanduser(path))
        self.dismiss((whole, self.query_one("#encoding", Input).value.strip() or "utf-8"))


def _describe(entry: Entry) -> Text:
    """Return the title with its numbers, and below it the description."""
    numbers = "" if entry.characters is None else f"  {entry.characters:,} characters"
    numbers += "" if entry.vocabulary is None else f", {entry.vocabulary} distinct"
    numbers += "" if entry.entropy is None else f", floor {entry.entropy:.2f} bits/char"
    text = Text.assemble((entry.name, "bold"), numbers)
    return text.append(f"\n  {entry.description}", style="dim")


class PathSuggester(Suggester):
    """Completes a path with the first entry of its folder that fits."""

    def __init__(self) -> None:
        """Look at the folder each time: files come and go."""
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the completed path, None if nothing fits."""
        if not value:
            return None
        folder, start = os.path.split(os.path.expanduser(value))
        try:
            names = sorted(name for name in os.listdir(folder or ".") if name.startswith(start))
        except (OSError, ValueError):  # no such folder, or a name that no folder can have
            return None
        # what would do something to the terminal is left to be chosen by its folder
        shown = [name for name in names if safe_line(name) == name]
        visible = [name for name in shown if start or not name.startswith(".")]
        return value + visible[0][len(start) :] if visible else None

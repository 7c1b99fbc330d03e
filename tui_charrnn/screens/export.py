"""The dialog that asks where something is exported to, and as what."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Select

from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.widgets.field import Choice, Field


@dataclass(frozen=True, slots=True)
class ExportChoice:
    """What was chosen: the format, and the whole path of a file, which may be replaced."""

    format: str
    path: str


class ExportScreen(Dialog[ExportChoice | None]):
    """Returns what was chosen, after a question if a file would be lost; None if it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="export.back", tooltip="Write nothing"),
    ]

    KEYS: ClassVar[KeyHints] = (("enter", "write"), ("tab", "next field"), ("escape", "back"))

    def __init__(self, title: str, stem: str, formats: Mapping[str, str]) -> None:
        """Ask where to.

        Args:
            title: says what is exported.
            stem: the name of the file at first, without its ending.
            formats: its endings, each with what a file of that kind holds, the first one first.
        """
        super().__init__()
        self.title, self._stem, self._formats = title, stem, formats

    def body(self) -> ComposeResult:
        """Yield the fields."""
        first = next(iter(self._formats))
        formats = Choice(
            [(described, name) for name, described in self._formats.items()], first, id="format"
        )
        yield from rows(("file", Field(f"{self._stem}.{first}", id="path")), ("format", formats))
        yield problem_line()

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        """Let the name of the file follow; go where `enter` writes."""
        field = self.query_one(Input)
        stem, dot, ending = field.value.rpartition(".")
        if dot and ending in self._formats:
            field.value = f"{stem}.{event.value}"
        if self.query_one(Select).has_focus:
            field.focus()

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Close with the choice, or ask, or say what is wrong."""
        name = self.query_one(Input).value.strip()
        path = os.path.abspath(os.path.expanduser(name))  # whole, so that - is a file too
        if not name:
            self.say("Type the name of a file first.")
        elif not _can_be_named(path):
            self.say(f"No file can be named {name}.")
        elif os.path.isdir(path):
            self.say(f"{name} is a folder; the name of a file is wanted.")
        elif os.path.lexists(path):
            question = ConfirmScreen("Write over it?", f"What is in {safe_line(name)} is lost.")
            self.app.push_screen(question, self._write_if)
        else:
            self._close()

    def _write_if(self, answer: bool | None) -> None:
        if answer:
            self._close()

    def _close(self) -> None:
        name = self.query_one(Input).value.strip()
        path = os.path.abspath(os.path.expanduser(name))
        self.dismiss(ExportChoice(str(self.query_one(Select).value), path))


def _can_be_named(path: str) -> bool:
    """Tell whether the system takes a path at all: it may hold no NUL, for example."""
    try:
        os.fsencode(path)
    except ValueError:
        return False
    return "\0" not in path


def file_name(name: str) -> str:
    """Return the name of a run without what means something in a path."""
    return re.sub(r'[\\/:*?"<>|\s]+', "-", safe_line(name)).strip(".-") or "run"

"""The dialog that gives a run another name."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui_charrnn.runs.store.errors import StoreError
from tui_charrnn.runs.store.naming import checked
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.widgets.field import Field


class RenameScreen(Dialog[str | None]):
    """Returns the name, or None if it is left."""

    TITLE: ClassVar[str | None] = "Name the run"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="rename.back", tooltip="Keep the name"),
    ]

    KEYS: ClassVar[KeyHints] = (("enter", "rename"), ("escape", "back"))

    def __init__(self, name: str, problem: str = "") -> None:
        """Begin with a name.

        Args:
            name: in the field.
            problem: what is wrong with it, if it was tried before.
        """
        super().__init__()
        self._name_before, self._problem = name, problem

    def body(self) -> ComposeResult:
        """Yield the field."""
        yield from rows(("name", Field(self._name_before, id="name")))
        yield problem_line()

    def on_mount(self) -> None:
        """Say what was wrong before."""
        self.query_one(Input).focus()
        self.say(self._problem)

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Close with the name, or say why it cannot be one."""
        try:
            self.dismiss(checked(self.query_one(Input).value))
        except StoreError as error:
            self.say(str(error))

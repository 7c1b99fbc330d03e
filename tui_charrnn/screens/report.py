"""The dialog that asks for the folder of a report."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from tui_charrnn.runs.report import folder as report_folder
from tui_charrnn.runs.report.errors import ReportError
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.widgets.field import Field

FOLDER = "report"
"""Where a report is written unless somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class ReportChoice:
    """Where a report is written to, and whether it may replace one that is there."""

    folder: Path
    force: bool = False


class ReportScreen(Dialog[ReportChoice | None]):
    """Returns the folder, after a question if it holds something; None if it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="report.back", tooltip="Write nothing"),
    ]

    KEYS: ClassVar[KeyHints] = (("enter", "write"), ("escape", "back"))

    def __init__(self, what: str) -> None:
        """Ask for the folder of a report on `what`: `gru-17`, `3 runs`."""
        super().__init__()
        self.title = f"Report on {what}"

    def body(self) -> ComposeResult:
        """Yield the field, and what will be in the folder."""
        about = "Tables, charts, samples and a conclusion, as report.md and report.html."
        yield from rows(("folder", Field(FOLDER, id="folder")))
        yield problem_line()
        yield Static(about, classes="about", markup=False)

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Close with the folder, or ask, or say what is wrong with it."""
        name = self.query_one(Input).value.strip()
        if not name:
            self.say("Type the name of a folder first.")
            return
        folder = Path(os.path.expanduser(name))
        try:
            report_folder.check(folder, force=True)
            full = folder.is_dir() and any(folder.iterdir())
        except ReportError as error:
            self.say(str(error))
            return
        if full:
            lost = f"{safe_line(name)} is not empty. An older report in it is replaced."
            question = ConfirmScreen("Write there?", lost)
            self.app.push_screen(question, lambda yes: self._close(folder, True) if yes else None)
        else:
            self._close(folder)

    def _close(self, folder: Path, force: bool = False) -> None:
        self.dismiss(ReportChoice(folder, force))

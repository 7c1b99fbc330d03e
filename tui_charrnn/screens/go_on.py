"""The dialog that asks how long a finished run goes on."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from tui_charrnn.engine import ConfigError
from tui_charrnn.engine.config import SPECS
from tui_charrnn.runs.going_on import check_unfinished, extended, stand_of
from tui_charrnn.runs.store import RunRecord
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.widgets.field import Field


class GoOnScreen(Dialog[int | None]):
    """Returns the updates of the whole run, or None if it is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="go_on.back", tooltip="Let it be finished"),
    ]

    KEYS: ClassVar[KeyHints] = (("enter", "go on"), ("escape", "back"))

    def __init__(self, run: RunRecord) -> None:
        """Offer to make as many updates again."""
        super().__init__()
        self.title = f"Go on with {safe_line(run.name)}, which has made {run.iteration:,} updates"
        self._run, self._stand = run, stand_of(run)

    def body(self) -> ComposeResult:
        """Yield the field, below why the run was over early if it was."""
        if self._stand.has_used_up_patience(self._run.config):
            why = f"{safe_line(self._run.message)} It goes on with patience 0, for no end."
            yield Static(why, id="why", markup=False)
        value = str(2 * self._run.iteration)
        yield from rows(("iterations", Field(value, id="iterations")))
        yield problem_line()

    def on_mount(self) -> None:
        """Begin in the field."""
        self.query_one(Input).focus()

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Close with the number, or say why it cannot be one."""
        try:
            iterations = SPECS["iterations"].parse(self.query_one(Input).value)
            config = extended(self._run.config, int(iterations), self._stand)
            check_unfinished(config, self._stand)
        except ConfigError as error:
            self.say(str(error))
        else:
            self.dismiss(config.iterations)

"""The dialog that asks which run of the store is looked at beside the net that is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.text import Text
from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_charrnn.runs import wording
from tui_charrnn.runs.store import RunRecord, RunStore
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.dialog import Dialog, KeyHints

NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Compared:
    """What was chosen: a run, or None for none."""

    run: RunRecord | None


def comparable(store: Callable[[], RunStore]) -> list[RunRecord]:
    """Return the runs that have a checkpoint, the newest first; to read them takes a moment.

    Raises:
        StoreError: if the store cannot be opened or read.
    """
    opened = store()
    return [run for run in opened.runs() if opened.has_checkpoint(run.id)]


class CompareScreen(Dialog[Compared | None]):
    """Returns what was chosen, or None if it is left."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["../dialog.tcss", "compare.tcss"]
    TITLE: ClassVar[str | None] = "Compare with"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="compare.back", tooltip="Change nothing"),
    ]

    KEYS: ClassVar[KeyHints] = (("enter", "choose"), ("escape", "back"))

    def __init__(self, runs: Sequence[RunRecord], current: RunRecord | None) -> None:
        """Offer some runs; the one that is compared with is marked."""
        super().__init__()
        self._runs, self._current = runs, current

    def body(self) -> ComposeResult:
        """Yield the list."""
        none = Option("no other run", id=NONE)
        yield OptionList(none, *(Option(_described(run), id=str(run.id)) for run in self._runs))

    def on_mount(self) -> None:
        """Put the cursor on the run that is compared with, or else on the newest."""
        options = self.query_one(OptionList)
        ids = [run.id for run in self._runs]
        known = self._current is not None and self._current.id in ids
        newest = min(1, len(ids))
        options.highlighted = 1 + ids.index(self._current.id) if self._current and known else newest
        options.focus()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        chosen = next((run for run in self._runs if str(run.id) == event.option_id), None)
        self.dismiss(Compared(chosen))


def _described(run: RunRecord) -> Text:
    """Return a run in a line."""
    config, text = run.config, run.origin.text.name
    what = wording.net_on(config, text)
    figures = f"{wording.counted(run.iteration, 'update')}, {wording.bits(run.smooth_bits)} bits"
    return Text.assemble((safe_line(run.name), "bold"), f"  {what}, {figures}")

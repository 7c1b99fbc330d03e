"""The lens Gradient memory: how far back the loss reaches into each net, now and before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual._path import CSSPathType
from textual.app import ComposeResult

from tui_charrnn.engine.events import GradientMemory
from tui_charrnn.engine.lenses.memory import Memory, compute
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.runs import wording
from tui_charrnn.screens.lenses.base import LensScreen
from tui_charrnn.widgets.lenses.memory_picture import CAPTION, charts, picture
from tui_charrnn.widgets.lenses.panels import Panels
from tui_charrnn.widgets.memory_chart import reach

Results = list[tuple[str, Memory]]


class MemoryLens(LensScreen):
    """Shows a chart for each net, with a line for each of some moments of its training."""

    NAME: ClassVar[str] = "memory"
    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "memory.tcss"]

    HELP: ClassVar[str | None] = """
    # Gradient memory

    How strongly the loss at one character depends on the net's state **k** characters before: the
    norm of dLoss_T/dh_(T-k), the mean over several places in the text. Training can only teach a
    net to remember what lies within its reach.

    Each chart is a net, each line a moment of its training; all charts have the same axes, the
    vertical one is logarithmic. **now** is measured on the text that is named above, with as many
    lags as half of it or the windows of the run have. Earlier lines were measured while it trained,
    on the text held out, after so many updates as the legend says: `watch_every` times 1, 2, 4, 8,
    and so on. At the right, and as a mark on each line: the lag at which less than 1 % of the norm
    at lag 0 is left.

    # What to look for

    A straight slope downwards is the vanishing gradient: every step back multiplies it by a number
    below 1. Compare the nets: the lines of an RNN stay steep, or are lifted as a whole, while those
    of a GRU or LSTM become flatter from moment to moment: the gates have learned to stay shut, and
    what is 50 characters back can still be blamed. A line that rises with the lag is a
    gradient that explodes.
    """

    def body(self) -> ComposeResult:
        """Yield the charts."""
        yield Panels(charts, CAPTION, id="memory-charts")

    def on_mount(self) -> None:
        """Put the cursor on the charts."""
        self.query_one(Panels).focus()

    def compute(self, subjects: Sequence[Subject], text: str) -> Results:
        """Measure all nets on the text."""
        return [
            (subject.name, compute(subject, text, LensOptions(moments=moments)))
            for subject, moments in zip(subjects, self.looking.moments, strict=True)
        ]

    def show(self, result: Results) -> None:
        """Draw them."""
        self.query_one(Panels).show(result)

    def notes(self) -> Sequence[str]:
        """Return how far back the gradient of each net reaches."""
        return [_note(memory.now) for _, memory in self._results]

    @property
    def _results(self) -> Results:
        return [] if self.seen is None else self.seen.result

    def export_json(self) -> Any:
        """Return what was measured of each net."""
        return [memory.as_json() for _, memory in self._results]

    def export_lines(self, width: int) -> list[Text]:
        """Return the charts."""
        return picture(self._results, width)


def _note(memory: GradientMemory) -> str:
    at = reach(memory)
    return f"reach over {wording.count(len(memory.norms) - 1)}" if at is None else f"reach {at:,}"

"""The loss chart of one run.

Parts differ by their marks as well as by colour: blocks are the smooth loss, fine dots the raw one,
diamonds validations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.geometry import Size
from textual.reactive import reactive

from tui_charrnn.widgets.chart_names import AXIS, UNITS, Unit
from tui_charrnn.widgets.paced_canvas import PacedCanvas

if TYPE_CHECKING:
    from tui_charrnn.runs.history import LossHistory
    from tui_charrnn.widgets.chart_scene import Scene
    from tui_charrnn.widgets.plot import Line

PARTS = ("raw", "smooth", "validation", "floor", "rate", AXIS)
"""What a piece of the drawing is."""

WELCOME = """
  space  start training
  m      change the cell: RNN, GRU or LSTM
  e      edit the hyperparameters
  c      choose a text
  ?      see all keys, and what the panes show"""


class LossChart(PacedCanvas):
    """Loss of a run against its iterations."""

    HELP = """
    # Loss

    **▚** is the smooth loss, a running mean over about 1,000 updates. The fine dots **⣿** behind it
    reach from the least to the greatest loss of single windows. **◆** are validations, on text that
    the net was not trained on; where they rise while the smooth loss falls, the net learns its text
    by heart. **·** is the floor: the true entropy of a generated text, which no net can beat. **┊**
    marks a change of the learning rate. **↑** says how many losses lie above the top; in a long run
    those of neighbouring windows count as one.

    `u` switches between bits per character and nats a sequence (of `seq_length` characters), `l`
    between a linear and a logarithmic axis of iterations.
    """

    PREFIX = "loss"
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"loss--{part}" for part in PARTS}

    unit: reactive[Unit] = reactive[Unit]("bits")
    log_x = reactive(False)

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id)
        self._history: LossHistory | None = None
        self._scene: Scene | None = None

    def show(self, history: LossHistory) -> None:
        """Draw this run from now on."""
        self._history = history
        self.redraw()

    def watch_unit(self) -> None:
        """Say what is drawn, and draw it."""
        self.border_title = f"Loss · {UNITS[self.unit]}"
        self.redraw()

    def watch_log_x(self) -> None:
        """Say how the iterations run, and draw them so."""
        self.border_subtitle = f"iterations, {'logarithmic' if self.log_x else 'linear'}"
        self.redraw()

    def draw_lines(self, size: Size) -> list[Line]:
        """Return the chart as lines, or what to do while there is nothing to draw."""
        self._scene = None
        if self._history is not None:
            from tui_charrnn.widgets import loss_picture  # noqa: PLC0415 - needs NumPy

            self._scene = loss_picture.scene_of(self._history, self.unit, self.log_x, size)
        if self._scene is None:
            return [[("", line)] for line in WELCOME.split("\n")]
        return [*(self.figures(size) or []), *loss_picture.below_figures(self._scene, size)]

    def figures(self, size: Size) -> list[Line] | None:
        """Return the line above the chart; None if there was nothing to draw so far."""
        if self._history is None or self._scene is None:
            return None
        from tui_charrnn.widgets.loss_picture import Newest, legend  # noqa: PLC0415 - as above

        newest = Newest.of(self._history, self.unit, self._scene.above)
        return [list(legend(newest, size.width))]

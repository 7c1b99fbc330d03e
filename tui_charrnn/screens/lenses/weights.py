"""The lens Weights: the recurrent matrices, saturated units, updates and clipping, and hints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Final

from rich.text import Text
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui_charrnn.engine.health import SATURATED
from tui_charrnn.engine.lenses import verdicts
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.weights import Weights, compute
from tui_charrnn.runs import wording
from tui_charrnn.screens.base import key_of
from tui_charrnn.screens.lenses.base import LensScreen
from tui_charrnn.screens.lenses.looking import Looking
from tui_charrnn.widgets.lenses.health_charts import charts
from tui_charrnn.widgets.lenses.panels import Panels
from tui_charrnn.widgets.lenses.weights_picture import figures, picture

Results = list[tuple[str, Weights]]

HIGH: Final = 36
"""Lines of a terminal from which on figures and charts are seen at the same time."""

FRAME: Final = 3
"""Cells beside the figures: blanks, and the bar that scrolls them."""

_key = partial(key_of, "weights")


class WeightsLens(LensScreen):
    """Shows the figures of each net with what is known of them, or charts of them over time."""

    NAME: ClassVar[str] = "weights"
    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "weights.tcss"]

    HELP: ClassVar[str | None] = f"""
    # Weights

    **update to weights**: the norm of one update, divided by that of all weights, at the last look.
    Around 0.001 is well; healthy here is {verdicts.UPDATE_RATIO[0]:g} to
    {verdicts.UPDATE_RATIO[1]:g}. **clipped**: the share of the gradient's elements (with `clip_by
    norm`, of whole updates) that were over `clip`, the mean of the last {verdicts.RECENT} looks;
    healthy up to {verdicts.CLIPPED_ELEMENTS:.0%} (of updates, {verdicts.CLIPPED_UPDATES:.0%}).
    The trainer looks every `watch_every` updates; what is seen here are weights and text of now:

    **saturated**: the share of hidden activations beyond ±{SATURATED:g}, on the text that is named
    above; healthy up to {verdicts.SATURATED:.0%}. **radius**: the spectral radius of each recurrent
    matrix, its largest eigenvalue in absolute value. For an RNN, below 1 old gradients fade, and
    above 1 they can explode; healthy here is {verdicts.RNN_RADIUS[0]:g} to
    {verdicts.RNN_RADIUS[1]:g}. With gates there is no such bound. **sd** is the standard deviation
    of the weights, and the bars are their histogram, between ± the largest.

    A line with **!** is out of its bounds, which are hints rather than laws: each has its
    source in `engine/lenses/verdicts.py`. `h` shows the same over the iterations, with the bounds
    as dotted lines.

    # What to look for

    Ratio: high and falling at first, then flat near 0.001. A ratio that stays high goes with a loss
    that jumps, one that is tiny with a loss that stands still. The histogram starts as a narrow
    bell and grows tails. An RNN that learns has a radius above 1 and pays for it with
    saturated units and clipped gradients; a GRU has hardly any of either.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("h", "charts", "History", "Show updates, clipping, radius over the iterations"),
        _key("h", "figures", "Figures", "Show the figures of now, with histograms and hints"),
    ]

    def __init__(self, looking: Looking) -> None:
        """Begin with the figures of now."""
        super().__init__(looking)
        self._charts = False

    def body(self) -> ComposeResult:
        """Yield figures and charts."""
        with VerticalScroll(id="figures"):
            yield Static(markup=False)
        yield Panels(charts, "Over the iterations", id="health-charts")

    def on_mount(self) -> None:
        """Show what there is room for."""
        self._lay_out()

    def on_resize(self) -> None:
        """Draw the figures as wide as there is room."""
        self._lay_out()
        self._draw()

    @property
    def _roomy(self) -> bool:
        return self.size.height >= HIGH

    def _lay_out(self) -> None:
        """Show both where there is room, else one of them."""
        figures, panels = self.query_one("#figures"), self.query_one(Panels)
        figures.display = self._roomy or not self._charts
        panels.display = self._roomy or self._charts
        (panels if self._charts and not self._roomy else figures).focus()
        self.refresh_bindings()

    def compute(self, subjects: Sequence[Subject], text: str) -> Results:
        """Look at the weights of all nets, and at their units on the text."""
        return [
            (subject.name, compute(subject, text, LensOptions(moments=moments)))
            for subject, moments in zip(subjects, self.looking.moments, strict=True)
        ]

    def show(self, result: Results) -> None:
        """Show figures and charts."""
        self.query_one(Panels).show(result)
        self._draw()

    def _draw(self) -> None:
        lines = figures(self._results, self.size.width - FRAME)
        pane = self.query_one("#figures Static", Static)
        # textual remembers an automatic height where a layout comes between two updates
        pane.styles.height = len(lines)
        pane.update(Text("\n").join(lines))

    def notes(self) -> Sequence[str]:
        """Return how many figures of each net are out of their bounds."""
        return [_note(found) for _, found in self._results]

    @property
    def _results(self) -> Results:
        return [] if self.seen is None else self.seen.result

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        applies = {
            "charts": not self._roomy and not self._charts,
            "figures": not self._roomy and self._charts,
        }
        return applies.get(action, super().check_action(action, parameters))

    def action_charts(self) -> None:
        """Show the charts."""
        self._charts = True
        self._lay_out()

    def action_figures(self) -> None:
        """Show the figures."""
        self._charts = False
        self._lay_out()

    def export_json(self) -> Any:
        """Return what was found in each net."""
        return [found.as_json() for _, found in self._results]

    def export_lines(self, width: int) -> list[Text]:
        """Return figures and charts."""
        return picture(self._results, width)


def _note(found: Weights) -> str:
    wrong = [each for each in found.verdicts if each.state not in ("healthy", "no bound")]
    if wrong:
        return wording.counted(len(wrong), "warning")
    return "healthy" if found.looks else "training not looked at yet"

"""The three panes above the status: which of them are seen, and how they share the room."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive

from tui_charrnn.engine import TrainConfig
from tui_charrnn.widgets.form import HyperparameterForm
from tui_charrnn.widgets.loss_chart import LossChart
from tui_charrnn.widgets.samples import SamplesPane
from tui_charrnn.widgets.tabs import PaneTabs

NARROW = 100
"""Below this many columns the form is not shown beside the run, but in its place."""

PANES = {"chart": "Loss", "samples": "Samples", "form": "Hyperparameters"}


class Panes(Vertical):
    """Loss chart over samples, with the form at their side where there is room for it."""

    shown = reactive("chart")
    zoomed = reactive(False)

    def __init__(self, config: TrainConfig) -> None:
        """Make the panes; the form shows `config`."""
        super().__init__(id="panes")
        self.chart = LossChart(id="chart")
        self.samples = SamplesPane(id="samples")
        self.form = HyperparameterForm(config, id="form")

    def compose(self) -> ComposeResult:
        """Lay out the panes under a line of tabs that tells what is hidden."""
        yield PaneTabs(PANES, id="tabs")
        with Horizontal(id="columns"):
            with Vertical(id="run"):
                yield self.chart
                yield self.samples
            yield self.form

    def on_mount(self) -> None:
        """Begin with the cursor on the chart."""
        self.chart.focus()
        self._arrange()

    def show(self, name: str) -> None:
        """Show a pane and put the cursor on it."""
        self.shown = name
        self.query_one(f"#{name}").focus()

    def reveal(self, name: str) -> None:
        """See to it that a pane is on the screen; leave everything as it is if it already is."""
        if not self._is_seen(name):
            self.show(name)

    def _is_seen(self, name: str) -> bool:
        if self.zoomed:
            return name == self.shown
        return not self.has_class("-narrow") or (name == "form") == (self.shown == "form")

    def toggle_zoom(self) -> None:
        """Show the pane with the cursor alone, or all of them again."""
        if not self.zoomed:
            self.shown = self._focused()
        self.zoomed = not self.zoomed

    def leave(self) -> None:
        """Leave a field for its form, a maximised pane for all of them, the form for the chart."""
        focused = self.screen.focused
        if focused is not None and self.form in focused.ancestors:
            self.form.focus()
        elif self.zoomed:
            self.zoomed = False
        else:
            self.show("chart")

    def _focused(self) -> str:
        focused = self.screen.focused
        nodes = focused.ancestors_with_self if focused else []
        return next((str(node.id) for node in nodes if node.id in PANES), self.shown)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Let the tabs tell where the cursor is, however it came there."""
        self.shown = self._focused()

    def on_resize(self, event: events.Resize) -> None:
        """Show what there is room for."""
        self._arrange()

    def watch_shown(self) -> None:
        """Show another pane."""
        self._arrange()

    def watch_zoomed(self) -> None:
        """Show one pane or all."""
        self._arrange()

    def _arrange(self) -> None:
        if not self.is_mounted:
            return
        self.set_class(self.app.size.width < NARROW, "-narrow")
        self.set_class(self.zoomed, "-zoomed")
        for name in PANES:
            self.query_one(f"#{name}").set_class(not self._is_seen(name), "-hidden")
        run_is_seen = self._is_seen("chart") or self._is_seen("samples")
        self.query_one("#run").set_class(not run_is_seen, "-hidden")
        self.query_one(PaneTabs).shown = self.shown

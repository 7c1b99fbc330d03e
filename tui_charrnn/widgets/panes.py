"""The three panes above the status: which of them are seen, and how they share the room."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive

from tui_charrnn.engine import TrainConfig
from tui_charrnn.widgets.form import HyperparameterForm
from tui_charrnn.widgets.loss_chart import LossChart
from tui_charrnn.widgets.sample_feed import SampleFeed
from tui_charrnn.widgets.samples import SamplesPane
from tui_charrnn.widgets.tabs import PaneTabs

NARROW = 100
"""Below this many columns the form is not shown beside the run, but in its place."""

FORM_WIDTH = 46
"""Columns of the form at the side of the run."""

PANES = {"chart": "Loss", "samples": "Samples", "form": "Hyperparameters"}


class Panes(Vertical):
    """Loss chart over samples, with the form at their side where there is room for it."""

    shown = reactive("chart", repaint=False)  # the panes draw themselves
    zoomed = reactive(False, repaint=False)

    def __init__(self, config: TrainConfig) -> None:
        """Make the panes; the form shows `config`."""
        super().__init__(id="panes")
        self.chart = LossChart(id="chart")
        self.samples = SamplesPane(id="samples")
        self.feed = SampleFeed(self.samples)
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
        self.watch(self.screen, "focused", self._follow_cursor, init=False)
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

    @property
    def _narrow(self) -> bool:
        return self.app.size.width < NARROW

    def _is_seen(self, name: str) -> bool:
        if self.zoomed:
            return name == self.shown
        return not self._narrow or (name == "form") == (self.shown == "form")

    def toggle_zoom(self) -> None:
        """Show the pane with the cursor alone, or all of them again."""
        if not self.zoomed:
            self.shown = self._focused()
        self.zoomed = not self.zoomed

    @property
    def can_leave(self) -> bool:
        """Whether there is anything to go back from: a field, the form, a maximised pane."""
        return self.zoomed or self.shown != "chart"

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

    def _follow_cursor(self) -> None:
        """Let tabs and keys tell where the cursor is, in the frame that shows it there."""
        self.shown = self._focused()

    def on_resize(self, event: events.Resize) -> None:
        """Show what there is room for."""
        self._arrange()

    def watch_shown(self) -> None:
        """Show another pane."""
        self._arrange()
        self.screen.refresh_bindings()

    def watch_zoomed(self) -> None:
        """Show one pane or all."""
        self._arrange()
        self.screen.refresh_bindings()

    def _arrange(self) -> None:
        if not self.is_mounted:
            return
        # set one by one: a class on an ancestor would have the styles of all fields worked out anew
        for pane in (self.chart, self.samples, self.form):
            pane.display = self._is_seen(str(pane.id))
        self.query_one("#run").display = self.chart.display or self.samples.display
        self.form.styles.width = "1fr" if self._narrow or self.zoomed else FORM_WIDTH
        tabs = self.query_one(PaneTabs)
        tabs.display = self._narrow or self.zoomed
        tabs.shown = self.shown

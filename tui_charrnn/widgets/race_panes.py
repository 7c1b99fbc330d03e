"""The panes of a race: a chart over the samples of each contender, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.widget import Widget

from tui_charrnn.engine.events import Drawn, Event
from tui_charrnn.widgets.comparison_chart import ComparisonChart
from tui_charrnn.widgets.memory_chart import MemoryChart
from tui_charrnn.widgets.sample_feed import SampleFeed
from tui_charrnn.widgets.samples import SamplesPane

LOADING = "The nets are being loaded; all of them start together."
MEASURING = "Measuring …"


class RacePanes(Vertical):
    """Loss chart, or gradient memory in its place, and a pane of samples for each contender.

    Attributes:
        gradients: whether the gradient memory is shown in place of the loss.
        zoomed: whether one pane is shown alone.
        shown: which one that is; 0 is the chart, the others are samples.
    """

    gradients = reactive(False)
    zoomed = reactive(False)
    shown = reactive(0)

    def __init__(self, titles: Mapping[str, str]) -> None:
        """Make the panes; every contender has a title under its name."""
        super().__init__(id="panes")
        self.chart = ComparisonChart(LOADING, id="chart")
        self.memory = MemoryChart(MEASURING, id="memory")
        self.samples = {name: _samples_of(name, title) for name, title in titles.items()}
        self.feeds = {name: SampleFeed(pane) for name, pane in self.samples.items()}

    def compose(self) -> ComposeResult:
        """Lay out the charts over the samples."""
        yield self.chart
        yield self.memory
        with Horizontal(id="sides"):
            yield from self.samples.values()

    def on_mount(self) -> None:
        """Begin with the cursor on the chart."""
        self._arrange()
        self.chart.focus()

    @property
    def _upper(self) -> Widget:
        return self.memory if self.gradients else self.chart

    @property
    def _all(self) -> list[Widget]:
        """The panes as they are counted, whether or not they are seen."""
        return [self._upper, *self.samples.values()]

    def show(self, index: int) -> None:
        """Put the cursor on a pane, be it alone on the screen or not."""
        self.shown = index
        self._all[index].focus()

    def toggle_zoom(self) -> None:
        """Show the pane with the cursor alone, or all of them again."""
        self.zoomed = not self.zoomed

    def toggle_gradients(self) -> None:
        """Show the gradient memory in place of the loss, or the loss again."""
        self.gradients = not self.gradients
        self.show(0)

    def add_sample(self, name: str, drawn: Drawn, seq_length: int) -> None:
        """Show one more sample of a contender, or more of one, of windows of `seq_length`."""
        self.feeds[name].add(drawn, seq_length)

    @property
    def is_growing(self) -> bool:
        """Whether a sample is being drawn, and some of it seen."""
        return any(pane.is_growing for pane in self.samples.values())

    def follow(self, news: Iterable[Event]) -> None:
        """Show the newest losses, and what else has come; see `PacedCanvas.follow`."""
        self.chart.follow(news)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Know where the cursor is, however it came there."""
        places = [index for index, pane in enumerate(self._all) if pane.has_focus]
        self.shown = next(iter(places), self.shown)

    def watch_gradients(self) -> None:
        """Show the other chart."""
        self._arrange()

    def watch_zoomed(self) -> None:
        """Show one pane or all."""
        self._arrange()

    def watch_shown(self) -> None:
        """Let another pane be the one that is maximised."""
        self._arrange()

    def _arrange(self) -> None:
        seen = set(self._seen())
        for pane in (self.chart, self.memory, *self.samples.values()):
            pane.display = pane in seen
        for sides in self.query("#sides"):
            sides.display = not self.zoomed or self.shown > 0

    def _seen(self) -> Iterator[Widget]:
        for index, pane in enumerate(self._all):
            if not self.zoomed or index == self.shown:
                yield pane


def _samples_of(name: str, title: str) -> SamplesPane:
    pane = SamplesPane(id=f"samples-{name}", hints=False)  # two panes have no room for them
    pane.border_title = title
    return pane

"""The status pane: what the run is doing, how far it is, how well and how fast it goes."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import ProgressBar, Static

from tui_charrnn.runs.figures import GAP, Figure, done, figures, fitting
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.safe_text import safe_line

MARKS = {
    "ready": "○", "starting": "◌", "training": "●", "paused": "‖",
    "finished": "✓", "stopped": "■", "failed": "✗",
}  # fmt: skip
"""A sign for each state, so that it can be told without colour."""

COLOURS = {"training": "$success", "paused": "$warning", "failed": "$error", "finished": "$success"}

LOW = 30
"""On screens of fewer rows the pane goes without its frame."""


class StatusPane(Vertical):
    """State, progress bar and figures of the run, in two lines."""

    HELP = """
    # Status

    **smooth** is the smooth loss in bits per character (a running mean over about 1,000 updates),
    **valid** the last validation, on text that the net was not trained on, **epoch** the passes
    over the text. **left** is what the rest takes at the speed of the last seconds, or the rest of
    the time limit. The bar follows iterations or time, whichever is nearer to its end.
    """

    def compose(self) -> ComposeResult:
        """Lay out the state, the bar and the figures."""
        with Horizontal(id="status-line"):
            yield Static(id="state")
            yield ProgressBar(id="bar", show_percentage=False, show_eta=False)
            yield Static(id="done")
        yield Static(id="figures")

    def on_mount(self) -> None:
        """Name the pane."""
        self.border_title = "Status"
        self._shown, self._done_width = ("", ""), 0
        self._progress, self._rate = RunProgress(), 0.0

    def on_resize(self, event: events.Resize) -> None:
        """Show as many figures as there is room for."""
        self.set_class(self.app.size.height < LOW, "-low")
        self._show_figures()

    def show(
        self, progress: RunProgress, title: str, rate: float = 0.0, pausing: bool = False
    ) -> None:
        """Show where a run stands.

        Args:
            progress: the figures.
            title: what is trained on what.
            rate: the learning rate that was asked for last, used from the next iteration on.
            pausing: a pause was asked for, but the trainer is still busy with its iteration.
        """
        self._progress, self._rate = progress, rate
        self._show_state(progress, title, pausing)
        self._show_bar(progress)
        self._show_figures()

    def _show_state(self, progress: RunProgress, title: str, pausing: bool) -> None:
        word = "pausing" if pausing and progress.state == "training" else progress.state
        shown = (word, title)
        if shown == self._shown:
            return
        self._shown = shown
        style = f"bold {COLOURS.get(progress.state, '$foreground')}"
        state = Content.styled(f"{MARKS[progress.state]} {word.upper()}", style)
        self.query_one("#state", Static).update(state + Content(f"  {title}"))

    def _show_bar(self, progress: RunProgress) -> None:
        made = done(progress)
        if len(made) != self._done_width:  # it changes with a run only, not with its updates
            self._done_width = len(made)
            self.query_one("#done").styles.width = self._done_width
        bar = self.query_one(ProgressBar)
        bar.update(total=1, progress=progress.fraction)
        self.query_one("#done", Static).update(Content(made), layout=False)

    def _show_figures(self) -> None:
        message, width = safe_line(self._progress.message), self.content_size.width
        self.set_class(bool(message), "-message")
        if self._progress.state == "failed":
            line = Content.styled(message, "$error")
        else:
            room = width - cell_len(message) - len(GAP) if message else width
            shown = figures_line(fitting(figures(self._progress, self._rate), room))
            line = Content(GAP).join(part for part in (Content(message), shown) if part)
        self.query_one("#figures", Static).update(line, layout=bool(message))


def figures_line(shown: list[Figure]) -> Content:
    """Return the figures side by side, the numbers standing out."""
    return Content(GAP).join(
        Content.styled(f"{figure.label} ", "$foreground 60%") + Content.styled(figure.value, "bold")
        for figure in shown
    )

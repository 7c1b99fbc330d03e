"""The status pane: what the run is doing, how far it is, how well and how fast it goes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import ProgressBar, Static

from tui_charrnn.runs import wording
from tui_charrnn.runs.progress import RunProgress

MARKS = {
    "ready": "○", "starting": "◌", "training": "●", "paused": "‖",
    "finished": "✓", "stopped": "■", "failed": "✗",
}  # fmt: skip
"""A sign for each state, so that it can be told without colour."""

COLOURS = {"training": "$success", "paused": "$warning", "failed": "$error", "finished": "$success"}


class StatusPane(Vertical):
    """State, progress bar and figures of the run, in two lines."""

    HELP = """
    # Status

    **loss** is the smooth loss in bits per character (a running mean over about 1,000 updates),
    **valid** the last validation, on text that the net was not trained on, **epoch** the passes
    over the text. **left** is what the rest takes at the speed of the last seconds.
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
        self._shown = ("", "")

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
        self._show_state(progress, title, pausing)
        bar, total = self.query_one(ProgressBar), progress.iterations
        if bar.total != (total or 1):
            # as wide as its text will ever be, so that no update of it has to lay out the screen
            self.query_one("#done").styles.width = len(done(total, total))
        bar.update(total=total or 1, progress=progress.iteration)
        made = Content(done(progress.iteration, total))
        self.query_one("#done", Static).update(made, layout=False)
        problem = progress.message
        figures = figures_text(progress, rate)
        line = Content.styled(problem, "$error") if problem else Content(figures)
        self.query_one("#figures", Static).update(line, layout=False)

    def _show_state(self, progress: RunProgress, title: str, pausing: bool) -> None:
        word = "pausing" if pausing and progress.state == "training" else progress.state
        shown = (word, title)
        if shown == self._shown:
            return
        self._shown = shown
        style = f"bold {COLOURS.get(progress.state, '$foreground')}"
        state = Content.styled(f"{MARKS[progress.state]} {word.upper()}", style)
        self.query_one("#state", Static).update(state + Content(f"  {title}"))


def done(made: int, total: int) -> str:
    """Return iterations made of all: `1,200 / 10,000  12%`."""
    if not total:
        return ""
    percent = made * 100 // total  # rounded down: 100% is said when all is done
    return (
        f"{wording.count(made):>{len(wording.count(total))}} / {wording.count(total)} {percent:3}%"
    )


def figures_text(progress: RunProgress, rate: float) -> str:
    """Return the second line: epoch, losses, speed and times, as far as they are known."""
    speed, left = progress.characters_per_second, progress.seconds_left
    known = [
        ("epoch", f"{progress.epoch:.2f}", progress.iteration),
        ("loss", wording.bits(progress.bits or 0), progress.bits is not None),
        ("valid", wording.bits(progress.validation_bits or 0), progress.validation_bits),
        ("rate", wording.rate(rate), rate),
        ("chars/s", wording.speed(speed or 0), speed and progress.state == "training"),
        ("time", wording.duration(progress.elapsed), progress.iteration),
        ("left", wording.duration(left or 0), left is not None and progress.active),
    ]
    return "  ".join(f"{label} {value}" for label, value, shown in known if shown)

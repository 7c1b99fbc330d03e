"""The status pane: what the run is doing, how far it is, how well and how fast it goes."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
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

LOW = 30
"""On screens of fewer rows the pane goes without its frame."""

GAP = 2
"""Columns between two figures."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name; where there is no room for all, those of the last ranks go."""

    rank: int
    label: str
    value: str

    @property
    def width(self) -> int:
        """Columns that it takes."""
        return len(self.label) + 1 + len(self.value)


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
        bar, total = self.query_one(ProgressBar), progress.iterations
        if bar.total != (total or 1):
            # as wide as its text will ever be, so that no update of it has to lay out the screen
            self.query_one("#done").styles.width = len(done(total, total))
        bar.update(total=total or 1, progress=progress.iteration)
        made = Content(done(progress.iteration, total))
        self.query_one("#done", Static).update(made, layout=False)

    def _show_figures(self) -> None:
        problem = self._progress.message
        self.set_class(bool(problem), "-failed")
        if problem:
            line = Content.styled(problem, "$error")
        else:
            line = figures_line(figures(self._progress, self._rate), self.content_size.width)
        self.query_one("#figures", Static).update(line, layout=bool(problem))


def done(made: int, total: int) -> str:
    """Return iterations made of all: `1,200 / 10,000  12%`."""
    if not total:
        return ""
    percent = made * 100 // total  # rounded down: 100% is said when all is done
    return (
        f"{wording.count(made):>{len(wording.count(total))}} / {wording.count(total)} {percent:3}%"
    )


def figures(progress: RunProgress, rate: float) -> list[Figure]:
    """Return epoch, losses, speed and times in the order of reading, as far as they are known."""
    speed, left = progress.characters_per_second, progress.seconds_left
    known = [
        (1, "loss", wording.bits(progress.bits or 0), progress.bits is not None),
        (6, "valid", wording.bits(progress.validation_bits or 0), progress.validation_bits),
        (5, "epoch", f"{progress.epoch:.2f}", progress.iteration),
        (7, "rate", wording.rate(rate), rate),
        (2, "chars/s", wording.speed(speed or 0), speed and progress.state == "training"),
        (4, "time", wording.duration(progress.elapsed), progress.iteration),
        (3, "left", wording.duration(left or 0), left is not None and progress.active),
    ]
    return [Figure(rank, label, value) for rank, label, value, shown in known if shown]


def figures_line(known: list[Figure], width: int) -> Content:
    """Return the figures that fit into `width` columns, side by side."""
    room, kept = width + GAP, set[str]()
    for figure in sorted(known, key=lambda figure: figure.rank):
        room -= figure.width + GAP
        if room >= 0:
            kept.add(figure.label)
    shown = [figure for figure in known if figure.label in kept]
    return Content(" " * GAP).join(
        Content.styled(f"{figure.label} ", "$foreground 60%") + Content.styled(figure.value, "bold")
        for figure in shown
    )

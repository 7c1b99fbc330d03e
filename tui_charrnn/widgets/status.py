"""The status pane: what the run is doing, how far it is, how well and how fast it goes."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from textual.geometry import Size

from tui_charrnn.runs.figures import GAP, Figure, done, figures, fitting
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.line_canvas import LineCanvas

if TYPE_CHECKING:
    from tui_charrnn.widgets.plot import Line

MARKS = {
    "ready": "○", "starting": "◌", "training": "●", "paused": "‖",
    "finished": "✓", "stopped": "■", "failed": "✗",
}  # fmt: skip
"""A sign for each state, so that it can be told without colour."""

COLOURS = {"training": "$success", "paused": "$warning", "failed": "$error", "finished": "$success"}

LOW = 30
"""On screens of fewer rows the pane goes without its frame."""

TITLE_SHARE = 0.6
"""Most of the first line that state and title take."""

BAR, LEFT_HALF, RIGHT_HALF = "━╸╺"
"""A whole cell of the progress bar, and its halves."""

SPACE = ("", GAP)
"""Between two parts of a line."""


class StatusPane(LineCanvas, can_focus=False):
    """State, progress bar and figures of the run, in two lines.

    One canvas for all of it: it is drawn at every frame, and each widget would cost as much again.
    """

    HELP = """
    # Status

    **smooth** is the smooth loss in bits per character (a running mean over about 1,000 updates),
    **valid** the last validation, on text that the net was not trained on, **epoch** the passes
    over the text. **left** is what the rest takes at the speed of the last seconds, or the rest of
    the time limit. The bar follows iterations or time, whichever is nearer to its end.
    """

    DEFAULT_CSS = """
    StatusPane .status--ready { color: $foreground; text-style: bold; }
    StatusPane .status--training { color: $success; text-style: bold; }
    StatusPane .status--paused { color: $warning; text-style: bold; }
    StatusPane .status--failed { color: $error; text-style: bold; }
    StatusPane .status--problem { color: $error; }
    StatusPane .status--label { color: $foreground 60%; }
    StatusPane .status--value { text-style: bold; }
    StatusPane .status--made { color: $primary; }
    StatusPane .status--all-made { color: $success; }
    StatusPane .status--to-do { color: $surface; }
    """

    PREFIX = "status"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"status--{part}"
        for part in (
            "ready", "training", "paused", "failed", "problem", "label", "value",
            "made", "all-made", "to-do",
        )
    }  # fmt: skip

    def __init__(self, id: str | None = None) -> None:
        """Start without a run."""
        super().__init__(id=id)
        self.border_title = "Status"
        self._progress, self._title, self._rate, self._pausing = RunProgress(), "", 0.0, False

    def on_resize(self) -> None:
        """Show as much as there is room for, on low screens without a frame."""
        self.set_class(self.app.size.height < LOW, "-low")
        self.redraw()

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
        self._progress, self._title, self._rate, self._pausing = progress, title, rate, pausing
        self.set_class(bool(progress.message), "-message")
        self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the lines that a message needs besides the first one."""
        return 1 + len(self._figures(width))

    def draw_lines(self, size: Size) -> list[Line]:
        """Return the state over the figures."""
        return [self._state(size.width), *self._figures(size.width)]

    def _state(self, width: int) -> Line:
        """Return state and title, the bar in the room that is left, and what is done of all."""
        progress = self._progress
        waits = self._pausing and progress.state == "training"
        word = "pausing" if waits else progress.state
        state, title = f"{MARKS[progress.state]} {word.upper()}", f"  {self._title}"
        made = done(progress)
        most = min(int(TITLE_SHARE * width), width - len(made) - 2 * len(GAP))
        if cell_len(state + title) > most:
            title = set_cell_size(title, max(0, most - cell_len(state) - 1)) + "…"
        room = width - cell_len(state + title) - len(made) - 2 * len(GAP)
        track = bar(progress.fraction, room, BAR if self._has_colour("to-do") else " ")
        part = STATES.get(progress.state, "ready")
        return [(part, state), ("", title), SPACE, *track, ("to-do", GAP), ("", made)]

    def _has_colour(self, part: str) -> bool:
        """Whether a part looks other than plain text: themes of the terminal's colours have few."""
        colour = self._style(part).color
        return colour is not None and not colour.is_default

    def _figures(self, width: int) -> list[Line]:
        """Return figures behind the message, if there is one, or the message alone."""
        message = safe_line(self._progress.message)
        if self._progress.state == "failed":
            return [[("problem", line)] for line in wrap(message, max(1, width))] or [[]]
        room = width - cell_len(message) - len(GAP) if message else width
        shown = figure_parts(fitting(figures(self._progress, self._rate), room))
        if message and not shown:
            return [[("", line)] for line in wrap(message, max(1, width))]
        return [[("", message), SPACE, *shown]] if message else [shown]


STATES = {
    "training": "training", "finished": "training", "paused": "paused", "failed": "failed",
}  # fmt: skip
"""The parts that states play; all others are like `ready`."""


def bar(fraction: float, width: int, track: str) -> Line:
    """Return a bar of so many cells, to half a cell, on a track of bars or blanks."""
    if width <= 0:
        return []
    halves = round(2 * fraction * width)
    whole, half = divmod(halves, 2)
    made = BAR * whole + LEFT_HALF * half
    rest = width - whole - half
    gap = RIGHT_HALF if track == BAR and halves and not half else track
    to_do = gap * min(1, rest) + track * (rest - 1)
    return [("all-made" if fraction >= 1 else "made", made), ("to-do", to_do)]


def figure_parts(shown: Iterable[Figure]) -> Line:
    """Return the figures side by side, the numbers standing out."""
    parts: Line = []
    for figure in shown:
        parts += [("label", f"{figure.label} "), ("value", figure.value + GAP)]
    if parts:
        parts[-1] = ("value", parts[-1][1].removesuffix(GAP))
    return parts

"""The live table of a race: one row a contender, as many columns as there is room for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from textual import events
from textual.content import Content
from textual.widgets import Static

from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs import wording
from tui_charrnn.runs.figures import GAP, fitting, percent
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.status import COLOURS, LOW, MARKS

LOSSES = frozenset({"smooth", "valid", "best"})
"""Columns in which the lowest figure stands out."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One row.

    Attributes:
        config: what is trained.
        parameter_count: trained values of the net.
        progress: where it stands.
        pausing: whether a pause was asked for, be the trainer still busy with its iteration.
    """

    config: TrainConfig
    parameter_count: int
    progress: RunProgress
    pausing: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return self.config.cell.upper()

    @property
    def state(self) -> str:
        """How it stands, in a word."""
        waits = self.pausing and self.progress.state == "training"
        return "pausing" if waits else self.progress.state


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the cells below it, and the rank in which columns go where room is short.

    It is `least` wide, so that the columns behind it stay where they are when figures grow.
    """

    rank: int
    heading: str
    cells: tuple[str, ...]
    least: int = 0

    @property
    def width(self) -> int:
        """Columns of the screen that it takes, without the gap before it."""
        return max(self.least, *map(len, (self.heading, *self.cells)))


class RaceTable(Static):
    """Iteration, losses, speed and times of every contender, the better figure in bold."""

    HELP = """
    # Table

    **smooth** and **valid** are in bits per character, the lower one of each column stands out;
    **best** is the best validation so far. **params** counts the trained values of the net.
    **chars/s** is the speed of the last seconds, of an ended net that of the whole run; **time**
    the seconds of training, pauses left out. Why a net failed, or was over early, stands below.
    """

    _contenders: Sequence[Contender] = ()

    def __init__(self, title: str, id: str | None = None) -> None:
        """Start empty, under a title that says what the contenders have in common."""
        super().__init__(id=id)
        self._title = title
        self.border_subtitle = "losses in bits per character"

    def show(self, contenders: Sequence[Contender]) -> None:
        """Show where every contender stands."""
        self._contenders = contenders
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many columns as there is room for, on low screens without a frame."""
        low = self.app.size.height < LOW
        self.set_class(low, "-low")
        self.border_title = f" {self._title} " if low else self._title  # no corner keeps off there
        self._show()

    def _show(self) -> None:
        width = self.content_size.width
        if not self._contenders or not width:
            return
        lines = [*table(self._contenders, width), *reasons(self._contenders, width)]
        self.styles.height = len(lines)
        self.update(Content("\n").join(lines), layout=False)


def table(contenders: Sequence[Contender], width: int) -> list[Content]:
    """Return the heading and the rows in `width` columns of the screen."""
    first = state_width(contenders)
    shown = fitting(columns(contenders), width - first - len(GAP))
    rows = [_state(each, first) + _figures(shown, index) for index, each in enumerate(contenders)]
    return [_heading(shown, first), *rows]


def reasons(contenders: Sequence[Contender], width: int) -> list[Content]:
    """Return why contenders failed, or were over early, in lines of `width` columns.

    One reason of all is said once.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for each in contenders:
        run = each.progress
        if run.message:
            style = "$text-error" if run.state == "failed" else ""
            found.setdefault((safe_line(run.message), style), []).append(each.name)
    return [
        Content.styled(line, style)
        for (message, style), names in found.items()
        for line in wrap(f"{' and '.join(names)}: {message}", width)
    ]


def state_width(contenders: Sequence[Contender]) -> int:
    """Return the columns of the first column: the cell and its state."""
    return max(len(contender.name) for contender in contenders) + len("  ● training")


def _heading(shown: Sequence[Column], first: int) -> Content:
    text = " " * first + "".join(_aligned(column, column.heading) for column in shown)
    return Content.styled(text, "$foreground 60%")


def _aligned(column: Column, text: str) -> str:
    return GAP + text.rjust(column.width)


def _state(contender: Contender, width: int) -> Content:
    state = contender.progress.state
    name = Content.styled(contender.name, "bold")
    mark = Content.styled(f"  {MARKS[state]} {contender.state}", COLOURS.get(state, "$foreground"))
    return (name + mark).pad_right(width - name.cell_length - mark.cell_length)


def _figures(shown: Sequence[Column], row: int) -> Content:
    return Content("").join(
        Content.styled(_aligned(column, column.cells[row]), _style(column, row)) for column in shown
    )


def _style(column: Column, row: int) -> str:
    leads = column.heading in LOSSES and leader(column.cells) == row
    return "bold $text-success" if leads else ""


def columns(contenders: Sequence[Contender]) -> list[Column]:
    """Return all columns in the order of reading."""
    return list(_columns(contenders, [contender.progress for contender in contenders]))


def _columns(contenders: Sequence[Contender], runs: Sequence[RunProgress]) -> Iterator[Column]:
    def column(rank: int, heading: str, texts: Sequence[str], least: int = 0) -> Column:
        return Column(rank, heading, tuple(texts), least)

    yield column(9, "hidden", [wording.units(each.config) for each in contenders])
    yield column(4, "params", [wording.count(each.parameter_count) for each in contenders])
    yield column(3, "iteration", [wording.count(run.iteration) for run in runs])
    yield column(10, "done", [f"{percent(run)}%" for run in runs])
    yield column(1, "smooth", [wording.bits(run.bits) for run in runs])
    yield column(2, "valid", [wording.bits(run.validation_bits) for run in runs], 6)
    yield column(7, "best", [wording.bits(run.best_bits) for run in runs], 6)
    yield column(5, "chars/s", [_speed(run) for run in runs])
    yield column(6, "time", [wording.duration(run.elapsed) for run in runs], 7)
    yield column(8, "left", [_left(run) for run in runs], 7)


def leader(cells: Sequence[str]) -> int | None:
    """Return the row with the lowest figure; None where one is missing or all are alike."""
    if wording.UNKNOWN in cells or len(set(cells)) < 2:
        return None
    values = [float(cell.replace(",", "")) for cell in cells]
    return values.index(min(values)) if all(map(math.isfinite, values)) else None


def _speed(run: RunProgress) -> str:
    speed = run.characters_per_second
    if not run.active and run.elapsed:
        return wording.speed(run.characters / run.elapsed)
    return wording.speed(speed) if speed and run.state == "training" else wording.UNKNOWN


def _left(run: RunProgress) -> str:
    left = run.seconds_left
    return wording.duration(left) if left is not None and run.active else wording.UNKNOWN

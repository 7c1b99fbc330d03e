"""The live table of a race: one row a contender, as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.widgets import Static

from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs import wording
from tui_charrnn.runs.figures import done
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.widgets.status import COLOURS, MARKS

GAP = "  "


@dataclass(frozen=True, slots=True)
class Contender:
    """One row: what is trained, how many parameters it has, and where it stands."""

    config: TrainConfig
    parameter_count: int
    progress: RunProgress
    best_bits: float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, the cells below it, and the rank in which columns go where room is short."""

    rank: int
    heading: str
    cells: tuple[str, ...]

    @property
    def width(self) -> int:
        """Columns of the screen that it takes, the gap included."""
        return max(map(len, (self.heading, *self.cells))) + len(GAP)


class RaceTable(Static):
    """Iteration, losses, speed and times of every contender, the better figure in bold."""

    HELP = """
    # Table

    **smooth** and **valid** are in bits per character, the lower one of each column stands out;
    **best** is the best validation so far. **params** counts the trained values of the net.
    **chars/s** is the speed of the last seconds, **time** the seconds of training, pauses left
    out.
    """

    _contenders: Sequence[Contender] = ()

    def show(self, contenders: Sequence[Contender]) -> None:
        """Show where every contender stands."""
        self._contenders = contenders
        self._show()

    def on_resize(self, event: events.Resize) -> None:
        """Show as many columns as there is room for."""
        self._show()

    def _show(self) -> None:
        if self._contenders and self.size.width:
            self.update(table(self._contenders, self.size.width), layout=False)


def table(contenders: Sequence[Contender], width: int) -> Content:
    """Return the heading and the rows in `width` columns of the screen."""
    shown = fitting(columns(contenders), width - state_width(contenders))
    lines = [_heading(shown, state_width(contenders))]
    leaders = {column.heading: leader(column.cells) for column in shown if column.rank in (1, 2, 3)}
    for index, contender in enumerate(contenders):
        line = _state(contender, state_width(contenders))
        for column in shown:
            text = column.cells[index].rjust(column.width)
            leads = leaders.get(column.heading) == index
            line += Content.styled(text, "bold $text-success" if leads else "")
        lines.append(line)
    return Content("\n").join(lines)


def state_width(contenders: Sequence[Contender]) -> int:
    """Return the columns of the first column: the cell and its state."""
    return max(len(contender.config.cell) for contender in contenders) + len("  ● training")


def _heading(shown: Sequence[Column], first: int) -> Content:
    text = " " * first + "".join(column.heading.rjust(column.width) for column in shown)
    return Content.styled(text, "$foreground 60%")


def _state(contender: Contender, width: int) -> Content:
    state = contender.progress.state
    name = Content.styled(contender.config.cell.upper(), "bold")
    mark = Content.styled(f"  {MARKS[state]} {state}", COLOURS.get(state, "$foreground"))
    return (name + mark).pad_right(width - name.cell_length - mark.cell_length)


def columns(contenders: Sequence[Contender]) -> list[Column]:
    """Return all columns in the order of reading."""

    def column(rank: int, heading: str, texts: Sequence[str]) -> Column:
        return Column(rank, heading, tuple(texts))

    runs = [contender.progress for contender in contenders]
    return [
        column(6, "hidden", [wording.count(each.config.hidden_size) for each in contenders]),
        column(5, "params", [wording.count(each.parameter_count) for each in contenders]),
        column(4, "iteration", [wording.count(run.iteration) for run in runs]),
        column(9, "done", [done(run)[-4:].strip() for run in runs]),
        column(1, "smooth", [_bits(run.bits) for run in runs]),
        column(2, "valid", [_bits(run.validation_bits) for run in runs]),
        column(3, "best", [_bits(each.best_bits) for each in contenders]),
        column(7, "chars/s", [_speed(run) for run in runs]),
        column(8, "time", [wording.duration(run.elapsed) for run in runs]),
        column(10, "left", [_left(run) for run in runs]),
    ]


def fitting(known: Sequence[Column], width: int) -> list[Column]:
    """Return the columns that fit side by side, in their order."""
    kept = set[str]()
    for column in sorted(known, key=lambda column: column.rank):
        width -= column.width
        if width >= 0:
            kept.add(column.heading)
    return [column for column in known if column.heading in kept]


def leader(cells: Sequence[str]) -> int | None:
    """Return the row with the lowest figure; None where one is missing or all are alike."""
    if "-" in cells or len(set(cells)) < 2:
        return None
    values = [float(cell.replace(",", "")) for cell in cells]
    return values.index(min(values))


def _bits(value: float | None) -> str:
    return "-" if value is None else wording.bits(value)


def _speed(run: RunProgress) -> str:
    speed = run.characters_per_second
    if not run.active and run.elapsed:
        return wording.speed(run.characters / run.elapsed)
    return wording.speed(speed) if speed and run.state == "training" else "-"


def _left(run: RunProgress) -> str:
    left = run.seconds_left
    return wording.duration(left) if left is not None and run.active else "-"

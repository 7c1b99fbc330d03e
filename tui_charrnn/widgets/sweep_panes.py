"""What stands above and below the table of a sweep: how all of it goes, and one cell in full."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import ProgressBar, Static

from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.runs import wording
from tui_charrnn.runs.figures import GAP, Figure, fitting
from tui_charrnn.runs.sweeps.cells import Cell
from tui_charrnn.runs.sweeps.estimate import work
from tui_charrnn.runs.sweeps.rows import CellRow, CellState, SweepState
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.status import COLOURS, MARKS
from tui_charrnn.widgets.sweep_columns import (
    ORDER,
    SIGNS,
    UNDER_WAY,
    common,
    fraction,
    own,
    percent,
    varying,
)

SWEEP_MARKS = {
    "ready": MARKS["ready"], "running": MARKS["training"], "paused": MARKS["paused"],
    "pausing": MARKS["paused"], "cancelling": MARKS["stopped"], "finished": MARKS["finished"],
    "failed": MARKS["failed"], "cancelled": MARKS["stopped"],
}  # fmt: skip

STATE_COLOURS = {
    **COLOURS, "running": "$success", "pausing": "$warning", "cancelling": "$warning",
}  # fmt: skip

QUIET = "$foreground 60%"


@dataclass(frozen=True, slots=True)
class Tally:
    """All cells in a few numbers.

    Attributes:
        counts: cells by state.
        fraction: how much of the work is done, from 0 to 1; a cell that failed is over.
        speed: characters a second of all cells under way together.
        best: the places of the best cell of each text, by validation.
    """

    counts: Counter[CellState]
    fraction: float
    speed: float
    best: frozenset[int]

    @property
    def under_way(self) -> int:
        """Cells that workers are at."""
        return sum(self.counts[state] for state in UNDER_WAY)

    @property
    def undone(self) -> int:
        """Cells that have come to no end of their own."""
        return self.under_way + self.counts["waiting"] + self.counts["cancelled"]


class Tallier:
    """Counts the cells of one sweep, again and again."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        """Weigh each cell by the work that it is."""
        self._weights = [work(cell) for cell in cells]

    def tally(self, rows: Sequence[CellRow]) -> Tally:
        """Count all rows, in the order of the cells."""
        parts = [1.0 if row.state == "failed" else fraction(row) for row in rows]
        whole = math.fsum(self._weights)
        done = math.fsum(part * each for part, each in zip(parts, self._weights, strict=True))
        return Tally(
            counts=Counter(row.state for row in rows),
            fraction=min(1.0, done / whole) if whole else 1.0,
            speed=math.fsum(row.speed or 0.0 for row in rows if row.state == "running"),
            best=best_of_each_text(rows),
        )


def best_of_each_text(rows: Sequence[CellRow]) -> frozenset[int]:
    """Return the places of the cells with the lowest best validation on their text."""
    best: dict[str, tuple[float, int]] = {}
    for place, row in enumerate(rows):
        if row.best_bits is not None and row.state not in ("failed", "cancelled"):
            key, found = row.cell.text.sha256, (row.best_bits, place)
            best[key] = min(best.get(key, found), found)
    return frozenset(place for _, place in best.values())


class SweepHead(Vertical):
    """The state of a sweep, how many cells stand how, a bar for all of them, the time left."""

    HELP = """
    # Sweep

    The bar counts work, not cells: a large net on a long text weighs more than a small one. The
    time left is what the cells under way and those that wait take at the speeds measured so far,
    shared among the workers. Cells that have a finished run in the store are not run again: what
    was cancelled or broken off goes on with the same file.
    """

    def compose(self) -> ComposeResult:
        """Lay out two lines, and one for what is wrong."""
        with Horizontal(classes="line"):
            yield Static(id="sweep-state")
            yield Static(id="sweep-counts")
        with Horizontal(classes="line"):
            yield ProgressBar(id="sweep-bar", total=1, show_percentage=False, show_eta=False)
            yield Static(id="sweep-left")
        yield Static(id="sweep-problem", markup=False)

    def show(
        self, name: str, state: SweepState, tally: Tally, left: float | None, problem: str
    ) -> None:
        """Show where the sweep stands.

        Args:
            name: of the sweep.
            state: as the sweep tells it.
            tally: of its cells.
            left: seconds until the last is done; None where it is not known.
            problem: what keeps it from going on, or nothing.
        """
        word = word_of(state, tally)
        style = f"bold {STATE_COLOURS.get(word, '$foreground')}"
        sign = Content.styled(f"{SWEEP_MARKS[word]} {word.upper()}", style)
        self._static("state").update(sign + Content(f"  {safe_line(name)}"))
        self._static("counts").update(counts_line(tally))
        self.query_one(ProgressBar).update(total=1, progress=tally.fraction)
        over = state in ("finished", "cancelled")
        self._static("left").update(_figures(tally, None if over else left))
        self._static("problem").update(safe_line(problem))
        self._static("problem").display = bool(problem)

    def _static(self, name: str) -> Static:
        return self.query_one(f"#sweep-{name}", Static)


def word_of(state: SweepState, tally: Tally) -> str:
    """Return one word for the state; a pause has begun when no cell goes on any more."""
    if state == "paused" and tally.counts["running"]:
        return "pausing"
    if state == "finished" and tally.counts["failed"]:
        return "failed"
    return state


def counts_line(tally: Tally) -> Content:
    """Return how many cells stand how: `12 of 48 finished · 2 running · 34 waiting`."""
    counts = tally.counts
    parts = [
        Content.styled(f"{wording.count(counts['finished'])}", "bold")
        + f" of {wording.count(sum(counts.values()))} finished"
    ]
    for state in ORDER:
        if counts[state] and state != "finished":
            style = "$error" if state == "failed" else ""
            parts.append(Content.styled(f"{wording.count(counts[state])} {state}", style))
    return Content(" · ").join(parts)


def _figures(tally: Tally, left: float | None) -> Content:
    parts = [Content.styled(f"{percent(tally.fraction):>4}", "bold")]
    if left is not None:
        parts.append(_figure("left", wording.duration(left)))
    if tally.speed:
        parts.append(_figure("chars/s", wording.speed(tally.speed)))
    return Content("  ").join(parts)


def _figure(name: str, value: str) -> Content:
    return Content.styled(f"{name} ", QUIET) + Content.styled(value, "bold")


class CellPane(Static):
    """The cell under the cursor in full, and what all cells have in common."""

    def __init__(self, cells: Sequence[Cell], id: str | None = None) -> None:
        """Prepare for the cells of one sweep."""
        super().__init__(id=id, markup=False)
        self._count = len(cells)
        self._differ = varying(cells)
        self._common = " · ".join(common(cells))
        self._shown: tuple[CellRow, bool] | None = None

    def on_resize(self, event: events.Resize) -> None:
        """Show as many figures as there is room for."""
        if self._shown is not None:
            self.show(*self._shown)

    def show(self, row: CellRow, best: bool) -> None:
        """Show how a cell stands; `best` if it is the best of its text."""
        self._shown = row, best
        number, count = wording.count(row.cell.number), wording.count(self._count)
        self.border_title = f"Cell {number} of {count}"
        self.set_class(bool(row.message), "-message")
        lines = [self._first(row, best), self._second(row)]
        lines.append(Content.styled(f"common: {self._common}", QUIET))
        self.update(Content("\n").join(lines))

    def _first(self, row: CellRow, best: bool) -> Content:
        colour = STATE_COLOURS.get(row.state, "$foreground")
        parts = [Content.styled(f"{SIGNS[row.state]} {row.state}", f"bold {colour}")]
        parts.append(Content(" · ".join(own(row.cell, self._differ))))
        if best:
            parts.append(Content.styled("◆ the best on this text", "$success"))
        return Content("  ").join(part for part in parts if part)

    def _second(self, row: CellRow) -> Content:
        if row.message:
            return Content.styled(_attempts(row) + safe_line(row.message), "$error")
        config = row.cell.config
        made = f"{wording.count(row.iteration)} / {wording.count(config.iterations)}"
        parameters = parameter_count(config, row.cell.text.vocab_size)
        known = [
            (2, "iteration", made if row.iteration else ""),
            (1, "best", _bits(row.best_bits)),
            (3, "smooth", _bits(row.smooth_bits)),
            (5, "time", wording.duration(row.elapsed) if row.elapsed else ""),
            (4, "attempts", wording.count(row.attempts) if row.attempts > 1 else ""),
            (7, "run", f"{row.run_id}" if row.run_id else ""),
            (6, "parameters", wording.count(parameters)),
        ]
        figures = [Figure(rank, name, value) for rank, name, value in known if value]
        return figures_line(fitting(figures, self.content_size.width))


def _attempts(row: CellRow) -> str:
    return f"{row.attempts} attempts: " if row.attempts > 1 else ""


def _bits(value: float | None) -> str:
    return "" if value is None else wording.bits(value)


def figures_line(shown: list[Figure]) -> Content:
    """Return the figures side by side, the numbers standing out."""
    return Content(GAP).join(
        Content.styled(f"{figure.label} ", "$foreground 60%") + Content.styled(figure.value, "bold")
        for figure in shown
    )

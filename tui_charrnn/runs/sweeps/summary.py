"""What a sweep came to: for every setting the mean over its seeds, as a table."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from rich.table import Table
from rich.text import Text

from tui_charrnn.runs import wording
from tui_charrnn.runs.sweeps.cells import Cell
from tui_charrnn.runs.sweeps.rows import CellRow
from tui_charrnn.safe_text import safe_line


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and sample standard deviation of some numbers; each None where there are too few."""

    mean: float | None
    deviation: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Measure some numbers."""
        mean = fmean(values) if values else None
        return cls(mean, stdev(values) if len(values) > 1 else None)

    def __str__(self) -> str:
        """Write them as bits per character: `2.1034 ± 0.0120`."""
        if self.mean is None:
            return wording.UNKNOWN
        return f"{wording.bits(self.mean)} ± {wording.bits(self.deviation)}"


@dataclass(frozen=True, slots=True)
class Line:
    """One setting: its finished cells of all, and the spread of their bits per character."""

    setting: str
    finished: int
    cells: int
    best: Spread
    smooth: Spread


def summary(rows: Iterable[CellRow]) -> list[Line]:
    """Return a line for every setting, in the order of the cells."""
    by_setting: dict[Hashable, list[CellRow]] = {}
    for row in rows:
        by_setting.setdefault(_setting(row.cell), []).append(row)
    return list(map(_line, by_setting.values()))


def _setting(cell: Cell) -> Hashable:
    """Return what cells share that differ by their seed alone; labels need not tell all apart."""
    return cell.variant, cell.text.sha256, cell.config.replace(seed=0)


def _line(rows: Sequence[CellRow]) -> Line:
    finished = [row for row in rows if row.state == "finished"]
    return Line(
        rows[0].cell.setting,
        len(finished),
        len(rows),
        Spread.of([row.best_bits for row in finished if row.best_bits is not None]),
        Spread.of([row.smooth_bits for row in finished if row.smooth_bits is not None]),
    )


def table(lines: Iterable[Line]) -> Table:
    """Return the lines as a table for a terminal or a file."""
    shown = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    shown.add_column("cell", overflow="fold")
    for heading in ("finished", "best validation bits/char", "smooth bits/char"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for line in lines:
        count = f"{line.finished} of {line.cells}"
        name = Text(safe_line(line.setting))
        shown.add_row(name, count, str(line.best), str(line.smooth))
    return shown

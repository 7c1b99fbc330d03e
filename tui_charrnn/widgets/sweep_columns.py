"""The columns of the sweep table: what tells its cells from each other, and how each of them goes.

Nothing here draws; a column says what a row holds in it, and what the rows are sorted by.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from rich.cells import cell_len

from tui_charrnn.engine.config import FIELDS
from tui_charrnn.runs import wording
from tui_charrnn.runs.store.records import TextIdentity
from tui_charrnn.runs.sweeps.cells import Cell
from tui_charrnn.runs.sweeps.rows import CellRow, CellState
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.status import MARKS

SIGNS: Final[Mapping[CellState, str]] = {
    "waiting": "·", "running": MARKS["training"], "paused": MARKS["paused"],
    "finished": MARKS["finished"], "failed": MARKS["failed"], "cancelled": MARKS["stopped"],
}  # fmt: skip
"""A sign for each state, so that it can be told without colour."""

UNDER_WAY: Final = ("running", "paused")

ORDER: Final[Sequence[CellState]] = (
    "running", "paused", "failed", "waiting", "finished", "cancelled",
)  # fmt: skip
"""Of the states when rows are sorted by them: what needs a look comes first."""

BEST: Final = "◆ "
"""Stands before the best validation on a text."""

LONGEST: Final = 20
"""Columns of a value of a field; the pane below the table shows all of it."""

LONGEST_NOTE: Final = 60

HEADINGS: Final[Mapping[str, str]] = {
    "hidden_size": "hidden", "seq_length": "length", "batch_size": "batch", "learning_rate": "rate",
}  # fmt: skip
"""Shorter names of some fields, those of the table of runs."""


@dataclass(frozen=True, slots=True)
class SweepColumn:
    """A column: what its rows say, what they are sorted by, and how wide it is.

    `value` gives None where nothing is known; those rows come last. `falling` says that the
    greatest comes first when the column is chosen.
    """

    key: str
    heading: str
    width: int
    value: Callable[[CellRow], Any]
    text: Callable[[CellRow], str]
    numeric: bool = True
    falling: bool = False


def fraction(row: CellRow) -> float:
    """Return how much of a cell is done, from 0 to 1, by iterations or by its time limit."""
    if row.state == "finished":
        return 1.0
    config = row.cell.config
    made = row.iteration / config.iterations
    used = row.elapsed / config.time_limit if config.time_limit else 0.0
    return min(1.0, max(made, used))


def percent(part: float) -> str:
    """Write a fraction in whole percent; 100 is said only when all is done."""
    return f"{math.floor(part * 100 + 1e-9)}%"


def note(row: CellRow) -> str:
    """Return what there is to say of a cell in words, or nothing."""
    if row.message:
        return safe_line(row.message)
    return f"attempt {row.attempts}" if row.attempts > 1 else ""


def varying(cells: Sequence[Cell]) -> list[str]:
    """Return in which respects cells differ: `variant`, `text` and names of hyperparameters."""
    respects = ["variant", "text", *(spec.name for spec in FIELDS)]
    return [name for name in respects if len({_identity(name, cell) for cell in cells}) > 1]


def common(cells: Sequence[Cell]) -> list[str]:
    """Return what all cells have in common, `name value` each, what is not usual first.

    What none of them looks at is left out.
    """
    if not cells:
        return []
    differ, config = set(varying(cells)), cells[0].config
    read = [partial(getattr, cell.config) for cell in cells]
    alike = [
        spec for spec in FIELDS if spec.name not in differ and any(map(spec.is_looked_at, read))
    ]
    alike.sort(key=lambda spec: getattr(config, spec.name) == spec.default)
    parts = [f"{spec.name} {value_text(getattr(config, spec.name))}" for spec in alike]
    if "text" not in differ:
        text = cells[0].text
        parts.insert(0, f"{safe_line(text.name)}, {wording.count(text.characters)} characters")
    return parts


def own(cell: Cell, differ: Iterable[str]) -> list[str]:
    """Return what tells a cell from the others, in words."""
    parts = []
    for name in differ:
        text = safe_line(_written(name, cell))
        parts.append(text if name in ("variant", "text", "cell") else f"{name} {text}")
    return [part for part in parts if part]


def value_text(value: object) -> str:
    """Write the value of a hyperparameter."""
    if isinstance(value, float):
        return wording.rate(value)
    if isinstance(value, int):
        return wording.count(value)
    text = str(value)  # one may have spaces at its ends, or nothing
    return text if text.isidentifier() else repr(text)


def _identity(name: str, cell: Cell) -> object:
    if name == "text":
        return cell.text.sha256
    return cell.variant if name == "variant" else getattr(cell.config, name)


def _written(name: str, cell: Cell) -> str:
    if name == "text":
        return cell.text.name
    if name == "variant":
        return cell.variant
    value = getattr(cell.config, name)
    return str(value) if name == "seed" else value_text(value)


def columns_of(cells: Sequence[Cell]) -> tuple[SweepColumn, ...]:
    """Return the columns for these cells, the important ones first: they are seen when narrow."""
    digits = len(wording.count(len(cells)))
    return (
        SweepColumn("state", "", 1, lambda row: ORDER.index(row.state), _sign, False),
        SweepColumn(
            "number", "#", max(2, digits), _number, lambda row: wording.count(_number(row))
        ),
        *(_field(name, cells) for name in varying(cells)),
        SweepColumn("progress", "progress", 11, fraction, lambda row: "", False, True),
        SweepColumn("left", "left", 7, _left, _left_text),
        _bits("best", lambda row: row.best_bits),
        _bits("valid", lambda row: row.validation_bits),
        _bits("smooth", lambda row: row.smooth_bits),
        SweepColumn("speed", "chars/s", 8, _speed, _speed_text, True, True),
        SweepColumn("time", "time", 7, _elapsed, _elapsed_text),
        SweepColumn("note", "", 0, lambda row: note(row) or None, note, False),
    )


def _sign(row: CellRow) -> str:
    return SIGNS[row.state]


def _number(row: CellRow) -> int:
    return row.cell.number


def _number_text(row: CellRow) -> str:
    return wording.count(_number(row))


def _left(row: CellRow) -> float | None:
    return row.left if row.state in UNDER_WAY else None


def _left_text(row: CellRow) -> str:
    return _optional(row, _left(row), wording.duration) if row.state in UNDER_WAY else ""


def _speed(row: CellRow) -> float | None:
    return None if row.state == "paused" else row.speed


def _speed_text(row: CellRow) -> str:
    return _optional(row, _speed(row), wording.speed)


def _elapsed(row: CellRow) -> float | None:
    return row.elapsed or None


def _elapsed_text(row: CellRow) -> str:
    return _optional(row, _elapsed(row), wording.duration)


def _optional(row: CellRow, value: float | None, write: Callable[[float], str]) -> str:
    """Write a number; a cell that was not begun has none, and needs no sign for it."""
    if value is None:
        return wording.UNKNOWN if row.iteration or row.state in UNDER_WAY else ""
    return write(value)


def _bits(heading: str, value: Callable[[CellRow], float | None]) -> SweepColumn:
    width = 6 + len(BEST) if heading == "best" else max(6, len(heading) + 1)
    return SweepColumn(
        heading, heading, width, value, lambda row: _optional(row, value(row), wording.bits)
    )


def _field(name: str, cells: Sequence[Cell]) -> SweepColumn:
    """Return the column of something that differs between cells."""
    labels = _text_labels(cells) if name == "text" else {}

    def text(row: CellRow) -> str:
        return labels.get(row.cell.text.sha256) or _written(name, row.cell)

    def value(row: CellRow) -> Any:
        return text(row) if name in ("text", "variant") else getattr(row.cell.config, name)

    heading = HEADINGS.get(name, name)
    texts = {labels.get(cell.text.sha256) or _written(name, cell) for cell in cells}
    widest = max(cell_len(safe_line(each)) for each in texts)
    numeric = not isinstance(value(CellRow(cells[0])), str)
    # one more for the arrow at the column that the rows are sorted by
    width = max(len(heading) + 1, min(widest, LONGEST))
    return SweepColumn(name, heading, width, value, lambda row: safe_line(text(row)), numeric)


def _text_labels(cells: Sequence[Cell]) -> dict[str, str]:
    """Return what each text is called: its name, or its source where two have the same name."""
    texts: dict[str, TextIdentity] = {cell.text.sha256: cell.text for cell in cells}
    names = [text.name for text in texts.values()]
    return {
        key: text.source if names.count(text.name) > 1 else text.name for key, text in texts.items()
    }


@dataclass(frozen=True, slots=True)
class SweepSorting:
    """Which column the rows are sorted by, and whether the greatest comes first."""

    column: int = 1
    falling: bool = False

    def next(self, columns: Sequence[SweepColumn]) -> SweepSorting:
        """Return the sorting by the next column, in its usual direction."""
        return self.by((self.column + 1) % len(columns), columns)

    @classmethod
    def by(cls, column: int, columns: Sequence[SweepColumn]) -> SweepSorting:
        """Return the sorting by a column, in its usual direction."""
        return cls(column, columns[column].falling)

    def reverse(self) -> SweepSorting:
        """Return the sorting by the same column the other way round."""
        return SweepSorting(self.column, not self.falling)

    def order(self, rows: Sequence[CellRow], columns: Sequence[SweepColumn]) -> list[int]:
        """Return the places of the rows in order; where nothing is known, they come last."""
        value = columns[self.column].value
        values = [value(row) for row in rows]
        known = [place for place, each in enumerate(values) if _is_known(each)]
        unknown = [place for place, each in enumerate(values) if not _is_known(each)]
        known.sort(key=values.__getitem__, reverse=self.falling)
        return known + unknown


def _is_known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))

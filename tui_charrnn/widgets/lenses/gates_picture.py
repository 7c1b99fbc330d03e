"""Gates as a heat map of characters: one row a hidden unit, one column a character of the text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rich.cells import cell_len
from rich.text import Text

from tui_charrnn.engine.lenses.gates import Gates
from tui_charrnn.engine.parameters import Array
from tui_charrnn.safe_text import STAND_IN, safe_line
from tui_charrnn.widgets.lenses.fitting import fitting

SHADES: Final = " ░▒▓█"
"""From shut to open, a fifth each."""

LEGEND: Final = "blank: shut · ░ from 0.2 · ▒ from 0.4 · ▓ from 0.6 · █ from 0.8: open"

NUMBER, LENGTH, MEAN = 5, 8, 5
"""Cells of the columns before the map: unit, memory length, mean of the gate."""

PINNED: Final = NUMBER + LENGTH + MEAN + 2
"""Cells of all that stands before the map, the gap included."""

MOST_UNITS: Final = 16
"""Rows of a gate in a picture; on the screen there are all."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The characters of a text as the heads of columns.

    Attributes:
        heads: one a character, of one or two cells, so that none leaves its column.
        cells: (T,) of each.
        ends: (T,) where each column ends, in cells from the first.
    """

    heads: tuple[str, ...]
    cells: Array
    ends: Array

    @classmethod
    def of(cls, text: str) -> Columns:
        """Return them for a text, which may hold anything.

        Each character stands alone here: one that belongs to the character before it has a
        stand-in, since there is nothing that it could stand on.
        """
        heads = tuple(map(_head, text))
        cells = np.array([cell_len(head) for head in heads], np.intp)
        return cls(heads, cells, np.cumsum(cells))

    @property
    def width(self) -> int:
        """Cells of all columns."""
        return int(self.ends[-1]) if len(self.ends) else 0

    def at(self, cell: int) -> int:
        """Return the column of a cell, the last one if there are not so many."""
        return min(int(np.searchsorted(self.ends, cell, side="right")), len(self.heads) - 1)

    def start(self, column: int) -> int:
        """Return where a column begins."""
        return int(self.ends[column] - self.cells[column])

    def head(self, first: int, last: int) -> str:
        """Return the heads of some columns."""
        return "".join(self.heads[first:last])

    def row(self, values: Array, first: int, last: int) -> str:
        """Return the cells below them, for the values (T,) of a gate of one unit."""
        shown = shades(values[first:last])
        return "".join([s * n for s, n in zip(shown, self.cells[first:last].tolist(), strict=True)])

    def blocks(self, width: int) -> Iterator[tuple[int, int]]:
        """Cut the columns into blocks of at most so many cells, two at the least."""
        first = 0
        while first < len(self.heads):
            room = self.start(first) + width
            last = max(first + 1, int(np.searchsorted(self.ends, room, side="right")))
            yield first, last
            first = last


def _head(char: str) -> str:
    """Return what is seen of a character that stands alone, in one or two cells."""
    head = safe_line(char)
    return head if cell_len(head) in (1, 2) else STAND_IN


def shades(values: Array) -> str:
    """Return a shade for each value of a gate; a question mark for what is no number."""
    levels = np.clip(np.nan_to_num(values) * len(SHADES), 0, len(SHADES) - 1).astype(np.intp)
    return "".join(
        SHADES[level] if known else "?"
        for level, known in zip(levels.tolist(), (~np.isnan(values)).tolist(), strict=True)
    )


HEADING: Final = f"{'unit':>{NUMBER}}{'memory':>{LENGTH}}{'mean':>{MEAN}}  "
"""What stands above the columns before the map."""


def row_start(found: Gates, layer: int, unit: int, mean: float) -> str:
    """Return unit, memory length and mean of the gate, as wide as `HEADING`."""
    return f"{unit:>{NUMBER}}{length_text(found, layer, unit):>{LENGTH}}{mean:>{MEAN}.2f}  "


def length_text(found: Gates, layer: int, unit: int) -> str:
    """Return how long a unit remembers: `3.2`, or `≥1000` where the text shows no end of it."""
    length = found.lengths[layer - 1, unit]
    if found.is_at_bound(layer, unit):
        return f"≥{len(found.text)}"
    return f"{length:.1f}"


def picture(results: Sequence[tuple[str, Gates]], width: int) -> list[Text]:
    """Return all gates of the layer that each result looks into, the whole text below one another.

    Args:
        results: each with the name of its net, which may hold anything.
        width: cells of a line at the most.
    """
    lines = [fitting(Text(LEGEND, "dim"), width)]
    for name, found in results:
        for gate in found.gates:
            lines += [Text(), *map_of(name, found, gate, found.layer, width)]
    return lines


def map_of(name: str, found: Gates, gate: str, layer: int, width: int) -> Iterator[Text]:
    """Yield the heat map of one gate, of the units that remember longest."""
    order = found.order(layer)
    units = order[:MOST_UNITS].tolist()
    which = f"the {len(units)} that remember longest of " if len(units) < len(order) else ""
    title = f"  {gate} gate, {layer_text(found, layer)}{which}{len(order):,} units"
    yield fitting(Text.assemble((safe_line(name), "bold"), title), width)
    columns, means = Columns.of(found.text), found.means(gate)[layer - 1]
    for first, last in columns.blocks(width - PINNED):
        yield Text(HEADING, "dim").append(columns.head(first, last), "bold not dim")
        for unit in units:
            start = row_start(found, layer, unit, float(means[unit]))
            values = found.gates[gate][layer - 1, :, unit]
            yield Text(start, no_wrap=True).append(columns.row(values, first, last))


def layer_text(found: Gates, layer: int) -> str:
    """Return `layer 2, ` where there are several layers, nothing where there is one."""
    return f"layer {layer}, " if len(found.lengths) > 1 else ""

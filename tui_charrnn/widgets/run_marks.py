"""How runs on one chart are told apart: by colour, and by the marks on their curves.

A run keeps its look as long as it keeps its place in the list. The first one is drawn in quarter
blocks, the second in fine dots; the further ones in fine dots with a sign of their own on them, so
that they can be told without colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from textual.geometry import Size

from tui_charrnn.runs.thinning import Floats, Integers
from tui_charrnn.widgets.plot import Curve, Drawing

COLOURS = 8
"""Runs that have a colour of their own; the signs go on."""

MARKS = "▚⣿x+o*#%"
"""Stands for a run in the legend; from the third on it stands on the curve too."""

POINT_MARKS = "◆◇▲△■□●○"
"""Stands for single measurements of a run."""

SPACING = 14
"""Cells between two signs on a curve."""

DASH = 3
"""Cells for which one of several curves at the same place is seen before the next one is."""

DOTS = 4
"""Dots above one another in a cell."""

Points = tuple[Floats, Floats]
"""Positions on the horizontal axis, and values."""


def part_of(index: int) -> str:
    """Return the part that the run at this place of the list plays."""
    return f"run-{index % COLOURS + 1}"


def mark_of(index: int) -> str:
    """Return the sign of a run: another one in each round through the colours."""
    return MARKS[(index + index // COLOURS) % len(MARKS)]


def point_mark_of(index: int) -> str:
    """Return the mark of single measurements of a run."""
    return POINT_MARKS[(index + index // COLOURS) % len(POINT_MARKS)]


def overlaid(runs: Sequence[Points], frame: Drawing, room: Size) -> Iterator[Curve]:
    """Yield the curves of all runs, and the signs on them.

    Where curves lie on one another they take turns, so that none hides the others.

    Args:
        runs: positions, rising, and values of each.
        frame: the drawing on which they come.
        room: about as many cells as it will have.
    """
    cells = [scaled_to(x, frame.x_limits, room.width) for x, _ in runs]
    for index, points in enumerate(runs):
        yield _line(index, points, np.ones(len(points[0]), np.bool_), frame, room)
    for index, points in enumerate(runs if len(runs) > 1 else ()):
        turn = cells[index] // DASH % len(runs) == index
        turn[1:] |= turn[:-1]  # each piece reaches to where the next one begins
        yield _line(index, points, turn, frame, room)
    for index, (x, y) in enumerate(runs):
        if mark_of(index) not in MARKS[:2]:
            signs = firsts(cells[index] - index * SPACING / len(runs), SPACING)
            yield Curve(part_of(index), mark_of(index), x[signs], y[signs], joined=False)


def scaled_to(values: Floats, limits: tuple[float, float], most: int) -> Floats:
    """Return the values with the limits put at 0 and at `most`."""
    return (values - limits[0]) / (limits[1] - limits[0]) * most


def _line(
    index: int, points: Points, chosen: NDArray[np.bool_], frame: Drawing, room: Size
) -> Curve:
    """Return the chosen pieces of a run's curve.

    Points inside a level piece are left out: each costs plotext 10 microseconds.
    """
    x, y = points
    rows = np.floor(scaled_to(y, frame.y_limits, room.height * DOTS))
    bends = np.diff(rows, prepend=np.nan) != 0
    ends = np.diff(chosen, prepend=False)
    edge = bends | ends
    edge[:-1] |= edge[1:]
    edge[-1:] = True
    kept = np.flatnonzero(chosen & edge)
    breaks = np.flatnonzero(np.isin(kept, np.flatnonzero(chosen & ends)))
    marker = "hd" if mark_of(index) == MARKS[0] else "braille"
    return Curve(part_of(index), marker, x[kept], y[kept], breaks=breaks.tolist())


def firsts(cells: Floats, spacing: float) -> Integers:
    """Return the indices of the first point in every stretch of so many cells."""
    return np.unique(cells // spacing, return_index=True)[1]


def dotted(runs: Sequence[Points]) -> Iterator[Curve]:
    """Yield the marks of single measurements; those at one place take turns in being seen."""
    for index, points in enumerate(runs):
        yield Curve(part_of(index), point_mark_of(index), *points, joined=False)
    for index, (x, y) in enumerate(runs):
        turn = np.arange(len(x)) % len(runs) == index
        yield Curve(part_of(index), point_mark_of(index), x[turn], y[turn], joined=False)

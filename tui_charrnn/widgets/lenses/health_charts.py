"""Charts of training health over the iterations: one for each number, with a line for each net."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import Final

import numpy as np
from textual.geometry import Size

from tui_charrnn.engine.lenses.verdicts import Measure
from tui_charrnn.engine.lenses.weights import Weights
from tui_charrnn.runs import wording
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.chart_axes import round_values, shortest, ticks_for
from tui_charrnn.widgets.lenses.lines import grid, shortened, side_by_side
from tui_charrnn.widgets.memory_chart import decade_ticks
from tui_charrnn.widgets.plot import Drawing, Line, Tick, render
from tui_charrnn.widgets.run_marks import Points, mark_of, overlaid, part_of

Found = Sequence[tuple[str, Weights]]
"""What was found in each net, and its name."""

NO_LOOKS: Final = (
    "The training was not looked at yet: watch_every says after how many updates that is done "
    "(0: never)."
)

LEAST_WIDTH: Final = 36
"""Cells of a chart that has another one beside it."""

LEAST_HEIGHT: Final = 6
"""Lines of a chart, its title included; what has no room is cut off."""

TICKS: Final = 4
"""The most values that are named at a vertical axis."""

BOUND: Final = "┄"
"""Marks the bounds of what is healthy."""

LEAST_RATIO, MOST_RATIO = 1e-9, 1e3
"""Updates smaller or larger than that are drawn there."""

LEAST_SHARE, LEAST_RADIUS = 0.05, 1.0
"""What the axes of shares and radii reach at least where all values are 0."""

HEADROOM: Final = 1.1
"""How many times as high as its highest line a chart is."""

NAME_FRAME: Final = 4
"""Cells for mark and blanks before a name."""


PANELS: Final[Mapping[Measure, str]] = {
    "spectral_radius": "spectral radius",
    "update_ratio": "update to weights",
    "saturated": "saturated",
    "clipped_share": "clipped",
}
"""What is drawn, and the titles of the charts."""

SHARES: Final = ("saturated", "clipped_share")
"""What is told in percent."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, and where it goes; only finite values."""

    name: str
    points: Points


def charts(results: Found, room: Size) -> list[Line]:
    """Return all charts as lines, at most as many as there is room for; or why there are none."""
    looks = [look.iteration for _, found in results for look in found.looks]
    if not looks:
        return [[("", line)] for line in wrap(NO_LOOKS, max(1, room.width))][: room.height]
    across, size = grid(len(PANELS), room, LEAST_WIDTH)
    size = Size(size.width, max(LEAST_HEIGHT, size.height))
    drawn = [_panel(measure, results, max(looks), size) for measure in PANELS]
    return side_by_side(drawn, across, size.width)[: room.height]


def _panel(measure: Measure, results: Found, last: int, size: Size) -> list[Line]:
    """Return title, names and chart of one measure, up to an iteration."""
    lines = list(_series(measure, results))
    room = Size(size.width, size.height - 1)
    low, high = _limits(measure, lines)
    limits = (0.0, float(max(1, last))), (low, high)
    frame = Drawing(*limits, _iterations(last, size.width), _ticks(measure, low, high), ())
    bounds = [
        frame.level("floor", BOUND, _height(measure, bound))
        for bound in _bounds(measure, results)
        if low < _height(measure, bound) < high
    ]
    drawn = replace(frame, curves=[*bounds, *overlaid([one.points for one in lines], frame, room)])
    return [_title(PANELS[measure], [one.name for one in lines], size.width), *render(drawn, room)]


def _title(title: str, names: Sequence[str], width: int) -> Line:
    """Return a title with the names of all lines, each cut to its share of the room."""
    share = (width - len(title) - 1) // max(1, len(names)) - NAME_FRAME
    if share < 1:
        return [("title", f" {title}")]
    return [
        ("title", f" {title}"),
        *(
            (part_of(index), f"  {mark_of(index)} {shortened(safe_line(name), share)}")
            for index, name in enumerate(names)
        ),
    ]


def _series(measure: Measure, results: Found) -> Iterator[Series]:
    """Yield a line for each net; of the spectral radius, for each of its layers."""
    for name, found in results:
        if measure != "spectral_radius":
            yield Series(name, _points(measure, found, [getattr(e, measure) for e in found.looks]))
            continue
        layers = len(found.layers)
        for layer in range(layers):
            radii = [look.spectral_radii[layer] for look in found.looks]
            label = name if layers == 1 else f"{name} layer {layer + 1}"
            yield Series(label, _points(measure, found, radii))


def _points(measure: Measure, found: Weights, values: Sequence[float]) -> Points:
    at = np.array([look.iteration for look in found.looks], np.float64)
    heights = np.array([_height(measure, value) for value in values], np.float64)
    seen = np.isfinite(heights)
    return at[seen], heights[seen]


def _height(measure: Measure, value: float) -> float:
    """Return where a value lies on the vertical axis, which is logarithmic for updates."""
    if measure == "update_ratio" and not math.isnan(value):
        return math.log10(min(max(value, LEAST_RATIO), MOST_RATIO))
    return value


def _limits(measure: Measure, lines: Sequence[Series]) -> tuple[float, float]:
    heights = [height for line in lines for height in line.points[1].tolist()]
    if measure == "update_ratio":
        low = math.floor(min(heights, default=-1.0))
        return low, max(low + 1, math.ceil(max(heights, default=0.0)))
    least = LEAST_SHARE if measure in SHARES else LEAST_RADIUS
    return 0.0, HEADROOM * max(heights, default=least) or least


def _ticks(measure: Measure, low: float, high: float) -> list[Tick]:
    if measure == "update_ratio":
        return decade_ticks(int(low), int(high), TICKS)
    if measure in SHARES:
        return [(at, f"{shortest(100 * at)}%") for at in round_values(low, high, TICKS)]
    return [(at, shortest(at)) for at in round_values(low, high, TICKS)]


def _iterations(last: int, width: int) -> list[Tick]:
    values = {round(value) for value in round_values(0, max(1, last), ticks_for(width))}
    return [(float(value), wording.count(value)) for value in sorted(values)]


def _bounds(measure: Measure, results: Found) -> Sequence[float]:
    """Return the bounds of what is healthy, where all nets have the same."""
    known = {
        verdict.bounds
        for _, found in results
        for verdict in found.verdicts
        if verdict.measure == measure
    }
    return (known.pop() or ()) if len(known) == 1 else ()

"""The times of `benchmarks.growth` against what grows: in the terminal, and as a picture."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rich.text import Text
from textual.geometry import Size

from benchmarks.growth_fits import Curve, fit
from tui_charrnn.runs.report.drawing import OTHERS, STYLES, Style, chart_of, new_figure, short
from tui_charrnn.widgets import plot

MARKERS: Final = {"rnn": "r", "gru": "g", "lstm": "l"}
"""Of the cells in the terminal; with several streams they are capital letters."""

COLOURS: Final = {"rnn": "blue", "gru": "red", "lstm": "green"}

NAMES: Final = {
    "H": "hidden units H",
    "T": "characters a window T",
    "B": "streams B",
    "V": "distinct characters V",
    "text": "characters of the text",
}

ROOM: Final = Size(76, 15)
"""Cells of a chart in the terminal."""

FINE: Final = 60
"""Points of a fitted curve."""


def limits(values: np.ndarray) -> tuple[float, float]:
    """Return the logarithms between which values are drawn, with some room around them."""
    low, high = float(np.log10(values).min()), float(np.log10(values).max())
    return low - 0.06, high + 0.06


def _fine(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """Return sizes between the smallest and the largest, and the milliseconds fitted to them."""
    x = np.geomspace(curve.sizes[0], curve.sizes[-1], FINE)
    return x, 1e3 * fit(curve.sizes, curve.times)(x)


def _parts_of(curve: Curve) -> tuple[str, bool]:
    """Return the cell of a curve, and whether it has several streams."""
    cell, *rest = curve.label.split()
    return cell, bool(rest) and rest[-1] != "B=1"


def _marker(curve: Curve) -> str:
    cell, has_streams = _parts_of(curve)
    return MARKERS[cell].upper() if has_streams else MARKERS[cell]


def in_terminal(curves: Sequence[Curve]) -> Iterator[Text]:
    """Yield the lines of one chart: measured times as letters, what is fitted to them as dots."""
    legend = Text(" · ").join(
        Text(f"{_marker(curve)} {curve.label}", COLOURS[_parts_of(curve)[0]]) for curve in curves
    )
    yield Text.assemble("ms an update against ", NAMES[curves[0].axis], ": ", legend)
    x_limits = limits(np.concatenate([curve.sizes for curve in curves]))
    y_limits = limits(np.concatenate([1e3 * curve.times for curve in curves]))
    lines: list[plot.Curve] = []
    for curve in curves:
        part, (x, y) = _parts_of(curve)[0], _fine(curve)
        lines.append(plot.Curve(part, "braille", np.log10(x), np.log10(y)))
    for curve in curves:
        x, y = np.log10(curve.sizes), np.log10(1e3 * curve.times)
        lines.append(plot.Curve(_parts_of(curve)[0], _marker(curve), x, y, joined=False))
    sizes = np.unique(np.concatenate([curve.sizes for curve in curves]))
    ticks = [(math.log10(size), _named(size)) for size in sizes]
    drawing = plot.Drawing(x_limits, y_limits, ticks, _time_ticks(*y_limits), lines)
    for line in plot.render(drawing, ROOM):
        yield Text.assemble(*((text, COLOURS.get(part, "")) for part, text in line))


def _named(size: float) -> str:
    return f"{size:,.0f}" if size < 10_000 else short(size)


def _time_ticks(low: float, high: float) -> list[plot.Tick]:
    """Return the powers of ten within the limits, or a few other values where there are none."""
    powers = range(math.ceil(low), math.floor(high) + 1)
    if len(powers) > 1:
        return [(float(power), f"{10.0**power:g}") for power in powers]
    values = np.linspace(low, high, 5)[1:-1]
    return [(float(value), f"{10**value:.2g}") for value in values]


def write_picture(path: Path, curves: Sequence[Curve]) -> None:
    """Write all charts into one SVG file.

    Raises:
        OSError: if it cannot be written.
    """
    axes_of = list(dict.fromkeys(curve.axis for curve in curves))
    figure = new_figure(3.4 * math.ceil(len(axes_of) / 2))
    for number, axis in enumerate(axes_of, 1):
        axes = figure.add_subplot(math.ceil(len(axes_of) / 2), 2, number)
        for curve in (each for each in curves if each.axis == axis):
            style, has_streams = _style(curve)
            axes.plot(*_fine(curve), style.line, color=style.colour, lw=0.9, alpha=0.8)
            axes.plot(
                curve.sizes, 1e3 * curve.times, style.marker, color=style.colour, ms=5,
                mfc=style.colour if has_streams else "none",
                label=f"{curve.label}: $x^{{{max(curve.exponent, 0):.2f}}}$",
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_yscale("log")
        sizes = np.unique(np.concatenate([each.sizes for each in curves if each.axis == axis]))
        axes.set_xticks(sizes, [_named(size) for size in sizes], minor=False)
        axes.set_xticks([], minor=True)
        axes.set_xlabel(NAMES[axis])
        axes.set_ylabel("ms an update")
        axes.legend(fontsize=7.5, frameon=False)
    told = "Milliseconds of a training update against what grows, with fitted curves"
    path.write_text(chart_of(figure, "growth", told).svg, encoding="utf-8")


def _style(curve: Curve) -> tuple[Style, bool]:
    cell, has_streams = _parts_of(curve)
    return STYLES.get(cell.upper(), OTHERS[0]), has_streams

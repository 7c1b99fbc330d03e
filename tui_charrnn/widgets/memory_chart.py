"""The chart of gradient memory: how far back the loss of one character reaches into each net."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from textual.geometry import Size

from tui_charrnn.engine.events import GradientMemory
from tui_charrnn.runs import wording
from tui_charrnn.widgets.chart_axes import round_values, ticks_for
from tui_charrnn.widgets.overlay_chart import OverlayChart
from tui_charrnn.widgets.plot import Curve, Drawing, Line, Tick
from tui_charrnn.widgets.run_legend import Entry
from tui_charrnn.widgets.run_marks import Points, dotted, overlaid

Measured = Sequence[tuple[str, GradientMemory]]
"""Each with a short label."""

FADED = 0.01
"""The part of the norm at lag 0 below which hardly anything can be learned."""

LOWEST = -12
"""The decade below which nothing is told apart any more."""

HIGHEST = 12
"""The decade above which nothing is."""

TICKS = 7
"""The most decades that are named."""

LEAST_LAGS = 3
"""Lags that even the narrowest chart names at the most: they are short."""


class MemoryChart(OverlayChart):
    """Mean norm of dLoss_T/dh_(T-k) against the lag k, on a logarithmic axis."""

    HELP = """
    # Gradient memory

    How strongly the loss at one character depends on the net's state **k** characters before:
    the norm of dLoss_T/dh_(T-k), the mean over several places in the text, for the weights of the
    moment of measuring. Training can only teach a net to remember what lies within its reach.

    A line that falls steeply is the vanishing gradient: every step back multiplies it by a number
    below 1, and on this logarithmic axis that is a straight slope. Where gates ease it, the line of
    the GRU runs flatter than that of the RNN. A line that rises is a gradient that explodes. The
    mark on a line, and the legend, say at which lag less than 1 % of the norm at lag 0 is left.
    Compare nets that were trained equally long: the small weights that training begins with let
    every line fall within a few characters.
    """

    _measured: Measured = ()

    def show(self, measured: Measured) -> None:
        """Draw these measurements from now on, each under its label."""
        self._measured = list(measured)
        self.redraw()

    def redraw(self) -> None:
        """Draw anew, and say what is drawn."""
        self.border_title = "Gradient memory · mean norm of dLoss_T/dh_(T-k)"
        low, _ = decades([memory for _, memory in self._measured])
        hidden = any(_smallest(memory) < 10.0**low for _, memory in self._measured)
        clipped = f"; below {_decade(low)} nothing is drawn" if hidden else ""
        self.border_subtitle = f"lag k in characters{clipped}"
        super().redraw()

    def draw_lines(self, size: Size) -> list[Line]:
        """Return the chart as lines, or what to do while there is nothing to draw."""
        if not self._measured:
            return self.nothing(self.empty, size)
        entries = [
            Entry(index, label, (reach_text(memory),))
            for index, (label, memory) in enumerate(self._measured)
        ]
        memories = [memory for _, memory in self._measured]
        return self.laid_out(entries, [], drawing_of(memories, size), size)


def reach(memory: GradientMemory) -> int | None:
    """Return the first lag with less than 1 % of the norm at lag 0, None if there is no such."""
    norms = np.array(memory.norms)
    faded = np.flatnonzero(norms < FADED * norms[:1])
    return int(faded[0]) if len(faded) else None


def reach_text(memory: GradientMemory) -> str:
    """Say how far back the gradient reaches: `1 % after 23 characters`."""
    if not memory.norms or not math.isfinite(memory.norms[0]) or not memory.norms[0]:
        return "no gradient"
    at = reach(memory)
    if at is None:
        return f"over 1 % at all {wording.count(len(memory.norms) - 1)} lags"
    return f"1 % after {wording.count(at)} character{'' if at == 1 else 's'}"


def decades(memories: Sequence[GradientMemory]) -> tuple[int, int]:
    """Return the powers of ten between which the norms are drawn."""
    norms = np.array([norm for memory in memories for norm in memory.norms])
    seen = np.log10(norms[(norms > 0) & np.isfinite(norms)])
    if not len(seen):
        return -1, 0
    high = min(max(math.ceil(seen.max()), LOWEST + 1), HIGHEST)
    return min(max(math.floor(seen.min()), LOWEST), high - 1), high


def _smallest(memory: GradientMemory) -> float:
    return min(memory.norms, default=math.inf)


def drawing_of(
    memories: Sequence[GradientMemory],
    room: Size,
    among: Sequence[GradientMemory] | None = None,
) -> Drawing:
    """Return what stands below the legend.

    Args:
        memories: what is drawn.
        room: about as many cells as it will have.
        among: what the axes have room for, so that charts compare; None for what is drawn.
    """
    fitted = memories if among is None else among
    low, high = decades(fitted)
    last = max(1, *(len(memory.norms) - 1 for memory in fitted))
    frame = Drawing(
        (0.0, float(last)), (low, high), _lags(last, room.width), decade_ticks(low, high, TICKS), ()
    )
    return replace(frame, curves=list(_curves(memories, frame, room)))


def _lags(last: int, width: int) -> list[Tick]:
    most = max(LEAST_LAGS, ticks_for(width))
    values = sorted({round(value) for value in round_values(0, last, most)})
    return [(float(value), wording.count(value)) for value in values]


def decade_ticks(low: int, high: int, most: int) -> list[Tick]:
    """Return powers of ten for an axis of logarithms, about `most` of them, 1 among them."""
    step = math.ceil((high - low) / most)
    first = -step * (-low // step)  # so that 1 is among them
    return [(float(power), _decade(power)) for power in range(first, high + 1, step)]


def _decade(power: int) -> str:
    return f"{10.0**power:g}" if -3 <= power <= 3 else f"1e{power}"


def _curves(memories: Sequence[GradientMemory], frame: Drawing, room: Size) -> Iterator[Curve]:
    runs = [_points(memory, *frame.y_limits) for memory in memories]
    yield from overlaid(runs, frame, room)
    reached = [x == reach(memory) for (x, _), memory in zip(runs, memories, strict=True)]
    yield from dotted([(x[at], y[at]) for (x, y), at in zip(runs, reached, strict=True)])


def _points(memory: GradientMemory, low: float, high: float) -> Points:
    """Return lags and powers of ten, up to where the line leaves the chart at its bottom."""
    norms = np.array(memory.norms, np.float64)
    seen = np.flatnonzero(norms > 10.0**low)
    end = seen[-1] + 2 if len(seen) else 0
    lags = np.flatnonzero(~np.isnan(norms[:end]))
    powers = np.log10(np.clip(norms[lags], 10.0**low, 10.0**high))
    return lags.astype(np.float64), powers

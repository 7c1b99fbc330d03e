"""The picture of gradient memory: a chart for each net, a line for each moment of its training.

All charts have the same axes, so that nets compare; the lines of one net are told apart by the
signs that stand on them, as the lines above the chart tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.text import Text
from textual.geometry import Size

from tui_charrnn.engine.events import GradientMemory
from tui_charrnn.engine.lenses.memory import Memory
from tui_charrnn.runs import wording
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.lenses.lines import as_text, fitted, grid, side_by_side
from tui_charrnn.widgets.memory_chart import drawing_of, reach_text
from tui_charrnn.widgets.plot import Line, render
from tui_charrnn.widgets.run_marks import mark_of, part_of

Memories = Sequence[tuple[str, Memory]]
"""What was measured of each net, and its name."""

CAPTION: Final = "Mean norm of dLoss_T/dh_(T-k) against lag k in characters"

LEAST_WIDTH: Final = 37
"""Cells of a chart that has another one beside it."""

LEAST_CHART: Final = 7
"""Lines of a chart, its axis included; with less room its legend becomes one line."""

HEIGHT: Final = 24
"""Lines for a row of charts in a picture that may be as high as it wants."""


def picture(results: Memories, width: int) -> list[Text]:
    """Return a picture of so many cells, for the results of one net or several."""
    across, _ = grid(len(results), Size(width, HEIGHT), LEAST_WIDTH)
    room = Size(width, HEIGHT * -(-len(results) // across))
    return [as_text(line) for line in [[("title", CAPTION[:width])], *charts(results, room)]]


def charts(results: Memories, room: Size) -> list[Line]:
    """Return the charts as lines, at most as many as there is room for."""
    across, size = grid(len(results), room, LEAST_WIDTH)
    among = [memory for _, result in results for memory in result.all]
    panels = [_panel(name, result, among, size) for name, result in results]
    return side_by_side(panels, across, size.width)[: room.height]


def _panel(name: str, result: Memory, among: Sequence[GradientMemory], size: Size) -> list[Line]:
    """Return name, legend and chart of one net."""
    memories = result.all
    title = f" {safe_line(name)} after {wording.count(result.now.iteration)}"
    lines: list[Line] = [[("title", title)], *_legend(memories)]
    if size.height - len(lines) < LEAST_CHART:
        lines = [lines[0], _short_legend(memories)]
    if size.height - len(lines) < LEAST_CHART:
        return [lines[0], *_legend(memories)][: size.height]
    chart = Size(size.width, size.height - len(lines))
    drawn = render(drawing_of(memories, chart, among), chart)
    return [*(fitted(line, size.width) for line in lines), *drawn]


def _legend(memories: Sequence[GradientMemory]) -> list[Line]:
    """Return one line a moment: its sign, when it was, how far back the gradient reached."""
    moments = [_moment(index, memory) for index, memory in enumerate(memories)]
    longest = max(map(len, moments))
    return [
        [(part_of(index), f" {mark_of(index)} {moment:<{longest}}  {reach_text(memory)}")]
        for index, (moment, memory) in enumerate(zip(moments, memories, strict=True))
    ]


def _short_legend(memories: Sequence[GradientMemory]) -> Line:
    return [
        (part_of(index), f" {mark_of(index)} {_moment(index, memory)}")
        for index, memory in enumerate(memories)
    ]


def _moment(index: int, memory: GradientMemory) -> str:
    return "now" if index == 0 else wording.count(memory.iteration)

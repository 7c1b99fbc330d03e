"""How charts look, and how they become SVG.

No state of matplotlib is touched but for its settings while a chart is written, under a lock. Each
chart comes twice: on a white ground for a file of its own, and for a page whose colours it takes.
"""

from __future__ import annotations

import io
import logging
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tui_charrnn.runs.report.blocks import Chart
from tui_charrnn.runs.report.errors import ReportError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1a1a1b"
"""Of axes and text: a colour that nothing else has, since a page puts its own in its place."""

FAINT = "#8a8f98"
"""Of grids and of what is no model."""

GROUND = "#fffffe"
"""Behind it all: white, and again a colour that nothing else has."""

PATH = re.compile(r' d="[^"]*"')
DECIMALS = re.compile(r"(\.\d)\d+")

SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "charrnn-tui",
    "font.sans-serif": ["DejaVu Sans"],  # a page has its own when it lacks this one
}

NO_METADATA: Any = {"Date": None, "Creator": None}
"""So that the same runs give the same file."""

_WRITING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Style:
    """How a model is drawn: told apart by colour, line and marker, each alone enough."""

    colour: str
    line: str
    marker: str


STYLES = {
    "RNN": Style("#0072b2", "--", "o"),
    "GRU": Style("#d55e00", "-", "s"),
}
"""Of the cells: blue and vermilion, which the colour-blind tell apart (Okabe and Ito)."""

OTHERS = (Style("#009e73", "-.", "^"), Style("#cc79a7", ":", "D"), Style("#56b4e9", "--", "v"))
"""Of any other cell or setting."""

PALETTE = {
    **{cell.lower(): style.colour for cell, style in STYLES.items()},
    **{f"other-{number}": style.colour for number, style in enumerate(OTHERS)},
    "faint": FAINT,
}
"""Colours by the names under which a page may change them."""


def check_library() -> None:
    """Make sure that charts can be drawn.

    Raises:
        ReportError: if matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401, PLC0415
    except ImportError:
        raise ReportError(
            "The report draws its charts with matplotlib, which is not installed: install "
            "charrnn-tui[report]."
        ) from None
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # a screen is no place for its notes


def new_figure(height: float, width: float = 10.0) -> Figure:
    """Make a figure, in inches, that lays itself out."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    return Figure(figsize=(width, height), layout="constrained")


def short_numbers() -> Any:
    """Return what writes the numbers of an axis."""
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415

    return FuncFormatter(lambda value, _: short(value))


def few_ticks() -> Any:
    """Return what puts a few ticks at round whole numbers."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    return MaxNLocator(5, integer=True)


def short(value: float) -> str:
    """Write a number for an axis: `500`, `20k`, `1.5M`."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.4g}{letter}"
    return f"{value:.4g}"


def chart_of(figure: Figure, name: str, alt: str) -> Chart:
    """Return a figure as a chart of the report; `alt` says what it shows, without a full stop."""
    for axes in figure.axes:
        _plain(axes)
    svg = _svg(figure)
    return Chart(name, f"{alt}.", svg, _for_a_page(svg))


def _plain(axes: Axes) -> None:
    """Leave out what is no data, and draw the rest in one colour."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(INK)
    axes.grid(True, color=FAINT, alpha=0.25, linewidth=0.6)
    axes.tick_params(colors=INK, which="both", labelsize=9)
    axes.xaxis.label.set_color(INK)
    axes.yaxis.label.set_color(INK)


def _svg(figure: Figure) -> str:
    import matplotlib  # noqa: PLC0415

    file = io.StringIO()
    for axes in figure.axes:
        axes.set_facecolor("none")
    with _WRITING, matplotlib.rc_context(SETTINGS):
        figure.savefig(file, format="svg", facecolor=GROUND, metadata=NO_METADATA)
    return PATH.sub(_shortened, file.getvalue())


def _shortened(path: re.Match[str]) -> str:
    """Return a path whose places are as exact as can be seen: that halves a picture."""
    return DECIMALS.sub(r"\1", path[0]).replace(" \n", " ")


def _for_a_page(svg: str) -> str:
    """Return the picture without a document around it, in the colours of the page."""
    svg = svg[svg.index("<svg") :].rstrip()
    svg = svg.replace(INK, "currentColor").replace(GROUND, "none")
    for name, colour in PALETTE.items():
        svg = svg.replace(colour, f"var(--{name}, {colour})")
    return svg

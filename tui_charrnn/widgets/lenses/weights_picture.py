"""The picture of weights: what was measured and what is known of it, histograms, and charts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Final

from rich.text import Text
from textual.geometry import Size

from tui_charrnn.engine.lenses.verdicts import State, Verdict
from tui_charrnn.engine.lenses.weights import Layer, Matrix, Weights
from tui_charrnn.runs import wording
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.lenses.fitting import fitting
from tui_charrnn.widgets.lenses.health_charts import Found, charts
from tui_charrnn.widgets.lenses.lines import as_text

BARS: Final = " ▁▂▃▄▅▆▇█"
"""Of nothing, and then of eight heights."""

QUANTITY, VALUE = 20, 10
"""Cells of the columns of verdicts: what was measured, and its value."""

FULL: Final = 76
"""Cells that a line with a whole histogram takes; in less room its bars stand for two each."""

CHARTS_HEIGHT: Final = 28
"""Lines of all charts in a picture that may be as high as it wants."""

STYLES: Final[dict[State, str]] = {
    "healthy": "green", "low": "bold yellow", "high": "bold yellow", "not finite": "bold red",
    "no bound": "",
}  # fmt: skip

MARKS: Final[dict[State, str]] = {"healthy": " ", "no bound": " "}
"""Before a line, where nothing is wrong; else there is an exclamation mark."""


def picture(results: Found, width: int) -> list[Text]:
    """Return a picture of so many cells, for the results of one net or several."""
    lines = figures(results, width)
    lines += [Text(), Text("Over the iterations", "bold")]
    lines += [as_text(line) for line in charts(results, Size(width, CHARTS_HEIGHT))]
    for line in lines:
        line.truncate(width)
    return lines


def figures(results: Found, width: int) -> list[Text]:
    """Return the figures of now, net after net."""
    lines: list[Text] = []
    for name, found in results:
        lines += [Text()] * bool(lines)
        lines.append(_head(name, found))
        for verdict in found.verdicts:
            lines += _verdict(verdict, found.layers, width)
        lines += [_matrix(matrix, width) for matrix in found.matrices]
    return [fitting(line, width) for line in lines]


def _head(name: str, found: Weights) -> Text:
    looked = (
        f"updates and clipping: at iteration {wording.count(found.looks[-1].iteration)}"
        if found.looks
        else "its training was not looked at yet"
    )
    title = f"{safe_line(name)} after {wording.count(found.iteration)}"
    return Text.assemble((title, "bold"), f"  {looked}")


def _verdict(verdict: Verdict, layers: Sequence[Layer], width: int) -> list[Text]:
    """Return a line for a value, and what is known of it; a long hint goes on below."""
    style = STYLES[verdict.state]
    words = [verdict.state] if verdict.state != "no bound" else []
    hints = [verdict.hint] if verdict.hint else []
    if verdict.measure == "saturated":
        hints.append(_units(layers))
    indent = QUANTITY + VALUE + 2
    told = ": ".join([*words, *[", ".join(hints)] * bool(hints)])
    pieces = wrap(told, max(8, width - indent)) or [""]
    mark = MARKS.get(verdict.state, "!")
    start = f"{mark} {verdict.quantity:<{QUANTITY - 2}}{_value(verdict):>{VALUE}}  "
    return [
        Text.assemble(start, (pieces[0], style)),
        *(Text.assemble(" " * indent, (piece, style)) for piece in pieces[1:]),
    ]


def _value(verdict: Verdict) -> str:
    match verdict.measure:
        case "update_ratio":
            return f"{verdict.value:.1e}"
        case "saturated" | "clipped_share":
            return f"{100 * verdict.value:.1f} %"
        case "gradient_norm":
            return f"{verdict.value:.4g}"
        case "spectral_radius":
            return f"{verdict.value:.3f}"


def _units(layers: Sequence[Layer]) -> str:
    """Say how many units are saturated most of the time, layer by layer."""
    numbers = " + ".join(wording.count(layer.most_of_the_time) for layer in layers)
    return f"{numbers} of {wording.counted(layers[0].units, 'unit')} most of the time"


def _matrix(matrix: Matrix, width: int) -> Text:
    """Return a line for a matrix: radius, deviation, and the histogram between its limits."""
    bars = "".join(_bars(matrix.counts if width >= FULL else _halved(matrix.counts)))
    head = f"  {matrix.name:<5}radius {matrix.spectral_radius:<6.3g} sd {matrix.deviation:<6.2g}"
    limit = f"{matrix.limit:.2g}"
    return Text(f"{head} {f'-{limit}':>6} {bars} {limit}")


def _halved(counts: Sequence[int]) -> list[int]:
    return [one + other for one, other in zip(counts[::2], counts[1::2], strict=True)]


def _bars(counts: Sequence[int]) -> Iterator[str]:
    """Yield a bar for each count; one that is not 0 is seen, however low."""
    most = max(counts) or 1
    for count in counts:
        yield BARS[-(-count * (len(BARS) - 1) // most)]

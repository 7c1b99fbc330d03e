"""The loss chart: the one file that imports plotext."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from rich.text import Text
from textual.geometry import Size
from textual.reactive import reactive
from textual.widget import Widget

from tui_charrnn.runs.history import LossHistory

LEAST = Size(24, 6)
"""Below this size there is no room for axes."""


class LossChart(Widget, can_focus=True):
    """Raw loss (dots) and smooth loss (line) of a run over the iterations."""

    HELP = """
    # Loss

    Dots are the loss of single windows, the line is the smooth loss.
    `u` switches between bits per character and nats a sequence, `l` the iteration axis
    between linear and logarithmic.
    """

    unit: reactive[Literal["bits", "nats"]] = reactive("bits")
    log_x = reactive(False)

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id)
        self.border_title = "Loss"
        self._histories: Sequence[LossHistory] = ()

    def show(self, histories: Sequence[LossHistory]) -> None:
        """Draw these runs from now on."""
        self._histories = histories
        self.redraw()

    def redraw(self) -> None:
        """Draw anew: there are new points."""
        self.refresh()

    def render(self) -> Text:
        """Return the chart, or a hint while there is nothing to draw."""
        history = self._histories[0] if self._histories else None
        if history is None or not len(history.iterations):
            return Text("press space to start training", style="dim")
        if self.size.width < LEAST.width or self.size.height < LEAST.height:
            return Text("")
        return Text.from_ansi(self._build(history), no_wrap=True)

    def _build(self, history: LossHistory) -> str:
        import plotext  # noqa: PLC0415 - the app starts sooner without it

        figure = plotext.figure
        plotext.terminal.limit(False, False)
        figure.clear()
        figure.plot_size(self.size.width, self.size.height)
        figure.theme("colorless")
        figure.legend(False)
        picked = _picked(len(history.iterations), 2 * self.size.width)
        x = self._x(history.iterations[picked])
        self._draw(figure, x, self._y(history.loss[picked], history), "braille", lines=False)
        self._draw(figure, x, self._y(history.smooth_loss[picked], history), "hd", lines=True)
        unit = "bits per character" if self.unit == "bits" else "nats a sequence"
        figure.label(f"iteration{' (log10)' if self.log_x else ''}, {unit}")
        return str(figure.build())

    def _draw(self, figure: Any, x: list[float], y: list[float], marker: str, lines: bool) -> None:
        signal = figure.signal(x, y, marker=marker)
        figure.draw(signal.lines() if lines else signal)

    def _x(self, iterations: np.ndarray) -> list[float]:
        values: list[float] = (np.log10(iterations + 1) if self.log_x else iterations).tolist()
        return values

    def _y(self, losses: np.ndarray, history: LossHistory) -> list[float]:
        factor = history.bits_per_nat if self.unit == "bits" else 1.0
        values: list[float] = (losses * factor).tolist()
        return values


def _picked(count: int, most: int) -> np.ndarray:
    """Return at most `most` evenly spread places of `count`, the last always among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))

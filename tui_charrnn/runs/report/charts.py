"""The charts of a report: losses, gradient memory, amounts of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tui_charrnn.runs import wording
from tui_charrnn.runs.report.amounts import amounts_of
from tui_charrnn.runs.report.blocks import Chart
from tui_charrnn.runs.report.drawing import (
    FAINT,
    INK,
    OTHERS,
    STYLES,
    Style,
    chart_of,
    few_ticks,
    new_figure,
    short_numbers,
)
from tui_charrnn.runs.report.grouping import Comparison, Series, Setting
from tui_charrnn.runs.report.loading import Axis, Curve
from tui_charrnn.runs.report.reach import FORGOTTEN, reach_of
from tui_charrnn.runs.report.statistics import Floats, Summary
from tui_charrnn.runs.report.verdict import Measure, curve_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PLACES = 160
"""Points along an axis at which the seeds of a smooth curve are averaged."""

LEAST_PART = 1e-8
"""Of the norm at lag 0: what is smaller is not drawn."""

FINE: Any = (0, (1, 1.5))
"""Dots, for lines that are no model."""

Line = tuple[str, Setting, Style]


def lines_of(comparison: Comparison) -> list[Line]:
    """Return what is drawn: the best setting of each cell; of a single cell, its best few."""
    best = comparison.best
    if len(best) > 1:
        others = iter(OTHERS)
        return [(cell, one, STYLES.get(cell) or next(others)) for cell, one in best.items()]
    ordered = sorted(comparison.settings, key=comparison.merit)
    styles = [STYLES.get(ordered[0].cell, OTHERS[0]), *OTHERS]
    kept = zip(ordered, styles, strict=False)
    return [(comparison.name(one), one, style) for one, style in kept]


def loss_chart(comparison: Comparison, name: str) -> Chart:
    """Draw the smooth loss and, where there is any, the validation against updates and seconds."""
    measures: list[Measure] = ["smooth loss"]
    if comparison.is_validated:
        measures.append("validation")
    figure = new_figure(4.1 * len(measures) + 0.5)
    grid = figure.subplots(len(measures), 2, squeeze=False, sharey="row")
    lines, floor = lines_of(comparison), comparison.text.entropy
    for row, measure in zip(grid, measures, strict=True):
        _loss_panel(row[0], lines, measure, "iterations", floor)
        _loss_panel(row[1], lines, measure, "seconds", floor)
        row[0].set_ylabel(f"{measure}, bits per character")
    _characters_above(grid[0][0], comparison)
    _legend(grid[0][0])
    seeds = max(len(setting.runs) for _, setting, _ in lines)
    spread = ", with the range over the seeds," if seeds > 1 else ""
    what = " and validation" if len(measures) > 1 else ""
    cells = " and ".join(label for label, _, _ in lines)
    alt = f"Smooth loss{what} of {cells}{spread} against iterations and seconds"
    return chart_of(figure, name, alt)


def _loss_panel(
    axes: Axes, lines: Sequence[Line], measure: Measure, axis: Axis, floor: float | None
) -> None:
    """Draw one measure along one axis: the mean over the seeds, and their range."""
    tops = []
    for label, setting, style in lines:
        curves = [curve_of(run, measure) for run in setting.runs]
        places, values = _averaged(curves, axis, measure)
        marker = style.marker if measure == "validation" else ""
        _mean_and_range(axes, places, values, style, label, marker)
        tops.append(np.interp(places[0] + 0.03 * (places[-1] - places[0]), places, values.max(0)))
    low, high = axes.get_ylim()
    if measure == "smooth loss":  # the guessing at the start says nothing, and squeezes the rest
        high = min(high, 1.05 * max(tops))
    axes.set_ylim(low, high)
    _floor(axes, floor)
    axes.set_xlim(left=0)
    axes.set_xlabel("iterations" if axis == "iterations" else "seconds of training")
    axes.xaxis.set_major_formatter(short_numbers())


def _legend(axes: Axes) -> None:
    """Name the lines, the models first."""
    handles, labels = axes.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda index: labels[index] == "entropy floor")
    axes.legend(
        [handles[index] for index in order], [labels[index] for index in order],
        frameon=False, labelcolor=INK, fontsize=9,
    )  # fmt: skip


def _floor(axes: Axes, floor: float | None) -> None:
    """Draw the entropy floor, or say where it is if it would squeeze the rest."""
    if floor is None:
        return
    low, high = axes.get_ylim()
    if low - floor > high - low:
        axes.set_ylim(low - 0.06 * (high - low), high)  # room for the words
        axes.text(
            0.01, 0.015, f"entropy floor {wording.bits(floor)}, further down", color=FAINT,
            transform=axes.transAxes, fontsize=9,
        )  # fmt: skip
        return
    axes.axhline(floor, color=FAINT, linestyle=FINE, label="entropy floor")
    axes.set_ylim(min(low, floor - 0.05 * (high - floor)), high)


def _averaged(curves: Sequence[Curve], axis: Axis, measure: Measure) -> tuple[Floats, Floats]:
    """Return places that all curves cover, and the values of each there: (n,), (seeds, n)."""
    ends = [curve.along(axis) for curve in curves]
    low, high = max(end[0] for end in ends), min(end[-1] for end in ends)
    if measure == "validation":
        places = ends[0][(ends[0] >= low) & (ends[0] <= high)]
    else:
        places = np.linspace(low, high, PLACES)
    if not len(places):
        places = np.array([high])
    values = [np.interp(places, end, curve.bits) for end, curve in zip(ends, curves, strict=True)]
    return places, np.array(values)


def _mean_and_range(
    axes: Axes, places: Floats, values: Floats, style: Style, label: str, marker: str = ""
) -> None:
    """Draw the mean of (seeds, n) values over (n,) places as a line, their range as a band."""
    axes.plot(
        places, values.mean(axis=0), color=style.colour, linestyle=style.line, marker=marker,
        markersize=4, linewidth=1.8, label=label, markevery=max(1, len(places) // 20),
    )  # fmt: skip
    if len(values) > 1:
        axes.fill_between(
            places, values.min(axis=0), values.max(axis=0), color=style.colour, alpha=0.2,
            linewidth=0,
        )  # fmt: skip


def _characters_above(axes: Axes, comparison: Comparison) -> None:
    """Add an axis of characters read above that of iterations: windows are all as large."""
    window = comparison.config.seq_length * comparison.config.batch_size

    def characters(iterations: Any) -> Any:
        return np.asarray(iterations) * window

    def iterations(characters: Any) -> Any:
        return np.asarray(characters) / window

    above = axes.secondary_xaxis("top", functions=(characters, iterations))
    above.set_xlabel("characters read", color=INK)
    above.tick_params(colors=INK, labelsize=9)
    above.spines["top"].set_visible(False)
    above.xaxis.set_major_formatter(short_numbers())
    above.xaxis.set_major_locator(few_ticks())


def memory_chart(comparison: Comparison, name: str) -> Chart | None:
    """Draw the gradient memory against the lag, and in parts of that at lag 0."""
    lines = [
        (label, reach, style)
        for label, setting, style in lines_of(comparison)
        if (reach := reach_of(setting)) is not None
    ]
    if not lines:
        return None
    figure = new_figure(4.2)
    left, right = figure.subplots(1, 2)
    for label, reach, style in lines:
        lags = np.arange(reach.lags, dtype=np.float64)
        for axes, norms in ((left, reach.norms), (right, reach.relative)):
            floor = LEAST_PART * reach.norms[:, :1].mean() if axes is left else LEAST_PART
            shown = np.where(norms > floor, norms, np.nan)
            _log_mean_and_range(axes, lags, shown, style, label)
    for axes in (left, right):
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(short_numbers())
        axes.set_xlabel("lag k, characters back")
        axes.xaxis.set_major_locator(few_ticks())
        axes.set_xlim(left=0)
    right.axhline(FORGOTTEN, color=FAINT, linestyle=FINE, label="1 % of lag 0")
    left.set_ylabel("mean norm of dLoss_T/dh_(T-k)")
    right.set_ylabel("in parts of that at lag 0")
    _legend(right)
    cells = " and ".join(label for label, _, _ in lines)
    return chart_of(figure, name, f"Gradient memory of {cells} against the lag, on a log scale")


def _log_mean_and_range(axes: Axes, lags: Floats, norms: Floats, style: Style, label: str) -> None:
    """Draw the lags up to which every seed has something to show."""
    gaps = np.flatnonzero(np.isnan(norms).any(axis=0))
    end = gaps[0] if len(gaps) else len(lags)
    _mean_and_range(axes, lags[:end], norms[:, :end], style, label, style.marker)


def amount_chart(series: Series, name: str) -> Chart | None:
    """Draw the best validation of RNN and GRU against the amount of text, with the deviations."""
    amounts = amounts_of(series)
    if len(amounts) < 2:
        return None
    figure = new_figure(4.4, width=7.2)
    axes = figure.subplots()
    places = np.array([amount.characters for amount in amounts], np.float64)
    _with_deviations(axes, places, [amount.verdict.one for amount in amounts], "RNN", 0.985)
    _with_deviations(axes, places, [amount.verdict.two for amount in amounts], "GRU", 1.015)
    _floor(axes, series.comparisons[0].text.entropy)
    axes.set_xscale("log")
    axes.set_xticks(places, minor=False)
    axes.minorticks_off()
    axes.xaxis.set_major_formatter(short_numbers())
    axes.set_xlabel("characters to learn from")
    is_validated = all(one.is_validated for one in series.comparisons)
    measure = "best validation" if is_validated else "last smooth loss"
    axes.set_ylabel(f"{measure}, bits per character")
    _legend(axes)
    alt = f"{measure.capitalize()} of RNN and GRU against the amount of text, on a log scale"
    return chart_of(figure, name, alt)


def _with_deviations(
    axes: Axes, places: Floats, groups: Sequence[Summary], cell: str, shift: float
) -> None:
    """Draw means with their deviations; a small shift keeps the bars of two cells apart."""
    style = STYLES[cell]
    axes.errorbar(
        places * shift, [group.mean for group in groups],
        yerr=[group.deviation or 0.0 for group in groups], label=cell, color=style.colour,
        linestyle=style.line, marker=style.marker, markersize=6, linewidth=1.8, capsize=4,
    )  # fmt: skip

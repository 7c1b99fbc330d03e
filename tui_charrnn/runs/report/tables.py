"""The tables of a report: what was compared, how it ended, how fast it got there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

from tui_charrnn.engine.config import SPECS, Value
from tui_charrnn.engine.metrics import bits_per_character, initial_smooth_loss
from tui_charrnn.runs import wording
from tui_charrnn.runs.report.amounts import Amount
from tui_charrnn.runs.report.blocks import Table
from tui_charrnn.runs.report.conclusion import all_else_equal
from tui_charrnn.runs.report.grouping import (
    Comparison,
    Findings,
    LeftOut,
    Setting,
    in_order,
    written,
)
from tui_charrnn.runs.report.statistics import Summary, first_reached, round_levels
from tui_charrnn.runs.report.verdict import Verdict, at_equal

JUDGED: Final = ("leader", "by, bits/char", "95 % interval", "shown")
"""Heads of the columns that say what follows from the means of two cells."""


def texts(findings: Findings) -> Table:
    """Return the texts that were read: how large, and what no model can beat."""
    seen = {one.text.sha256: one.text for one in findings.comparisons}
    rows = [
        (
            text.name,
            wording.count(text.characters),
            wording.count(text.vocab_size),
            wording.bits(text.entropy),
            text.sha256[:12],
        )
        for text in seen.values()
    ]
    return Table(("text", "characters", "vocabulary", "entropy floor", "sha256"), rows)


def fields(values: Mapping[str, Value]) -> Table:
    """Return hyperparameters and what they mean."""
    rows = [(_label(name), SPECS[name].help, written(value)) for name, value in values.items()]
    return Table(("setting", "meaning", "value"), rows, words=2)


def results(comparison: Comparison) -> Table:
    """Return how the settings of a comparison ended."""
    fields = comparison.differing
    columns = [
        "cell", *map(_label, fields), "seeds", "parameters", "iterations", "smooth loss",
        "final validation", "best validation", "chars/s", "time",
    ]  # fmt: skip
    rows = [
        (
            setting.cell,
            *(written(setting.config.as_dict()[name]) for name in fields),
            wording.count(len(setting.runs)),
            wording.count(setting.parameters),
            _range([run.record.iteration for run in setting.runs]),
            mean_and_deviation(setting.final_smooth),
            *_validations(setting),
            wording.speed(setting.summary(lambda run: run.record.speed or 0.0).mean),
            wording.duration(setting.summary(lambda run: run.record.elapsed).mean),
        )
        for setting in comparison.settings
    ]
    return Table(columns, rows)


def _validations(setting: Setting) -> tuple[str, str]:
    if not setting.is_validated:
        return wording.UNKNOWN, wording.UNKNOWN
    return (
        mean_and_deviation(setting.final_validation),
        mean_and_deviation(setting.best_validation),
    )


def mean_and_deviation(summary: Summary) -> str:
    """Write a mean over seeds and their standard deviation: `1.2345 ± 0.0123`, `1.2345 ± -`."""
    deviation = wording.bits(summary.deviation)
    return f"{wording.bits(summary.mean)} ± {deviation}"


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return wording.count(low) if low == high else f"{wording.count(low)} to {wording.count(high)}"


def reached(comparison: Comparison) -> Table | None:
    """Return after how many characters each setting got to some losses, None if none is round."""
    levels = _levels(comparison)
    if not levels:
        return None
    rows = [
        (comparison.name(setting), *(_reached(setting, level) for level in levels))
        for setting in comparison.settings
    ]
    return Table(("characters until", *(f"{level:g} bits/char" for level in levels)), rows)


def _levels(comparison: Comparison) -> list[float]:
    length = comparison.config.seq_length
    start = bits_per_character(initial_smooth_loss(comparison.text.vocab_size, length), length)
    ends = [float(run.smooth.bits.min()) for setting in comparison.settings for run in setting.runs]
    return round_levels(ends, start)


def _reached(setting: Setting, level: float) -> str:
    """Return the mean over the seeds that reached it, and how many did if not all."""
    found = [
        place
        for run in setting.runs
        if (place := first_reached(run.smooth.characters, run.smooth.bits, level)) is not None
    ]
    if not found:
        return "not reached"
    mean = wording.count(round(Summary(tuple(found)).mean))
    few = f" ({len(found)} of {len(setting.runs)} seeds)" if len(found) < len(setting.runs) else ""
    return f"{mean}{few}"


def overviews(findings: Findings) -> list[Table]:
    """Return who leads in each comparison at equal iterations: a table for every two cells."""
    cells = in_order({cell for comparison in findings.comparisons for cell in comparison.best})
    return [overview(findings, one, two) for one, two in combinations(cells, 2)]


def overview(findings: Findings, one: str, two: str) -> Table:
    """Return which of two cells leads in each comparison that has both."""
    rows = []
    for comparison in findings.comparisons:
        best = comparison.best
        both = {one, two} <= best.keys()
        found = at_equal("iterations", best[one], best[two]) if both else None
        if found is not None:
            rows.append((comparison.title, *_judged(found.verdict)))
    return Table(("comparison", one, two, *JUDGED), rows)


def all_but_the_cell(comparison: Comparison) -> list[Table]:
    """Return the pairs of settings that differ in the cell alone: a table for every two cells.

    Two cells with a single such pair need none.
    """
    return [
        Table(
            ("both with", one, two, *JUDGED),
            [(pair.name, *_judged(pair.found.verdict)) for pair in pairs],
        )
        for one, two in combinations(comparison.best, 2)
        if len(pairs := all_else_equal(comparison, one, two)) > 1
    ]


def amounts(found: Sequence[Amount]) -> Table:
    """Return what two cells made of each amount of text."""
    columns = ("characters", "RNN", "GRU", *JUDGED)
    rows = [(wording.count(amount.characters), *_judged(amount.verdict)) for amount in found]
    return Table(columns, rows, words=0)


def _judged(verdict: Verdict) -> tuple[str, ...]:
    return (
        mean_and_deviation(verdict.one),
        mean_and_deviation(verdict.two),
        verdict.leader or wording.UNKNOWN,
        f"{wording.bits(verdict.lead)} ({verdict.percent:.1f} %)",
        verdict.interval or wording.UNKNOWN,
        shown(verdict.difference.beyond_spread),
    )


def shown(beyond_spread: bool | None) -> str:
    """Return whether a difference exceeds the spread, in a word or two."""
    return {None: "one seed", True: "yes", False: "no"}[beyond_spread]


def left_out(runs: Sequence[LeftOut]) -> Table:
    """Return the runs that take no part, and why."""
    return Table(("run", "left out since"), [(run.name, run.reason) for run in runs], words=2)


def _label(name: str) -> str:
    return SPECS[name].label

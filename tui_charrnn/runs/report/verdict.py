"""One comparison of two cells: who leads, by how much, and whether the seeds can show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui_charrnn.runs import wording
from tui_charrnn.runs.report.grouping import Setting
from tui_charrnn.runs.report.loading import Axis, Curve, Run
from tui_charrnn.runs.report.statistics import (
    CONFIDENCE,
    Difference,
    Summary,
    difference,
    value_at,
)

Measure = Literal["validation", "smooth loss"]

RULE = (
    f"A difference of two means counts only if their {CONFIDENCE} % interval leaves out 0: Welch's "
    "t interval of two groups of seeds, with the sample standard deviation of each (n - 1). It "
    "needs two seeds or more of each cell; a single seed is never taken for a result. A seed sets "
    "the initial weights (and the samples); the text and the order of its windows are the same, so "
    "the spread is that of the training alone, not that of other texts. Of many such comparisons, "
    "one in twenty would seem a difference by chance. Where a cell was run with several settings, "
    "the one with the best mean validation stands for it, which favours cells with more settings."
)
"""How it is judged, as the report says it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Two cells by one measure, in bits per character: fewer are better."""

    first: str
    one: Summary
    second: str
    two: Summary

    @property
    def difference(self) -> Difference:
        """The first mean minus the second."""
        return difference(self.one, self.two)

    @property
    def leader(self) -> str:
        """The cell with the lower mean, empty if they are equal."""
        lead = self.difference.mean
        return "" if lead == 0 else self.second if lead > 0 else self.first

    @property
    def winner(self) -> str:
        """The cell that leads beyond the spread, empty if these seeds show none."""
        return self.leader if self.difference.beyond_spread else ""

    @property
    def lead(self) -> float:
        """How much lower the leader's mean is, in bits per character."""
        return abs(self.difference.mean)

    @property
    def percent(self) -> float:
        """How much lower it is, in per cent of the other mean."""
        return 100 * self.lead / max(self.one.mean, self.two.mean)

    @property
    def lead_text(self) -> str:
        """The lead in words: `0.1234 bits/char (5.6 %)`."""
        return f"{wording.bits(self.lead)} bits/char ({self.percent:.1f} %)"

    @property
    def interval(self) -> str:
        """The interval of the lead in words: `0.1000 to 0.1468`, empty where there is none."""
        half = self.difference.half_width
        if half is None:
            return ""
        return f"{wording.bits(self.lead - half)} to {wording.bits(self.lead + half)}"

    @property
    def means(self) -> str:
        """Both means in words: `RNN 1.2345, GRU 1.1111`."""
        return (
            f"{self.first} {wording.bits(self.one.mean)}, "
            f"{self.second} {wording.bits(self.two.mean)}"
        )

    @property
    def seeds(self) -> str:
        """How many seeds stand behind it: `3 seeds each`."""
        if self.one.n == self.two.n:
            return f"{self.one.n} seed{'s' * (self.one.n > 1)} each"
        return f"{self.one.n} and {self.two.n} seeds"

    @property
    def sentence(self) -> str:
        """Who leads, by how much, and whether the seeds show it."""
        if not self.leader:
            return f"Both have {wording.bits(self.one.mean)} bits/char: no difference."
        if self.difference.beyond_spread is None:
            return (
                f"The {self.leader} is lower by {self.lead_text}: {self.means}. With {self.seeds} "
                f"the spread is not known, so this is no result: more seeds are needed."
            )
        if self.winner:
            return (
                f"The {self.winner} leads by {self.lead_text}: {self.means}. This exceeds the "
                f"spread over {self.seeds} ({CONFIDENCE} % interval {self.interval})."
            )
        return (
            f"No difference that these seeds can show: {self.means}. The {self.leader}'s mean is "
            f"lower by {self.lead_text}, but the {CONFIDENCE} % interval, {self.interval}, "
            f"includes 0 ({self.seeds})."
        )


@dataclass(frozen=True, slots=True)
class AtEqual:
    """Two settings where both have spent as much.

    Attributes:
        measure: what is compared.
        place: how much was spent: updates or seconds.
        verdict: on the values there, on the line between the two nearest points.
    """

    measure: Measure
    place: float
    verdict: Verdict


def compare(first: Setting, one: Summary, second: Setting, two: Summary) -> Verdict:
    """Put a measure of two settings against each other."""
    return Verdict(first.cell, one, second.cell, two)


def at_equal(axis: Axis, first: Setting, second: Setting) -> AtEqual | None:
    """Compare two settings at the largest place on the axis that all their seeds reached.

    On the axis of iterations, not beyond the updates whose results count.

    By validation if every seed has one, else by the smooth loss; None if some seed has no point
    so early.
    """
    measure: Measure = "validation" if first.is_validated and second.is_validated else "smooth loss"
    curves = [[curve_of(run, measure) for run in one.runs] for one in (first, second)]
    place = min(float(curve.along(axis)[-1]) for group in curves for curve in group)
    if axis == "iterations":
        place = min(place, first.until, second.until)
    groups = [_values(group, axis, place) for group in curves]
    if groups[0] is None or groups[1] is None:
        return None
    return AtEqual(measure, place, compare(first, groups[0], second, groups[1]))


def curve_of(run: Run, measure: Measure) -> Curve:
    """Return the curve that a measure is read from."""
    return run.validation if measure == "validation" else run.smooth


def _values(curves: list[Curve], axis: Axis, place: float) -> Summary | None:
    values = [value_at(curve.along(axis), curve.bits, place) for curve in curves]
    known = [value for value in values if value is not None]
    return Summary(tuple(known)) if len(known) == len(values) else None


def best_until(place: float, first: Setting, second: Setting) -> Verdict:
    """Compare the best validations within the first `place` updates.

    Both must be validated by then.
    """

    def best(run: Run) -> float:
        return float(run.validation.bits[run.validation.iterations <= place].min())

    return compare(first, first.summary(best), second, second.summary(best))

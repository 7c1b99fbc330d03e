"""Gradient memory of a setting: how far back a loss reaches, over the seeds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tui_charrnn.runs.report.grouping import Setting
from tui_charrnn.runs.report.statistics import Floats, first_below

FORGOTTEN = 0.01
"""Part of the norm at lag 0 below which a state counts as out of reach."""


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """The gradient memories of the seeds of a setting.

    Attributes:
        cell: as people write it.
        norms: (seeds, lags) mean norm of dLoss_T/dh_(T-k), as far as all seeds were measured.
    """

    cell: str
    norms: Floats

    @property
    def lags(self) -> int:
        """How many lags were measured, 0 included."""
        return len(self.norms[0])

    @property
    def relative(self) -> Floats:
        """The norms of every seed in parts of its own at lag 0: (seeds, lags)."""
        return self.norms / self.norms[:, :1]

    @property
    def falls_at(self) -> int | None:
        """The first lag at which the mean of the relative norms is below 1 %, None if nowhere."""
        return first_below(self.relative.mean(axis=0).tolist(), FORGOTTEN)

    @property
    def falls_at_by_seed(self) -> list[float]:
        """That lag for every seed, infinite where its norms stay above."""
        lags = [first_below(row.tolist(), FORGOTTEN) for row in self.relative]
        return [math.inf if lag is None else lag for lag in lags]

    @property
    def words(self) -> str:
        """That lag in words: `lag 12 (11 to 14 over 3 seeds)`, `none within 200 characters`."""
        seeds = self.falls_at_by_seed
        count = f"{len(seeds)} seeds" if len(seeds) > 1 else "one seed"
        if self.falls_at is None:
            return f"none within {self.lags - 1} characters ({count})"
        low, high = min(seeds), max(seeds)
        if low == high:
            return f"lag {self.falls_at} ({count})"
        ends = f"{low:g} to {high:g}" if math.isfinite(high) else f"{low:g} to beyond the last"
        return f"lag {self.falls_at} ({ends} over {count})"


def reach_of(setting: Setting) -> Reach | None:
    """Return the gradient memory of a setting, None if not all its seeds were measured."""
    memories = [run.memory for run in setting.runs if run.memory is not None]
    if len(memories) < len(setting.runs):
        return None
    norms = [memory.norms for memory in memories]
    lags = min(map(len, norms))
    return Reach(setting.cell, np.array([row[:lags] for row in norms], np.float64))


def reach_sentence(one: Reach, two: Reach) -> str:
    """Return how far back the gradients of two cells reach, and what follows."""
    return (
        "Where the norm of dLoss_T/dh_(T-k), as the lag k grows, first falls below 1 % of that at "
        f"lag 0: {one.cell} {one.words}, {two.cell} {two.words}. {_what_follows(one, two)}"
    )


def _what_follows(one: Reach, two: Reach) -> str:
    first, second = one.falls_at_by_seed, two.falls_at_by_seed
    if math.isinf(min(first)) and math.isinf(min(second)):
        return "In both, the gradient reaches back through all of a window."
    for far, near, lags in ((two, one, (second, first)), (one, two, (first, second))):
        if min(lags[0]) > max(lags[1]):
            seeds = "in every seed" if len(first) > 1 and len(second) > 1 else "in this one seed"
            return (
                f"So a loss blames and credits states further back in the {far.cell} than in the "
                f"{near.cell}, {seeds}."
            )
    return "The ranges over the seeds overlap: no difference in reach that these seeds can show."

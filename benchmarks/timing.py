"""Measuring alternatives beside each other, so that what disturbs one disturbs all.

A round runs every alternative once, one after the other; ratios are taken within a round, and
their median over all rounds is what is told. A slow spell of the machine then changes both sides
of a ratio, and a single hiccup changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

Action = Callable[[], object]

LEAST_ROUNDS = 5
"""Rounds that are made even if the budget is used up before."""

STRETCH = 0.06
"""Seconds that an alternative runs in a round, unless one call takes longer."""

Rounds = dict[str, np.ndarray]
"""By alternative: seconds a call, one value a round."""


def seconds(action: Action, calls: int = 1) -> float:
    """Return the mean time of some calls made in a row."""
    start = time.perf_counter()
    for _ in range(calls):
        action()
    return (time.perf_counter() - start) / calls


def measure(alternatives: Mapping[str, Action], budget: float) -> Rounds:
    """Run all alternatives in turn until `budget` seconds are used up.

    Args:
        alternatives: what to run, by name.
        budget: in seconds; at least `LEAST_ROUNDS` are made whatever it is.
    """
    for action in alternatives.values():
        action()  # the first call allocates buffers
    calls = {
        name: max(1, round(STRETCH / max(seconds(action), 1e-6)) if budget else 1)
        for name, action in alternatives.items()
    }
    rounds: dict[str, list[float]] = {name: [] for name in alternatives}
    stop, made = time.perf_counter() + budget, 0
    while made < LEAST_ROUNDS or time.perf_counter() < stop:
        for name, action in alternatives.items():
            rounds[name].append(seconds(action, calls[name]))
        made += 1
    return {name: np.array(values) for name, values in rounds.items()}


def median(values: np.ndarray) -> float:
    """Return the median as a plain number."""
    return float(np.median(values))


def with_spread(ratios: np.ndarray, digits: int = 1) -> str:
    """Return the median of ratios and the range of their middle half: `8.5 (8.3-8.6)`."""
    low, middle, high = np.percentile(ratios, [25, 50, 75])
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"

"""Whether all contenders compute the same: else a ratio of their times would mean nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from benchmarks.peers.task import Named
from benchmarks.peers.worker import Beginning

OTHER_MODELS: Final = frozenset({"nn.GRU"})
"""Forms that are measured but do not compute this model."""

PRODUCTS: Final = "bare products"
"""What is measured beside the engine, and trains nothing."""

LOSS_TOLERANCE: Final = 1e-4
"""Largest difference of two losses, as a share of them: sums of T B terms in float32."""

WAY_TOLERANCE: Final = 1e-2
"""Largest difference of two ways that an array went from its start, as a share of the way.

Where a gradient is near 0, Adagrad's first step has the size of the rate and the sign of a
rounding error; a model that differs in anything else goes another way altogether.
"""


def disagreement(one: Beginning, other: Beginning, start: Named) -> str:
    """Say where two contenders that began at `start` differ by more than rounding, or nothing."""
    for number, pair in enumerate(zip(one.losses, other.losses, strict=True), 1):
        if not abs(pair[0] - pair[1]) <= LOSS_TOLERANCE * abs(pair[0]):
            return f"loss {number} is {pair[0]:.6g} and {pair[1]:.6g}"
    for name, array in start.items():
        way = one.parameters[name] - array
        apart = np.linalg.norm(one.parameters[name] - other.parameters[name])
        if not apart <= WAY_TOLERANCE * np.linalg.norm(way):
            return f"{name} is {apart / np.linalg.norm(way):.2g} of its way apart"
    return ""


def check(beginnings: Mapping[tuple[str, str], Beginning], start: Named) -> None:
    """Compare all contenders with the engine.

    Raises:
        SystemExit: naming one that computes something else.
    """
    reference = beginnings["engine", "engine"]
    for (library, form), beginning in beginnings.items():
        if form in OTHER_MODELS or form == PRODUCTS:
            continue
        if problem := disagreement(reference, beginning, start):
            raise SystemExit(
                f"{library} ({form}) does not compute what the engine computes: {problem}."
            )

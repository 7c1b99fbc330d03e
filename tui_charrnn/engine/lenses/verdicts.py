"""What is known of healthy training, as bounds on what `health.py` measures, and in words.

Each bound names its source; where none gives a number, it is said that the bound is a rule of
thumb. A verdict is a hint of where to look, not a judgement: nets outside the bounds learn too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from tui_charrnn.engine.events import Health

State = Literal["healthy", "low", "high", "no bound", "not finite"]

Measure = Literal["update_ratio", "clipped_share", "gradient_norm", "saturated", "spectral_radius"]

UPDATE_RATIO: Final = (1e-4, 1e-2)
"""Around 1e-3. Source: Karpathy, CS231n notes, Neural networks part 3, Ratio of weights:updates;
a factor of ten either way is a rule of thumb."""

CLIPPED_ELEMENTS: Final = 0.1
"""Clipped one by one, elements change the direction of the step; clipping is meant for the rare
steep place. Source: Pascanu, Mikolov, Bengio (2013), section 3.2; the number is a rule of thumb."""

CLIPPED_UPDATES: Final = 0.5
"""Clipped by the norm, the step keeps its direction; where most are clipped, the bound sets their
length. Source: as above, which puts the bound at half to ten times the mean norm."""

SATURATED: Final = 0.5
"""The more units are saturated, the less gradient passes. Source: Glorot, Bengio (2010), section
3; the number is a rule of thumb."""

RNN_RADIUS: Final = (0.9, 1.5)
"""In a linear net, a radius below 1 suffices for old gradients to vanish, and one above 1 is needed
for them to explode. Source: Pascanu, Mikolov, Bengio (2013), section 2.1. As tanh shrinks them too,
somewhat more than 1 is still well; how much is a rule of thumb."""

RECENT: Final = 10
"""Looks over which the share of what was clipped is averaged."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One measured value, and what is known of it.

    Attributes:
        measure: what was measured, as `Health` names it.
        quantity: the same in words.
        value: as a number.
        state: on which side of the bounds it lies.
        hint: what that may mean, in words; empty where it is healthy.
        bounds: of what is healthy, None where none are known.
    """

    measure: Measure
    quantity: str
    value: float
    state: State
    hint: str = ""
    bounds: tuple[float, float] | None = None


Hints = Mapping[State, str]


def _judged(
    measure: Measure, quantity: str, value: float, bounds: tuple[float, float], hints: Hints
) -> Verdict:
    low, high = bounds
    state: State = (
        "not finite" if not math.isfinite(value)
        else "low" if value < low
        else "high" if value > high
        else "healthy"
    )  # fmt: skip
    return Verdict(measure, quantity, value, state, hints.get(state, ""), bounds)


def _unbounded(measure: Measure, quantity: str, value: float, hint: str) -> Verdict:
    state: State = "no bound" if math.isfinite(value) else "not finite"
    return Verdict(measure, quantity, value, state, hint)


def of_update_ratio(value: float) -> Verdict:
    """Judge the norm of an update as a share of that of the weights."""
    hints: Hints = {
        "low": "the net hardly changes: at its end a run may; before, raise the learning rate",
        "high": "each update changes much: once a run has settled, lower the learning rate",
    }
    return _judged("update_ratio", "update to weights", value, UPDATE_RATIO, hints)


def of_clipped(value: float, clip_by: str) -> Verdict:
    """Judge the mean share of clipped gradient elements, or of clipped updates if by norm."""
    if clip_by == "norm":
        hint = "most updates are cut to the bound: it sets their length, not the gradient"
        bounds, quantity = (0.0, CLIPPED_UPDATES), "clipped updates"
    else:
        hint = "steps go another way than the gradient: raise clip, or clip by norm"
        bounds, quantity = (0.0, CLIPPED_ELEMENTS), "clipped elements"
    return _judged("clipped_share", quantity, value, bounds, {"high": hint})


def of_gradient_norm(value: float) -> Verdict:
    """Judge the norm of the whole gradient: nothing is known of what it should be."""
    return _unbounded("gradient_norm", "gradient norm", value, "before clipping")


def of_saturated(value: float) -> Verdict:
    """Judge the share of saturated activations."""
    hint = "hardly any gradient passes most units: weights may be too large"
    return _judged("saturated", "saturated", value, (0.0, SATURATED), {"high": hint})


def of_radius(value: float, cell: str, name: str) -> Verdict:
    """Judge the spectral radius of the matrix that makes the new state."""
    quantity = f"radius of {name}"
    if cell != "rnn":
        hint = "the gates carry the state past this matrix"
        return _unbounded("spectral_radius", quantity, value, hint)
    hints: Hints = {
        "low": "old gradients fade: the net forgets",
        "high": "old gradients can explode, where no unit is saturated",
    }
    return _judged("spectral_radius", quantity, value, RNN_RADIUS, hints)


def recent_share(looks: Sequence[Health]) -> float:
    """Return the mean share of what was clipped over the last looks, of which there is one."""
    shares = [look.clipped_share for look in looks[-RECENT:]]
    return math.fsum(shares) / len(shares)

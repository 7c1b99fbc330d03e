"""Bounds on the gradient, in place: on every element, or on the norm of the whole.

By value, every element is clipped to [-clip, clip], which may turn the direction of the step. By
norm, a gradient g with |g| > clip becomes g clip / |g|, which keeps it.

Source: Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks (2013),
section 3.2, algorithm 1.
"""

from __future__ import annotations

import math

import numpy as np

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.parameters import Array


def gradient_norm(gradients: Array) -> float:
    """Return the length of a gradient (P,), also where the squares of float32 overflow."""
    with np.errstate(over="ignore"):
        norm = math.sqrt(np.dot(gradients, gradients))
    if math.isfinite(norm):
        return norm
    largest = float(np.max(np.abs(gradients)))
    if not math.isfinite(largest):
        return largest
    shorter = gradients / largest
    return largest * math.sqrt(np.dot(shorter, shorter))


def clip(gradients: Array, config: TrainConfig) -> None:
    """Bound a gradient (P,) in place, as `config.clip_by` says, to `config.clip`.

    What is nan stays nan. An infinite element becomes the bound if clipped by value; by norm
    there is no direction any more, and all becomes nan.
    """
    if config.clip_by == "value":
        np.clip(gradients, -config.clip, config.clip, out=gradients)
        return
    norm = gradient_norm(gradients)
    if not norm <= config.clip:  # nan as well
        np.multiply(gradients, config.clip / norm if norm < math.inf else math.nan, out=gradients)


def clipped_share(gradients: Array, config: TrainConfig) -> float:
    """Return how much of a gradient (P,) that is not yet clipped `clip` would change, from 0 to 1.

    By value it is the share of elements that are over the bound; by norm it is all or nothing.
    """
    if config.clip_by == "norm":
        return 0.0 if gradient_norm(gradients) <= config.clip else 1.0
    over = np.count_nonzero(gradients > config.clip) + np.count_nonzero(gradients < -config.clip)
    return int(over) / len(gradients)

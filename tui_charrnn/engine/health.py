"""Training health: four numbers that tell a net that learns from one that only runs.

    update_ratio    ||w_after - w_before|| / ||w_before|| over all parameters of the net together
    clipped_share   share of the gradient elements that clipping changes (by norm: all or none)
    saturated       share of the hidden activations of the last window with |h| > 0.9
    spectral_radii  largest |eigenvalue| of the recurrent matrix, one a layer

The first half is read between backpropagation and clipping, the second half after the update.
Nothing in the model changes. Norms are sums in float64, whatever the net trains in; one that
float64 cannot hold is inf.

Source: Karpathy, CS231n notes, Babysitting the learning process (ratio of updates to weights);
Glorot, Bengio, Understanding the difficulty of training deep feedforward neural networks (2010),
for saturation; Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks
(2013), for clipping and the spectral radius.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import ascii_letters

import numpy as np

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.events import Health
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.optimizers import clipped_share
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import canonical, is_recurrent
from tui_charrnn.engine.spectral import spectral_radius

SATURATED = 0.9
"""An activation beyond it lets less than a fifth of the gradient through: 1 - h^2 < 0.19."""

BLOCK = 65_536
"""Elements that are summed at a time: no copy of a whole vector in float64 is needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """What has to be read before an update is made; `weights` (P,) are a copy."""

    weights: Array
    gradient_norm: float
    clipped_share: float
    saturated: float


@dataclass(frozen=True, slots=True)
class Saturation:
    """How many of some hidden activations are beyond `SATURATED`."""

    beyond: int = 0
    total: int = 0

    def __add__(self, other: Saturation) -> Saturation:
        """Count two lots of activations together."""
        return Saturation(self.beyond + other.beyond, self.total + other.total)

    @property
    def share(self) -> float:
        """Of them all; 0 where there are none."""
        return self.beyond / self.total if self.total else 0.0


def saturation_of(model: CharModel) -> Saturation:
    """Count the hidden activations of the last window that the model read."""
    return count_saturated(scan.hidden[1:] for scan in model.last_scans())


def count_saturated(hidden: Iterable[Array]) -> Saturation:
    """Count the activations in arrays of any shape."""
    counted = (
        Saturation(int(np.count_nonzero(np.abs(layer) > SATURATED)), layer.size) for layer in hidden
    )
    return sum(counted, Saturation())


def look_before(model: CharModel, config: TrainConfig, saturation: Saturation) -> Before:
    """Read gradients and weights after backpropagation, before the clipping.

    Args:
        model: nothing in it changes.
        config: for the clipping.
        saturation: of the hidden activations of the last window.
    """
    gradients = model.gradients.flat
    return Before(
        weights=model.weights.flat.copy(),
        gradient_norm=norm(gradients),
        clipped_share=clipped_share(gradients, config),
        saturated=saturation.share,
    )


def look_after(before: Before, model: CharModel, *, iteration: int, elapsed: float) -> Health:
    """Compare the weights with those from before the update; return what was seen as an event."""
    layers = recurrent_matrices(canonical(model.config, model.weights))
    return Health(
        iteration=iteration,
        elapsed=elapsed,
        clipped_share=before.clipped_share,
        update_ratio=update_ratio(before.weights, model.weights.flat),
        saturated=before.saturated,
        gradient_norm=before.gradient_norm,
        spectral_radii=tuple(spectral_radius(list(layer.values())[-1]) for layer in layers),
    )


def recurrent_matrices(parameters: Mapping[str, Array]) -> list[dict[str, Array]]:
    """Return the recurrent matrices (H, H) under their canonical names, one mapping a layer.

    The last one of a layer makes the new content of the state (Whh; Whg of an LSTM), those before
    it make the gates.
    """
    layers: dict[str, dict[str, Array]] = {}
    for name, matrix in parameters.items():
        if is_recurrent(name):
            layers.setdefault(name.lstrip(ascii_letters), {})[name] = matrix
    return list(layers.values())


def norm(vector: Array) -> float:
    """Return the Euclidean norm of a vector (P,), summed in float64."""
    return math.sqrt(_sum_of_squares(vector, None))


def update_ratio(before: Array, after: Array) -> float:
    """Return the norm of what was added to the weights (P,), as a share of their norm before.

    Of weights that were all 0 it is inf, or 0 if they still are; of weights beyond all bounds, nan.
    """
    change, weights = math.sqrt(_sum_of_squares(after, before)), norm(before)
    if weights == 0:
        return math.inf if change else 0.0
    return change / weights


def _sum_of_squares(vector: Array, origin: Array | None) -> float:
    """Return the sum of the squares of a vector (P,), seen from another one if it is given."""
    total = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(vector), BLOCK):
            part = vector[start : start + BLOCK].astype(np.float64)
            if origin is not None:
                part -= origin[start : start + BLOCK]
            total += float(np.dot(part, part))
    return total

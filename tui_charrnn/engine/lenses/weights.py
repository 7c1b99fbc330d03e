"""Weights: the recurrent matrices of a net, how saturated its units are, how its training fares.

The matrices and the units are looked at as they are now, the units on the text that the lens is
given; updates and clipping as they were measured while the run trained (`engine/health.py`).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from tui_charrnn.engine.events import Health
from tui_charrnn.engine.health import SATURATED, recurrent_matrices
from tui_charrnn.engine.lenses import verdicts
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.trace import trace
from tui_charrnn.engine.lenses.verdicts import Verdict
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import canonical
from tui_charrnn.engine.spectral import spectral_radius

BINS: Final = 32
"""Bars of a histogram, half of them for negative weights."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """A recurrent matrix.

    Attributes:
        name: the canonical one.
        layer: from 1.
        makes_state: whether it makes the new content of the state; else it makes a gate.
        spectral_radius: as `spectral_radius` says it.
        mean: of its elements, as far as they are finite.
        deviation: standard deviation of these.
        limit: the largest absolute value of these.
        counts: how many of these lie in each of `BINS` equal pieces from -limit to limit.
    """

    name: str
    layer: int
    makes_state: bool
    spectral_radius: float
    mean: float
    deviation: float
    limit: float
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """How saturated the units of a layer are on the text.

    Attributes:
        units: how many there are.
        share: of the activations of all units after each character, those beyond `SATURATED`.
        most_of_the_time: units that are beyond it after more than half of the characters.
    """

    units: int
    share: float
    most_of_the_time: int


@dataclass(frozen=True, slots=True)
class Weights:
    """What there is to see.

    Attributes:
        iteration: of the weights.
        matrices: all recurrent ones, layer after layer.
        layers: one for each.
        looks: what was measured while the run trained, rising, none from after the iteration.
        verdicts: what is known of the values of now.
    """

    iteration: int
    matrices: tuple[Matrix, ...]
    layers: tuple[Layer, ...]
    looks: tuple[Health, ...]
    verdicts: tuple[Verdict, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "iteration": self.iteration,
            "matrices": [_plain(asdict(matrix)) for matrix in self.matrices],
            "layers": [_plain(asdict(layer)) for layer in self.layers],
            "looks": [look.as_json() for look in self.looks],
            "verdicts": [_plain(asdict(verdict)) for verdict in self.verdicts],
        }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON holds it: lists for tuples, nan and inf as strings."""
    return {name: _plain_value(value) for name, value in row.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def compute(subject: Subject, text: str, options: LensOptions) -> Weights:
    """Look at the weights of a net, and at its units while it reads a text.

    Args:
        subject: nothing in it changes.
        text: at least one character.
        options: of its moments, those up to the present one count.

    Raises:
        ValueError: if there is no text, or it has a character that the net does not know.
    """
    if not text:
        raise ValueError("The text must have at least 1 character, not 0.")
    model = subject.model
    hidden = trace(model, subject.vocabulary.encode(text)).hidden
    matrices = _matrices(subject)
    layers = tuple(map(saturation, hidden))
    looks = tuple(
        event
        for event in options.moments
        if isinstance(event, Health) and event.iteration < subject.iteration
    )
    return Weights(
        subject.iteration, matrices, layers, looks, _verdicts(subject, matrices, layers, looks)
    )


def _matrices(subject: Subject) -> tuple[Matrix, ...]:
    layers = recurrent_matrices(canonical(subject.model.config, subject.model.weights))
    return tuple(
        describe(name, number, name == list(layer)[-1], matrix)
        for number, layer in enumerate(layers, 1)
        for name, matrix in layer.items()
    )


def describe(name: str, layer: int, makes_state: bool, matrix: Array) -> Matrix:
    """Return the figures of a matrix (H, H)."""
    elements = matrix[np.isfinite(matrix)].astype(np.float64)
    limit = float(np.abs(elements).max(initial=0.0))
    scaled = elements / (limit or 1.0)  # no square of these is beyond all bounds
    counts, _ = np.histogram(scaled, BINS, (-1.0, 1.0))
    return Matrix(
        name=name,
        layer=layer,
        makes_state=makes_state,
        spectral_radius=spectral_radius(matrix),
        mean=limit * float(scaled.mean()) if len(scaled) else 0.0,
        deviation=limit * float(scaled.std()) if len(scaled) else 0.0,
        limit=limit,
        counts=tuple(counts.tolist()),
    )


def saturation(hidden: Array) -> Layer:
    """Tell how saturated the units of a layer are from their activations (T, H)."""
    beyond = np.abs(hidden) > SATURATED
    often = np.count_nonzero(beyond.mean(axis=0) > 0.5)
    return Layer(units=beyond.shape[1], share=float(beyond.mean()), most_of_the_time=int(often))


def _verdicts(
    subject: Subject,
    matrices: tuple[Matrix, ...],
    layers: tuple[Layer, ...],
    looks: tuple[Health, ...],
) -> tuple[Verdict, ...]:
    config = subject.model.config
    trained = (
        verdicts.of_update_ratio(looks[-1].update_ratio),
        verdicts.of_clipped(verdicts.recent_share(looks), config.clip_by),
        verdicts.of_gradient_norm(looks[-1].gradient_norm),
    ) if looks else ()  # fmt: skip
    share = sum(layer.share for layer in layers) / len(layers)
    radii = (
        verdicts.of_radius(matrix.spectral_radius, config.cell, matrix.name)
        for matrix in matrices
        if matrix.makes_state
    )
    return (*trained, verdicts.of_saturated(share), *radii)

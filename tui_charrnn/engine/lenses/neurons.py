"""Neurons: how strongly each hidden unit is active at each character, and what it reacts to.

What a unit reacts to is measured by Pearson's correlation of its activation a_t, after character t
was read, with a feature x_t of that character (see `reactions`):

    r = sum_t (a_t - mean a) (x_t - mean x) / sqrt(sum_t (a_t - mean a)^2  sum_t (x_t - mean x)^2)

A unit or a feature that stands still has none. The activation is that of the hidden state h, which
is all that the net predicts from and that every cell has. An LSTM's tanh(c) can be looked at
instead: what it holds, be its output gate open or not.

Source: Karpathy, Johnson, Fei-Fei, Visualizing and understanding recurrent networks (2015), where
cells of LSTMs that are on inside quotes, or count the characters of a line, were found by eye.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.reactions import measured
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.trace import Trace, trace
from tui_charrnn.engine.parameters import Array

HIDDEN, CELL = "hidden", "cell"
"""What is looked at: h, or tanh(c) of an LSTM."""

STILL: Final = 1e-4
"""A unit that moves by less than this over a text stands still: nobody could see it move."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a unit reacts to.

    Attributes:
        layer: its layer, the lowest is 1.
        unit: which of it, from 0.
        r: the correlation, from -1 to 1; nan where there is none.
        to: the word or the regular expression of the feature; empty where there is none.
    """

    layer: int
    unit: int
    r: float
    to: str


@dataclass(frozen=True, slots=True, eq=False)
class Neurons:
    """All units of a net on a text of T characters.

    Attributes:
        text: what was read.
        view: `HIDDEN` or `CELL`.
        has_cells: whether there is something to look at in the other view.
        activations: (L, T, H), from -1 to 1: of each unit after each character.
        reacts_to: what the units were searched by.
        reactions: one a unit, best first: by |r|, then by layer and unit, those without an r last.
        layer: of the unit that is worth looking at, the lowest is 1.
        unit: which of it, from 0.
    """

    text: str
    view: str
    has_cells: bool
    activations: Array
    reacts_to: str
    reactions: tuple[Reaction, ...]
    layer: int
    unit: int

    def activation(self, layer: int, unit: int) -> Array:
        """Return what a unit does, (T,)."""
        row: Array = self.activations[layer - 1, :, unit]
        return row

    def reaction(self, layer: int, unit: int) -> Reaction:
        """Return what a unit reacts to."""
        return next(each for each in self.reactions if (each.layer, each.unit) == (layer, unit))

    def as_json(self) -> dict[str, Any]:
        """Return all correlations, and the activation of the unit that is worth looking at."""
        return {
            "text": self.text,
            "view": self.view,
            "reacts_to": self.reacts_to,
            "layer": self.layer,
            "unit": self.unit,
            "activations": plain(self.activation(self.layer, self.unit)),
            "reactions": [
                {
                    "layer": each.layer,
                    "unit": each.unit,
                    "r": "nan" if math.isnan(each.r) else round(each.r, 6),
                    "reacts_to": each.to,
                }
                for each in self.reactions
            ],
        }


def plain(values: Array) -> list[float | str]:
    """Return numbers as JSON can hold them, to six places; nan and inf become words."""
    return [
        round(value, 6) if math.isfinite(value) else str(value)
        for value in values.astype(np.float64).tolist()
    ]


def correlations(units: Array, feature: Array) -> Array:
    """Return Pearson's correlation of every unit with a feature, (L, H) from -1 to 1.

    Where a unit or the feature stands still, or a unit has values that are no numbers, it is nan.

    Args:
        units: (L, T, H).
        feature: (T,).
    """
    centred = feature - feature.mean()
    norm = np.linalg.norm(centred)
    result = np.full((len(units), units.shape[-1]), np.nan)
    if np.ptp(feature) == 0:
        return result
    for layer, out in zip(units, result, strict=True):
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            values = layer.astype(np.float64)
            values -= values.mean(axis=0)
            r = (centred / norm) @ values / np.linalg.norm(values, axis=0)
            moves = np.ptp(values, axis=0) >= STILL
        out[moves] = np.clip(r[moves], -1, 1)
    return result


def reactions(units: Array, features: Mapping[str, Array]) -> tuple[Reaction, ...]:
    """Return what every unit reacts to most strongly, best first.

    Args:
        units: (L, T, H).
        features: (T,) each, by what they are called by; none at all for the units in their order.
    """
    layers, _, hidden = units.shape
    words = list(features)
    found = np.full((len(words) + 1, layers, hidden), np.nan)  # the last stands for no feature
    for place, feature in enumerate(features.values()):
        found[place] = correlations(units, feature)
    strength = np.where(np.isnan(found), -1, np.abs(found))
    best = strength.argmax(axis=0)
    r = np.take_along_axis(found, best[np.newaxis], axis=0)[0].ravel()
    order = np.argsort(-strength.max(axis=0).ravel(), kind="stable")
    return tuple(
        Reaction(
            layer=int(place) // hidden + 1,
            unit=int(place) % hidden,
            r=float(r[place]),
            to="" if np.isnan(r[place]) else words[best.flat[place]],
        )
        for place in order
    )


def activations(traced: Trace, view: str = HIDDEN) -> Array:
    """Return what the units do, (L, T, H) from -1 to 1; h where there is no cell state."""
    if view == CELL and traced.cells is not None:
        cells: Array = np.tanh(traced.cells)
        return cells
    return traced.hidden


def neurons(
    traced: Trace,
    text: str,
    features: Mapping[str, Array],
    reacts_to: str = "",
    *,
    view: str = HIDDEN,
) -> Neurons:
    """Return all units of a net on a text, the best of them first.

    Args:
        traced: what the net did while it read the text.
        text: of T characters.
        features: (T,) each, by what they are called by.
        reacts_to: what they are called together.
        view: `HIDDEN`, or `CELL`, which is `HIDDEN` for a net without cell states.
    """
    units = activations(traced, view)
    found = reactions(units, features)
    has_cells = traced.cells is not None
    return Neurons(
        text=text,
        view=view if has_cells else HIDDEN,
        has_cells=has_cells,
        activations=units,
        reacts_to=reacts_to,
        reactions=found,
        layer=found[0].layer,
        unit=found[0].unit,
    )


def compute(subject: Subject, text: str, options: LensOptions) -> Neurons:
    """Read a text with a net, and tell what its units react to.

    The unit worth looking at is the one that is asked for, or the best of the layer.

    Raises:
        ValueError: if the net does not know a character, or lacks the layer or the unit, or the
            text the feature.
    """
    options.check(subject.model.config)
    traced = trace(subject.model, subject.vocabulary.encode(text))
    features = measured(text, options.reacts_to)
    found = neurons(traced, text, features, options.reacts_to)
    return looking_at(found, options.layer, options.unit)


def looking_at(found: Neurons, layer: int, unit: int | None = None) -> Neurons:
    """Return the same with another unit as the one worth looking at; None for the layer's best."""
    if unit is None:
        unit = next(each.unit for each in found.reactions if each.layer == layer)
    return replace(found, layer=layer, unit=unit)

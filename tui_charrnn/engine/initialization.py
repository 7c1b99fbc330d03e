"""The weights that a model starts with.

    normal       N(0, 1) * 0.01, as in min-char-rnn
    scaled       N(0, 1) / sqrt(columns): what goes in keeps its variance on the way out
    orthogonal   the recurrent matrices are random orthogonal ones, so that neither a state nor a
                 gradient grows or fades where the cell is linear; all others are scaled

Biases are 0, those aside that a cell starts elsewhere (`Cell.INITIAL_BIASES`).

Source: Karpathy, min-char-rnn (2015); LeCun, Bottou, Orr, Mueller, Efficient backprop (1998); Saxe,
McClelland, Ganguli, Exact solutions to the nonlinear dynamics of learning (2014).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import CELLS, is_recurrent, layer_numbers, numbered

NORMAL_SCALE: Final = 0.01
"""Standard deviation of the weights, as in min-char-rnn."""

Draw = Callable[[str, tuple[int, ...], np.random.Generator], Array]


def initialize(config: TrainConfig, parameters: Mapping[str, Array]) -> None:
    """Set parameters, which are zeros under their canonical names, as `config` and its seed say."""
    rng, draw = np.random.default_rng(config.seed), DRAWS[config.initialization]
    for name, view in parameters.items():
        if view.ndim == 2:
            view[...] = draw(name, view.shape, rng)
    for layer in layer_numbers(config):
        for name, value in CELLS[config.cell].INITIAL_BIASES.items():
            parameters[numbered(name, layer)][...] = value


def _normal(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.standard_normal(shape) * NORMAL_SCALE


def _scaled(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    return rng.standard_normal(shape) / math.sqrt(shape[1])


def _orthogonal(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if not is_recurrent(name):
        return _scaled(name, shape, rng)
    q, r = np.linalg.qr(rng.standard_normal(shape))
    return q * np.sign(np.diag(r))  # else not every orthogonal matrix would be as likely


DRAWS: Final[Mapping[str, Draw]] = {
    "normal": _normal,
    "scaled": _scaled,
    "orthogonal": _orthogonal,
}
"""How a matrix is drawn, by what `initialization` calls it."""

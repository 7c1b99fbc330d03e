"""The cells that a model can be built from, by name. A new cell is one file and one entry here.

A model's arrays have the names of their cell's layout; those of the layers above the first have the
number of the layer behind: `Whh`, `Whh2`, `Whh3`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import numpy as np

from tui_charrnn.engine.cell import Cell
from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.gru import GRU
from tui_charrnn.engine.layer import Layer
from tui_charrnn.engine.lstm import LSTM
from tui_charrnn.engine.parameters import Array, FlatArrays, Shape, Weights
from tui_charrnn.engine.rnn import RNN

CELLS: Final[Mapping[str, type[Cell]]] = {cell.name: cell for cell in (RNN, GRU, LSTM)}


def layer_numbers(config: TrainConfig) -> range:
    """Return the numbers of the layers, from 1, the one that reads characters."""
    return range(1, config.layers + 1)


def numbered(name: str, layer: int) -> str:
    """Return the name of an array in a layer: that of the first as it is."""
    return name if layer == 1 else f"{name}{layer}"


def model_layout(config: TrainConfig, vocab_size: int) -> dict[str, Shape]:
    """Return the shapes of the arrays that a model of this config is made of."""
    hidden, cell = config.hidden_size, CELLS[config.cell]
    shapes: dict[str, Shape] = {}
    for layer in layer_numbers(config):
        inner = cell.layout(hidden, vocab_size if layer == 1 else hidden)
        shapes |= {numbered(name, layer): shape for name, shape in inner.items()}
    return {**shapes, "Why": (vocab_size, hidden), "by": (vocab_size,)}


def layers_of(config: TrainConfig, weights: FlatArrays, gradients: FlatArrays) -> list[Layer]:
    """Return the layers of a model, the one that reads characters first."""
    cell = CELLS[config.cell]
    return [
        Layer(cell, _of_layer(config, weights, n), _of_layer(config, gradients, n), n == 1)
        for n in layer_numbers(config)
    ]


def _of_layer(config: TrainConfig, arrays: FlatArrays, layer: int) -> Weights:
    names = CELLS[config.cell].layout(1, 1)
    return {name: arrays[numbered(name, layer)] for name in names}


def canonical(config: TrainConfig, arrays: FlatArrays) -> dict[str, Array]:
    """Return views of a model's arrays under the names and shapes that the field uses."""
    cell = CELLS[config.cell]
    views: dict[str, Array] = {}
    for layer in layer_numbers(config):
        named = cell.canonical(_of_layer(config, arrays, layer))
        views |= {numbered(name, layer): view for name, view in named.items()}
    return {**views, "Why": arrays["Why"], "by": arrays["by"]}


def is_recurrent(name: str) -> bool:
    """Tell whether a canonical name is that of a matrix (H, H) from one state to the next."""
    return name.startswith("Wh") and name != "Why"


def state_size(config: TrainConfig) -> int:
    """Return W, the length of a state: layer after layer, in each all that its cell remembers."""
    return config.layers * CELLS[config.cell].STATE_PARTS * config.hidden_size


def state_shape(config: TrainConfig) -> Shape:
    """Return the shape of a state: (W,), or (B, W) if `batch_size` B is above 1."""
    streams = (config.batch_size,) if config.batch_size > 1 else ()
    return (*streams, state_size(config))


def zero_state(config: TrainConfig) -> Array:
    """Return the state (W,) of one stream before its first character."""
    return np.zeros(state_size(config), config.dtype)


def canonical_shapes(config: TrainConfig, vocab_size: int) -> dict[str, Shape]:
    """Return the shapes of the parameters under their canonical names; nothing is allocated.

    Raises:
        ValueError: if the elements of an array are too many to be numbered.
    """
    layout = model_layout(config, vocab_size)
    # views of a single number stand for the arrays, of which nothing but the shapes is looked at
    hollow = {name: np.broadcast_to(np.float32(0), shape) for name, shape in layout.items()}
    views = canonical(config, cast(FlatArrays, hollow))
    return {name: view.shape for name, view in views.items()}

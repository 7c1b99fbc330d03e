"""The cells that a model can be built from, by name. A new cell is one file and one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import numpy as np

from tui_charrnn.engine.cell import Cell
from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.gru import GRU
from tui_charrnn.engine.parameters import Array, FlatArrays, Shape
from tui_charrnn.engine.rnn import RNN

CELLS: Final[Mapping[str, type[Cell]]] = {cell.name: cell for cell in (RNN, GRU)}


def model_layout(config: TrainConfig, vocab_size: int) -> dict[str, Shape]:
    """Return the shapes of the arrays that a model of this config is made of."""
    hidden = config.hidden_size
    output = {"Why": (vocab_size, hidden), "by": (vocab_size,)}
    return {**CELLS[config.cell].layout(hidden, vocab_size), **output}


def state_shape(config: TrainConfig) -> Shape:
    """Return the shape of a hidden state: (H,), or (B, H) if `batch_size` B is above 1."""
    streams = (config.batch_size,) if config.batch_size > 1 else ()
    return (*streams, config.hidden_size)


def canonical(config: TrainConfig, arrays: FlatArrays) -> dict[str, Array]:
    """Return views of a model's arrays under the names and shapes that the field uses."""
    cell = CELLS[config.cell].canonical(arrays)
    return {**cell, "Why": arrays["Why"], "by": arrays["by"]}


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

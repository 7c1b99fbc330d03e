"""The cells that a model can be built from, by name. A new cell is one file and one entry here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui_charrnn.engine.cell import Cell
from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.gru import GRU
from tui_charrnn.engine.parameters import Shape
from tui_charrnn.engine.rnn import RNN

CELLS: Final[Mapping[str, type[Cell]]] = {cell.name: cell for cell in (RNN, GRU)}


def model_layout(config: TrainConfig, vocab_size: int) -> dict[str, Shape]:
    """Return the shapes of the arrays that a model of this config is made of."""
    hidden = config.hidden_size
    output = {"Why": (vocab_size, hidden), "by": (vocab_size,)}
    return {**CELLS[config.cell].layout(hidden, vocab_size), **output}

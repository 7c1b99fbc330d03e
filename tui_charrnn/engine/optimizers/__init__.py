"""Update rules and the clipping of gradients, on flat vectors and in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui_charrnn.engine.optimizers.adagrad import Adagrad
from tui_charrnn.engine.optimizers.adam import Adam, AdamW
from tui_charrnn.engine.optimizers.base import BLOCK_BYTES, Optimizer
from tui_charrnn.engine.optimizers.clipping import clip, clipped_share, gradient_norm
from tui_charrnn.engine.optimizers.rmsprop import RMSprop
from tui_charrnn.engine.optimizers.sgd import SGD

__all__ = ["BLOCK_BYTES", "OPTIMIZERS", "Optimizer", "clip", "clipped_share", "gradient_norm"]

OPTIMIZERS: Final[Mapping[str, type[Optimizer]]] = {
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "sgd": SGD,
}
"""The update rules by the name that a config has for them."""

"""Reading held-out text with a model: bits per character on what it was not trained on.

The tail is cut into parallel streams, since a matrix product over many rows costs little more than
one over a few. Every stream starts from a state of zeros and carries its state from window to
window, so the length of a window has no influence on the result.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.control import TrainControl
from tui_charrnn.engine.corpus import streams
from tui_charrnn.engine.parameters import Array, Shape
from tui_charrnn.engine.registry import state_size

if TYPE_CHECKING:
    from tui_charrnn.engine.model import CharModel

STREAMS = 32
"""The most streams that are read side by side."""

STREAM_LENGTH = 500
"""Characters that a stream has at least, so that its cold start weighs little."""

WINDOW = 64
"""Characters read at a time: between two windows the run can be stopped."""


def stream_count(characters: int) -> int:
    """Return in how many parallel streams so many held-out characters are read."""
    return max(1, min(STREAMS, characters // STREAM_LENGTH))


def window_shapes(characters: int) -> tuple[Shape, Shape]:
    """Return the shapes (B, T) of the windows in which so many characters are read.

    The first is that of all windows but the last, which is shorter unless they fit exactly.
    """
    count = stream_count(characters)
    predicted = characters // count - 1
    return (count, min(WINDOW, predicted)), (count, predicted % WINDOW or min(WINDOW, predicted))


def validate(
    model: CharModel, held_out: Array, config: TrainConfig, control: TrainControl
) -> tuple[float, int] | None:
    """Return the mean bits per character of the held-out ids, and how many were predicted.

    Args:
        model: read only.
        held_out: (N,) ids; the first `eval_length` of them are read, all of them if that is 0.
        config: for `eval_length`.
        control: a run that is asked to stop gets None.

    Returns:
        None also where there are fewer than two held-out characters.
    """
    ids = held_out[: config.eval_length or None]
    if len(ids) < 2:
        return None
    rows = streams(ids, stream_count(len(ids)))
    state: Array = np.zeros((len(rows), state_size(model.config)), model.config.dtype)
    nats = 0.0
    for start in range(0, rows.shape[1] - 1, WINDOW):
        if control.stopping:
            return None
        stop = min(start + WINDOW, rows.shape[1] - 1)
        inputs, targets = rows[:, start:stop], rows[:, start + 1 : stop + 1]
        loss, state = model.loss(inputs.astype(np.intp), targets.astype(np.intp), state)
        nats += loss
    predicted = rows.shape[0] * (rows.shape[1] - 1)
    return nats / (predicted * math.log(2)), predicted

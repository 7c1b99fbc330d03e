"""Gradient memory: how much of the loss at one character reaches the states before it.

For the loss of a single character, L_T = -ln p_T[target_T], the derivative by an earlier state is a
product of k Jacobians:

    dL_T/dh_(T-k) = dL_T/dh_T  dh_T/dh_(T-1)  ...  dh_(T-k+1)/dh_(T-k)

With several layers h is the state of all of them, and of an LSTM hidden and cell state: the norm is
over all that the net remembers. The derivative is the one by each of these values as the net
computes it, as backpropagation carries it: that by a lower layer has in it what goes up to the
layers above at the same character, and that by a cell state what goes on by way of the hidden state
of the same character. With one layer of a vanilla cell or a GRU there is no such way.

Its norm against the lag k tells how long the net can learn to remember: where it falls to nothing
within a few characters, whatever lies further back gets no blame and no credit. It is exact, not an
estimate: the backward scan that trains the net carries it, in float64 whatever the net trains in.

Source: Hochreiter (1991); Bengio, Simard, Frasconi, Learning long-term dependencies with gradient
descent is difficult (1994); Pascanu, Mikolov, Bengio, On the difficulty of training recurrent
neural networks (2013).
"""

from __future__ import annotations

import numpy as np

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.events import GradientMemory
from tui_charrnn.engine.memory import kept_activations, parameter_count
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import state_size

MOST_WINDOWS = 16
"""Places in the text over which the norms are averaged."""

MOST_LAGS = 500
"""Lags that are measured at the most: the cost grows with them."""

MOST_MEMORY = 200_000_000
"""Bytes that the buffers of all windows may take; one window is measured whatever it takes."""

MOST_WORK = 3_000_000_000
"""Products of a weight with a state over all windows: about a second on one core."""


def measure(
    model: CharModel, ids: Array, *, iteration: int = 0, elapsed: float = 0.0
) -> GradientMemory:
    """Measure the mean norm of dLoss_T/dh_(T-k) at places spread evenly over a text.

    Each place is reached from a state of zeros through as many characters again as there are lags,
    so that the first states are no artefact of the start.

    Args:
        model: nothing in it changes.
        ids: (N,) the text, at least two characters.
        iteration: for the event.
        elapsed: for the event, in seconds.

    Returns:
        An event with as many norms as lags: `seq_length`, or what the text or `MOST_LAGS` allow.
    """
    lags = max(1, min(model.config.seq_length, MOST_LAGS, (len(ids) - 1) // 2))
    rows = _windows(ids, lags, window_count(model.config, model.vocab_size, lags))
    exact = model.in_float64()
    inputs = rows[:, :-1] if len(rows) > 1 else rows[0, :-1]  # a single one needs no matrices
    state: Array = np.zeros((*inputs.shape[:-1], state_size(model.config)))
    if inputs.shape[-1] > lags:
        state = exact.read(inputs[..., :-lags], state)
    norms = gradient_norms(exact, inputs[..., -lags:], rows[:, -1], state)
    with np.errstate(over="ignore", invalid="ignore"):
        means = norms.reshape(lags, -1).mean(axis=1).tolist()
    return GradientMemory(
        iteration=iteration, elapsed=elapsed, norms=tuple(means), windows=len(rows)
    )


def _windows(ids: Array, lags: int, count: int) -> Array:
    """Return up to `count` windows, (B, 2 * lags + 1); of a text of two characters, both."""
    length = min(2 * lags + 1, len(ids))
    starts = np.unique(np.linspace(0, len(ids) - length, count).astype(np.intp))
    rows: Array = ids[starts[:, np.newaxis] + np.arange(length)].astype(np.intp)
    return rows


def window_count(config: TrainConfig, vocab_size: int, lags: int) -> int:
    """Return over how many windows to average: as many as the bounds allow, but one at least.

    Several windows side by side need transposed copies of the recurrent weights, one does not.
    """
    weights = parameter_count(config, vocab_size)
    kept = config.hidden_size * (kept_activations(config) + 1) + 2 * state_size(config)
    window = 8 * lags * (kept + min(vocab_size, 2 * config.hidden_size))
    room, work = MOST_MEMORY - 8 * weights, MOST_WORK // (lags * weights)
    return max(1, min(MOST_WINDOWS, room // window, work))


def gradient_norms(model: CharModel, inputs: Array, targets: Array, state: Array) -> Array:
    """Return the norms of dLoss_T/dh_(T-k) for the character after each window.

    Args:
        model: nothing in it changes; it is computed in float64, whatever it trains in.
        inputs: ([B,] T) ids of the characters read.
        targets: ([B]) ids of the characters that follow.
        state: ([B,] W) before the windows.

    Returns:
        (T, [B]) in float64: row k is the lag, 0 the state that predicts the character.
    """
    gradients = model.in_float64().state_gradients(inputs, targets, state)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        norms: Array = np.linalg.norm(gradients, axis=-1)[::-1]
    return norms

"""Gradient memory: how much of the loss at one character reaches the states before it.

For the loss of a single character, L_T = -ln p_T[target_T], the derivative by an earlier hidden
state is a product of k Jacobians:

    dL_T/dh_(T-k) = dL_T/dh_T  dh_T/dh_(T-1)  ...  dh_(T-k+1)/dh_(T-k)

Its norm against the lag k tells how long the net can learn to remember: where it falls to nothing
within a few characters, whatever lies further back gets no blame and no credit. It is exact, not an
estimate: the backward scan that trains the net carries it, in float64 whatever the net trains in.

Source: Hochreiter (1991); Bengio, Simard, Frasconi, Learning long-term dependencies with gradient
descent is difficult (1994); Pascanu, Mikolov, Bengio, On the difficulty of training recurrent
neural networks (2013).
"""

from __future__ import annotations

import numpy as np

from tui_charrnn.engine.events import GradientMemory
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.parameters import Array

WINDOWS = 16
"""Places in the text over which the norms are averaged."""

MOST_LAGS = 500
"""Lags that are measured at the most: the cost grows with them."""


def measure(
    model: CharModel, ids: Array, *, iteration: int = 0, elapsed: float = 0.0
) -> GradientMemory:
    """Measure the mean norm of dLoss_T/dh_(T-k) at places spread evenly over a text.

    Each place is reached from a state of zeros through as many characters again as there are lags,
    so that the first states are no artefact of the start.

    Args:
        model: its weights are copied, nothing in it changes.
        ids: (N,) the text, at least two characters.
        iteration: for the event.
        elapsed: for the event, in seconds.

    Returns:
        An event with as many norms as lags: `seq_length`, or what the text or `MOST_LAGS` allow.
    """
    lags = max(1, min(model.config.seq_length, MOST_LAGS, (len(ids) - 1) // 2))
    reading = min(2 * lags, len(ids) - 1)
    starts = np.unique(np.linspace(0, len(ids) - reading - 1, WINDOWS).astype(np.intp))
    rows = ids[starts[:, np.newaxis] + np.arange(reading + 1)].astype(np.intp)
    state = np.zeros((len(rows), model.config.hidden_size))
    norms = gradient_norms(model, rows[:, :-1], rows[:, 1:], state)[:lags]
    means = tuple(map(float, norms.mean(axis=1)))
    return GradientMemory(iteration=iteration, elapsed=elapsed, norms=means, windows=len(rows))


def gradient_norms(model: CharModel, inputs: Array, targets: Array, state: Array) -> Array:
    """Return the norms of dLoss_T/dh_(T-k) for the last character of each window.

    Args:
        model: its weights are copied, nothing in it changes.
        inputs: (B, T) ids of the characters read.
        targets: (B, T) ids of those that follow; only the last of each row counts.
        state: (B, H) hidden state before the windows.

    Returns:
        (T, B) in float64: row k is the lag, 0 the state that predicts the last character.
    """
    exact = model.in_float64()
    gradients = exact.state_gradients(inputs, targets, state)
    norms: Array = np.linalg.norm(gradients, axis=-1)[::-1]
    return norms

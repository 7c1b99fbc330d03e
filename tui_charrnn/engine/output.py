"""The output layer: projection, softmax and cross-entropy of all characters of a window.

    y_n = Why h_n + by        p_n = softmax(y_n)        loss = sum_n -ln p_n[target_n]

    dy_n = p_n - onehot(target_n)      dWhy = sum_n dy_n h_n^T      dby = sum_n dy_n
    dLoss/dh_n directly = Why^T dy_n

where n counts the T*B characters, and h_n is the hidden state of the topmost layer. Each is one
product for `ROWS` characters, so that the logits take little memory however many there are.
Source: Karpathy, min-char-rnn (2015).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from tui_charrnn.engine.parameters import Array, FlatArrays, aligned_zeros, ones

ROWS = 1024
"""Characters whose logits exist at the same time: fewer would cost speed, more only memory."""

TAME = 60.0
"""The exponentials of logits between -60 and 60, and their sums, are far inside of float32."""


class OutputLayer:
    """`Why (V,H)` and `by (V,)` above the topmost hidden states."""

    def __init__(self, weights: FlatArrays, gradients: FlatArrays) -> None:
        """Use the arrays of a model; the buffer is allocated when it is needed."""
        self._matrix, self._bias = weights["Why"], weights["by"]
        self._d_matrix, self._d_bias = gradients["Why"], gradients["by"]
        self._buffer: Array = np.empty((0, len(self._bias)), self._bias.dtype)

    def logits(self, hidden: Array, out: Array | None = None) -> Array:
        """Return the scores (N, V) of the next character from hidden states (N, H)."""
        scores: Array = np.dot(hidden, self._matrix.T, out=out)
        scores += self._bias
        return scores

    def scorer(self, hidden: Array) -> Callable[[], Array]:
        """Return what gives the scores (V,) at what `hidden` (H,) is then; it overwrites them."""
        product, bias, scores, add = self._matrix.dot, self._bias, np.empty_like(self._bias), np.add

        def score() -> Array:
            product(hidden, scores)
            add(scores, bias, scores)
            return scores

        return score

    def loss(self, hidden: Array, targets: Array) -> float:
        """Return the loss (nats, summed) of hidden states (N, H) and what follows each (N,)."""
        return sum(_loss(self._block(hidden[rows]), targets[rows]) for rows in _blocks(hidden))

    def backpropagate(self, hidden: Array, targets: Array, d_hidden: Array) -> float:
        """Fill the gradients, and `d_hidden` (N, H) with dLoss/dh; return the loss (nats)."""
        loss = 0.0
        for rows in _blocks(hidden):
            logits = self._block(hidden[rows])
            loss += cross_entropy(logits, targets[rows])
            every = ones(len(logits), logits.dtype)
            if rows.start == 0:
                np.dot(logits.T, hidden[rows], out=self._d_matrix)
                np.dot(every, logits, out=self._d_bias)
            else:
                self._d_matrix += np.dot(logits.T, hidden[rows])
                self._d_bias += np.dot(every, logits)
            np.dot(logits, self._matrix, out=d_hidden[rows])
        return loss

    def d_hidden(self, hidden: Array, targets: Array) -> Array:
        """Return dLoss/dh (N, H); no buffer of the layer is touched."""
        logits = self.logits(hidden)
        cross_entropy(logits, targets)
        derivative: Array = np.dot(logits, self._matrix)
        return derivative

    def _block(self, hidden: Array) -> Array:
        """Return the logits of at most `ROWS` hidden states, in the buffer."""
        if len(self._buffer) < len(hidden):
            self._buffer = aligned_zeros((len(hidden), len(self._bias)), self._bias.dtype)
        return self.logits(hidden, self._buffer[: len(hidden)])


def _blocks(rows: Array) -> Iterator[slice]:
    """Cut N rows into as few equal blocks as hold no more than `ROWS` each."""
    count = -(-len(rows) // ROWS)
    length = -(-len(rows) // count)
    return (slice(start, start + length) for start in range(0, len(rows), length))


def cross_entropy(logits: Array, targets: Array) -> float:
    """Return sum of -ln softmax(logits)[target]; turn `logits` into the loss' derivative by them.

    Args:
        logits: (N, V), overwritten with softmax(logits) - onehot(targets).
        targets: (N,) ids.
    """
    places = _places(logits, targets)
    totals, loss = _exponentiate(logits, places)
    np.multiply(logits, (1 / totals)[:, np.newaxis], out=logits)
    logits.reshape(-1)[places] -= 1
    return loss


def _loss(logits: Array, targets: Array) -> float:
    return _exponentiate(logits, _places(logits, targets))[1]


def _exponentiate(logits: Array, places: Array) -> tuple[Array, float]:
    """Turn `logits` (N, V) into what softmax is proportional to; return their sums and the loss.

    A product with ones sums the rows: it is several times as fast as a sum along them, as is a
    maximum over all logits in place of one for each row.
    """
    if not (logits.max() <= TAME and logits.min() >= -TAME):  # or nan
        logits -= logits.max(axis=1, keepdims=True)
    chosen = logits.reshape(-1)[places]
    np.exp(logits, out=logits)
    totals = np.dot(logits, ones(logits.shape[1], logits.dtype))
    return totals, float((np.log(totals) - chosen).sum(dtype=np.float64))


def _places(logits: Array, targets: Array) -> Array:
    """Return where in `logits`, laid out as one vector, each row has its target: (N,)."""
    return np.arange(0, logits.size, logits.shape[1]) + targets

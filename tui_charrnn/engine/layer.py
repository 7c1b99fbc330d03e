"""A layer: a cell, the input matrices before it, and dropout between it and the layer below.

The first layer reads characters: W x + b of each is a row of a table. Those above read the hidden
states of the layer below, all T (and B) of them in one matrix product.

Dropout acts on the way from one layer to the next, never on the recurrence, with a mask of its own
for every character; what is kept is scaled up, so that nothing changes where nothing is dropped:

    x_t = m_t * h_t(below) / (1 - p)        m_t = 0 with probability p, else 1

Source: Zaremba, Sutskever, Vinyals, Recurrent neural network regularization (2014); Srivastava et
al., Dropout (2014).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tui_charrnn.engine.cell import Cell, add_rows_by_id, flat_rows
from tui_charrnn.engine.parameters import Array, Shape, Weights, ones


@dataclass(frozen=True, slots=True)
class Layer:
    """One recurrent layer of a model.

    Attributes:
        cell: what it is made of.
        weights: its arrays, by the names of `Cell.layout`.
        gradients: of the same shapes.
        is_first: whether it reads characters, and not a layer.
    """

    cell: type[Cell]
    weights: Weights
    gradients: Weights
    is_first: bool

    @property
    def hidden_size(self) -> int:
        """H."""
        return int(self.weights["bias"].shape[-1])

    @property
    def state_size(self) -> int:
        """P*H."""
        return self.cell.STATE_PARTS * self.hidden_size


@dataclass(frozen=True, slots=True)
class Dropout:
    """The share of units to drop, and where the randomness comes from."""

    share: float
    rng: np.random.Generator

    def mask(self, like: Array) -> Array:
        """Return an array of zeros and 1 / (1 - share)."""
        kept = self.rng.random(like.shape, like.dtype) >= self.share
        scaled: Array = kept * like.dtype.type(1 / (1 - self.share))
        return scaled


class LayerPass:
    """A layer over windows of one shape, forward and back."""

    def __init__(self, layer: Layer, lead: Shape, dtype: np.dtype[np.floating]) -> None:
        """Allocate for windows of shape `lead`, (T,) or (T, B)."""
        self.layer = layer
        self.scan = layer.cell.scan(layer.hidden_size, lead, dtype)
        self._source: Array = np.zeros(lead, np.intp)
        self._mask: Array | None = None

    def forward(self, source: Array, state: Array, dropout: Dropout | None = None) -> Array:
        """Read a window; return the hidden states after each character, (T, [B,] H): a view.

        Args:
            source: ids (T, [B]) for the first layer, else the hidden states from below.
            state: ([B,] P*H) before the window.
            dropout: acts on what comes from below; None to drop nothing.
        """
        if self.layer.is_first:
            np.copyto(self._source, source)
            self._look_up()
        else:
            self._mask = None if dropout is None else dropout.mask(source)
            self._source = source if self._mask is None else source * self._mask
            self._project()
        self.scan.forward(self.layer.weights, state)
        return self.scan.hidden[1:]

    def _look_up(self) -> None:
        """Set the raw parts to the rows of W x + b: (T, [B,] H) each."""
        embed, bias = self.layer.weights["embed"], self.layer.weights["bias"]
        is_short = self._source.size < embed.shape[1]  # then b is added to what is found
        for matrix, offset, raw in zip(embed, bias, self.scan.raw, strict=True):
            table = matrix if is_short else matrix + offset
            np.take(table, self._source, axis=0, out=raw, mode="clip")
            if is_short:
                np.add(raw, offset, out=raw)

    def _project(self) -> None:
        """Set the raw parts to W x + b of all x at once."""
        embed, bias = self.layer.weights["embed"], self.layer.weights["bias"]
        rows = flat_rows(self._source)
        for matrix, offset, raw in zip(embed, bias, self.scan.raw, strict=True):
            result = flat_rows(raw)
            np.matmul(rows, matrix, out=result)
            result += offset

    def backward(self, d_hidden: Array, *, gradients: bool = True) -> None:
        """Go back through the window from dLoss/dh, (T, [B,] H); it becomes the whole derivative.

        Args:
            d_hidden: what comes from above.
            gradients: whether to fill those of the weights.
        """
        self.scan.backward(
            self.layer.weights, self.layer.gradients if gradients else None, d_hidden
        )
        if gradients:
            self._sum_input_gradients()

    def _sum_input_gradients(self) -> None:
        d_raw, gradients = self.scan.d_raw, self.layer.gradients
        rows = d_raw.reshape(len(d_raw), -1, d_raw.shape[-1])
        if self.layer.is_first:  # every character is one row, so these add up to the bias' gradient
            add_rows_by_id(rows, self._source.ravel(), gradients["embed"])
            _sum_rows(gradients["embed"], gradients["bias"])
        else:
            np.matmul(flat_rows(self._source).T, rows, out=gradients["embed"])
            _sum_rows(rows, gradients["bias"])

    def hand_down(self, d_below: Array) -> None:
        """Set `d_below` (T, [B,] H) to dLoss/dh of the layer below, by way of this one alone."""
        result = flat_rows(d_below)
        first, *others = zip(self.scan.d_raw, self.layer.weights["embed"], strict=True)
        np.matmul(flat_rows(first[0]), first[1].T, out=result)
        for d_raw, matrix in others:
            result += np.matmul(flat_rows(d_raw), matrix.T)
        if self._mask is not None:
            d_below *= self._mask


def _sum_rows(rows: Array, out: Array) -> None:
    """Set `out` (K, H) to the sums of the rows (K, N, H): such a product is faster than a sum."""
    np.matmul(ones(rows.shape[1], rows.dtype), rows, out=out)

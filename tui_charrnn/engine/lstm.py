"""The long short-term memory, with forget gate and without peepholes.

    i_t = sigmoid(Wxi x_t + Whi h_{t-1} + bi)             input gate
    f_t = sigmoid(Wxf x_t + Whf h_{t-1} + bf)             forget gate
    o_t = sigmoid(Wxo x_t + Who h_{t-1} + bo)             output gate
    g_t = tanh(Wxg x_t + Whg h_{t-1} + bg)                candidate
    c_t = f_t * c_{t-1} + i_t * g_t                       cell state
    h_t = o_t * tanh(c_t)                                 hidden state

Backpropagation through time, with dh_t and dc_t the whole derivatives of the loss:

    dc_t     = dh_t * o_t * (1 - tanh(c_t)^2) + dc_{t+1} * f_{t+1}
    do_raw   = dh_t * tanh(c_t) * o_t * (1 - o_t)
    dg_raw   = dc_t * i_t * (1 - g_t^2)
    di_raw   = dc_t * g_t * i_t * (1 - i_t)
    df_raw   = dc_t * c_{t-1} * f_t * (1 - f_t)
    dh_{t-1} = dLoss/dh_{t-1} directly + Whi^T di_raw + Whf^T df_raw + Who^T do_raw + Whg^T dg_raw

Source: Hochreiter, Schmidhuber, Long short-term memory (1997); the forget gate is that of Gers,
Schmidhuber, Cummins, Learning to forget (2000). Its bias starts at 1, so that a fresh cell
remembers: Jozefowicz, Zaremba, Sutskever, An empirical exploration of recurrent network
architectures (2015).

The sigmoid is (1 + tanh(x/2)) / 2, as in the GRU, so that one tanh serves all four parts; these are
stacked, and cost one matrix-vector product a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np

from tui_charrnn.engine.cell import Scan, beside, blocks_back, flat_rows, recurrent_factor
from tui_charrnn.engine.parameters import Array, Shape, Weights

GATES = slice(1, 4)
"""Where i, f and o stand among the four parts g, i, f, o."""

THROUGH_CELL = slice(0, 3)
"""The parts that act by way of the cell state: g, i and f."""


class LSTM:
    """LSTM cell: `Wx* (H,V) Wh* (H,H) b* (H,)` for i, f, o and g, kept in stacks of four."""

    name: ClassVar[str] = "lstm"
    activations: ClassVar[int] = 14
    STATE_PARTS: ClassVar[int] = 2
    INPUT_SCALE: ClassVar[tuple[float, ...]] = (1.0, 0.5, 0.5, 0.5)
    INITIAL_BIASES: ClassVar[Mapping[str, float]] = {"bf": 1.0}

    @staticmethod
    def layout(hidden: int, inputs: int) -> dict[str, Shape]:
        """Return the inner arrays: stacks of candidate, i, f, o; in `embed` characters are rows."""
        return {
            "Wh": (4, hidden, hidden),
            "embed": (4, inputs, hidden),
            "bias": (4, hidden),
        }

    @staticmethod
    def canonical(arrays: Weights) -> dict[str, Array]:
        """Return views named and shaped as in the equations."""
        embed, recurrent, bias = arrays["embed"], arrays["Wh"], arrays["bias"]
        named = {}
        for name, part in (("i", 1), ("f", 2), ("o", 3), ("g", 0)):
            named[f"Wx{name}"] = embed[part].T
            named[f"Wh{name}"] = recurrent[part]
            named[f"b{name}"] = bias[part]
        return named

    @staticmethod
    def scan(hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> Scan:
        """Allocate the buffers for windows of shape (T,) or (T, B)."""
        return LSTMScan(hidden, lead, dtype)

    @staticmethod
    def step(weights: Weights, raw: Array, state: Array) -> Array:
        """Return hidden and cell state, (2H,), after one more input."""
        hidden, cell = state.reshape(2, -1)
        raw += np.dot(flat_rows(weights["Wh"]), hidden).reshape(raw.shape)
        raw[GATES] *= 0.5
        np.tanh(raw, out=raw)
        take_in, forget, let_out = 0.5 + 0.5 * raw[GATES]
        cell = forget * cell + take_in * raw[0]
        return np.concatenate((let_out * np.tanh(cell), cell))


class LSTMScan:
    """Forward and backward pass of the LSTM over one window."""

    def __init__(self, hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> None:
        """Allocate everything once; the loops then run over row views made here."""
        steps, *streams = lead
        row = (*streams, hidden)
        self.hidden: Array = np.zeros((steps + 1, *row), dtype)
        self.cells: Array = np.zeros((steps + 1, *row), dtype)
        self._parts: Array = beside(4, lead, hidden, dtype)
        self.raw: Sequence[Array] = tuple(self._parts)
        self.d_raw: Array = beside(4, lead, hidden, dtype)
        self._squashed, self._through, self._d_cells = np.empty((3, steps, *row), dtype)
        self._step: Array = np.empty(row, dtype)
        self._future: Array = np.empty(row, dtype)
        self._future_cell: Array = np.empty(row, dtype)
        self._parts_step: Array = np.empty((4, *row), dtype)
        self._single = not streams
        self._transposed = np.empty((4, hidden, hidden), dtype) if streams else None
        self._blocks = blocks_back(steps, self._step.size)
        self._list_rows()

    def _list_rows(self) -> None:
        candidate, take_in, forget, let_out = self._parts
        parts = self._parts.swapaxes(0, 1)
        self._forward_rows = list(
            zip(
                parts, self._parts[GATES].swapaxes(0, 1), candidate, take_in, forget, let_out,
                self._squashed, self.cells[1:], self.hidden[1:],
                strict=True,
            )
        )  # fmt: skip
        d_parts = self.d_raw.swapaxes(0, 1)
        if self._single:  # all four are one vector
            d_parts = d_parts.reshape(len(d_parts), -1)
        self._backward_rows = list(
            zip(
                self.d_raw[THROUGH_CELL].swapaxes(0, 1), self.d_raw[3], d_parts,
                self._through, self._d_cells, forget,
                strict=True,
            )
        )  # fmt: skip

    @property
    def gates(self) -> Mapping[str, Array]:
        """The gates of the last forward pass, (T, [B,] H)."""
        return {"input": self._parts[1], "forget": self._parts[2], "output": self._parts[3]}

    def forward(self, weights: Weights, state: Array) -> None:
        """Run the window in `raw`, which becomes candidate and gates, from a state ([B,] 2H)."""
        half = state.shape[-1] // 2
        self.hidden[0], self.cells[0] = state[..., :half], state[..., half:]
        scaled = weights["Wh"].copy()
        scaled[GATES] *= 0.5
        self._recur(recurrent_factor(scaled, self._transposed))

    def last_state(self) -> Array:
        """Return a copy of hidden and cell state after the window, ([B,] 2H)."""
        return np.concatenate((self.hidden[-1], self.cells[-1]), axis=-1)

    def _recur(self, factor: Array) -> None:
        add, multiply, tanh, step = np.add, np.multiply, np.tanh, self._step
        parts_step = self._parts_step
        product: Callable[..., Array] = np.dot if self._single else np.matmul
        result = parts_step.reshape(-1) if self._single else parts_step
        half = np.full((), 0.5, step.dtype)
        before, cell_before = self.hidden[0], self.cells[0]
        for (
            parts,
            gates,
            candidate,
            take_in,
            forget,
            let_out,
            squashed,
            cell,
            after,
        ) in self._forward_rows:
            product(before, factor, out=result)
            add(parts, parts_step, out=parts)
            tanh(parts, out=parts)
            multiply(gates, half, out=gates)
            add(gates, half, out=gates)
            multiply(take_in, candidate, out=step)
            multiply(forget, cell_before, out=cell)
            add(cell, step, out=cell)
            tanh(cell, out=squashed)
            multiply(let_out, squashed, out=after)
            before, cell_before = after, cell

    def backward(self, weights: Weights, gradients: Weights | None, d_hidden: Array) -> None:
        """Fill `d_raw` and the recurrent gradients from dLoss/dh, (T, [B,] H)."""
        d_hidden_rows = list(d_hidden)
        self._future.fill(0)
        self._future_cell.fill(0)
        for steps in self._blocks:
            self._local_derivatives(steps)
            self._recur_back(weights["Wh"], d_hidden_rows[steps], self._backward_rows[steps])
        if gradients is not None:
            d_parts = self.d_raw.reshape(4, -1, self.d_raw.shape[-1])
            np.matmul(d_parts.swapaxes(1, 2), flat_rows(self.hidden[:-1]), out=gradients["Wh"])

    def d_state(self, d_hidden: Array) -> Array:
        """Return the derivative by every hidden and cell state, (T, [B,] 2H)."""
        return np.concatenate((d_hidden, self._d_cells), axis=-1)

    def _local_derivatives(self, steps: slice) -> None:
        """Put into the gradient buffers what the backward loop multiplies each by."""
        candidate, *gates = self._parts[:, steps]
        d_candidate, *d_gates = self.d_raw[:, steps]
        squashed, through = self._squashed[steps], self._through[steps]
        for gate, d_gate in zip(gates, d_gates, strict=True):
            np.subtract(1, gate, out=d_gate)
            np.multiply(d_gate, gate, out=d_gate)
        for d_gate, factor in zip(
            d_gates, (candidate, self.cells[:-1][steps], squashed), strict=True
        ):
            np.multiply(d_gate, factor, out=d_gate)
        np.multiply(candidate, candidate, out=d_candidate)
        np.subtract(1, d_candidate, out=d_candidate)
        d_candidate *= gates[0]
        np.multiply(squashed, squashed, out=through)
        np.subtract(1, through, out=through)
        through *= gates[2]

    def _recur_back(
        self, weights: Array, d_hidden: list[Array], rows: list[tuple[Array, ...]]
    ) -> None:
        """Go back through some steps; `_future*` hold what the steps after add to dh and dc."""
        add, multiply, back = np.add, np.multiply, self._back
        future, future_cell = self._future, self._future_cell
        factor = flat_rows(weights) if self._single else weights
        for d_h, row in zip(reversed(d_hidden), reversed(rows), strict=True):
            d_through_cell, d_output, d_parts, through, d_cell, forget = row
            add(d_h, future, out=d_h)
            multiply(d_h, through, out=d_cell)
            add(d_cell, future_cell, out=d_cell)
            multiply(d_through_cell, d_cell, out=d_through_cell)
            multiply(d_output, d_h, out=d_output)
            multiply(d_cell, forget, out=future_cell)
            back(d_parts, factor)

    def _back(self, d_parts: Array, factor: Array) -> None:
        """Set `_future` to what the four parts of a step hand to the hidden state before it."""
        if self._single:
            np.dot(d_parts, factor, out=self._future)
        else:
            np.matmul(d_parts, factor, out=self._parts_step)
            np.sum(self._parts_step, axis=0, out=self._future)

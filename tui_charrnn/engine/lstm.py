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

As in the GRU, the reciprocal 1 + exp(-x) of each gate is kept, and divided by. The four parts are
stacked, and cost one matrix-vector product a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from tui_charrnn.engine.cell import RowViews, Scan, beside, blocks_back, flat_rows
from tui_charrnn.engine.parameters import Array, Shape, Weights, aligned_zeros
from tui_charrnn.engine.products import Products

GATES = slice(1, 4)
"""Where i, f and o stand among the four parts g, i, f, o."""


class LSTM:
    """LSTM cell: `Wx* (H,V) Wh* (H,H) b* (H,)` for i, f, o and g, kept in stacks of four."""

    name: ClassVar[str] = "lstm"
    activations: ClassVar[int] = 14
    STATE_PARTS: ClassVar[int] = 2
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
    def stepper(weights: Weights, state: Array) -> Callable[[Array], None]:
        """Return what changes hidden and cell state (2H,) to those after an input, given (4H,)."""
        add, negative, divide, tanh, exp = np.add, np.negative, np.divide, np.tanh, np.exp
        recurrent, one = flat_rows(weights["Wh"]).dot, np.ones((), state.dtype)
        hidden, cell = state.reshape(2, -1)
        parts = np.empty((4, len(hidden)), state.dtype)
        candidate, take_in, forget, let_out = parts
        product, gates = parts.reshape(-1), parts[GATES]

        def step(raw: Array) -> None:
            recurrent(hidden, product)
            add(raw, product, product)
            tanh(candidate, candidate)
            negative(gates, gates)
            exp(gates, gates)
            add(gates, one, gates)
            divide(cell, forget, cell)
            divide(candidate, take_in, candidate)
            add(cell, candidate, cell)
            tanh(cell, candidate)
            divide(candidate, let_out, hidden)

        return step


class LSTMScan:
    """Forward and backward pass of the LSTM over one window."""

    def __init__(self, hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> None:
        """Allocate everything once; the loops then run over row views made here."""
        steps, *streams = lead
        row = (*streams, hidden)
        self.hidden: Array = aligned_zeros((steps + 1, *row), dtype)
        self.cells: Array = aligned_zeros((steps + 1, *row), dtype)
        self._parts: Array = beside(4, lead, hidden, dtype)
        self.raw: Sequence[Array] = tuple(self._parts)
        self.d_raw: Array = beside(4, lead, hidden, dtype)
        self._squashed, self._d_cells = aligned_zeros((2, steps, *row), dtype)
        self._future: Array = aligned_zeros(row, dtype)
        self._future_cell: Array = aligned_zeros(row, dtype)
        self._step: Array = aligned_zeros(row, dtype)
        self._product = Products(4, row, dtype, negated=GATES)
        self._blocks = blocks_back(steps, self._step.size)
        self._d_hidden_rows = RowViews()
        longest = min(steps, self._blocks[-1].stop)
        self._through, self._forget = aligned_zeros((2, longest, *row), dtype)
        self._list_rows()

    def _list_rows(self) -> None:
        self._forward_rows = list(
            zip(
                map(self._product.each, self.hidden[:-1]), self.cells[:-1],
                self._parts[GATES].swapaxes(0, 1), *self._parts,
                self._squashed, self.cells[1:], self.hidden[1:],
                strict=True,
            )
        )  # fmt: skip
        self._backward_rows = list(
            zip(
                *self.d_raw, self._d_cells,
                map(self._product.sum, self.d_raw.swapaxes(0, 1)),
                strict=True,
            )
        )  # fmt: skip
        self._block_rows = list(zip(self._through, self._forget, strict=True))

    @property
    def gates(self) -> Mapping[str, Array]:
        """The gates of the last forward pass, (T, [B,] H)."""
        take_in, forget, let_out = 1 / self._parts[GATES]
        return {"input": take_in, "forget": forget, "output": let_out}

    def forward(self, weights: Weights, state: Array) -> None:
        """Run the window in `raw`, from a state ([B,] 2H).

        `raw` becomes the candidates and the reciprocals of the gates.
        """
        half = state.shape[-1] // 2
        self.hidden[0], self.cells[0] = state[..., :half], state[..., half:]
        self._recur(self._product.transposed(weights["Wh"]))

    def last_state(self) -> Array:
        """Return a copy of hidden and cell state after the window, ([B,] 2H)."""
        return np.concatenate((self.hidden[-1], self.cells[-1]), axis=-1)

    def _recur(self, factor: Array) -> None:
        add, divide, tanh, exp, step = np.add, np.divide, np.tanh, np.exp, self._step
        subtract, result, out = np.subtract, self._product.result, self._product.out
        candidate_step, gates_step, one = result[0], result[GATES], np.ones((), step.dtype)
        for (
            times, cell_before, gates, candidate, take_in, forget, let_out, squashed, cell, after,
        ) in self._forward_rows:  # fmt: skip
            times(factor, out)
            add(candidate, candidate_step, candidate)
            tanh(candidate, candidate)
            subtract(gates_step, gates, gates)
            exp(gates, gates)
            add(gates, one, gates)
            divide(candidate, take_in, step)
            divide(cell_before, forget, cell)
            add(cell, step, cell)
            tanh(cell, squashed)
            divide(squashed, let_out, after)

    def backward(self, weights: Weights, gradients: Weights | None, d_hidden: Array) -> None:
        """Fill `d_raw` and the recurrent gradients from dLoss/dh, (T, [B,] H)."""
        d_hidden_rows = self._d_hidden_rows.of(d_hidden)
        self._future.fill(0)
        self._future_cell.fill(0)
        factor = self._product.straight(weights["Wh"])
        for steps in self._blocks:
            self._local_derivatives(steps)
            rows = self._backward_rows[steps]
            self._recur_back(factor, d_hidden_rows[steps], rows, self._block_rows[: len(rows)])
        if gradients is not None:
            d_parts = self.d_raw.reshape(4, -1, self.d_raw.shape[-1])
            np.matmul(d_parts.swapaxes(1, 2), flat_rows(self.hidden[:-1]), out=gradients["Wh"])

    def d_state(self, d_hidden: Array) -> Array:
        """Return the derivative by every hidden and cell state, (T, [B,] 2H)."""
        return np.concatenate((d_hidden, self._d_cells), axis=-1)

    def _local_derivatives(self, steps: slice) -> None:
        """Put into the gradient buffers what the backward loop multiplies each by."""
        candidate, *reciprocals = self._parts[:, steps]
        d_candidate, *d_gates = self.d_raw[:, steps]
        squashed, length = self._squashed[steps], len(candidate)
        through, forget = self._through[:length], self._forget[:length]
        gates = (d_candidate, forget, through)  # where i, f and o go; more is done to two below
        factors = (candidate, self.cells[:-1][steps], squashed)
        for reciprocal, gate, d_gate, factor in zip(
            reciprocals, gates, d_gates, factors, strict=True
        ):
            np.reciprocal(reciprocal, out=gate)
            np.subtract(1, gate, out=d_gate)
            np.multiply(d_gate, gate, out=d_gate)
            np.multiply(d_gate, factor, out=d_gate)
        slope = self._d_cells[steps]  # free until the loop
        for values, gate in ((candidate, d_candidate), (squashed, through)):
            np.multiply(values, values, out=slope)
            np.subtract(1, slope, out=slope)
            np.multiply(gate, slope, out=gate)

    def _recur_back(
        self,
        factor: Array,
        d_hidden: list[Array],
        rows: list[tuple[Any, ...]],
        block_rows: list[tuple[Array, Array]],
    ) -> None:
        """Go back through some steps; `_future*` hold what the steps after add to dh and dc."""
        add, multiply, future, future_cell = np.add, np.multiply, self._future, self._future_cell
        for d_h, row, (through, forget) in zip(
            reversed(d_hidden), reversed(rows), reversed(block_rows), strict=True
        ):
            d_candidate, d_input, d_forget, d_output, d_cell, sum_parts = row
            add(d_h, future, d_h)
            multiply(d_h, through, d_cell)
            add(d_cell, future_cell, d_cell)
            multiply(d_candidate, d_cell, d_candidate)
            multiply(d_input, d_cell, d_input)
            multiply(d_forget, d_cell, d_forget)
            multiply(d_output, d_h, d_output)
            multiply(d_cell, forget, future_cell)
            sum_parts(factor, future)

"""The gated recurrent unit, with the reset gate applied before the recurrent product.

    z_t = sigmoid(Wxz x_t + Whz h_{t-1} + bz)             update gate
    r_t = sigmoid(Wxr x_t + Whr h_{t-1} + br)             reset gate
    c_t = tanh(Wxh x_t + Whh (r_t * h_{t-1}) + bh)        candidate
    h_t = (1 - z_t) * h_{t-1} + z_t * c_t

Backpropagation through time, with dh_t the whole derivative of the loss by h_t:

    dc_raw   = dh_t * z_t * (1 - c_t^2)
    dz_raw   = dh_t * (c_t - h_{t-1}) * z_t * (1 - z_t)
    drh      = Whh^T dc_raw
    dr_raw   = drh * h_{t-1} * r_t * (1 - r_t)
    dh_{t-1} = dLoss/dh_{t-1} directly + dh_t * (1 - z_t) + drh * r_t + Whz^T dz_raw + Whr^T dr_raw

Source: Cho et al., Learning phrase representations using RNN encoder-decoder (2014), whose z and
1 - z are exchanged here as in Chung et al. (2014).

The sigmoid is computed as (1 + tanh(x/2)) / 2, which no finite x overflows. The two gates are
stacked, so that both cost one matrix product a step.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from tui_charrnn.engine.cell import Scan, add_rows_by_id, flat_rows, recurrent_factor
from tui_charrnn.engine.parameters import Array, FlatArrays, Shape


class GRU:
    """GRU cell: `Wxz Wxr Wxh (H,V) Whz Whr Whh (H,H) bz br bh (H,)`, its gates stacked as z, r."""

    name: ClassVar[str] = "gru"
    activations: ClassVar[int] = 11

    @staticmethod
    def layout(hidden: int, vocab: int) -> dict[str, Shape]:
        """Return the inner arrays: embedding tables (characters are rows) and stacked gates."""
        return {
            "embed_gates": (vocab, 2 * hidden),
            "Wh_gates": (2 * hidden, hidden),
            "b_gates": (2 * hidden,),
            "embed": (vocab, hidden),
            "Whh": (hidden, hidden),
            "bh": (hidden,),
        }

    @staticmethod
    def canonical(arrays: FlatArrays) -> dict[str, Array]:
        """Return views named and shaped as in the equations."""
        hidden = len(arrays["bh"])
        embed, recur, bias = arrays["embed_gates"].T, arrays["Wh_gates"], arrays["b_gates"]
        return {
            "Wxz": embed[:hidden], "Whz": recur[:hidden], "bz": bias[:hidden],
            "Wxr": embed[hidden:], "Whr": recur[hidden:], "br": bias[hidden:],
            "Wxh": arrays["embed"].T, "Whh": arrays["Whh"], "bh": arrays["bh"],
        }  # fmt: skip

    @staticmethod
    def scan(hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> Scan:
        """Allocate the buffers for windows of shape (T,) or (T, B)."""
        return GRUScan(hidden, lead, dtype)

    @staticmethod
    def step(weights: FlatArrays, identifier: int, state: Array) -> Array:
        """Return the state (H,) after one more character."""
        hidden = state.shape[-1]
        raw = weights["embed_gates"][identifier] + weights["b_gates"]
        gates = 0.5 + 0.5 * np.tanh(0.5 * (raw + np.dot(state, weights["Wh_gates"].T)))
        update, reset = gates[..., :hidden], gates[..., hidden:]
        candidate = weights["embed"][identifier] + weights["bh"]
        candidate = np.tanh(candidate + np.dot(reset * state, weights["Whh"].T))
        result: Array = state + update * (candidate - state)
        return result


class GRUScan:
    """Forward and backward pass of the GRU over one window."""

    def __init__(self, hidden: int, lead: Shape, dtype: np.dtype[np.floating]) -> None:
        """Allocate everything once; the loops then run over row views made here."""
        steps, *streams = lead
        row = (*streams, hidden)
        double = (*streams, 2 * hidden)

        def rows() -> Array:
            return np.empty((steps, *row), dtype)

        self.hidden: Array = np.zeros((steps + 1, *row), dtype)
        self._inputs: Array = np.zeros(lead, np.intp)
        self._gates: Array = np.empty((steps, *double), dtype)
        self._candidate, self._change, self._reset_hidden = rows(), rows(), rows()
        self._update, self._reset = self._gates[..., :hidden], self._gates[..., hidden:]
        self._half_gates: Array = np.empty((2 * hidden, hidden), dtype)
        self._half_transposed = np.empty((hidden, 2 * hidden), dtype) if streams else None
        self._transposed = np.empty((hidden, hidden), dtype) if streams else None
        self._step: Array = np.empty(row, dtype)
        self._double_step: Array = np.empty(double, dtype)
        self._d_gates: Array = np.empty((steps, *double), dtype)
        self._d_update, self._d_reset = self._d_gates[..., :hidden], self._d_gates[..., hidden:]
        self._d_candidate, self._keep = rows(), rows()
        self._list_rows()

    def _list_rows(self) -> None:
        self._hidden_rows = list(self.hidden)
        self._forward_rows = list(
            zip(
                self._gates, self._update, self._reset, self._reset_hidden,
                self._candidate, self._change, self.hidden[1:],
                strict=True,
            )
        )  # fmt: skip
        self._backward_rows = list(
            zip(
                self._d_candidate, self._d_gates, self._d_update, self._d_reset,
                self._reset, self._keep,
                strict=True,
            )
        )[::-1]  # fmt: skip

    def forward(self, weights: FlatArrays, inputs: Array, state: Array) -> Array:
        """Read the window; return the states after each character, (T, [B,] H)."""
        np.copyto(self._inputs, inputs)
        self.hidden[0] = state
        np.take(weights["embed_gates"], inputs, axis=0, out=self._gates, mode="clip")
        self._gates += weights["b_gates"]
        self._gates *= 0.5
        np.take(weights["embed"], inputs, axis=0, out=self._candidate, mode="clip")
        self._candidate += weights["bh"]
        np.multiply(weights["Wh_gates"], 0.5, out=self._half_gates)
        self._recur(
            recurrent_factor(self._half_gates, self._half_transposed),
            recurrent_factor(weights["Whh"], self._transposed),
        )
        return self.hidden[1:]

    def _recur(self, gate_factor: Array, factor: Array) -> None:
        dot, add, multiply, subtract, tanh = np.dot, np.add, np.multiply, np.subtract, np.tanh
        step, double_step, half = self._step, self._double_step, self.hidden.dtype.type(0.5)
        before = self._hidden_rows[0]
        for gates, update, reset, reset_hidden, candidate, change, after in self._forward_rows:
            dot(before, gate_factor, out=double_step)
            add(gates, double_step, out=gates)
            tanh(gates, out=gates)
            multiply(gates, half, out=gates)
            add(gates, half, out=gates)
            multiply(reset, before, out=reset_hidden)
            dot(reset_hidden, factor, out=step)
            add(candidate, step, out=candidate)
            tanh(candidate, out=candidate)
            subtract(candidate, before, out=change)
            multiply(update, change, out=after)
            add(after, before, out=after)
            before = after

    def backward(self, weights: FlatArrays, gradients: FlatArrays, d_hidden: Array) -> None:
        """Fill the gradients of all nine arrays from dLoss/dh, (T, [B,] H)."""
        self._local_derivatives()
        self._recur_back(weights["Whh"], weights["Wh_gates"], list(d_hidden)[::-1])
        d_gates, d_candidate = flat_rows(self._d_gates), flat_rows(self._d_candidate)
        ids = self._inputs.ravel()
        np.dot(d_gates.T, flat_rows(self.hidden[:-1]), out=gradients["Wh_gates"])
        np.dot(d_candidate.T, flat_rows(self._reset_hidden), out=gradients["Whh"])
        np.sum(d_gates, axis=0, out=gradients["b_gates"])
        np.sum(d_candidate, axis=0, out=gradients["bh"])
        add_rows_by_id(d_gates, ids, gradients["embed_gates"])
        add_rows_by_id(d_candidate, ids, gradients["embed"])

    def _local_derivatives(self) -> None:
        """Put into the gradient buffers what each is multiplied with in the backward loop."""
        np.subtract(1, self._update, out=self._keep)
        np.multiply(self._candidate, self._candidate, out=self._d_candidate)
        np.subtract(1, self._d_candidate, out=self._d_candidate)
        self._d_candidate *= self._update
        np.multiply(self._change, self._update, out=self._d_update)
        self._d_update *= self._keep
        np.subtract(1, self._reset, out=self._d_reset)
        self._d_reset *= self._reset
        self._d_reset *= self.hidden[:-1]

    def _recur_back(self, factor: Array, gate_factor: Array, d_hidden: list[Array]) -> None:
        dot, add, multiply = np.dot, np.add, np.multiply
        future, step = np.zeros_like(self._step), self._step
        for d_h, rows in zip(d_hidden, self._backward_rows, strict=True):
            d_candidate, d_gates, d_update, d_reset, reset, keep = rows
            add(d_h, future, out=d_h)
            multiply(d_candidate, d_h, out=d_candidate)
            multiply(d_update, d_h, out=d_update)
            dot(d_candidate, factor, out=step)
            multiply(d_reset, step, out=d_reset)
            multiply(d_h, keep, out=future)
            multiply(step, reset, out=step)
            add(future, step, out=future)
            dot(d_gates, gate_factor, out=step)
            add(future, step, out=future)

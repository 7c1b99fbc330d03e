"""The same model in jax: one jitted function an update, whose arrays are all donated.

Input rows are one look-up, projection and loss one product over the window, and z and r one product
a step. At one stream the state is a vector, which XLA multiplies faster than a matrix of one row,
and the loop is not unrolled, which made it slower. Two forms differ in the derivative:

- `scan`: jax's own, through `lax.scan`; it adds an outer product to a gradient at every step;
- `by hand`: the backward scan is written out, and the gradient of a weight is one product over the
  window, as in the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from benchmarks.peers.task import EPSILON, Named, Task, Windows, stacked, unstacked

Recurrence = Callable[..., Array]
"""From raw (T, [B,] KH), state ([B,] H), Whh^T and gates^T to the hidden states (T, [B,] H)."""


def _rnn_step(factor: Array, state: Array, row: Array) -> tuple[Array, Array]:
    state = jnp.tanh(row + state @ factor)
    return state, state


def rnn_scan(raw: Array, state: Array, factor: Array) -> Array:
    """Run the vanilla cell."""
    return lax.scan(partial(_rnn_step, factor), state, raw)[1]


def _gru_step(factor: Array, gates: Array, state: Array, row: Array) -> tuple[Array, Any]:
    size = state.shape[-1]
    both = jax.nn.sigmoid(row[..., : 2 * size] + state @ gates)
    update, reset = both[..., :size], both[..., size:]
    candidate = jnp.tanh(row[..., 2 * size :] + (reset * state) @ factor)
    state = state + update * (candidate - state)
    return state, (state, update, reset, candidate)


def gru_scan(raw: Array, state: Array, factor: Array, gates: Array) -> Array:
    """Run the GRU that resets before the product."""
    return lax.scan(partial(_gru_step, factor, gates), state, raw)[1][0]


def _flat(array: Array) -> Array:
    return array.reshape(-1, array.shape[-1])


def _before(state: Array, hidden: Array) -> Array:
    return jnp.concatenate((state[None], hidden[:-1]))


def _rnn_forward(raw: Array, state: Array, factor: Array) -> tuple[Array, Any]:
    hidden = rnn_scan(raw, state, factor)
    return hidden, (state, hidden, factor)


def _rnn_backward(kept: Any, d_hidden: Array) -> tuple[Array, Array, Array]:
    state, hidden, factor = kept
    back = factor.T

    def step(future: Array, row: Any) -> tuple[Array, Array]:
        after, d_after = row
        d_raw = (1 - after * after) * (d_after + future)
        return d_raw @ back, d_raw

    d_state, d_raw = lax.scan(step, jnp.zeros_like(state), (hidden, d_hidden), reverse=True)
    return d_raw, d_state, _flat(_before(state, hidden)).T @ _flat(d_raw)


def _gru_forward(raw: Array, state: Array, factor: Array, gates: Array) -> tuple[Array, Any]:
    kept = lax.scan(partial(_gru_step, factor, gates), state, raw)[1]
    return kept[0], (state, factor, gates, *kept)


def _gru_backward(kept: Any, d_hidden: Array) -> tuple[Array, Array, Array, Array]:
    state, factor, gates, hidden, update, reset, candidate = kept
    before, back, gates_back = _before(state, hidden), factor.T, gates.T
    size = state.shape[-1]

    def step(future: Array, row: Any) -> tuple[Array, Array]:
        ahead, z, r, c, d_after = row
        d_after = d_after + future
        d_candidate = d_after * z * (1 - c * c)
        through = d_candidate @ back
        d_gates = jnp.concatenate(
            (d_after * (c - ahead) * z * (1 - z), through * ahead * r * (1 - r)), -1
        )
        future = d_after * (1 - z) + through * r + d_gates @ gates_back
        return future, jnp.concatenate((d_gates, d_candidate), -1)

    rows = (before, update, reset, candidate, d_hidden)
    d_state, d_raw = lax.scan(step, jnp.zeros_like(state), rows, reverse=True)
    d_factor = _flat(reset * before).T @ _flat(d_raw[..., 2 * size :])
    return d_raw, d_state, d_factor, _flat(before).T @ _flat(d_raw[..., : 2 * size])


rnn_by_hand = jax.custom_vjp(rnn_scan)
rnn_by_hand.defvjp(_rnn_forward, _rnn_backward)
gru_by_hand = jax.custom_vjp(gru_scan)
gru_by_hand.defvjp(_gru_forward, _gru_backward)


def _loss(
    recurrence: Recurrence, arrays: dict[str, Array], state: Array, ids: Array, targets: Array
) -> tuple[Array, Array]:
    raw = arrays["embed"][ids] + arrays["bias"]
    recurrent = [arrays[name] for name in ("Whh", "gates") if name in arrays]
    hidden = recurrence(raw, state, *recurrent)
    scores = jax.nn.log_softmax(_flat(hidden) @ arrays["Why"].T + arrays["by"])
    return -jnp.take_along_axis(scores, targets.reshape(-1, 1), 1).sum(), hidden[-1]


class Net:
    """The whole update as one compiled function."""

    def __init__(self, task: Task, recurrence: Recurrence) -> None:
        """Start with the weights of the task."""
        self._task, self._windows = task, Windows(task)
        arrays = _turned(stacked(task.size.cell, task.weights()))
        self._arrays = {name: jnp.array(value) for name, value in arrays.items()}
        self._memory = {name: jnp.zeros_like(value) for name, value in self._arrays.items()}
        lead = (task.batch,) if task.batch > 1 else ()
        self._shape = (*lead, task.size.hidden)
        self._state = jnp.zeros(self._shape)
        self._update = jax.jit(self._updated(recurrence), donate_argnums=(0, 1, 2))

    def _updated(self, recurrence: Recurrence) -> Callable[..., Any]:
        bound, rate = self._task.config.clip, self._task.config.learning_rate
        differentiated = jax.value_and_grad(partial(_loss, recurrence), has_aux=True)

        def updated(arrays: Any, memory: Any, state: Array, ids: Array, targets: Array) -> Any:
            (loss, state), gradients = differentiated(arrays, state, ids, targets)
            gradients = jax.tree.map(lambda g: jnp.clip(g, -bound, bound), gradients)
            memory = jax.tree.map(lambda m, g: m + g * g, memory, gradients)
            arrays = jax.tree.map(
                lambda p, g, m: p - rate * g / jnp.sqrt(m + EPSILON), arrays, gradients, memory
            )
            return arrays, memory, state, loss

        return updated

    def update(self) -> float:
        """Make the next update; return its loss in nats, summed over T and B."""
        inputs, targets, is_fresh = self._windows.next()
        if is_fresh:
            self._state = jnp.zeros(self._shape)
        lead = inputs.shape if len(self._shape) == 2 else inputs.shape[:1]
        self._arrays, self._memory, self._state, loss = self._update(
            self._arrays, self._memory, self._state, inputs.reshape(lead), targets.reshape(lead)
        )
        return float(loss)  # waits for it

    def parameters(self) -> Named:
        """Return the parameters under their canonical names."""
        arrays = {name: np.array(value) for name, value in self._arrays.items()}
        return unstacked(self._task.size.cell, _turned(arrays))


def _turned(arrays: Named) -> Named:
    """Transpose the recurrent arrays, which a row is multiplied with here; or back again."""
    turned = {name: arrays[name].T for name in ("Whh", "gates") if name in arrays}
    return {**arrays, **turned}


FORMS: Final[dict[str, dict[str, Callable[[Task], Net]]]] = {
    "rnn": {
        "scan": lambda task: Net(task, rnn_scan),
        "by hand": lambda task: Net(task, rnn_by_hand),
    },
    "gru": {
        "scan": lambda task: Net(task, gru_scan),
        "by hand": lambda task: Net(task, gru_by_hand),
    },
}
"""By cell and name, what can be measured."""

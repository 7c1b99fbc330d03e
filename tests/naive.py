"""The plain per-character algorithm, written from the equations: slow, and easy to check by eye.

It is what the engine must agree with and what it must be faster than, so nothing of the engine is
imported here. One character is one one-hot column vector, every time step has its own entry in a
dict, every weight gradient is a sum of outer products, as in the notebook that this project began
with. A batch of B streams is a loop over the streams whose gradients are added up.

Parameters and gradients have the names and shapes of the public API: `Wxh (H,V)`, `bh (H,)`, ...
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Parameters = dict[str, Array]
LossAndGradients = tuple[float, Parameters, Array]


def columns(parameters: Mapping[str, Array]) -> Parameters:
    """Give the biases the shape of column vectors, which the equations add them as."""
    return {name: p.reshape(-1, 1) if p.ndim == 1 else p for name, p in parameters.items()}


def one_hot(identifier: int, like: Array) -> Array:
    x: Array = np.zeros((like.shape[1], 1), like.dtype)
    x[identifier] = 1
    return x


def state_parts(cell: str) -> int:
    """How many vectors (H,) a layer remembers; an LSTM has its cell state below the hidden one."""
    return 2 if cell == "lstm" else 1


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def softmax(y: Array) -> Array:
    e: Array = np.exp(y)
    return e / np.sum(e)


def rnn_loss_and_gradients(
    p: Parameters, inputs: Sequence[int], targets: Sequence[int], hprev: Array
) -> LossAndGradients:
    """Loss, gradients (not clipped) and last state of one window; p as made by `columns`."""
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0.0
    for t in range(len(inputs)):
        xs[t] = one_hot(inputs[t], p["Wxh"])
        hs[t] = np.tanh(np.dot(p["Wxh"], xs[t]) + np.dot(p["Whh"], hs[t - 1]) + p["bh"])
        ys[t] = np.dot(p["Why"], hs[t]) + p["by"]
        ps[t] = softmax(ys[t])
        loss += -np.log(ps[t][targets[t], 0])

    d = {name: np.zeros_like(value) for name, value in p.items()}
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        d["Why"] += np.dot(dy, hs[t].T)
        d["by"] += dy
        dh = np.dot(p["Why"].T, dy) + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        d["bh"] += dhraw
        d["Wxh"] += np.dot(dhraw, xs[t].T)
        d["Whh"] += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(p["Whh"].T, dhraw)
    return loss, d, hs[len(inputs) - 1]


def gru_loss_and_gradients(
    p: Parameters, inputs: Sequence[int], targets: Sequence[int], hprev: Array
) -> LossAndGradients:
    """Loss, gradients (not clipped) and last state of one window; p as made by `columns`."""
    xs, hs, cs, zs, rs, ys, ps = {}, {}, {}, {}, {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0.0
    for t in range(len(inputs)):
        xs[t] = one_hot(inputs[t], p["Wxh"])
        zs[t] = sigmoid(np.dot(p["Wxz"], xs[t]) + np.dot(p["Whz"], hs[t - 1]) + p["bz"])
        rs[t] = sigmoid(np.dot(p["Wxr"], xs[t]) + np.dot(p["Whr"], hs[t - 1]) + p["br"])
        cs[t] = np.tanh(np.dot(p["Wxh"], xs[t]) + np.dot(p["Whh"], rs[t] * hs[t - 1]) + p["bh"])
        hs[t] = (1 - zs[t]) * hs[t - 1] + zs[t] * cs[t]
        ys[t] = np.dot(p["Why"], hs[t]) + p["by"]
        ps[t] = softmax(ys[t])
        loss += -np.log(ps[t][targets[t], 0])

    d = {name: np.zeros_like(value) for name, value in p.items()}
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        d["Why"] += np.dot(dy, hs[t].T)
        d["by"] += dy
        dh = np.dot(p["Why"].T, dy) + dhnext

        dc = dh * zs[t]
        dc_raw = (1 - cs[t] * cs[t]) * dc
        d["bh"] += dc_raw
        d["Wxh"] += np.dot(dc_raw, xs[t].T)
        d["Whh"] += np.dot(dc_raw, (rs[t] * hs[t - 1]).T)

        dr = np.dot(p["Whh"].T, dc_raw) * hs[t - 1]
        dr_raw = dr * rs[t] * (1 - rs[t])
        d["br"] += dr_raw
        d["Wxr"] += np.dot(dr_raw, xs[t].T)
        d["Whr"] += np.dot(dr_raw, hs[t - 1].T)

        dz = dh * (cs[t] - hs[t - 1])
        dz_raw = dz * zs[t] * (1 - zs[t])
        d["bz"] += dz_raw
        d["Wxz"] += np.dot(dz_raw, xs[t].T)
        d["Whz"] += np.dot(dz_raw, hs[t - 1].T)

        dhnext = dh * (1 - zs[t])
        dhnext += np.dot(p["Whz"].T, dz_raw)
        dhnext += np.dot(p["Whr"].T, dr_raw)
        dhnext += np.dot(p["Whh"].T, dc_raw) * rs[t]
    return loss, d, hs[len(inputs) - 1]


def lstm_loss_and_gradients(
    p: Parameters, inputs: Sequence[int], targets: Sequence[int], state: Array
) -> LossAndGradients:
    """Loss, gradients (not clipped) and last state of one window; p as made by `columns`.

    A state is the hidden state with the cell state below it, (2H, 1).
    """
    xs, hs, cs, gs, fs, ys, ps = {}, {}, {}, {}, {}, {}, {}
    ins, outs = {}, {}
    hs[-1], cs[-1] = np.split(np.copy(state), 2)
    loss = 0.0
    for t in range(len(inputs)):
        xs[t] = one_hot(inputs[t], p["Wxg"])
        ins[t] = sigmoid(np.dot(p["Wxi"], xs[t]) + np.dot(p["Whi"], hs[t - 1]) + p["bi"])
        fs[t] = sigmoid(np.dot(p["Wxf"], xs[t]) + np.dot(p["Whf"], hs[t - 1]) + p["bf"])
        outs[t] = sigmoid(np.dot(p["Wxo"], xs[t]) + np.dot(p["Who"], hs[t - 1]) + p["bo"])
        gs[t] = np.tanh(np.dot(p["Wxg"], xs[t]) + np.dot(p["Whg"], hs[t - 1]) + p["bg"])
        cs[t] = fs[t] * cs[t - 1] + ins[t] * gs[t]
        hs[t] = outs[t] * np.tanh(cs[t])
        ys[t] = np.dot(p["Why"], hs[t]) + p["by"]
        ps[t] = softmax(ys[t])
        loss += -np.log(ps[t][targets[t], 0])

    d = {name: np.zeros_like(value) for name, value in p.items()}
    dhnext, dcnext = np.zeros_like(hs[0]), np.zeros_like(cs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        d["Why"] += np.dot(dy, hs[t].T)
        d["by"] += dy
        dh = np.dot(p["Why"].T, dy) + dhnext
        dc = dh * outs[t] * (1 - np.tanh(cs[t]) ** 2) + dcnext

        raw = {
            "o": dh * np.tanh(cs[t]) * outs[t] * (1 - outs[t]),
            "g": dc * ins[t] * (1 - gs[t] ** 2),
            "i": dc * gs[t] * ins[t] * (1 - ins[t]),
            "f": dc * cs[t - 1] * fs[t] * (1 - fs[t]),
        }
        dhnext, dcnext = np.zeros_like(dh), dc * fs[t]
        for part, d_raw in raw.items():
            d[f"b{part}"] += d_raw
            d[f"Wx{part}"] += np.dot(d_raw, xs[t].T)
            d[f"Wh{part}"] += np.dot(d_raw, hs[t - 1].T)
            dhnext += np.dot(p[f"Wh{part}"].T, d_raw)
    last = len(inputs) - 1
    return loss, d, np.vstack([hs[last], cs[last]])


LOSSES = {
    "rnn": rnn_loss_and_gradients,
    "gru": gru_loss_and_gradients,
    "lstm": lstm_loss_and_gradients,
}


def loss_and_gradients(
    cell: str, parameters: Mapping[str, Array], inputs: Array, targets: Array, state: Array
) -> LossAndGradients:
    """As the public API: ids (T,) or (B, T), state (W,) or (B, W); loss summed over T and B."""
    if inputs.ndim == 1:
        loss, d, last = LOSSES[cell](
            columns(parameters), inputs.tolist(), targets.tolist(), state.reshape(-1, 1)
        )
        return loss, {n: g.reshape(parameters[n].shape) for n, g in d.items()}, last.ravel()
    total, sums, states = 0.0, {n: np.zeros_like(p) for n, p in parameters.items()}, []
    for b in range(len(inputs)):
        loss, d, last = loss_and_gradients(cell, parameters, inputs[b], targets[b], state[b])
        total += loss
        states.append(last)
        for name in sums:
            sums[name] += d[name]
    return total, sums, np.array(states)


def clip(gradients: Parameters, bound: float) -> None:
    for gradient in gradients.values():
        np.clip(gradient, -bound, bound, out=gradient)


def adagrad(
    parameters: Parameters, gradients: Parameters, memories: Parameters, learning_rate: float
) -> None:
    """One update in place; the memories start as zeros."""
    for name, gradient in gradients.items():
        memories[name] += gradient * gradient
        parameters[name] += -learning_rate * gradient / np.sqrt(memories[name] + 1e-8)


@dataclass
class NaiveRun:
    """The training loop of the notebook over a list of ids, one update at a time.

    `parameters` are changed in place; `losses` and `smooth_losses` are nats a sequence, for a
    batch per stream; `positions` tells where in the text each window began.
    """

    cell: str
    parameters: Parameters
    ids: Array
    vocab_size: int
    seq_length: int
    learning_rate: float
    clip: float = 5.0
    batch_size: int = 1
    losses: list[float] = field(default_factory=list)
    smooth_losses: list[float] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.length = len(self.ids) // self.batch_size
        self.streams = [
            self.ids[b * self.length : (b + 1) * self.length] for b in range(self.batch_size)
        ]
        self.memories = {name: np.zeros_like(p) for name, p in self.parameters.items()}
        self.smooth_loss = -math.log(1.0 / self.vocab_size) * self.seq_length
        self.n = self.p = 0
        self.restart()

    def restart(self) -> None:
        """Begin the text anew, every stream with a state of zeros."""
        like = self.parameters["Why"]
        size = state_parts(self.cell) * like.shape[1]
        self.states = [np.zeros((size, 1), like.dtype) for _ in self.streams]
        self.p = 0

    def prepare(self) -> None:
        """Do what the notebook does at the head of its loop, before it draws a sample."""
        if self.p + self.seq_length + 1 >= self.length or self.n == 0:
            self.restart()

    def update(self) -> None:
        """Make one update."""
        self.prepare()
        self.positions.append(self.p)
        p, total = columns(self.parameters), 0.0
        sums = {name: np.zeros_like(value) for name, value in p.items()}
        for b, data in enumerate(self.streams):
            inputs = data[self.p : self.p + self.seq_length].tolist()
            targets = data[self.p + 1 : self.p + self.seq_length + 1].tolist()
            loss, d, self.states[b] = LOSSES[self.cell](p, inputs, targets, self.states[b])
            total += loss
            for name, gradient in d.items():
                sums[name] += gradient
        clip(sums, self.clip)
        adagrad(p, sums, columns(self.memories), self.learning_rate)
        self.losses.append(total / self.batch_size)
        self.smooth_loss = self.smooth_loss * 0.999 + self.losses[-1] * 0.001
        self.smooth_losses.append(self.smooth_loss)
        self.p += self.seq_length
        self.n += 1


def step(cell: str, p: Parameters, identifier: int, state: Array) -> tuple[Array, Array]:
    """Scores of the next character and the state after this one; p as made by `columns`."""
    h = state[: p["Why"].shape[1]]
    if cell == "rnn":
        x = one_hot(identifier, p["Wxh"])
        h = state = np.tanh(np.dot(p["Wxh"], x) + np.dot(p["Whh"], h) + p["bh"])
    elif cell == "gru":
        x = one_hot(identifier, p["Wxh"])
        z = sigmoid(np.dot(p["Wxz"], x) + np.dot(p["Whz"], h) + p["bz"])
        r = sigmoid(np.dot(p["Wxr"], x) + np.dot(p["Whr"], h) + p["br"])
        c = np.tanh(np.dot(p["Wxh"], x) + np.dot(p["Whh"], r * h) + p["bh"])
        h = state = (1 - z) * h + z * c
    else:
        x, c = one_hot(identifier, p["Wxg"]), state[len(h) :]
        i = sigmoid(np.dot(p["Wxi"], x) + np.dot(p["Whi"], h) + p["bi"])
        f = sigmoid(np.dot(p["Wxf"], x) + np.dot(p["Whf"], h) + p["bf"])
        o = sigmoid(np.dot(p["Wxo"], x) + np.dot(p["Who"], h) + p["bo"])
        g = np.tanh(np.dot(p["Wxg"], x) + np.dot(p["Whg"], h) + p["bg"])
        c = f * c + i * g
        h = o * np.tanh(c)
        state = np.vstack([h, c])
    return np.dot(p["Why"], h) + p["by"], state


def sample(
    cell: str,
    parameters: Mapping[str, Array],
    seed_id: int,
    state: Array,
    uniforms: Sequence[float],
    temperature: float = 1.0,
) -> list[int]:
    """Draw an id for every number of `uniforms`, which are from [0, 1); at 0 the likeliest."""
    p, state, identifier, drawn = columns(parameters), state.reshape(-1, 1), seed_id, []
    for uniform in uniforms:
        y, state = step(cell, p, identifier, state)
        if temperature == 0:
            identifier = int(np.argmax(y))
        else:
            identifier = pick(softmax(y / temperature).ravel().tolist(), uniform)
        drawn.append(identifier)
    return drawn


def pick(probabilities: Sequence[float], uniform: float) -> int:
    """Return the first id whose cumulated probability exceeds a number from [0, 1)."""
    cumulated = 0.0
    for identifier, probability in enumerate(probabilities):
        cumulated += probability
        if cumulated > uniform:
            return identifier
    return len(probabilities) - 1


def validation_bits(cell: str, parameters: Mapping[str, Array], rows: Sequence[Array]) -> float:
    """Mean bits per character over some texts, each read from a state of zeros to its end."""
    p, bits, predicted = columns(parameters), 0.0, 0
    for ids in rows:
        state = np.zeros((state_parts(cell) * p["Why"].shape[1], 1))
        for identifier, following in zip(ids[:-1].tolist(), ids[1:].tolist(), strict=True):
            y, state = step(cell, p, identifier, state)
            bits -= math.log2(softmax(y)[following, 0])
            predicted += 1
    return bits / predicted

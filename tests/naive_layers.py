"""Several layers of a cell, character by character: from the equations, and from nothing else.

What `naive` does for one layer is done here for any number of them, with what is dropped between
them given as numbers. A state is a column of all that the layers remember, the lowest one first.
Each layer is written twice: `forward` is one step of its equations, `backward` the same step gone
through in reverse, from the derivatives by all that the step made to those by all that it read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tests.naive import (
    Array,
    LossAndGradients,
    Parameters,
    columns,
    one_hot,
    sigmoid,
    softmax,
    state_parts,
)

PARTS = {"rnn": "h", "gru": "zrh", "lstm": "ifog"}
"""The letters of the matrices of each cell."""

Step = dict[str, Array]
"""What a step read and made, by the letters of the equations."""


def layer_of(parameters: Mapping[str, Array], layer: int) -> Parameters:
    """The parameters of one layer, from 1, under the names that those of the first have."""
    tail = "" if layer == 1 else str(layer)
    bases = {name: name.rstrip("0123456789") for name in parameters if name not in ("Why", "by")}
    return {base: parameters[n] for n, base in bases.items() if n == base + tail}


def forward(cell: str, p: Parameters, x: Array, state: Array, nudge: Array) -> Step:
    """One step; `nudge` is added to all that it makes the layer remember."""
    a = {part: np.dot(p[f"Wx{part}"], x) + p[f"b{part}"] for part in PARTS[cell]}
    h = state[: len(a[PARTS[cell][0]])]
    s = {"x": x, "before": state}
    if cell == "rnn":
        s["h"] = np.tanh(a["h"] + np.dot(p["Whh"], h)) + nudge
    elif cell == "gru":
        s["z"] = sigmoid(a["z"] + np.dot(p["Whz"], h))
        s["r"] = sigmoid(a["r"] + np.dot(p["Whr"], h))
        s["c"] = np.tanh(a["h"] + np.dot(p["Whh"], s["r"] * h))
        s["h"] = (1 - s["z"]) * h + s["z"] * s["c"] + nudge
    else:
        for gate in "ifo":
            s[gate] = sigmoid(a[gate] + np.dot(p[f"Wh{gate}"], h))
        s["g"] = np.tanh(a["g"] + np.dot(p["Whg"], h))
        s["c"] = s["f"] * state[len(h) :] + s["i"] * s["g"] + nudge[len(h) :]
        s["h"] = s["o"] * np.tanh(s["c"]) + nudge[: len(h)]
    s["after"] = np.vstack([s["h"], s["c"]]) if cell == "lstm" else s["h"]
    return s


@dataclass
class Back:
    """The derivatives that a step hands on, and those by the values that it made."""

    d_raw: dict[str, Array]
    d_x: Array
    d_before: Array
    d_after: Array


def backward(cell: str, p: Parameters, s: Step, d_h: Array, d_next: Array) -> Back:
    """One step in reverse.

    `d_h` comes from what reads the hidden state at this character, `d_next` (P*H, 1) from the next
    character. Together, and with what an LSTM's cell state gets by way of the hidden state, they
    are `d_after`.
    """
    size = len(s["h"])
    h, d_h = s["before"][:size], d_h + d_next[:size]
    d_before, d_after = np.zeros_like(s["before"]), d_h
    if cell == "rnn":
        raw = {"h": d_h * (1 - s["h"] ** 2)}
        d_before += np.dot(p["Whh"].T, raw["h"])
    elif cell == "gru":
        raw = {"h": d_h * s["z"] * (1 - s["c"] ** 2)}
        d_reset = np.dot(p["Whh"].T, raw["h"])
        raw["z"] = d_h * (s["c"] - h) * s["z"] * (1 - s["z"])
        raw["r"] = d_reset * h * s["r"] * (1 - s["r"])
        d_before += d_h * (1 - s["z"]) + d_reset * s["r"]
        d_before += np.dot(p["Whz"].T, raw["z"]) + np.dot(p["Whr"].T, raw["r"])
    else:
        squashed, c = np.tanh(s["c"]), s["before"][size:]
        d_c = d_next[size:] + d_h * s["o"] * (1 - squashed**2)
        raw = {
            "i": d_c * s["g"] * s["i"] * (1 - s["i"]),
            "f": d_c * c * s["f"] * (1 - s["f"]),
            "o": d_h * squashed * s["o"] * (1 - s["o"]),
            "g": d_c * s["i"] * (1 - s["g"] ** 2),
        }
        for part, d_raw in raw.items():
            d_before[:size] += np.dot(p[f"Wh{part}"].T, d_raw)
        d_before[size:] = d_c * s["f"]
        d_after = np.vstack([d_h, d_c])
    d_x = sum(np.dot(p[f"Wx{part}"].T, d_raw) for part, d_raw in raw.items())
    return Back(raw, d_x, d_before, d_after)


def add_gradients(cell: str, d: Parameters, s: Step, back: Back) -> None:
    """Add what a step gives to the gradients of its layer."""
    h = s["before"][: len(s["h"])]
    for part, d_raw in back.d_raw.items():
        read = s["r"] * h if (cell, part) == ("gru", "h") else h
        d[f"b{part}"] += d_raw
        d[f"Wx{part}"] += np.dot(d_raw, s["x"].T)
        d[f"Wh{part}"] += np.dot(d_raw, read.T)


class Reading:
    """A window of one stream, read by a net of several layers, and gone back through."""

    def __init__(
        self,
        cell: str,
        parameters: Mapping[str, Array],
        inputs: Sequence[int],
        state: Array,
        masks: Array | None = None,
        nudges: Mapping[int, Array] | None = None,
    ) -> None:
        """Read.

        Args:
            cell: of all layers.
            parameters: of the whole net.
            inputs: (T,) ids.
            state: (W,) before the window.
            masks: (L-1, T, H), by which the hidden states are multiplied on their way up.
            nudges: (W,) by character: what is added to the state there, as the net computes it.
        """
        self.cell, self.p = cell, columns(parameters)
        self.why, self.by = self.p["Why"], self.p["by"]
        self.size = state_parts(cell) * self.why.shape[1]
        self.count = len(state) // self.size
        self.layers = [layer_of(self.p, n) for n in range(1, self.count + 1)]
        self.masks = masks
        self.steps: list[list[Step]] = []
        parts = list(self._parts(state))
        for t, identifier in enumerate(inputs):
            nudge = list(self._parts((nudges or {}).get(t, np.zeros_like(state))))
            source, here = one_hot(identifier, self.layers[0][f"Wx{PARTS[cell][0]}"]), []
            for n, p in enumerate(self.layers):
                source = source * self._mask(n, t)
                here.append(forward(cell, p, source, parts[n], nudge[n]))
                source, parts[n] = here[n]["h"], here[n]["after"]
            self.steps.append(here)
        self.after = np.vstack(parts).ravel()

    def _parts(self, state: Array) -> list[Array]:
        return [part.reshape(-1, 1) for part in state.reshape(self.count, self.size)]

    def _mask(self, layer: int, t: int) -> Array | float:
        """What is multiplied with that which a layer, from 0, reads."""
        return 1.0 if layer == 0 or self.masks is None else self.masks[layer - 1, t][:, np.newaxis]

    def probabilities(self, t: int) -> Array:
        return softmax(np.dot(self.why, self.steps[t][-1]["h"]) + self.by)

    def loss_at(self, t: int, target: int) -> float:
        return float(-np.log(self.probabilities(t)[target, 0]))

    def back(self, targets: Mapping[int, int]) -> tuple[Parameters, Array]:
        """Gradients of the loss at some characters, and the derivatives by every state, (T, W)."""
        d = {name: np.zeros_like(value) for name, value in self.p.items()}
        layers = [layer_of(d, n) for n in range(1, self.count + 1)]
        d_next = [np.zeros((self.size, 1)) for _ in self.layers]
        d_states = np.zeros((len(self.steps), self.count * self.size))
        for t in reversed(range(len(self.steps))):
            d_h = np.zeros((self.why.shape[1], 1))
            if t in targets:
                d_y = self.probabilities(t)
                d_y[targets[t]] -= 1
                d["Why"] += np.dot(d_y, self.steps[t][-1]["h"].T)
                d["by"] += d_y
                d_h = np.dot(self.why.T, d_y)
            for n in reversed(range(self.count)):
                back = backward(self.cell, self.layers[n], self.steps[t][n], d_h, d_next[n])
                add_gradients(self.cell, layers[n], self.steps[t][n], back)
                d_states[t, n * self.size : (n + 1) * self.size] = back.d_after.ravel()
                d_next[n], d_h = back.d_before, back.d_x * self._mask(n, t)
        return d, d_states


def loss_and_gradients(
    cell: str,
    parameters: Mapping[str, Array],
    inputs: Array,
    targets: Array,
    state: Array,
    masks: Array | None = None,
) -> LossAndGradients:
    """As `naive.loss_and_gradients`; masks are (L-1, T, [B,] H)."""
    if inputs.ndim == 1:
        reading = Reading(cell, parameters, inputs.tolist(), state, masks)
        wanted = dict(enumerate(targets.tolist()))
        loss = sum(reading.loss_at(t, target) for t, target in wanted.items())
        d, _ = reading.back(wanted)
        return loss, {n: g.reshape(parameters[n].shape) for n, g in d.items()}, reading.after
    total, sums, states = 0.0, {n: np.zeros_like(p) for n, p in parameters.items()}, []
    for b in range(len(inputs)):
        mask = None if masks is None else masks[:, :, b]
        loss, d, last = loss_and_gradients(cell, parameters, inputs[b], targets[b], state[b], mask)
        total += loss
        states.append(last)
        for name in sums:
            sums[name] += d[name]
    return total, sums, np.array(states)

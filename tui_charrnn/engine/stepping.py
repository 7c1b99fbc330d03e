"""Reading characters one at a time, as sampling must: every buffer is allocated once.

A matrix-vector product of a small net takes no longer than the call that asks for it, so a step is
made of as few calls as there can be, and of none that allocates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from tui_charrnn.engine.layer import Layer
from tui_charrnn.engine.output import OutputLayer
from tui_charrnn.engine.parameters import Array


class Stepper:
    """A net on its way through a text; the weights must not change meanwhile.

    Attributes:
        state: (W,) after the characters that were read, in use.
        logits: returns the scores (V,) of the next character, which the next call overwrites.
    """

    def __init__(self, layers: Sequence[Layer], output: OutputLayer, state: Array) -> None:
        """Stand at a state, of which a copy is made.

        Args:
            layers: the one that reads characters first.
            output: above the topmost one.
            state: (W,).
        """
        self._embed, self._bias = layers[0].weights["embed"], layers[0].weights["bias"]
        self._rows: dict[int, Array] = {}
        self.state: Array = np.array(state, self._bias.dtype)
        self._steps: list[Callable[[], None]] = []
        start = layers[0].state_size
        self._step = layers[0].cell.stepper(layers[0].weights, self.state[:start])
        below = self.state[: layers[0].hidden_size]
        for layer in layers[1:]:
            own = self.state[start : start + layer.state_size]
            self._steps.append(_step_above(layer, below, own))
            start, below = start + layer.state_size, own[: layer.hidden_size]
        self.logits: Callable[[], Array] = output.scorer(below)

    def read(self, identifier: int) -> None:
        """Go on by one character."""
        row = self._rows.get(identifier)
        if row is None:  # few of all characters occur in a text
            row = (self._embed[:, identifier] + self._bias).reshape(-1)
            self._rows[identifier] = row
        self._step(row)
        for step in self._steps:
            step()


def _step_above(layer: Layer, below: Array, state: Array) -> Callable[[], None]:
    """Return what changes the state (P*H,) of a layer that reads the hidden state (H,) below it."""
    embed, bias = layer.weights["embed"], layer.weights["bias"]
    step, raw = layer.cell.stepper(layer.weights, state), np.empty_like(bias)

    def project_and_step() -> None:
        np.matmul(below, embed, raw)
        np.add(raw, bias, raw)
        step(raw.reshape(-1))

    return project_and_step

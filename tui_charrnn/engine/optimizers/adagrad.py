"""Adagrad: mem += g^2, p -= lr g / sqrt(mem + 1e-8), element by element.

Source: Duchi, Hazan, Singer, Adaptive subgradient methods (2011), in the form of min-char-rnn.
"""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from tui_charrnn.engine.optimizers.base import Blockwise

EPSILON: Final = 1e-8


class Adagrad(Blockwise):
    """Divides each step by the root of the sum of all squared gradients so far."""

    SLOTS: ClassVar[tuple[str, ...]] = ("memory",)

    def update(self, learning_rate: float, iteration: int) -> None:
        """Take one step of the given rate."""
        for step, parameters, gradients, memory in self._blocks:
            np.multiply(gradients, gradients, out=step)
            np.add(memory, step, out=memory)
            np.add(memory, EPSILON, out=step)
            np.sqrt(step, out=step)
            np.divide(gradients, step, out=step)
            np.multiply(step, learning_rate, out=step)
            np.subtract(parameters, step, out=parameters)

"""Update rules, which work on flat vectors and in place.

Adagrad: mem += g^2, p -= lr g / sqrt(mem + 1e-8), element by element.
Source: Duchi, Hazan, Singer, Adaptive subgradient methods (2011), in the form of min-char-rnn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

import numpy as np

from tui_charrnn.engine.parameters import Array

BLOCK = 16_384
"""Elements updated at a time: four such blocks of float64 stay in a second-level cache."""

EPSILON = 1e-8


class Adagrad:
    """Adagrad over one flat vector of parameters and one of gradients."""

    SLOTS: ClassVar[tuple[str, ...]] = ("memory",)
    """The names in `state`."""

    def __init__(self, parameters: Array, gradients: Array) -> None:
        """Start with an empty memory.

        Args:
            parameters: (P,), updated in place.
            gradients: (P,), read at each update.
        """
        self.memory: Array = np.zeros_like(parameters)
        self._scratch: Array = np.empty(min(BLOCK, len(parameters)), parameters.dtype)
        self._blocks = [
            tuple(array[start : start + BLOCK] for array in (parameters, gradients, self.memory))
            for start in range(0, len(parameters), BLOCK)
        ]

    @property
    def state(self) -> dict[str, Array]:
        """The vectors (P,) that it remembers between updates, by name: the ones in use."""
        return {"memory": self.memory}

    def update(self, learning_rate: float) -> None:
        """Take one step of the given rate."""
        for parameters, gradients, memory in self._blocks:
            step = self._scratch[: len(parameters)]
            np.multiply(gradients, gradients, out=step)
            np.add(memory, step, out=memory)
            np.add(memory, EPSILON, out=step)
            np.sqrt(step, out=step)
            np.divide(gradients, step, out=step)
            np.multiply(step, learning_rate, out=step)
            np.subtract(parameters, step, out=parameters)


OPTIMIZERS: Final[Mapping[str, type[Adagrad]]] = {"adagrad": Adagrad}
"""The update rules by the name that a config has for them."""


def clip_elements(gradients: Array, bound: float) -> None:
    """Clip every element to [-bound, bound], in place; nan stays nan."""
    np.clip(gradients, -bound, bound, out=gradients)

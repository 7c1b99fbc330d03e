"""Stochastic gradient descent with momentum: v = mu v + g, p -= lr v.

Sources: Polyak, Some methods of speeding up the convergence of iteration methods (1964); in the
form of torch.optim.SGD, in which the rate is no part of v: a rate that changes acts at once.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from tui_charrnn.engine.optimizers.base import Blockwise


class SGD(Blockwise):
    """Steps along a decaying sum of the gradients; without momentum along the last one."""

    SLOTS: ClassVar[tuple[str, ...]] = ("velocity",)

    def update(self, learning_rate: float, iteration: int) -> None:
        """Take one step of the given rate."""
        momentum = self._config.momentum
        for step, parameters, gradients, velocity in self._blocks:
            np.multiply(velocity, momentum, out=velocity)
            np.add(velocity, gradients, out=velocity)
            np.multiply(velocity, learning_rate, out=step)
            np.subtract(parameters, step, out=parameters)

"""Adam, and AdamW with decoupled weight decay; t counts the updates from 1.

    m = b1 m + (1 - b1) g
    v = b2 v + (1 - b2) g^2
    p -= lr wd p                                   (AdamW alone, before the step)
    p -= lr m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + 1e-8)

Sources: Kingma and Ba, Adam: a method for stochastic optimization (2015), algorithm 1; Loshchilov
and Hutter, Decoupled weight decay regularization (2019), algorithm 2, where the decay is in
proportion to the learning rate, as in torch.optim.AdamW. An lr wd above 1 counts as 1: a weight
that lost more than itself would swing, and from 2 on grow without end.
"""

from __future__ import annotations

import math
from typing import ClassVar, Final

import numpy as np

from tui_charrnn.engine.optimizers.base import Blockwise

EPSILON: Final = 1e-8


class Adam(Blockwise):
    """Steps along a decaying mean of the gradients, over the root of one of their squares."""

    SLOTS: ClassVar[tuple[str, ...]] = ("mean", "mean_square")

    def update(self, learning_rate: float, iteration: int) -> None:
        """Take one step of the given rate, free of the pull to the zeros that both means began as.

        Args:
            learning_rate: of this step.
            iteration: updates made before this one.
        """
        beta1, beta2 = self._config.beta1, self._config.beta2
        rate = learning_rate / (1 - beta1 ** (iteration + 1))
        root = math.sqrt(1 - beta2 ** (iteration + 1))
        for step, parameters, gradients, mean, mean_square in self._blocks:
            np.multiply(gradients, 1 - beta1, out=step)
            np.multiply(mean, beta1, out=mean)
            np.add(mean, step, out=mean)
            np.multiply(gradients, gradients, out=step)
            np.multiply(step, 1 - beta2, out=step)
            np.multiply(mean_square, beta2, out=mean_square)
            np.add(mean_square, step, out=mean_square)
            np.sqrt(mean_square, out=step)
            np.divide(step, root, out=step)
            np.add(step, EPSILON, out=step)
            np.divide(mean, step, out=step)
            np.multiply(step, rate, out=step)
            np.subtract(parameters, step, out=parameters)


class AdamW(Adam):
    """Adam whose weights are pulled to zero by a share of themselves, whatever the gradients."""

    def update(self, learning_rate: float, iteration: int) -> None:
        """Take off each weight its share, then take a step of Adam.

        Args:
            learning_rate: of this step and of the decay.
            iteration: updates made before this one.
        """
        kept = max(0.0, 1 - learning_rate * self._config.weight_decay)
        for _, parameters, *_ in self._blocks:
            np.multiply(parameters, kept, out=parameters)
        super().update(learning_rate, iteration)

"""RMSprop: m = d m + (1 - d) g^2, p -= lr g / (sqrt(m) + 1e-8), d the `decay_rate`.

Source: Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6.5 (2012), in the form
that char-rnn trains with, which is that of torch.optim.RMSprop.
"""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from tui_charrnn.engine.optimizers.base import Blockwise

EPSILON: Final = 1e-8


class RMSprop(Blockwise):
    """Divides each step by the root of a decaying mean of the squared gradients."""

    SLOTS: ClassVar[tuple[str, ...]] = ("mean_square",)

    def update(self, learning_rate: float, iteration: int) -> None:
        """Take one step of the given rate."""
        decay = self._config.decay_rate
        for step, parameters, gradients, mean_square in self._blocks:
            np.multiply(gradients, gradients, out=step)
            np.multiply(step, 1 - decay, out=step)
            np.multiply(mean_square, decay, out=mean_square)
            np.add(mean_square, step, out=mean_square)
            np.sqrt(mean_square, out=step)
            np.add(step, EPSILON, out=step)
            np.divide(gradients, step, out=step)
            np.multiply(step, learning_rate, out=step)
            np.subtract(parameters, step, out=parameters)

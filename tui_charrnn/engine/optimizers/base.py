"""What the update rules share: flat vectors, worked on block by block and in place."""

from __future__ import annotations

from typing import ClassVar, Protocol

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.parameters import Array, aligned_zeros

BLOCK_BYTES = 262_144
"""Bytes of each vector updated at a time: four such blocks are all of a second-level cache."""


class Optimizer(Protocol):
    """An update rule over one flat vector of parameters and one of gradients.

    All that it remembers from one update to the next is in `state`: a run that goes on with the
    same vectors and the same count of updates goes on to the last bit.
    """

    SLOTS: ClassVar[tuple[str, ...]]
    """The names in `state`."""

    def __init__(self, parameters: Array, gradients: Array, config: TrainConfig) -> None:
        """Start with an empty memory.

        Args:
            parameters: (P,), updated in place.
            gradients: (P,), read at each update.
            config: has the constants of the rule.
        """

    @property
    def state(self) -> dict[str, Array]:
        """The vectors (P,) that it remembers between updates, by name: the ones in use."""

    def update(self, learning_rate: float, iteration: int) -> None:
        """Take one step.

        Args:
            learning_rate: of this step.
            iteration: updates made before this one.
        """


class Blockwise:
    """The vectors of a rule, cut into blocks; a rule adds `SLOTS` and `update`."""

    SLOTS: ClassVar[tuple[str, ...]]

    def __init__(self, parameters: Array, gradients: Array, config: TrainConfig) -> None:
        """Start with slots of zeros, as `Optimizer` says."""
        self._config = config
        count, dtype = len(parameters), parameters.dtype
        length = min(BLOCK_BYTES // dtype.itemsize, count)
        self._state = {name: aligned_zeros(count, dtype) for name in self.SLOTS}
        self._scratch = aligned_zeros(length, dtype)
        vectors = (parameters, gradients, *self._state.values())
        self._blocks = [
            (self._scratch[: count - start], *(v[start : start + length] for v in vectors))
            for start in range(0, count, length)
        ]
        """Of each block room for a step, then parameters, gradients and slots."""

    @property
    def state(self) -> dict[str, Array]:
        """The vectors (P,) of the slots, by name: the ones in use."""
        return dict(self._state)

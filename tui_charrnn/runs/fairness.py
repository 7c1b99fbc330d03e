"""What is made equal when cells are compared: hidden size, number of parameters, or time.

A GRU has about three times the weights of an RNN of the same hidden size, and takes longer for
each update. Which of them is better depends on which of these counts, so a comparison names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.engine.registry import CELLS


class Comparison(Enum):
    """What the contenders have in common besides text, seed and windows.

    Attributes:
        title: a few words.
        explanation: one sentence.
    """

    HIDDEN_SIZE = (
        "equal hidden size",
        "The same hidden units for every cell, so a cell with gates has more parameters.",
    )
    PARAMETERS = (
        "equal number of parameters",
        "The other cells get the hidden size that comes nearest in trained values.",
    )
    TIME = (
        "equal wall-clock time",
        "The same hidden size and seconds of training: the faster cell makes more updates.",
    )

    def __init__(self, title: str, explanation: str) -> None:
        """Keep what is shown of it."""
        self.title = title
        self.explanation = explanation


def usual_cells(cell: str) -> tuple[str, ...]:
    """Return which two cells are compared, one of them `cell`, unless somebody chooses others."""
    return ("gru", "lstm") if cell == "lstm" else ("rnn", "gru")


def contenders(
    config: TrainConfig,
    vocab_size: int,
    comparison: Comparison,
    seconds: float = 0.0,
    cells: Sequence[str] = (),
) -> dict[str, TrainConfig]:
    """Return what each cell trains, by its name, in the order of `CELLS`.

    Args:
        config: the hyperparameters; its cell keeps the hidden size.
        vocab_size: distinct characters of the text, which parameters depend on.
        comparison: what is made equal.
        seconds: of training for each at equal time, else not looked at.
        cells: which contend; the usual two if none are named.

    Raises:
        ConfigError: if they are to have equal time and `seconds` is no time to train for.
    """
    chosen = cells or usual_cells(config.cell)
    sides = {name: config.replace(cell=name) for name in CELLS if name in chosen}
    match comparison:
        case Comparison.HIDDEN_SIZE:
            return sides
        case Comparison.PARAMETERS:
            target = parameter_count(config, vocab_size)
            sized = {name: _sized(side, vocab_size, target) for name, side in sides.items()}
            return sized | ({config.cell: config} if config.cell in sides else {})
        case Comparison.TIME:
            return {name: _timed(side, seconds) for name, side in sides.items()}


def _sized(config: TrainConfig, vocab_size: int, target: int) -> TrainConfig:
    """Return the config with the hidden size that comes nearest to a number of parameters."""

    def with_size(hidden: int) -> TrainConfig:
        return config.replace(hidden_size=hidden)

    def parameters(hidden: int) -> int:
        return parameter_count(with_size(hidden), vocab_size)

    high = 1
    while parameters(high) < target:
        high *= 2
    low = max(1, high // 2)
    while low < high:  # every unit more adds parameters
        middle = (low + high) // 2
        low, high = (low, middle) if parameters(middle) >= target else (middle + 1, high)
    below = max(1, high - 1)
    return with_size(min(below, high, key=lambda hidden: abs(parameters(hidden) - target)))


def _timed(config: TrainConfig, seconds: float) -> TrainConfig:
    spec = replace(SPECS["time_limit"], above=True)  # a limit of 0 would be none
    most = SPECS["iterations"].maximum or config.iterations
    return config.replace(time_limit=spec.check(seconds), iterations=int(most))

"""What a trainer process and the one that started it tell each other, over its standard streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.corpus import Loan
from tui_charrnn.engine.events import Event
from tui_charrnn.engine.parameters import Array


@dataclass(frozen=True, slots=True)
class Setup:
    """What a child is to train.

    Attributes:
        config: the hyperparameters of the run.
        text: what the parent lends.
        model_config: what the model was built from.
        vocab_size: what the model was built for.
        weights: (P,) all parameters of the model end to end.
        part_interval: seconds of drawing after which more of a sample is told of, see
            `TrainControl`.
    """

    config: TrainConfig
    text: Loan
    model_config: TrainConfig
    vocab_size: int
    weights: Array
    part_interval: float


@dataclass(frozen=True, slots=True)
class Report:
    """What happened in a child since its last report; an empty one says that all is loaded.

    Attributes:
        events: in order.
        over: whether this is the last report.
        weights: (P,) the final parameters, with the last report; None if there is no model.
        error: what broke the run off, None if nothing did.
    """

    events: tuple[Event, ...] = ()
    over: bool = False
    weights: Array | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked of a child: the name of a method of its control, and the argument if any.

    `acknowledge` says that the last report was dealt with.
    """

    name: str
    arguments: tuple[Any, ...] = ()

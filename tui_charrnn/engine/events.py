"""What a run tells the world: one frozen dataclass for each kind of event.

`train` yields them in order. A run starts with `Started` and always ends with `Stopped`.
Nothing in an event aliases the live weights: values are copied before they are yielded.
Every event says at which iteration it happened (0-based, as in the notebook).
`elapsed` is the time spent training, in seconds, pauses left out; since it differs between
two otherwise equal runs, it takes no part in the comparison of events.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from tui_charrnn.engine.config import TrainConfig

Outcome = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a run at `iteration`, `elapsed` seconds into the training."""

    iteration: int
    elapsed: float = field(default=0.0, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the event as plain JSON values, its kind first.

        Weights are left out, and a number that JSON cannot hold (nan, inf) becomes a string.
        """
        row: dict[str, Any] = {"event": type(self).__name__}
        for spec in fields(self):
            if spec.metadata.get("json", True):
                row[spec.name] = _plain(getattr(self, spec.name))
        return row


def _plain(value: Any) -> Any:
    if isinstance(value, TrainConfig):
        return value.as_dict()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """The run begins: what is trained, and on how much text (in characters)."""

    config: TrainConfig
    corpus: str
    vocab_size: int
    train_characters: int
    validation_characters: int
    parameter_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Event):
    """One update: `loss` and `smooth_loss` in nats a sequence of `seq_length` characters.

    With several streams the losses are per stream, so that runs of different batch size
    compare. `characters` counts all the training characters read so far, this window included.
    `epoch` counts the passes over the training text, with the part of the current one as fraction.
    """

    loss: float
    smooth_loss: float
    bits_per_character: float
    smooth_bits_per_character: float
    characters: int
    epoch: float
    learning_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Event):
    """Text drawn from the model; `requested` tells one asked for from a rolling one.

    `smooth_loss` (nats a sequence) is that of the model which drew it. With `best`, that was the
    one of the best validation after a run, and the loss is that of the validation. `prompt` was fed
    to the model first and is not part of `text`. A `final` one was drawn when all was learned, from
    a state of zeros and a random character, as the notebook ends.
    """

    text: str
    smooth_loss: float
    temperature: float
    prompt: str = ""
    requested: bool = False
    best: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation(Event):
    """The held-out text was read: mean bits per character, and whether it is the best so far."""

    bits_per_character: float
    characters: int
    is_best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientMemory(Event):
    """How far back the loss of one character reaches into the net, for the weights of this moment.

    `norms[k]` is the norm of dLoss_T/dh_(T-k), the mean over `windows` windows of the text.
    """

    norms: tuple[float, ...]
    windows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningRateChanged(Event):
    """From this iteration on the learning rate is `new`."""

    old: float
    new: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused(Event):
    """The trainer waits; `iteration` is the one that comes next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """The trainer goes on with `iteration`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Event):
    """The last event of every run: `iteration` updates were made.

    `outcome` is `finished` (all iterations), `stopped` (asked to) or `failed` (`message` says why).
    `smooth_loss` is that of the last update, in nats a sequence; the model passed to or made by
    the run holds the last finite parameters. `best_parameters` are a copy of those with the lowest
    validation loss, None where nothing was validated.
    """

    outcome: Outcome
    smooth_loss: float
    message: str = ""
    best_iteration: int | None = None
    best_bits_per_character: float | None = None
    best_parameters: Any = field(default=None, repr=False, compare=False, metadata={"json": False})

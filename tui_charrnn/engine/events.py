"""What a run tells the world: one frozen dataclass for each kind of event.

`train` yields them in order. A run starts with `Started` and always ends with `Stopped`; one that
goes on from a checkpoint starts with a `Started` whose iteration is the next to be made.
Nothing in an event aliases the live weights: values are copied before they are yielded.
Every event says at which iteration it happened (0-based, as in the notebook).
`elapsed` is the time spent training, in seconds, without pauses and what was asked for; since it
differs between two otherwise equal runs, it takes no part in the comparison of events.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

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
    """The run begins, or goes on: what is trained, and on how much text (in characters).

    `learning_rate` is that of the first update to come, which was perhaps changed before a run goes
    on; None in records that do not tell it.
    """

    config: TrainConfig
    corpus: str
    vocab_size: int
    train_characters: int
    validation_characters: int
    parameter_count: int
    learning_rate: float | None = None


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
class Drawn(Event):
    """Text drawn from the model; `requested` tells one asked for from a rolling one.

    `smooth_loss` (nats a sequence) is that of the model which drew it. With `best`, that was the
    one of the best validation after a run, and the loss is that of the validation. `prompt` was fed
    to the model first and is not part of `text`. A `final` one was drawn when all was learned, from
    a state of zeros, after the prompt, or after a random character, as the notebook ends. `top_k`
    and `top_p` say which characters were drawn from, 0 and 1 from all.
    """

    text: str
    smooth_loss: float
    temperature: float
    prompt: str = ""
    requested: bool = False
    best: bool = False
    final: bool = False
    top_k: int = 0
    top_p: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(Drawn):
    """A whole sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePart(Drawn):
    """More of a sample that is being drawn: `text` is what came after the part before.

    It is told to whoever watches, see `TrainControl.part_interval`. When it comes is a matter of
    time; so it is no event of the run's record, is never counted, and all of its text is in the
    `Sample` that follows. Where none follows, the sample was given up. With this part `drawn` of
    `length` characters are there.
    """

    drawn: int
    length: int


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
    `requested` is one that somebody asked for, not one that comes at set times.
    """

    norms: tuple[float, ...]
    windows: int
    requested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Health(Event):
    """How the training fares at this update; what each number means: `health.py`.

    `gradient_norm` is that of all parameters together, before the clipping. `spectral_radii` are
    those of the recurrent matrices that make the new state, one a layer.
    """

    clipped_share: float
    update_ratio: float
    saturated: float
    gradient_norm: float
    spectral_radii: tuple[float, ...]


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
class Snapshot(Event):
    """The whole state of the run after `iteration` updates was copied, to be kept.

    `checkpoint` is a `checkpoint.Checkpoint`. It is None where the event was read back, and where
    whoever keeps it is somewhere else. A `requested` one was asked for by somebody who looks at it.
    """

    requested: bool = False
    checkpoint: Any = field(default=None, repr=False, compare=False, metadata={"json": False})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Event):
    """The last event of every run: `iteration` updates were made.

    `outcome` is `finished` (all iterations, or the time limit), `stopped` (asked to) or `failed`
    (`message` says why). `smooth_loss` is that of the last update, in nats a sequence; the model
    passed to or made by the run holds the last finite parameters. `best_parameters` are a copy of
    those with the lowest validation loss, None where nothing was validated.
    """

    outcome: Outcome
    smooth_loss: float
    message: str = ""
    best_iteration: int | None = None
    best_bits_per_character: float | None = None
    best_parameters: Any = field(default=None, repr=False, compare=False, metadata={"json": False})


_KINDS: tuple[type[Event], ...] = (
    Started, Step, Sample, SamplePart, Validation, GradientMemory, Health, LearningRateChanged,
    Paused, Resumed, Snapshot, Stopped,
)  # fmt: skip

KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in _KINDS}
"""Every kind of event by its name."""


def event_from_json(row: Mapping[str, Any]) -> Event:
    """Return the event that `as_json` made this row of; weights are not in it.

    Raises:
        ValueError: if there is no such kind of event, or if a field is unknown, missing or has a
            value of another type.
    """
    kind = KINDS.get(str(row.get("event")))
    if kind is None:
        raise ValueError(f"There is no event {row.get('event')!r}.")
    known, values = _FIELD_TYPES[kind.__name__], {n: v for n, v in row.items() if n != "event"}
    for name in values:
        if name not in known:
            raise ValueError(f"{kind.__name__} has no field {name!r}.")
    missing = {spec.name for spec in fields(kind) if spec.default is MISSING} - values.keys()
    if missing:
        raise ValueError(f"{kind.__name__} lacks {min(missing)}.")
    where = kind.__name__
    return kind(**{n: _typed(known[n], value, f"{where}.{n}") for n, value in values.items()})


def _field_types(kind: type[Event]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {spec.name: hints[spec.name] for spec in fields(kind) if spec.metadata.get("json", True)}


_FIELD_TYPES = {name: _field_types(kind) for name, kind in KINDS.items()}


def _typed(wanted: Any, value: Any, name: str) -> Any:
    """Return a JSON value as what the field holds."""
    if wanted is TrainConfig and isinstance(value, dict):
        return _config(value)
    if get_origin(wanted) is Literal and value in get_args(wanted):
        return value
    if get_origin(wanted) is tuple and isinstance(value, (list, tuple)):
        return tuple(_typed(get_args(wanted)[0], part, name) for part in value)
    kinds = get_args(wanted) or (wanted,)
    if float in kinds and (number := _number(value)) is not None:
        return number
    if type(value) in kinds:
        return value
    raise ValueError(f"{name} cannot be {value!r}.")


def _number(value: Any) -> float | None:
    """Return a number, also one that JSON had to write as a word; None for anything else."""
    if value in ("nan", "inf", "-inf") or type(value) in (int, float):
        return float(value)
    return None


def _config(values: Mapping[str, Any]) -> TrainConfig:
    known = {spec.name for spec in fields(TrainConfig)}
    for name in values:
        if name not in known:
            raise ValueError(f"TrainConfig has no field {name!r}.")
    return TrainConfig(**values)

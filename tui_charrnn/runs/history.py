"""LossHistory: every loss point of one run, in arrays that grow with it.

A point lies along the run in three ways: by its iteration, by the training characters read, and by
the seconds of training. Validations and changes of the learning rate have a place in all three too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tui_charrnn.engine.events import Event, LearningRateChanged, Step, Validation
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs.thinning import Axis, Band, Floats, Integers, Rising, extremes, lasts

XUnit = Literal["iterations", "characters", "seconds"]
"""Along what a run is laid out."""

FIRST_ROOM = 1024
"""Points that a new history has room for; the room doubles whenever it is used up."""


class LossHistory:
    """The loss of one run, complete, in the order in which it came.

    Attributes:
        seq_length: characters a sequence, T: a loss in nats a sequence divided by T ln 2 is in
            bits per character.
        entropy: true entropy of the text's source in bits per character, where it is known.
    """

    def __init__(self, seq_length: int, entropy: float | None = None) -> None:
        """Begin without points.

        Args:
            seq_length: characters a sequence.
            entropy: bits per character, None where it is not known.
        """
        self.seq_length, self.entropy = seq_length, entropy
        self._validations: list[Validation] = []
        self._rate_changes: list[LearningRateChanged] = []
        self._length = 0
        self._counts = np.empty((2, FIRST_ROOM), np.int64)  # rows: iteration, characters
        self._reals = np.empty((3, FIRST_ROOM), np.float64)  # rows: loss, smoothed, seconds

    @classmethod
    def from_points(
        cls,
        seq_length: int,
        points: NDArray[Any],
        events: Iterable[Event] = (),
        entropy: float | None = None,
    ) -> LossHistory:
        """Return the history of a run whose points are there already; it can still be added to.

        Args:
            seq_length: characters a sequence.
            points: (n,) structured, rising; of its fields `iteration`, `characters` (characters
                read, the update's own included), `elapsed` (seconds of training), `loss` and
                `smooth_loss` (nats a sequence) are copied.
            events: the run's other events, of which the validations and the changes of the
                learning rate are kept.
            entropy: bits per character, None where it is not known.
        """
        history = cls(seq_length, entropy)
        history._length = len(points)
        room = max(FIRST_ROOM, len(points))
        history._counts = _rows(points, ("iteration", "characters"), np.int64, room)
        history._reals = _rows(points, ("loss", "smooth_loss", "elapsed"), np.float64, room)
        for event in events:
            if not isinstance(event, Step):
                history.add(event)
        return history

    def __len__(self) -> int:
        """Return the number of updates."""
        return self._length

    @property
    def iterations(self) -> Integers:
        """The iteration of every update, rising: (n,), a view."""
        return self._counts[0, : self._length]

    @property
    def characters(self) -> Integers:
        """The training characters read up to and with every update, rising: (n,), a view."""
        return self._counts[1, : self._length]

    @property
    def loss(self) -> Floats:
        """The loss of every update in nats a sequence: (n,), a view."""
        return self._reals[0, : self._length]

    @property
    def smooth_loss(self) -> Floats:
        """The smoothed loss after every update in nats a sequence: (n,), a view."""
        return self._reals[1, : self._length]

    @property
    def elapsed(self) -> Floats:
        """The seconds of training, pauses left out, after every update: (n,), a view."""
        return self._reals[2, : self._length]

    @property
    def validations(self) -> list[tuple[int, float]]:
        """Iteration and bits per character of each validation."""
        return [(event.iteration, event.bits_per_character) for event in self._validations]

    @property
    def rate_changes(self) -> list[tuple[int, float, float]]:
        """Iteration, old and new learning rate of each change."""
        return [(event.iteration, event.old, event.new) for event in self._rate_changes]

    @property
    def bits_per_nat(self) -> float:
        """What turns a loss in nats a sequence into bits per character: 1 / (T ln 2)."""
        return bits_per_character(1.0, self.seq_length)

    def x(self, unit: XUnit) -> Rising:
        """Return where every update lies: its iteration, characters or seconds, (n,), a view."""
        match unit:
            case "iterations":
                return self.iterations
            case "characters":
                return self.characters
            case "seconds":
                return self.elapsed

    def validation_x(self, unit: XUnit) -> Rising:
        """Return where every validation lies: (validations,)."""
        return self._places(self._validations, unit, "right")

    def rate_change_x(self, unit: XUnit) -> Rising:
        """Return where every change of the learning rate lies, before its iteration: (changes,)."""
        return self._places(self._rate_changes, unit, "left")

    def _places(
        self, events: Sequence[Event], unit: XUnit, side: Literal["left", "right"]
    ) -> Rising:
        """Return the x of events after (right) or before (left) the update of their iteration."""
        if unit == "seconds":
            return np.array([event.elapsed for event in events], np.float64)
        at = np.array([event.iteration for event in events], np.int64)
        if unit == "iterations":
            return at
        made = np.searchsorted(self.iterations, at, side)
        return np.concatenate([np.zeros(1, np.int64), self.characters])[made]

    @property
    def span(self) -> tuple[int, int] | None:
        """The first and the last iteration of which anything is known."""
        span = self.span_of("iterations")
        return (int(span[0]), int(span[1])) if span else None

    def span_of(self, unit: XUnit) -> tuple[float, float] | None:
        """Return the first and the last x of all updates and validations, None without any."""
        known = self.validation_x(unit).tolist()
        if self._length:
            x = self.x(unit)
            known += [x[0].item(), x[-1].item()]
        return (min(known), max(known)) if known else None

    def add(self, event: Event) -> None:
        """Take in an update, a validation or a change of the learning rate; ignore the rest."""
        match event:
            case Step():
                self._add_step(event)
            case Validation():
                self._validations.append(event)
            case LearningRateChanged():
                self._rate_changes.append(event)

    def _add_step(self, step: Step) -> None:
        at = self._length
        if at == self._counts.shape[1]:
            self._grow()
        self._counts[:, at] = step.iteration, step.characters
        self._reals[:, at] = step.loss, step.smooth_loss, step.elapsed
        self._length += 1

    def _grow(self) -> None:
        """Double the room; views handed out before keep the old arrays."""
        self._counts = np.concatenate([self._counts, np.empty_like(self._counts)], axis=1)
        self._reals = np.concatenate([self._reals, np.empty_like(self._reals)], axis=1)

    def thin_loss(self, axis: Axis, unit: XUnit = "iterations") -> Band:
        """Return the least and greatest loss, in nats a sequence, in every column of an axis."""
        return extremes(axis, self.x(unit), self.loss)

    def thin_smooth_loss(self, axis: Axis, unit: XUnit = "iterations") -> Band:
        """Return the last smoothed loss, in nats a sequence, in every column of an axis."""
        return lasts(axis, self.x(unit), self.smooth_loss)


def _rows(points: NDArray[Any], names: tuple[str, ...], dtype: type, room: int) -> NDArray[Any]:
    """Return fields of the points as the first columns of an array of (names, room)."""
    rows: NDArray[Any] = np.empty((len(names), room), dtype)
    for row, name in zip(rows, names, strict=True):
        row[: len(points)] = points[name]
    return rows

"""LossHistory: the losses of one run as a chart takes them, in bounded memory.

A point lies along the run in three ways: by its iteration, by the training characters read, and by
the seconds of training. Validations and changes of the learning rate have a place in all three too.
Where a run is long, neighbouring updates share a point: see `stretches`. Whoever needs every update
by itself reads the store.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import numpy as np

from tui_charrnn.engine.events import (
    Event,
    GradientMemory,
    Health,
    LearningRateChanged,
    Step,
    Validation,
)
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs.stretches import Points, Sparse, Stretches
from tui_charrnn.runs.thinning import Axis, Band, Floats, Integers, Rising, extremes, lasts

MARKS: Final = (Validation, LearningRateChanged, Health, GradientMemory)
"""The kinds of events that are kept beside the updates."""

XUnit = Literal["iterations", "characters", "seconds"]
"""Along what a run is laid out."""


class LossHistory:
    """The loss of one run, in the order in which it came.

    Every update of the first thousands is a point of its own, later ones share a point with their
    neighbours. All arrays are views; in their last place they follow the updates that come.

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
        self._validations = Sparse[Validation]()
        self._rate_changes = Sparse[LearningRateChanged]()
        self._looks = Sparse[Health]()
        self._memories = Sparse[GradientMemory]()
        self._updates = Stretches()

    @classmethod
    def from_points(
        cls,
        seq_length: int,
        points: Points,
        events: Iterable[Event] = (),
        entropy: float | None = None,
    ) -> LossHistory:
        """Return the history of a run whose points are there already; it can still be added to.

        Args:
            seq_length: characters a sequence.
            points: (n,) structured, rising, one an update; of its fields `iteration`, `characters`
                (characters read, the update's own included), `elapsed` (seconds of training),
                `loss` and `smooth_loss` (nats a sequence) are copied.
            events: the run's other events, of which `add` keeps some.
            entropy: bits per character, None where it is not known.
        """
        history = cls(seq_length, entropy)
        history.extend(points)
        for event in events:
            if not isinstance(event, Step):
                history.add(event)
        return history

    def __len__(self) -> int:
        """Return the number of updates, of which several may share a point."""
        return self._updates.updates

    @property
    def iterations(self) -> Integers:
        """The iteration of every point, which is that of its last update, rising: (n,)."""
        return self._updates.iterations

    @property
    def characters(self) -> Integers:
        """The training characters read up to and with every point, rising: (n,)."""
        return self._updates.characters

    @property
    def loss(self) -> Floats:
        """The least and the greatest loss of every point in nats a sequence: (2, n)."""
        return self._updates.loss

    @property
    def smooth_loss(self) -> Floats:
        """The smoothed loss at every point in nats a sequence: (n,)."""
        return self._updates.smooth_loss

    @property
    def elapsed(self) -> Floats:
        """The seconds of training, pauses left out, at every point: (n,)."""
        return self._updates.elapsed

    @property
    def validations(self) -> list[tuple[int, float]]:
        """Iteration and bits per character of each validation; of very many, every few."""
        return [(event.iteration, event.bits_per_character) for event in self._validations.kept]

    @property
    def newest_validation(self) -> float | None:
        """Bits per character of the last validation that came to a finite value."""
        bits = (event.bits_per_character for event in reversed(self._validations.kept))
        return next(filter(math.isfinite, bits), None)

    @property
    def newest_rate(self) -> float | None:
        """What the learning rate was last changed to, None if it never was."""
        kept = self._rate_changes.kept
        return kept[-1].new if kept else None

    @property
    def rate_changes(self) -> list[tuple[int, float]]:
        """Iteration and new learning rate of each change; of very many, every few."""
        return [(event.iteration, event.new) for event in self._rate_changes.kept]

    def moments(self) -> tuple[Event, ...]:
        """Return what was measured while it trained, in order; of very much, every few."""
        kept = [*self._looks.kept, *self._memories.kept]
        return tuple(sorted(kept, key=lambda event: event.iteration))

    @property
    def bits_per_nat(self) -> float:
        """What turns a loss in nats a sequence into bits per character: 1 / (T ln 2)."""
        return bits_per_character(1.0, self.seq_length)

    def x(self, unit: XUnit) -> Rising:
        """Return where every point lies: its iteration, characters or seconds, (n,)."""
        match unit:
            case "iterations":
                return self.iterations
            case "characters":
                return self.characters
            case "seconds":
                return self.elapsed

    def validation_x(self, unit: XUnit) -> Rising:
        """Return where every validation lies: (validations,)."""
        return self._places(self._validations.kept, unit, 0)

    def rate_change_x(self, unit: XUnit) -> Rising:
        """Return where every change of the learning rate lies, before its iteration: (changes,)."""
        return self._places(self._rate_changes.kept, unit, -1)

    def _places(self, events: Sequence[Event], unit: XUnit, shift: Literal[-1, 0]) -> Rising:
        """Return the x of events after the update of their iteration, or of the one before it."""
        if unit == "seconds":
            return np.array([event.elapsed for event in events], np.float64)
        at = np.array([event.iteration for event in events], np.int64)
        if unit == "iterations":
            return at
        if not len(self):
            return np.zeros_like(at)
        return np.interp(at + shift, self.iterations, self.characters, left=0)

    @property
    def span(self) -> tuple[int, int] | None:
        """The first and the last iteration of which anything is known."""
        span = self.span_of("iterations")
        return (int(span[0]), int(span[1])) if span else None

    def span_of(self, unit: XUnit) -> tuple[float, float] | None:
        """Return the first and the last x of all updates and validations, None without any."""
        known = self.validation_x(unit).tolist()
        if len(self):
            x = self.x(unit)
            known += [x[0].item(), x[-1].item()]
        return (min(known), max(known)) if known else None

    def add(self, event: Event) -> None:
        """Take in what is kept: updates, validations, changes of the rate, measured moments."""
        match event:
            case Step():
                self._updates.add(event)
            case Validation():
                self._validations.add(event)
            case LearningRateChanged():
                self._rate_changes.add(event)
            case Health():
                self._looks.add(event)
            case GradientMemory():
                self._memories.add(event)

    def add_updates(self, steps: Sequence[Step]) -> None:
        """Take in updates in a row."""
        self._updates.add_all(steps)

    def extend(self, points: Points) -> None:
        """Take in many updates at once, as described at `from_points`."""
        self._updates.extend(points)

    def thin_loss(self, axis: Axis, unit: XUnit = "iterations") -> Band:
        """Return the least and greatest loss, in nats a sequence, in every column of an axis."""
        return extremes(axis, self.x(unit), *self.loss)

    def thin_smooth_loss(self, axis: Axis, unit: XUnit = "iterations") -> Band:
        """Return the last smoothed loss, in nats a sequence, in every column of an axis."""
        return lasts(axis, self.x(unit), self.smooth_loss)

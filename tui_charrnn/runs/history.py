"""LossHistory: every loss point of one run, in arrays that grow with it."""

from __future__ import annotations

import numpy as np

from tui_charrnn.engine.events import Event, LearningRateChanged, Step, Validation
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs.thinning import Axis, Band, Floats, Integers, extremes, lasts

FIRST_ROOM = 1024
"""Points that a new history has room for; the room doubles whenever it is used up."""


class LossHistory:
    """The loss of one run, complete, in the order in which it came.

    Attributes:
        seq_length: characters a sequence, T: a loss in nats a sequence divided by T ln 2 is in
            bits per character.
        entropy: true entropy of the text's source in bits per character, where it is known.
        validations: iteration and bits per character of each validation.
        rate_changes: iteration, old and new learning rate of each change.
    """

    def __init__(self, seq_length: int, entropy: float | None = None) -> None:
        """Begin without points.

        Args:
            seq_length: characters a sequence.
            entropy: bits per character, None where it is not known.
        """
        self.seq_length, self.entropy = seq_length, entropy
        self.validations: list[tuple[int, float]] = []
        self.rate_changes: list[tuple[int, float, float]] = []
        self._length = 0
        self._iterations = np.empty(FIRST_ROOM, np.int64)
        self._losses = np.empty((2, FIRST_ROOM), np.float64)  # row 0 the loss, row 1 smoothed

    def __len__(self) -> int:
        """Return the number of updates."""
        return self._length

    @property
    def iterations(self) -> Integers:
        """The iteration of every update, rising: (n,), a view."""
        return self._iterations[: self._length]

    @property
    def loss(self) -> Floats:
        """The loss of every update in nats a sequence: (n,), a view."""
        return self._losses[0, : self._length]

    @property
    def smooth_loss(self) -> Floats:
        """The smoothed loss after every update in nats a sequence: (n,), a view."""
        return self._losses[1, : self._length]

    @property
    def bits_per_nat(self) -> float:
        """What turns a loss in nats a sequence into bits per character: 1 / (T ln 2)."""
        return bits_per_character(1.0, self.seq_length)

    @property
    def span(self) -> tuple[int, int] | None:
        """The first and the last iteration of which anything is known."""
        known = [iteration for iteration, _ in self.validations]
        if self._length:
            known += [int(self._iterations[0]), int(self._iterations[self._length - 1])]
        return (min(known), max(known)) if known else None

    def add(self, event: Event) -> None:
        """Take in an update, a validation or a change of the learning rate; ignore the rest."""
        match event:
            case Step():
                self._add_step(event)
            case Validation():
                self.validations.append((event.iteration, event.bits_per_character))
            case LearningRateChanged():
                self.rate_changes.append((event.iteration, event.old, event.new))

    def _add_step(self, step: Step) -> None:
        if self._length == len(self._iterations):
            self._grow()
        self._iterations[self._length] = step.iteration
        self._losses[:, self._length] = step.loss, step.smooth_loss
        self._length += 1

    def _grow(self) -> None:
        """Double the room; views handed out before keep the old arrays."""
        self._iterations = np.concatenate([self._iterations, np.empty_like(self._iterations)])
        self._losses = np.concatenate([self._losses, np.empty_like(self._losses)], axis=1)

    def thin_loss(self, axis: Axis) -> Band:
        """Return the least and greatest loss, in nats a sequence, in every column of an axis."""
        return extremes(axis, self.iterations, self.loss)

    def thin_smooth_loss(self, axis: Axis) -> Band:
        """Return the last smoothed loss, in nats a sequence, in every column of an axis."""
        return lasts(axis, self.iterations, self.smooth_loss)

"""Where a run stands, gathered from its events: what a status line or a progress bar shows."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from tui_charrnn.engine.events import (
    Event,
    LearningRateChanged,
    Paused,
    Resumed,
    Started,
    Step,
    Stopped,
    Validation,
)

State = Literal["ready", "starting", "training", "paused", "finished", "stopped", "failed"]

SPEED_WINDOW = 5.0
"""Seconds over which the speed is averaged."""

SPEED_SPACING = 0.2
"""Seconds between two points that are kept for it."""


@dataclass(slots=True)
class RunProgress:
    """The latest figures of a run.

    `smooth_loss` is in nats a sequence, `bits` and `validation_bits` in bits per character,
    `elapsed` and `time_limit` (0: none) in seconds of training, `iteration` counts the updates
    made. `fraction`, from 0 to 1, is how much is done by that of the two bounds which is nearer.
    """

    state: State = "ready"
    iteration: int = 0
    iterations: int = 0
    time_limit: float = 0.0
    fraction: float = 0.0
    epoch: float = 0.0
    smooth_loss: float | None = None
    bits: float | None = None
    validation_bits: float | None = None
    best_bits: float | None = None
    learning_rate: float = 0.0
    elapsed: float = 0.0
    characters: int = 0
    message: str = ""
    _recent: deque[tuple[float, int]] = field(default_factory=deque)

    @property
    def active(self) -> bool:
        """Whether a trainer is at work or waits in a pause."""
        return self.state in ("starting", "training", "paused")

    @property
    def characters_per_second(self) -> float | None:
        """The speed over the last seconds of training, None before there are two points."""
        if not self._recent:
            return None
        (start, before), now = self._recent[0], self.elapsed
        return (self.characters - before) / (now - start) if now > start else None

    @property
    def seconds_left(self) -> float | None:
        """The time to the end of the run, None while nothing tells it.

        That is what the remaining iterations take at the recent speed, or the rest of the time
        limit, where that is less.
        """
        known = [self._seconds_of_iterations(), self._seconds_of_limit()]
        return min((seconds for seconds in known if seconds is not None), default=None)

    def _seconds_of_iterations(self) -> float | None:
        speed = self.characters_per_second
        if not speed or not self.iteration:
            return None
        per_iteration = self.characters / self.iteration
        return (self.iterations - self.iteration) * per_iteration / speed

    def _seconds_of_limit(self) -> float | None:
        return max(0.0, self.time_limit - self.elapsed) if self.time_limit else None

    def apply(self, event: Event) -> None:
        """Take in one event of the run; they must come in order."""
        match event:
            case Step():
                self._step(event)
            case Started():
                self.state, self.iteration = "training", event.iteration
                self.iterations = event.config.iterations
                self.time_limit = event.config.time_limit
                self.learning_rate = event.learning_rate or event.config.learning_rate
                self._recent.append((event.elapsed, _characters_before(event)))
            case Validation():
                self.validation_bits = event.bits_per_character
                if event.is_best:
                    self.best_bits = event.bits_per_character
            case LearningRateChanged():
                self.learning_rate = event.new
            case Paused():
                self.state = "paused"
            case Resumed():
                self.state = "training"
            case Stopped():
                self.state, self.message = event.outcome, event.message
                self.elapsed = event.elapsed

    def apply_updates(self, steps: Sequence[Step]) -> None:
        """Take in updates in a row, of which only the last one shows."""
        if not steps:
            return
        last = steps[-1]
        if not self._recent or last.elapsed - self._recent[-1][0] >= SPEED_SPACING:
            for step in steps[:-1]:
                self._note_speed(step)
        self._step(last)

    def _step(self, event: Step) -> None:
        self.iteration = event.iteration + 1
        self.epoch, self.learning_rate = event.epoch, event.learning_rate
        self.smooth_loss = event.smooth_loss
        self.bits = event.smooth_bits_per_character
        self.elapsed, self.characters = event.elapsed, event.characters
        self.fraction = self._fraction()
        self._note_speed(event)

    def _note_speed(self, event: Step) -> None:
        if not self._recent or event.elapsed - self._recent[-1][0] >= SPEED_SPACING:
            self._recent.append((event.elapsed, event.characters))
        while len(self._recent) > 2 and event.elapsed - self._recent[0][0] > SPEED_WINDOW:
            self._recent.popleft()

    def _fraction(self) -> float:
        """Return how much is done after an update: a run is never stopped by time before one."""
        made = self.iteration / self.iterations if self.iterations else 0.0
        used = self.elapsed / self.time_limit if self.time_limit else 0.0
        return min(1.0, max(made, used))


def _characters_before(started: Started) -> int:
    """Return the characters that were read before the run went on."""
    config = started.config
    return started.iteration * config.seq_length * config.batch_size

"""What a report needs of a run, read from the store."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from tui_charrnn.engine.events import GradientMemory, LearningRateChanged, Sample, Validation
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs.report.statistics import Floats
from tui_charrnn.runs.store.records import RunRecord

if TYPE_CHECKING:
    from tui_charrnn.engine.events import Event
    from tui_charrnn.runs.store.store import RunStore

Axis = Literal["iterations", "characters", "seconds"]

_KINDS = (Validation, GradientMemory, Sample, LearningRateChanged)
"""The events that are read one by one; the updates come as arrays."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A loss in bits per character, against what was spent on it.

    All arrays are (n,) and rise, but for `bits`: updates made, characters read, seconds of
    training.
    """

    iterations: Floats
    characters: Floats
    seconds: Floats
    bits: Floats

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.bits)

    def along(self, axis: Axis) -> Floats:
        """Return the places of the points on an axis: (n,)."""
        places = {
            "iterations": self.iterations,
            "characters": self.characters,
            "seconds": self.seconds,
        }
        return places[axis]

    @classmethod
    def of(cls, rows: Sequence[tuple[float, float, float, float]]) -> Curve:
        """Make a curve from (iterations, characters, seconds, bits) of its points."""
        return cls(*np.array(rows, np.float64).reshape(-1, 4).T)


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run that takes part in a report.

    Attributes:
        record: what the store says of it.
        smooth: the smooth loss.
        validation: what was held out; may be empty.
        memory: gradient memory of the final weights.
        sample: the final one, else the last rolling one, as far as there is any.
        rate_changes: how often the learning rate was changed while it ran.
    """

    record: RunRecord
    smooth: Curve
    validation: Curve
    memory: GradientMemory | None = None
    sample: Sample | None = None
    rate_changes: int = 0

    @property
    def problem(self) -> str:
        """Why it says nothing of its cell, empty if it does."""
        if not len(self.smooth):
            return "no update was made"
        if not math.isfinite(self.smooth.bits[-1]):
            return f"its smooth loss is {self.smooth.bits[-1]}"
        wrong = [bits for bits in self.validation.bits if not math.isfinite(bits)]
        return f"a validation of it is {wrong[0]}" if wrong else ""


@dataclass(slots=True)
class _Found:
    validations: list[Validation] = field(default_factory=list)
    memory: GradientMemory | None = None
    rolling: Sample | None = None
    final: Sample | None = None
    rate_changes: int = 0

    def take(self, event: Event) -> None:
        match event:
            case Validation():
                self.validations.append(event)
            case GradientMemory():
                self.memory = event
            case Sample(final=True):
                self.final = event
            case Sample(requested=False, best=False):
                self.rolling = event
            case LearningRateChanged():
                self.rate_changes += 1

    def memory_after(self, iteration: int) -> GradientMemory | None:
        """Return the gradient memory if it is that of the final weights, and finite.

        One that was asked for on the way would be compared with final ones of other runs.
        """
        memory = self.memory
        if (
            memory is None
            or memory.iteration != iteration
            or not all(map(math.isfinite, memory.norms))
        ):
            return None
        return memory if memory.norms[0] > 0 else None


def load(record: RunRecord, store: RunStore) -> Run:
    """Read a run.

    Raises:
        StoreError: if the store cannot be read.
    """
    found = _Found()
    for event in store.events_of(record.id, *_KINDS):
        found.take(event)
    return Run(
        record,
        _smooth(record, store),
        _validation(record, found.validations),
        found.memory_after(record.iteration),
        found.final or found.rolling,
        found.rate_changes,
    )


def _smooth(record: RunRecord, store: RunStore) -> Curve:
    points = store.points(record.id)
    return Curve(
        points["iteration"].astype(np.float64) + 1,
        points["characters"].astype(np.float64),
        points["elapsed"].astype(np.float64),
        points["smooth_loss"] * bits_per_character(1.0, record.config.seq_length),
    )


def _validation(record: RunRecord, validations: Sequence[Validation]) -> Curve:
    config = record.config
    a_window = config.seq_length * config.batch_size
    return Curve.of(
        [
            (
                event.iteration + 1,
                (event.iteration + 1) * a_window,
                event.elapsed,
                event.bits_per_character,
            )
            for event in validations
        ]
    )

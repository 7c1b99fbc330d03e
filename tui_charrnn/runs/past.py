"""What a run was before it goes on: what a screen has to show before the first news of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui_charrnn.engine.events import (
    LearningRateChanged,
    Paused,
    Resumed,
    Sample,
    Started,
    Step,
    Stopped,
    Validation,
)
from tui_charrnn.runs.history import MARKS, LossHistory
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.store.points import Points, unpack

SAMPLES: Final = 50
"""The newest samples, which are shown again."""


@dataclass(frozen=True, slots=True)
class Past:
    """A run up to some moment.

    Attributes:
        progress: where it stood.
        history: its loss points.
        samples: the newest of its samples, in order.
    """

    progress: RunProgress
    history: LossHistory
    samples: tuple[Sample, ...]


def past_of(store: RunStore, run_id: int, events: int) -> Past:
    """Return what a run of the store was after so many events.

    Raises:
        StoreError: if it cannot be read.
    """
    run = store.record_of(run_id)
    updates = store.points(run_id, events)
    marks = store.events_of(run_id, *MARKS, first=events)
    samples = store.events_of(run_id, Sample, first=events)[-SAMPLES:]
    return Past(
        progress=_progress(store, run_id, events, updates),
        history=LossHistory.from_points(
            run.config.seq_length, updates, marks, run.origin.text.entropy
        ),
        samples=tuple(event for event in samples if isinstance(event, Sample)),
    )


def _progress(store: RunStore, run_id: int, events: int, updates: Points) -> RunProgress:
    """Replay what counts for the figures: of the updates, the last one."""
    kinds = (Started, Validation, LearningRateChanged, Paused, Resumed, Stopped)
    progress, rate = RunProgress(), 0.0
    for event in store.events_of(run_id, *kinds, first=events):
        progress.apply(event)
        if isinstance(event, LearningRateChanged):
            rate = event.new if _is_after(event, updates) else 0.0
    for step in _last(updates):
        progress.apply(step)
    progress.learning_rate = rate or progress.learning_rate
    return progress


def _last(updates: Points) -> list[Step]:
    return list(unpack(updates[-1:].tobytes()))


def _is_after(change: LearningRateChanged, updates: Points) -> bool:
    return not len(updates) or change.iteration > int(updates["iteration"][-1])

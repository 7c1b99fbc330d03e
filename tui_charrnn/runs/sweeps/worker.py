"""What a worker does: it trains one cell from start to end, and sends back all its events.

The worker writes nothing itself. So a cell that was begun twice, since its first worker died, is
still kept once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Final, Literal

from tui_charrnn.engine import TrainConfig, TrainControl, build_model
from tui_charrnn.engine.corpus import Loan
from tui_charrnn.engine.events import (
    Event,
    GradientMemory,
    Paused,
    Resumed,
    Snapshot,
    Started,
    Step,
    Stopped,
    Validation,
)
from tui_charrnn.engine.memory import NO_MEMORY
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import limit_blas
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.runs.sweeps.packing import PackedEvents, pack

REPORT_INTERVAL: Final = 0.5
"""Seconds between two reports of how far a cell has come."""

Order = Literal["go", "pause", "cancel"]
"""What the coordinator asks of its workers; the last order counts."""


@dataclass(frozen=True, slots=True)
class Task:
    """A cell on its way to a worker: its key, and what it trains on what."""

    key: str
    config: TrainConfig
    text: Loan


@dataclass(frozen=True, slots=True)
class Report:
    """How far a cell has come.

    `smooth_bits`, `validation_bits` and `best_bits` are in bits per character, None before there
    are any; `speed` is in characters a second, `elapsed` in seconds of training, `left` in seconds.
    """

    key: str
    paused: bool = False
    iteration: int = 0
    smooth_bits: float | None = None
    validation_bits: float | None = None
    best_bits: float | None = None
    speed: float | None = None
    elapsed: float = 0.0
    left: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A cell that came to an end.

    Attributes:
        key: of the cell.
        events: of its run.
        last: the last of them, which says how it ended.
        complete: whether it is finished, and its finale was not cut short by an order to stop.
    """

    key: str
    events: PackedEvents
    last: Stopped
    complete: bool


Tell = Callable[[Report], object]
"""Sends a report to the coordinator."""

Connect = Callable[[str, TrainControl], AbstractContextManager[Tell]]
"""Given a key: while it is entered, orders reach the control, and reports the coordinator."""


def obey(order: Order, control: TrainControl) -> None:
    """Pass an order on to a run."""
    match order:
        case "go":
            control.resume()
        case "pause":
            control.pause()
        case "cancel":
            control.stop()


def run_cell(task: Task, connect: Connect) -> Result:
    """Train one cell; for any worker process.

    BLAS is held to one thread, since the worker is one of several.

    Args:
        task: what to train.
        connect: how this worker is steered and heard; called in the worker.

    Raises:
        MemoryError: if the model does not fit into this machine.
        ConfigError: if the text is too short for it.
    """
    limit_blas()
    control = TrainControl()
    with connect(task.key, control) as tell:
        reporter = _Reporter(task.key, tell)
        events = list(_told(_events(task, control), reporter))
    packed = pack(events)
    last = packed.parts[-1]
    if not isinstance(last, Stopped):
        raise RuntimeError("The run has no end.")
    measured = isinstance(packed.parts[-2], GradientMemory)  # others came while it trained
    complete = last.outcome == "finished" and (measured or not control.stopping)
    return Result(task.key, packed, last, complete)


def _events(task: Task, control: TrainControl) -> Iterator[Event]:
    try:
        corpus = task.text.open()
        model = build_model(task.config, corpus.vocab_size)
        yield from train_to_the_end(task.config, corpus, model, control)
    except MemoryError:
        raise MemoryError(NO_MEMORY) from None


def _told(events: Iterator[Event], reporter: _Reporter) -> Iterator[Event]:
    """Report on events; what they bring of the run's state is let go, as nobody keeps it."""
    for event in events:
        reporter.take(event)
        yield replace(event, checkpoint=None) if isinstance(event, Snapshot) else event


class _Reporter:
    """Reports about twice a second, and at once what somebody waits for."""

    def __init__(self, key: str, tell: Tell) -> None:
        self._key, self._tell = key, tell
        self._progress = RunProgress()
        self._next = 0.0

    def take(self, event: Event) -> None:
        self._progress.apply(event)
        now = time.monotonic()
        at_once = isinstance(event, (Started, Paused, Resumed))
        if at_once or (isinstance(event, (Step, Validation)) and now >= self._next):
            self._next = now + REPORT_INTERVAL
            self._tell(self._report())

    def _report(self) -> Report:
        progress = self._progress
        return Report(
            key=self._key,
            paused=progress.state == "paused",
            iteration=progress.iteration,
            smooth_bits=progress.bits,
            validation_bits=progress.validation_bits,
            best_bits=progress.best_bits,
            speed=progress.characters_per_second,
            elapsed=progress.elapsed,
            left=progress.seconds_left,
        )

"""A trainer in a thread of its own, which hands its events over in batches.

One batch is under way at a time: the next is delivered when the receiver has acknowledged the last
one and a frame interval has passed, so a slow screen gets bigger batches and never a longer queue.
Nothing is left out. Events that a person waits for (the start, a pause, a requested sample, the
end) do not wait for the interval.

The thread is a daemon: an update of a huge model cannot be interrupted, and must not hold up exit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui_charrnn.engine import TrainConfig, TrainControl
from tui_charrnn.engine.events import (
    Event,
    GradientMemory,
    Paused,
    Resumed,
    Sample,
    SamplePart,
    Snapshot,
    Started,
    Step,
    Stopped,
)

if TYPE_CHECKING:
    from tui_charrnn.engine import CharModel, Corpus

Source = Callable[[TrainConfig, "Corpus", "CharModel", TrainControl], Iterator[Event]]
"""What yields the events of a run: `train_to_the_end`, or the same in a child process."""

Tap = Callable[[Event], object]
"""What is told of every event of a run at once, such as a recorder; never of parts of samples."""

Watch = Callable[[SamplePart], object]
"""What is told of those at once."""

FRAME_INTERVAL = 0.1
"""Seconds between two batches."""

FRAMES_A_PART = 1.5
"""Frames between two parts of a sample: each may change a whole pane, more than all else does."""

LONGEST_ASIDE = 0.15
"""Seconds that the trainer steps aside at the most when a key is pressed."""

LARGEST_BATCH = 50_000
"""Events that may wait for a receiver before the trainer waits for it as well."""


class Refused(Exception):
    """What is told of a run will have none of it; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one run, in order."""

    run: int
    events: tuple[Event, ...]


def limit_blas() -> None:
    """Hold BLAS to one thread: at the sizes trained here more of them only get in each other's way.

    It is set for the process and for good, since a limit that is lifted while another trainer
    still runs would slow that one down.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - the first frame needs no BLAS

    threadpool_limits(limits=1, user_api="blas")


class TrainerThread:
    """Trains one model off the caller's thread.

    Attributes:
        control: how to steer the run.
        model: the model, None until it is built; read it only after the run has stopped.
        interval: seconds between two batches.
        watch: called in the trainer's thread with every part of a sample that is being drawn, None
            to call nobody; to be set before the start.
    """

    def __init__(
        self,
        run: int,
        config: TrainConfig,
        corpus: Corpus,
        deliver: Callable[[Batch], object],
        *,
        source: Source | None = None,
        tap: Tap | None = None,
    ) -> None:
        """Prepare a run; `start` begins it.

        Args:
            run: a number that comes with every batch, so that those of an old run are told apart.
            config: the hyperparameters.
            corpus: the text.
            deliver: called in the trainer's thread with each batch.
            source: what trains; None for `train_to_the_end`.
            tap: called in the trainer's thread with every event as soon as it comes. With
                `Refused` it ends the run; whatever else it raises, the run goes on.
        """
        self.control = TrainControl()
        self.model: CharModel | None = None
        self._run, self._config, self._corpus = run, config, corpus
        self.interval = FRAME_INTERVAL
        self.watch: Watch | None = None
        self._deliver, self._source, self._tap = deliver, source or _train, tap
        self._buffer: list[Event] = []
        self._last_delivery = 0.0
        self._way_is_free = threading.Event()
        self._way_is_free.set()
        self._acknowledged = threading.Event()
        self._acknowledged.set()
        self._abandoned = False
        self._last_step: Step | None = None
        self._thread = threading.Thread(target=self._work, name=f"trainer-{run}", daemon=True)

    @property
    def alive(self) -> bool:
        """Whether the thread still runs, whatever was asked of it."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin to train."""
        self._thread.start()

    def acknowledge(self) -> None:
        """Say that the last batch was dealt with."""
        self._acknowledged.set()

    def step_aside(self) -> None:
        """Wait before the next iteration: the interpreter is needed for a key that was pressed.

        Two threads that compute share the interpreter evenly, which would double the time until
        the key shows its effect. `carry_on` ends the wait, and so does `LONGEST_ASIDE`.
        """
        self._way_is_free.clear()

    def carry_on(self) -> None:
        """Go on after `step_aside`."""
        self._way_is_free.set()

    def abandon(self) -> None:
        """Stop, and deliver nothing any more."""
        self._abandoned = True
        self.control.stop()
        self._acknowledged.set()
        self._way_is_free.set()

    def join(self, timeout: float) -> bool:
        """Wait for the thread to end; return whether it did."""
        self._thread.join(timeout)
        return not self.alive

    def _work(self) -> None:
        limit_blas()
        self.control.part_interval = FRAMES_A_PART * self.interval  # somebody watches
        for event in self._tapped():
            self._buffer.append(_without_copies(event))
            if is_awaited(event) or len(self._buffer) >= LARGEST_BATCH:
                self._acknowledged.wait()
                self._hand_over()
            elif self._acknowledged.is_set() and self._frame_is_over():
                self._hand_over()
            if not self._way_is_free.wait(LONGEST_ASIDE):
                self._way_is_free.set()

    def _tapped(self) -> Iterator[Event]:
        """Yield the run's events, each after the tap has heard of it, up to one that it refuses."""
        for event in self._events():
            if refusal := self._tell(event):
                self.model = None  # nothing was learned here
                yield failure(self._last_step, refusal)
                return
            yield event

    def _tell(self, event: Event) -> str:
        """Tell the tap of an event; return why it refuses the run, or nothing."""
        try:
            if isinstance(event, SamplePart):
                if self.watch is not None:
                    self.watch(event)
            elif self._tap is not None:
                self._tap(event)
        except Refused as error:
            return str(error)
        except Exception:  # whatever it is, the run goes on
            pass
        return ""

    def _events(self) -> Iterator[Event]:
        """Yield the run's events; whatever goes wrong becomes a last one that says so."""
        from tui_charrnn.engine.memory import NO_MEMORY  # noqa: PLC0415 - see limit_blas
        from tui_charrnn.engine.model import build_model  # noqa: PLC0415

        try:
            self.model = build_model(self._config, self._corpus.vocab_size)
            for event in self._source(self._config, self._corpus, self.model, self.control):
                if isinstance(event, Step):
                    self._last_step = event
                yield event
        except MemoryError:
            yield failure(self._last_step, NO_MEMORY)
        except ValueError as error:
            yield failure(self._last_step, str(error))
        except Exception as error:
            message = f"The trainer broke down: {type(error).__name__}: {error}."
            yield failure(self._last_step, message)

    def _frame_is_over(self) -> bool:
        return time.monotonic() - self._last_delivery >= self.interval

    def _hand_over(self) -> None:
        if self._abandoned:
            return
        self._acknowledged.clear()
        if self._abandoned:  # just now: nobody will acknowledge it
            self._acknowledged.set()
            return
        self._last_delivery = time.monotonic()
        batch, self._buffer = Batch(self._run, tuple(self._buffer)), []
        self._deliver(batch)


def _train(
    config: TrainConfig, corpus: Corpus, model: CharModel, control: TrainControl
) -> Iterator[Event]:
    from tui_charrnn.runs.finale import train_to_the_end  # noqa: PLC0415 - see limit_blas

    return train_to_the_end(config, corpus, model, control)


def _without_copies(event: Event) -> Event:
    """Return an event without the state that only whoever keeps it needs."""
    if isinstance(event, Snapshot) and not event.requested:
        return replace(event, checkpoint=None)
    return event


def failure(last: Step | None, message: str) -> Stopped:
    """Return the last event of a run that broke off after an update, which says how far it came."""
    return Stopped(
        iteration=last.iteration + 1 if last else 0,
        elapsed=last.elapsed if last else 0.0,
        outcome="failed",
        smooth_loss=last.smooth_loss if last else float("nan"),
        message=message,
    )


def is_awaited(event: Event) -> bool:
    """Return whether a person waits for an event, so that no interval may hold it up."""
    if isinstance(event, (Sample, GradientMemory, Snapshot)):
        return event.requested
    return isinstance(event, (Started, Paused, Resumed, Stopped))

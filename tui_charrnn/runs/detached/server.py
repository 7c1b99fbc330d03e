"""The process of a detached run: it trains, records, and lets visitors watch and steer.

It is started by `launch`, which gives it an order on its standard input and waits for one line on
its standard output. From then on it holds nothing of whoever started it, and ends when the run
does; SIGTERM and SIGINT stop the run as a visitor would, and its last state is kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NoReturn

from tui_charrnn.engine import Corpus, TrainConfig
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Event, SamplePart, Stopped
from tui_charrnn.engine.memory import NO_MEMORY
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.runs.detached import folder, orders
from tui_charrnn.runs.detached.desk import Desk
from tui_charrnn.runs.detached.errors import DetachError
from tui_charrnn.runs.detached.orders import GoingOn, NewRun
from tui_charrnn.runs.detached.reception import Reception
from tui_charrnn.runs.detached.stored import StoredEvents
from tui_charrnn.runs.detached.tail import Tail
from tui_charrnn.runs.exit_codes import SIGNAL
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.going_on import job_of
from tui_charrnn.runs.host import Batch, TrainerThread
from tui_charrnn.runs.interrupts import Interrupts
from tui_charrnn.runs.store import Origin, Recorder, RunStore, StoreError, TextIdentity

LONG: Final = 3600.0
"""Seconds of one wait for the end of the run."""

LOOK_EVERY: Final = 0.005
"""Seconds between two looks at whether the run is in the store."""


def main() -> NoReturn:
    """Train as the standard input says, tell the standard output how it began, and end."""
    _hear_no_terminal()
    answers = os.dup(1)
    try:
        order = orders.from_json(sys.stdin.buffer.readline())
        _leave_streams()
        with RunStore.open(order.store) as store:
            task = _task(order, store)
            Process(task, store, answers).run()
    except Exception as error:  # there is nobody else to tell
        _give_up(answers, _sentence(error))
    os._exit(0)


def _sentence(error: Exception) -> str:
    """Say in one sentence what went wrong."""
    if isinstance(error, MemoryError):
        return NO_MEMORY
    if isinstance(error, (ValueError, StoreError)):
        return str(error)
    return f"The process of the run broke down: {type(error).__name__}: {error}."


def _hear_no_terminal() -> None:
    """Ignore what a terminal sends when it goes, and hear what asks a process to end."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _leave_streams() -> None:
    """Leave nothing in the place of standard input and output."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    os.close(nothing)


def _answer(answers: int, **row: Any) -> None:
    with contextlib.suppress(OSError):  # whoever started us has gone; the run has not
        os.write(answers, json.dumps(row).encode("ascii") + b"\n")
        os.close(answers)


def _give_up(answers: int, problem: str) -> NoReturn:
    _answer(answers, problem=problem)
    os._exit(1)


@dataclass(frozen=True, slots=True)
class Task:
    """A run that can begin: what it trains on what, from where on, and how it is recorded."""

    config: TrainConfig
    corpus: Corpus
    start: Checkpoint | None
    record: Callable[[], Recorder]


def _task(order: orders.Order, store: RunStore) -> Task:
    """Load what an order needs.

    Raises:
        ValueError: if the text cannot be read, or a hyperparameter not be used.
        StoreError: if the run cannot be kept, or there is nothing to go on from.
    """
    if isinstance(order, GoingOn):
        return _task_that_goes_on(order, store)
    return _new_task(order, store)


def _new_task(order: NewRun, store: RunStore) -> Task:
    corpus = load_corpus(order.source, order.encoding)
    origin = Origin(order.config, TextIdentity.of(corpus, order.source, order.encoding))
    name = store.free_name(order.name) if order.name else ""
    return Task(order.config, corpus, None, partial(store.record, origin, name))


def _task_that_goes_on(order: GoingOn, store: RunStore) -> Task:
    run, start = store.record_of(order.run_id), store.checkpoint(order.run_id)
    job = job_of(run, run.config.replace(**order.changes), start)
    return Task(job.config, job.corpus, start, partial(store.resume, run.id, job.config, start))


class Process:
    """Trains one run, from the first event in the store to the last visitor."""

    def __init__(self, task: Task, store: RunStore, answers: int) -> None:
        """Prepare.

        Args:
            task: what is to be done.
            store: keeps the run.
            answers: where is told how it began: a file descriptor, closed then.

        Raises:
            DetachError: if there is no place for a socket.
        """
        folder.socket_of(store.path, 0)  # known before anything is trained
        self._task, self._store, self._answers = task, store, answers
        self._recorder: Recorder | None = None
        self._reception: Reception | None = None
        source = partial(train_to_the_end, start=task.start)
        self._trainer = TrainerThread(
            0, task.config, task.corpus, self._acknowledge, source=source, tap=self._take
        )
        self._trainer.watch = self._show

    def run(self) -> None:
        """Train to the end of the run."""
        with Interrupts(self._trainer.control, self._break_off):
            self._trainer.start()
            while not self._trainer.join(LONG):
                pass
        if self._reception is not None:
            self._reception.finish()

    def _acknowledge(self, batch: Batch) -> None:
        self._trainer.acknowledge()

    def _break_off(self, number: int) -> NoReturn:
        """End at a second signal, whatever the training does; what came so far is kept."""
        if self._recorder is not None:
            self._recorder.close()
        os._exit(SIGNAL + number)

    def _take(self, event: Event) -> None:
        """Keep an event, and tell visitors of it; the run is open to them after the first."""
        if self._recorder is None:
            self._begin(event)
            return
        self._recorder.take(event)
        if isinstance(event, Stopped):
            self._recorder.close()  # whoever hears of the end finds all in the store
        if self._reception is not None:
            self._reception.put(event)

    def _show(self, part: SamplePart) -> None:
        """Show visitors what is drawn."""
        if self._reception is not None:
            self._reception.show(part)

    def _begin(self, first: Event) -> None:
        """Open the run to visitors, or end the process where it cannot be trained or kept."""
        try:
            if isinstance(first, Stopped):
                raise DetachError(first.message)
            self._recorder = recorder = self._task.record()
            recorder.take(first)
            run_id = _number_of(recorder)
            self._reception = self._opened(run_id, recorder)
            self._reception.put(first)
        except Exception as error:  # there is nobody else to tell
            _give_up(self._answers, _sentence(error))
        _answer(self._answers, run_id=run_id, pid=os.getpid())

    def _opened(self, run_id: int, recorder: Recorder) -> Reception:
        path, corpus = self._store.path, self._task.corpus
        count = StoredEvents(path, run_id)
        base = self._task.start.events if self._task.start else 0
        tail = Tail(base, lambda: (count(), recorder.problem))
        desk = Desk(self._trainer.control, Vocabulary(corpus.name, corpus.chars))
        return Reception(run_id, folder.socket_of(path, run_id), tail, desk)


def _number_of(recorder: Recorder) -> int:
    """Wait until a run is in the store, and return its number.

    Raises:
        StoreError: if it cannot be kept.
    """
    while recorder.run_id is None:
        if recorder.problem:
            raise StoreError(recorder.problem)
        time.sleep(LOOK_EVERY)
    return recorder.run_id

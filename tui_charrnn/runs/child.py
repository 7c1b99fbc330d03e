"""The trainer process itself: it reads a setup and commands, and reports what happens.

It ends when the process that started it does, however that ends: then its standard input ends too,
and a thread that waits for just this ends the child, whatever its training is busy with. Nothing is
ever written on the terminal that it was started from, and ctrl+C there is for its parent to see.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, NoReturn

from tui_charrnn.engine import CharModel, TrainControl, build_model
from tui_charrnn.engine.events import Event, Snapshot
from tui_charrnn.engine.messages import receive, send
from tui_charrnn.engine.parameters import Array
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import LARGEST_BATCH, is_awaited, limit_blas
from tui_charrnn.runs.wire import Report, Setup

INTERVAL = 0.04
"""Seconds between two reports: less than between two frames of a screen."""

PARENTS_SIGNALS = (signal.SIGINT, signal.SIGHUP)
"""What a terminal sends to all processes in it; the parent says what becomes of the run."""

EXPENDABLE = 200
"""How much sooner than its parent the system ends a child if memory runs out, of 1000."""


def main() -> NoReturn:
    """Train as the standard input says, report to the standard output, and end the process."""
    commands, reports = _claim_streams()
    _ignore_the_terminal()
    _offer_to_die_first()
    limit_blas()
    control, outbox = TrainControl(), Outbox(reports)
    model, error = None, None
    try:
        setup: Setup = receive(commands)
        control.part_interval = setup.part_interval
        arguments = (commands, control, outbox)
        threading.Thread(target=_listen, args=arguments, name="commands", daemon=True).start()
        model = build_model(setup.model_config, setup.vocab_size)
        _train(setup, model, control, outbox)
    except EOFError:
        os._exit(1)
    except Exception as problem:
        error = problem
    outbox.finish(Report(over=True, weights=_weights(model), error=portable(error)))
    os._exit(0)


def _claim_streams() -> tuple[BinaryIO, BinaryIO]:
    """Return standard input and output, and leave nothing in their place."""
    os.set_blocking(2, False)  # what a library complains about must not hold up the training
    commands, reports = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return commands, reports


def _ignore_the_terminal() -> None:
    for number in PARENTS_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PARENTS_SIGNALS)


def _offer_to_die_first() -> None:
    """Make the system end a trainer rather than what shows and keeps the results (Linux)."""
    path = Path("/proc/self/oom_score_adj")
    with contextlib.suppress(OSError, ValueError):
        path.write_text(f"{min(1000, int(path.read_text()) + EXPENDABLE)}")


def _train(setup: Setup, model: CharModel, control: TrainControl, outbox: Outbox) -> None:
    model.weights.flat[:] = setup.weights
    corpus = setup.text.open()
    outbox.say_ready()
    for event in train_to_the_end(setup.config, corpus, model, control):
        outbox.put(event)


def _listen(commands: BinaryIO, control: TrainControl, outbox: Outbox) -> None:
    """Do what the parent says; when it is gone, end the process."""
    try:
        while True:
            command = receive(commands)
            if command.name == "acknowledge":
                outbox.acknowledge()
            else:
                getattr(control, command.name)(*command.arguments)
    finally:
        os._exit(1)


def _weights(model: CharModel | None) -> Array | None:
    return None if model is None else model.weights.flat


def portable(error: Exception | None) -> Exception | None:
    """Return the error as one that the parent can read."""
    if error is None:
        return None
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever its own way to be written or read comes up with
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class Outbox:
    """Sends events in batches, as `TrainerThread` does: one is under way at a time.

    The training never waits for it, unless the parent is `LARGEST_BATCH` events behind.
    """

    def __init__(self, stream: BinaryIO) -> None:
        """Send to a stream, in a thread of its own."""
        self._stream = stream
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self._urgent = False
        self._acknowledged = True
        self._last: Report | None = None
        self._sent = 0.0
        self._thread = threading.Thread(target=self._work, name="reports", daemon=True)
        self._thread.start()

    def say_ready(self) -> None:
        """Report that all is loaded, and wait until that is acknowledged."""
        with self._changed:
            self._acknowledged = False
            send(self._stream, Report())
            self._changed.wait_for(lambda: self._acknowledged)

    def put(self, event: Event) -> None:
        """Send an event soon, or at once if a person waits for it.

        A snapshot is waited for until it has arrived and is kept.
        """
        with self._changed:
            self._changed.wait_for(lambda: len(self._events) < LARGEST_BATCH)
            self._events.append(event)
            is_snapshot = isinstance(event, Snapshot)
            self._urgent = self._urgent or is_snapshot or is_awaited(event)
            if self._urgent or len(self._events) == 1:
                self._changed.notify_all()
            if is_snapshot:
                self._changed.wait_for(lambda: self._acknowledged and not self._events)

    def acknowledge(self) -> None:
        """Say that the last report was dealt with."""
        with self._changed:
            self._acknowledged = True
            self._changed.notify_all()

    def finish(self, last: Report) -> None:
        """Send all that is left with a last report, and wait until it is sent."""
        with self._changed:
            self._last, self._urgent = last, True
            self._changed.notify_all()
        self._thread.join()

    def _work(self) -> None:
        try:
            self._send_all()
        except OSError:  # nobody reads any more
            os._exit(1)
        except MemoryError as error:
            send(self._stream, Report(over=True, error=error))
            os._exit(0)

    def _send_all(self) -> None:
        over = False
        while not over:
            report = self._next()
            send(self._stream, report)
            over = report.over

    def _next(self) -> Report:
        """Wait until a report is due, and return it."""
        with self._changed:
            self._changed.wait_for(lambda: self._acknowledged and (self._events or self._last))
            due = self._sent + INTERVAL - time.monotonic()
            self._changed.wait_for(lambda: self._urgent, max(0.0, due))
            events, self._events = tuple(self._events), []
            self._urgent = self._acknowledged = False
            self._sent = time.monotonic()
            self._changed.notify_all()  # there is room again
            return replace(self._last or Report(), events=events)

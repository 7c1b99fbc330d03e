"""Workers that are processes of this machine.

Each has a pool of its own, of one process: so one that is killed takes with it the cell that it was
at, and no other. A pipe to each carries orders one way and reports the other. When the coordinator
goes, however it ends, its ends of the pipes close, and the workers end themselves.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any, ClassVar, Final, Literal, ParamSpec, TypeVar

from tui_charrnn.engine import TrainControl
from tui_charrnn.runs.sweeps.worker import Connect, Order, Report, Tell, obey

P = ParamSpec("P")
T = TypeVar("T")


MOST_WORKERS: Final = 1000
"""Processes that a sweep may have on one machine."""


def worker_count(text: str) -> int:
    """Return the number of workers that a text names.

    Raises:
        ValueError: saying in a sentence what is wrong.
    """
    known = text.isascii() and text.isdecimal() and len(text) <= len(f"{MOST_WORKERS}")
    if not known or not 1 <= int(text) <= MOST_WORKERS:
        shown = text[:40] or "nothing"
        raise ValueError(f"workers must be a whole number from 1 to {MOST_WORKERS:,}, not {shown}.")
    return int(text)


def cores() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


class LocalWorkers:
    """As many processes as are asked for, each begun when it is first needed."""

    here: ClassVar = True

    def __init__(self, count: int) -> None:
        """Prepare `count` workers; at least one."""
        self._count = count
        self._executor: ProcessPerWorker | None = None

    @property
    def connect(self) -> Connect:
        """What a worker calls to be steered and heard."""
        return connect

    def open(self, hear: Callable[[Report], object]) -> Executor:
        """Begin; `hear` is called with every report, in a thread for each worker."""
        self._executor = ProcessPerWorker(self._count, hear)
        return self._executor

    def capacity(self) -> int:
        """Return the number of workers."""
        return self._count

    def check(self) -> None:
        """Do nothing: a worker that dies is replaced."""

    def order(self, order: Order) -> None:
        """Ask something of all workers."""
        if self._executor is not None:
            self._executor.order(order)

    def close(self) -> None:
        """Let the workers go; one that is at a cell ends at once."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)


class ProcessPerWorker(Executor):
    """An executor whose workers do not share their fate.

    A call whose worker dies raises `BrokenExecutor`; the next call finds a new worker.
    """

    def __init__(self, count: int, hear: Callable[[Report], object]) -> None:
        """Prepare `count` workers."""
        self._hear = hear
        self._order: Order = "go"
        self._seats = tuple(_Seat(hear) for _ in range(count))
        self._free: queue.SimpleQueue[_Seat] = queue.SimpleQueue()
        for seat in self._seats:
            self._free.put(seat)
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a call in a free worker, after a wait where none is free.

        Raises:
            RuntimeError: if the executor was shut down.
        """
        if self._closed:
            raise RuntimeError("The workers were let go.")
        seat = self._free.get()
        future = seat.submit(self._order, fn, *args, **kwargs)
        future.add_done_callback(lambda done: self._release(seat, done))
        return future

    def _release(self, seat: _Seat, done: Future[Any]) -> None:
        if not done.cancelled() and isinstance(done.exception(), BrokenExecutor):
            seat.vacate()
        self._free.put(seat)

    def order(self, order: Order) -> None:
        """Ask something of every worker, also of those to come."""
        with self._lock:
            self._order = order
            for seat in self._seats:
                seat.order(order)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all workers; with `wait`, after what they are at, else at once."""
        self._closed = True
        if not wait:
            for seat in self._seats:
                seat.dismiss()
        for seat in self._seats:
            seat.shutdown()


class _Seat:
    """The place of one worker: its pool, its pipe, and the thread that reads the pipe."""

    def __init__(self, hear: Callable[[Report], object]) -> None:
        self._hear = hear
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._line: Connection | None = None

    def submit(self, order: Order, fn: Callable[..., T], *args: Any, **kwargs: Any) -> Future[T]:
        with self._lock:
            try:
                if self._pool is not None:
                    return self._pool.submit(fn, *args, **kwargs)
                return self._begin(order, fn, *args, **kwargs)
            except BrokenExecutor as error:  # it died while it had nothing to do
                future = Future[T]()
                future.set_exception(error)
                return future

    def _begin(self, order: Order, fn: Callable[..., T], *args: Any, **kwargs: Any) -> Future[T]:
        """Make a worker, and run a call in it."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        with _deaf_children():
            self._pool = ProcessPoolExecutor(1, context, _begin, (theirs,))
            future = self._pool.submit(fn, *args, **kwargs)
        theirs.close()  # the worker alone has it now, so that its death closes the pipe
        self._line = ours
        self._send(order)
        threading.Thread(target=self._read, args=(ours,), name="reports", daemon=True).start()
        return future

    def order(self, order: Order) -> None:
        with self._lock:
            self._send(order)

    def _send(self, order: Order | Literal["quit"]) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):  # a worker that just died hears nothing
                self._line.send(order)

    def _read(self, line: Connection) -> None:
        """Pass on the reports of one worker until it is gone, then close the pipe."""
        try:
            while True:
                self._hear(line.recv())
        except (EOFError, OSError):
            with self._lock:
                if self._line is line:
                    self._line = None
                line.close()

    def vacate(self) -> None:
        """Forget a worker that died; its pool takes itself apart."""
        with self._lock:
            self._pool = self._line = None

    def dismiss(self) -> None:
        """Let the worker end at once, whatever it is at."""
        with self._lock:
            self._send("quit")

    def shutdown(self) -> None:
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            # waited for in any case: a pool must not be taking itself apart when Python ends
            pool.shutdown(wait=True, cancel_futures=True)


@contextlib.contextmanager
def _deaf_children() -> Iterator[None]:
    """Keep Ctrl+C from the processes begun here, from their birth: it is for the coordinator.

    They inherit the signals that this thread blocks.
    """
    _ensure_tracker()  # when it begins, it lets the signal through again
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ensure_tracker() -> None:
    """Begin the helper that Python begins before the first process.

    It gets the file that sys.stderr writes to; what a screen puts in the place of that has none.
    """
    with contextlib.redirect_stderr(sys.__stderr__), contextlib.suppress(OSError):
        resource_tracker.ensure_running()


_line: _Line | None = None
"""In a worker: the line to the coordinator."""


def _begin(connection: Connection) -> None:
    """Make this process a worker."""
    global _line  # noqa: PLW0603 - a worker process has one coordinator for all its life
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # where it could not be blocked
    _line = _Line(connection)


class _Line:
    """The worker's end of a pipe; a thread listens for orders."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._last: Order = "go"
        self._control: TrainControl | None = None
        threading.Thread(target=self._listen, name="orders", daemon=True).start()

    def _listen(self) -> None:
        try:
            while True:
                order = self._connection.recv()
                if order == "quit":
                    os._exit(0)
                with self._lock:
                    self._last = order
                    if self._control is not None:
                        obey(order, self._control)
        except (EOFError, OSError):
            os._exit(0)  # nobody is there any more who would take a result

    def steer(self, control: TrainControl | None) -> None:
        with self._lock:
            self._control = control
            if control is not None:
                obey(self._last, control)

    def tell(self, report: Report) -> None:
        with contextlib.suppress(OSError):
            self._connection.send(report)


@contextlib.contextmanager
def connect(key: str, control: TrainControl) -> Iterator[Tell]:
    """Connect a cell with the coordinator, in a worker."""
    line = _line
    if line is None:
        raise RuntimeError("This process is no worker.")
    line.steer(control)
    try:
        yield line.tell
    finally:
        line.steer(None)

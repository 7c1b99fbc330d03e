"""A sweep under way: hands its cells to workers, and keeps what they send back.

All that happens is done by one thread, the coordinator's; others only leave messages for it. It
alone writes into the store, a whole finished run at a time, so that no cell is counted twice.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import replace
from functools import partial
from typing import Any, Final

from tui_charrnn.runs.store import RunRecord, RunStore, StoreError
from tui_charrnn.runs.sweeps.backend import Workers, WorkersError
from tui_charrnn.runs.sweeps.cells import Cell, Plan
from tui_charrnn.runs.sweeps.estimate import seconds_left
from tui_charrnn.runs.sweeps.rows import CellRow, SweepSnapshot, SweepState, finished_row
from tui_charrnn.runs.sweeps.worker import Report, Result, Task, run_cell

MOST_ATTEMPTS: Final = 3
"""Workers that may die at a cell before it is given up."""

ROUND: Final = 1.0
"""Seconds after which the coordinator looks around though nothing happened."""

STORE_AGAIN: Final = 5.0
"""Seconds until a store that could not be written is tried again."""


class Sweep:
    """Runs the cells of a plan that have no finished run in the store.

    Every method may be called from any thread. `start` begins; `wait` returns when all is over.
    """

    def __init__(self, plan: Plan, store: RunStore, workers: Workers) -> None:
        """Look up which cells are finished already.

        Args:
            plan: what is to be run.
            store: gets the runs; it stays open.
            workers: run the cells.

        Raises:
            StoreError: if the store cannot be read.
        """
        self.plan, self.store = plan, store
        self._workers = workers
        done = store.finished_cells(cell.key for cell in plan.cells)
        self._rows = [_first_row(cell, done.get(cell.key)) for cell in plan.cells]
        self._waiting = deque(n for n, row in enumerate(self._rows) if row.state == "waiting")
        self._place = {cell.key: n for n, cell in enumerate(plan.cells)}
        self._under_way: dict[int, Future[Result]] = {}
        self._unkept: dict[int, Result] = {}
        self._next_try = 0.0
        self._state: SweepState = "ready"
        self._problem = ""
        self._lock = threading.Lock()
        self._listeners: list[Callable[[CellRow], object]] = []
        self._inbox: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sweep", daemon=True)

    # what others ask for

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def pause(self) -> None:
        """Let every cell under way wait before its next update, and begin no other."""
        self._inbox.put(self._pause)

    def resume(self) -> None:
        """Go on after a pause."""
        self._inbox.put(self._resume)

    def cancel(self) -> None:
        """Stop: cells under way are given up, and nothing of them is kept."""
        self._inbox.put(self._cancel)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no cell is left to be run; return whether it came to that in time."""
        return self._over.wait(timeout)

    def close(self, timeout: float = 5.0) -> None:
        """Cancel, and let the workers go, those too that do not stop within some seconds."""
        if self._state != "ready":
            self.cancel()
            self._over.wait(timeout)
        self._workers.close()

    def listen(self, callback: Callable[[CellRow], object]) -> None:
        """Call back with each row that changes, in the coordinator's thread."""
        with self._lock:
            self._listeners.append(callback)

    def snapshot(self) -> SweepSnapshot:
        """Return where all cells stand."""
        with self._lock:
            rows, state, problem = tuple(self._rows), self._state, self._problem
        left = seconds_left(rows, self._workers.capacity())
        return SweepSnapshot(self.plan.name, state, rows, left, problem)

    # what the coordinator does

    def _work(self) -> None:
        try:
            self._run(self._workers.open(self._hear))
        except WorkersError as error:
            self._give_up(str(error))
        except Exception as error:
            self._give_up(f"The sweep broke down: {type(error).__name__}: {error}.")
        finally:
            with contextlib.suppress(Exception):
                self._workers.close()
            self._set_state("cancelled" if self._cancelled() else "finished")
            self._over.set()

    def _run(self, executor: Executor) -> None:
        self._set_state("running")
        while self._waiting or self._under_way or self._unkept:
            self._workers.check()
            self._hand_out(executor)
            with contextlib.suppress(queue.Empty):
                self._inbox.get(timeout=ROUND)()
            if self._unkept and time.monotonic() >= self._next_try:
                self._keep_again()

    def _hand_out(self, executor: Executor) -> None:
        """Give out cells while there are workers for them."""
        while self._state == "running" and self._waiting and not self._unkept:
            if len(self._under_way) >= self._workers.capacity():
                return
            self._begin(self._waiting.popleft(), executor)

    def _begin(self, place: int, executor: Executor) -> None:
        row = self._rows[place]
        self._show(place, CellRow(row.cell, "running", attempts=row.attempts + 1))
        text = self.plan.corpus_of(row.cell).loan(here=self._workers.here)
        task = Task(row.cell.key, row.cell.config, text)
        try:
            future = executor.submit(run_cell, task, self._workers.connect)
        except RuntimeError as error:
            raise WorkersError(f"The workers are gone: {error}.") from None
        self._under_way[place] = future
        future.add_done_callback(lambda done: self._inbox.put(partial(self._done, place, done)))

    def _hear(self, report: Report) -> None:
        self._inbox.put(partial(self._take, report))

    def _take(self, report: Report) -> None:
        place = self._place[report.key]
        if place in self._under_way:
            row = self._rows[place]
            self._show(
                place,
                replace(
                    row,
                    state="paused" if report.paused else "running",
                    iteration=report.iteration,
                    smooth_bits=report.smooth_bits,
                    validation_bits=report.validation_bits,
                    best_bits=report.best_bits,
                    speed=report.speed,
                    elapsed=report.elapsed,
                    left=report.left,
                ),
            )

    def _done(self, place: int, future: Future[Result]) -> None:
        """Deal with a cell that came back, in one way or another."""
        if self._under_way.pop(place, None) is None:
            return
        try:
            result = future.result()
        except (BrokenExecutor, CancelledError):
            self._lost(place)
        except Exception as error:
            self._fail(place, _sentence(error))
        else:
            self._ended(place, result)

    def _ended(self, place: int, result: Result) -> None:
        if result.complete or result.last.outcome == "failed":
            self._keep(place, result)
        elif self._state == "cancelling":
            self._end(place, "cancelled", "")
        else:
            self._fail(place, "The run was stopped in its worker.")

    def _lost(self, place: int) -> None:
        """Put a cell whose worker died at the head of the line, a few times."""
        attempts = self._rows[place].attempts
        if self._state == "cancelling":
            self._end(place, "cancelled", "")
        elif attempts < MOST_ATTEMPTS:
            self._waiting.appendleft(place)
            self._show(place, CellRow(self._rows[place].cell, attempts=attempts))
        else:
            self._fail(place, f"Its worker died, {attempts} times in a row.")

    def _keep(self, place: int, result: Result) -> None:
        """Write a run into the store; one that cannot be written now is held and tried again."""
        cell = self._rows[place].cell
        try:
            run_id = self.store.keep(cell.origin(self.plan.group), result.events)
            record = self.store.record_of(run_id)
        except StoreError as error:
            self._hold(place, result, str(error))
            return
        self._unkept.pop(place, None)
        if record.state == "finished":
            self._show(place, finished_row(cell, record, self._rows[place].attempts))
        else:
            self._fail(place, record.message, run_id)

    def _hold(self, place: int, result: Result, problem: str) -> None:
        self._unkept[place] = result
        self._next_try = time.monotonic() + STORE_AGAIN
        self._set_problem(problem)
        self._show(place, replace(self._rows[place], message=f"Waits to be kept: {problem}"))

    def _keep_again(self) -> None:
        for place, result in list(self._unkept.items()):
            self._keep(place, result)
        if not self._unkept:
            self._set_problem("")
        elif self._state == "cancelling" and not self._under_way:
            for place in list(self._unkept):
                del self._unkept[place]
                self._fail(place, f"It could not be kept: {self._problem}")

    def _fail(self, place: int, message: str, run_id: int | None = None) -> None:
        self._end(place, "failed", message, run_id)

    def _end(self, place: int, state: Any, message: str, run_id: int | None = None) -> None:
        row = self._rows[place]
        self._show(place, replace(row, state=state, message=message, left=None, run_id=run_id))

    def _pause(self) -> None:
        if self._state == "running":
            self._set_state("paused")
            self._workers.order("pause")

    def _resume(self) -> None:
        if self._state == "paused":
            self._set_state("running")
            self._workers.order("go")

    def _cancel(self) -> None:
        if self._state not in ("running", "paused"):
            return
        self._set_state("cancelling")
        self._workers.order("cancel")
        self._next_try = 0.0
        while self._waiting:
            self._end(self._waiting.popleft(), "cancelled", "")
        for future in list(self._under_way.values()):
            future.cancel()  # those that were not begun; the others obey the order

    def _give_up(self, problem: str) -> None:
        """End a sweep that cannot go on; what cells came to before is kept."""
        self._workers.order("cancel")
        with contextlib.suppress(Exception):  # what broke the sweep down may do so again
            self._rescue(problem)
        self._unkept.clear()
        self._set_problem(problem)
        self._fail_the_rest(problem)

    def _rescue(self, problem: str) -> None:
        """Keep the results that are there, however long the store takes, or until cancelled."""
        for place, future in list(self._under_way.items()):
            if future.done():
                self._done(place, future)
        self._waiting.clear()
        self._under_way.clear()
        self._fail_the_rest(problem)
        while self._unkept:
            with contextlib.suppress(queue.Empty):
                self._inbox.get(timeout=ROUND)()
            if time.monotonic() >= self._next_try:
                self._keep_again()

    def _fail_the_rest(self, problem: str) -> None:
        for place, row in enumerate(self._rows):
            if place not in self._unkept and row.state in ("waiting", "running", "paused"):
                self._fail(place, problem)

    def _cancelled(self) -> bool:
        return any(row.state == "cancelled" for row in self._rows)

    # what others see

    def _show(self, place: int, row: CellRow) -> None:
        with self._lock:
            self._rows[place] = row
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(row)

    def _set_state(self, state: SweepState) -> None:
        with self._lock:
            self._state = state

    def _set_problem(self, problem: str) -> None:
        with self._lock:
            self._problem = problem


def _first_row(cell: Cell, record: RunRecord | None) -> CellRow:
    return CellRow(cell) if record is None else finished_row(cell, record)


def _sentence(error: Exception) -> str:
    if isinstance(error, (MemoryError, ValueError)) and str(error):
        return str(error)
    if type(error).__name__ == "KilledWorker":  # of Dask, which is there only where it is used
        return "Its worker died, as often as the cluster tries it again."
    return f"The worker broke down: {type(error).__name__}: {error}."

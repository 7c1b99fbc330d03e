"""Every run of the app is kept: what passes events on to the store, whatever the screen does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_charrnn.engine.events import Event, Started
from tui_charrnn.runs.host import Refused
from tui_charrnn.runs.store.errors import StoreError

if TYPE_CHECKING:
    from tui_charrnn.runs.session import Job
    from tui_charrnn.runs.store.recorder import Recorder
    from tui_charrnn.runs.store.store import RunStore

LOOK_AFTER = 0.5
"""Seconds between two looks at how the recording goes."""


class Keeper:
    """Opens the store when it is first needed, and records runs in it.

    A store that cannot be used costs nobody a run: the reason is told once, and training goes on.
    What could not be written stays in memory and is tried again, also after the run, until `close`.
    """

    def __init__(self, path: Path | None, tell: Callable[[str], object]) -> None:
        """Prepare.

        Args:
            path: of the store, None for that of the user.
            tell: called with one sentence if runs cannot be kept, in any thread.
        """
        self._path, self._tell = path, tell
        self._store: RunStore | None = None
        self._recorders: set[Recorder] = set()
        self._told = set[str]()
        self._not_opened = ""
        self._lock, self._opening = threading.Lock(), threading.Lock()
        self._closing = threading.Event()
        self._watch: threading.Thread | None = None

    @property
    def problem(self) -> str:
        """Why something of the runs is not in the store, in a sentence; empty while all is."""
        with self._lock:
            problems = [self._not_opened, *(recorder.problem for recorder in self._recorders)]
        return next(filter(None, problems), "")

    def store(self) -> RunStore:
        """Return the open store.

        Raises:
            StoreError: if it cannot be opened, or has been closed.
        """
        from tui_charrnn.runs.store.store import RunStore  # noqa: PLC0415 - after the first frame

        with self._opening:
            if self._closing.is_set():
                raise StoreError("The run store is closed.")
            if self._store is None:
                self._store = RunStore.open(self._path)
            return self._store

    def tap(self, job: Job, group: str = "") -> Kept:
        """Return what is to be called with every event of one run, in the trainer's thread.

        The text's hash and the opening of the store take a moment, which is the trainer's. A run
        that never starts is not kept; one that goes on is cut back to its checkpoint at its start,
        and refused where it cannot be: somebody else goes on with it, or has deleted it.

        Args:
            job: what the run trains, and on what.
            group: what a new run belongs with.
        """
        return Kept(partial(self._begin, job, group))

    def _begin(self, job: Job, group: str) -> Recorder | None:
        try:
            recorder = self._recorder(job, group)
        except StoreError as error:
            if job.run_id is not None:
                raise Refused(str(error)) from None
            if not self._closing.is_set():
                self._not_opened = str(error)
                self._say(f"This run is not kept: {error}")
            return None
        self._not_opened = ""
        return recorder if self._watch_over(recorder) else None

    def _recorder(self, job: Job, group: str) -> Recorder:
        from tui_charrnn.runs.store.records import Origin, TextIdentity  # noqa: PLC0415 - see store

        if job.run_id is None or job.start is None:
            text = TextIdentity.of(job.corpus, job.source, job.encoding)
            return self.store().record(Origin(job.config, text, group))
        self.let_go_of(job.run_id)
        return self.store().resume(job.run_id, job.config, job.start)

    def under_way(self) -> list[Recorder]:
        """Return what records runs that have not ended."""
        with self._lock:
            return [each for each in self._recorders if not each.complete]

    def let_go_of(self, run_id: int) -> None:
        """Complete the record of a run that has ended here and goes on."""
        with self._lock:
            ended = [each for each in self._recorders if each.run_id == run_id and each.ended]
        for recorder in ended:
            self._part_from(recorder)

    def _part_from(self, recorder: Recorder) -> None:
        recorder.close()
        with self._lock:
            self._recorders.discard(recorder)

    def _watch_over(self, recorder: Recorder) -> bool:
        """Add a recorder to those that are looked after; return False if it is too late for it."""
        with self._lock:
            if self._closing.is_set():
                recorder.close()
                return False
            self._recorders.add(recorder)
            if self._watch is None:
                self._watch = threading.Thread(target=self._look, name="keeper", daemon=True)
                self._watch.start()
        return True

    def _say(self, problem: str) -> None:
        with self._lock:
            known = problem in self._told
            self._told.add(problem)
        if not known:
            self._tell(problem)

    def _look(self) -> None:
        """Tell what is wrong with a record, and let go of those that are complete."""
        while not self._closing.wait(LOOK_AFTER):
            with self._lock:
                recorders = list(self._recorders)
            for recorder in recorders:
                self._look_after(recorder)
            if not self.problem:
                self._told.clear()  # should it happen again, it is news

    def _look_after(self, recorder: Recorder) -> None:
        if recorder.problem:
            self._say(recorder.problem)
        elif recorder.complete:
            self._part_from(recorder)

    def close(self) -> str:
        """Write what waits, and close the store; what is called later does nothing.

        Returns:
            Why something of the runs could not be written, in a sentence; empty if all is kept.
        """
        with self._lock:
            self._closing.set()
            recorders = list(self._recorders)
        if self._watch is not None:
            self._watch.join()
        if recorders:
            with ThreadPoolExecutor(len(recorders)) as pool:  # each may have to wait for a lock
                list(pool.map(_close, recorders))
        with self._opening:
            if self._store is not None:
                self._store.close()
        return next((recorder.problem for recorder in recorders if recorder.problem), "")


def _close(recorder: Recorder) -> None:
    recorder.close()


class Kept:
    """A tap that hands the events of one run to a recorder, which is made for the first of them."""

    def __init__(self, begin: Callable[[], Recorder | None]) -> None:
        """Prepare; `Keeper.tap` is the way to get one."""
        self._begin = begin
        self._recorder: Recorder | None = None

    def __call__(self, event: Event) -> None:
        """Take in an event of the run, in order; wait until a checkpoint that it brings is safe.

        Raises:
            Refused: if it goes on, and cannot be kept.
        """
        if isinstance(event, Started):
            self._recorder = self._begin()
        if self._recorder is not None:
            self._recorder.take(event)

    @property
    def run_id(self) -> int | None:
        """The run's number in the store, None while it is not there."""
        return self._recorder.run_id if self._recorder is not None else None

    @property
    def saved(self) -> int | None:
        """Updates before the newest checkpoint that is safe on the disk, None without one."""
        return self._recorder.saved if self._recorder is not None else None

    @property
    def problem(self) -> str:
        """Why something of the run is not in the store, in a sentence; empty while all is."""
        return self._recorder.problem if self._recorder is not None else ""

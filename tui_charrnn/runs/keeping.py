"""Every run of the app is kept: what passes events on to the store, whatever the screen does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from tui_charrnn.engine.events import Event, Stopped
from tui_charrnn.runs.host import Tap
from tui_charrnn.runs.session import Job
from tui_charrnn.runs.store.errors import StoreError
from tui_charrnn.runs.store.recorder import Recorder
from tui_charrnn.runs.store.records import Origin, TextIdentity
from tui_charrnn.runs.store.store import RunStore


class Keeper:
    """Opens the store when it is first needed, and records runs in it.

    A store that cannot be used costs nobody a run: the reason is told once, and training goes on.
    """

    def __init__(self, path: Path | None, tell: Callable[[str], object]) -> None:
        """Prepare.

        Args:
            path: of the store, None for that of the user.
            tell: called with one sentence if runs cannot be kept, in any thread.
        """
        self._path, self._tell = path, tell
        self._store: RunStore | None = None
        self._recorders: list[Recorder] = []
        self._told = ""
        self._lock = threading.Lock()

    def store(self) -> RunStore:
        """Return the open store.

        Raises:
            StoreError: if it cannot be opened.
        """
        with self._lock:
            if self._store is None:
                self._store = RunStore.open(self._path)
            return self._store

    def tap(self, job: Job, group: str = "") -> Tap:
        """Return what is to be called with every event of one run, in the trainer's thread.

        The text's hash and the opening of the store take a moment, which is the trainer's.

        Args:
            job: what the run trains, and on what.
            group: what the run belongs with.
        """

        def begin() -> Recorder | None:
            text = TextIdentity.of(job.corpus, job.source, job.encoding)
            return self._record(Origin(job.config, text, group))

        return _Tap(begin, self._say)

    def _record(self, origin: Origin) -> Recorder | None:
        try:
            recorder = self.store().record(origin)
        except StoreError as error:
            self._say(f"This run is not kept: {error}")
            return None
        self._recorders.append(recorder)
        return recorder

    def _say(self, problem: str) -> None:
        if problem != self._told:
            self._told = problem
            self._tell(problem)

    def close(self) -> None:
        """Write what waits, and close the store."""
        for recorder in self._recorders:
            recorder.close()
        if self._store is not None:
            self._store.close()


class _Tap:
    """Hands the events of one run to a recorder that is made for the first of them."""

    def __init__(self, begin: Callable[[], Recorder | None], tell: Callable[[str], object]) -> None:
        self._begin, self._tell = begin, tell
        self._recorder: Recorder | None = None
        self._begun = False

    def __call__(self, event: Event) -> None:
        if not self._begun:
            self._begun, self._recorder = True, self._begin()
        if self._recorder is None:
            return
        self._recorder.take(event)
        if isinstance(event, Stopped):
            self._recorder.close()
        if self._recorder.problem:
            self._tell(self._recorder.problem)

"""Detached runs for tests: real processes, known by their numbers, none of which is left."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.engine.support import OWLS
from tests.runs.processes import is_gone
from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.events import Event
from tui_charrnn.runs.detached import Attached, Launched, NewRun, launch
from tui_charrnn.runs.store import RunRecord, RunStore

CONFIG = TrainConfig(
    hidden_size=8, seq_length=10, iterations=300, sample_every=70, sample_length=20, eval_every=50,
    learning_rate=0.05,
)  # fmt: skip
ENDLESS = CONFIG.replace(iterations=10**9, sample_every=0, eval_every=0)
TEXT = OWLS * 60
CORPUS = Corpus.from_text(TEXT, "owls.txt")


class Place:
    """A store, a text, and the detached runs on them."""

    def __init__(self, folder: Path) -> None:
        self.store = folder / "runs.sqlite3"
        self.text = folder / "owls.txt"
        self.text.write_text(TEXT)
        self.pids: list[int] = []
        self.visits: list[Visit] = []

    def order(self, config: TrainConfig = ENDLESS, name: str = "") -> NewRun:
        return NewRun(config, str(self.text), "utf-8", self.store, name)

    def begin(self, config: TrainConfig = ENDLESS) -> Launched:
        launched = launch(self.order(config))
        self.pids.append(launched.pid)
        return launched

    def visit(self, run_id: int) -> Visit:
        self.visits.append(Visit(self.store, run_id))
        return self.visits[-1]

    def run(self, run_id: int) -> RunRecord:
        with RunStore.open(self.store, create=False, read_only=True) as store:
            return store.record_of(run_id)

    def events(self, run_id: int) -> list[Event]:
        with RunStore.open(self.store, create=False, read_only=True) as store:
            return list(store.events(run_id))

    def close(self) -> None:
        for visit in self.visits:
            visit.close()
        for pid in self.pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            assert is_gone(pid, 30)


class Visit:
    """A visitor whose events are taken by a thread into a queue."""

    def __init__(self, store: Path, run_id: int) -> None:
        self.told: list[str] = []
        self.attached = Attached(store, run_id, self.told.append)
        self.control = TrainControl()
        self.config = self.attached.run.config
        self.model = build_model(self.config, CORPUS.vocab_size)
        self.events = queue.Queue[Event | None]()
        self.taken: list[Event] = []
        self._held, self._may_go_on = threading.Event(), threading.Event()
        self._may_go_on.set()
        self._events = self.attached.source(self.config, CORPUS, self.model, self.control)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        for event in self._events:
            self.events.put(event)
            if not self._may_go_on.is_set():
                self._held.set()
                self._may_go_on.wait()
        self.events.put(None)

    def hold(self) -> None:
        """Let the visitor stand still in the middle of a batch; return when it does."""
        self._held.clear()
        self._may_go_on.clear()
        assert self._held.wait(60)

    def let_go(self) -> None:
        self._may_go_on.set()

    def until(self, kind: type[Event], timeout: float = 60) -> Event:
        """Take the events up to the first of a kind, and return that."""
        while True:
            event = self.events.get(timeout=timeout)
            assert event is not None, f"left before {kind.__name__}"
            self.taken.append(event)
            if isinstance(event, kind):
                return event

    def is_over(self, within: float = 30) -> bool:
        """Whether no more events come, in time."""
        self._thread.join(within)
        return not self._thread.is_alive()

    def close(self) -> None:
        self.let_go()
        self.attached.leave()
        assert self.is_over()


def wait_for(holds: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def threads_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/task"))


def files_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def memory_of(pid: int) -> int:
    """Return the bytes that a process has in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

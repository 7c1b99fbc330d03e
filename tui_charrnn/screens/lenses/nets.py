"""Where a lens has its nets from: a run under way here, a race, runs of the store.

Those that train are asked for a copy, which comes in an event of the run; the trainer goes on. All
methods belong to the screen's thread, and none of them waits; `Net.load` is called in another one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from tui_charrnn.engine import CharModel, Corpus
from tui_charrnn.engine.events import Event, GradientMemory, Health, Snapshot
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.model import build_model_of
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.runs import wording
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.race import Lane, Race
from tui_charrnn.runs.session import TrainSession
from tui_charrnn.runs.store import RunRecord, RunStore
from tui_charrnn.runs.store.checkpoints import path_of

MOMENTS: Final = (Health, GradientMemory)
"""What is measured while a net trains."""

LOOK_AFTER: Final = 1.0
"""Seconds between two looks at whether the checkpoint of a run has changed."""


@dataclass(frozen=True, slots=True, eq=False)
class Net:
    """A net that can be looked into.

    Attributes:
        name: what it is called; may hold anything.
        version: equal to another one's only if the weights are the same.
        load: makes it ready; raises ValueError, StoreError or MemoryError if that is not possible.
        moments: returns what was measured while it trained, in order; raises as `load` does.
    """

    name: str
    version: object
    load: Callable[[], Subject]
    moments: Callable[[], Sequence[Event]] = tuple


class Nets(Protocol):
    """Some nets, as they are now."""

    @property
    def live(self) -> bool:
        """Whether any of them is being trained."""
        ...

    def ask(self) -> bool:
        """Ask for newer copies; return whether there will be any."""
        ...

    def current(self) -> Sequence[Net]:
        """Return the newest copies there are, in order; none before the first."""
        ...

    def drop(self) -> None:
        """Let go of the copies: nobody looks any more."""
        ...


class SessionNets:
    """The net of the run on the main screen."""

    def __init__(self, session: TrainSession) -> None:
        """Follow a session."""
        self._session = session

    @property
    def live(self) -> bool:
        """Whether the run is under way, paused or not."""
        return self._session.active

    def ask(self) -> bool:
        """Ask the run for a copy, unless nothing was learned since the last one."""
        session = self._session
        if not session.active or not _is_behind(session.snapshot, session.progress.iteration):
            return False
        session.request_snapshot()
        return True

    def current(self) -> Sequence[Net]:
        """Return the last copy, or what the run left."""
        session = self._session
        if session.job is None:
            return ()
        config = session.job.config
        name = wording.net(config)
        if session.active:
            return _copied(name, session.snapshot, session.history)
        corpus, made = session.job.corpus, session.model_iteration
        return _left(name, session.model, corpus, made, session.history)

    def drop(self) -> None:
        """Let the run keep no copy."""
        self._session.drop_snapshot()


class RaceNets:
    """The nets of a race."""

    def __init__(self, race: Race) -> None:
        """Follow a race."""
        self._race = race

    @property
    def live(self) -> bool:
        """Whether any lane is under way."""
        return self._race.active

    def ask(self) -> bool:
        """Ask every lane that has learned something since its last copy for another one."""
        behind = [lane for lane in self._race.lanes.values() if self._is_behind(lane)]
        for lane in behind:
            lane.request_snapshot()
        return bool(behind)

    def _is_behind(self, lane: Lane) -> bool:
        return lane.progress.active and _is_behind(lane.snapshot, lane.progress.iteration)

    def current(self) -> Sequence[Net]:
        """Return the last copies, or what the lanes left."""
        return [net for lane in self._race.lanes.values() for net in self._nets(lane)]

    def _nets(self, lane: Lane) -> Sequence[Net]:
        name = lane.name.upper()
        if lane.progress.active or not lane.process.returned:
            return _copied(name, lane.snapshot, lane.history)
        model, corpus = lane.trainer.model, self._race.corpus
        return _left(name, model, corpus, lane.progress.iteration, lane.history)

    def drop(self) -> None:
        """Let the lanes keep no copy but of what has died."""
        for lane in self._race.lanes.values():
            lane.drop_snapshot()


class StoredNets:
    """The last checkpoints of runs of the store, also of those that another process trains."""

    def __init__(self, store: RunStore, runs: Sequence[RunRecord]) -> None:
        """Look into these runs."""
        self._store, self._runs = store, runs
        self._looked, self._found = float("-inf"), tuple[Net, ...]()

    @property
    def live(self) -> bool:
        """Whether any of them was being trained."""
        return any(run.state == "running" for run in self._runs)

    def ask(self) -> bool:
        """Ask for nothing: checkpoints come when they come."""
        return False

    def current(self) -> Sequence[Net]:
        """Return the checkpoints as they are in the store."""
        if time.monotonic() - self._looked >= LOOK_AFTER:
            self._looked = time.monotonic()
            self._found = tuple(map(self._net, self._runs))
        return self._found

    def drop(self) -> None:
        """Let go of nothing: checkpoints are read when they are looked into."""

    def _net(self, run: RunRecord) -> Net:
        load = partial(_load, self._store, run)
        try:
            changed = path_of(self._store.path, run.id).stat().st_mtime_ns
        except OSError:  # to load it will say what is wrong
            changed = None
        moments = partial(self._store.events_of, run.id, *MOMENTS)
        return Net(run.name, (run.id, changed), load, moments)


def _is_behind(snapshot: Snapshot | None, iteration: int) -> bool:
    """Tell whether a run has made updates since a copy was taken of it."""
    return snapshot is None or snapshot.checkpoint.iteration < iteration


def _copied(name: str, snapshot: Snapshot | None, history: LossHistory) -> Sequence[Net]:
    if snapshot is None:
        return ()
    load = partial(Subject.of, name, snapshot.checkpoint)
    return (Net(name, snapshot.checkpoint, load, history.moments),)


def _left(
    name: str, model: CharModel | None, corpus: Corpus, iteration: int, history: LossHistory
) -> Sequence[Net]:
    """Return the net that a run left, if it left any."""
    if model is None or not iteration:
        return ()
    load = partial(_copy, name, model, corpus, iteration)
    return (Net(name, model, load, history.moments),)


def _copy(name: str, model: CharModel, corpus: Corpus, iteration: int) -> Subject:
    """Return a net of its own: the other one may be drawing samples."""
    copy = build_model_of(model.config, model.vocab_size, model.parameters())
    return Subject(name, copy, Vocabulary(corpus.name, corpus.chars), iteration)


def _load(store: RunStore, run: RunRecord) -> Subject:
    return Subject.of(run.name, store.checkpoint(run.id))

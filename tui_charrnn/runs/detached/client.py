"""Attached: a detached run, shown and steered from here as one that trains here.

What was before lies in the store; what comes is sent over the socket. Whoever was too slow for the
process, or asleep, comes in again and reads in the store what was missed. When the run ends, its
model is read from its last checkpoint.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from tui_charrnn.engine import CharModel, Corpus, TrainConfig, TrainControl
from tui_charrnn.engine.events import (
    Event,
    Paused,
    Resumed,
    SamplePart,
    Snapshot,
    Stopped,
    event_from_json,
)
from tui_charrnn.runs.detached import messages
from tui_charrnn.runs.detached.errors import DetachError
from tui_charrnn.runs.detached.messages import Hello
from tui_charrnn.runs.detached.way import Dead, Way, way_to
from tui_charrnn.runs.steering import Steering
from tui_charrnn.runs.store import RunRecord, RunStore, StoreError
from tui_charrnn.runs.wire import Command


def ignore(sentence: str) -> None:
    """Tell nobody."""


class Attached:
    """A visit to a run that trains detached; any number of them are possible at a time.

    Attributes:
        run: as the store knew it at the start of the visit.
        kept: updates that the model of an ended run has seen, 0 while there is none.
        hello: what the process said then. `hello.events` events of the run are in the store for
            whoever shows it (see `RunStore.events`); those after them come from `source`.
    """

    def __init__(self, store: Path, run_id: int, tell: Callable[[str], object] = ignore) -> None:
        """Come in; whoever does runs `source`, or leaves.

        Args:
            store: the file of the store that keeps the run.
            run_id: its number there.
            tell: called with a sentence if something that was asked for cannot be done, or the
                model of an ended run not be had; in any thread.

        Raises:
            DetachError: if the run does not train detached, or belongs to another user.
        """
        self.run = _run_of(store, run_id)
        self._store, self._tell = store, tell
        self.kept = 0
        self._way = self._first_way()
        self.hello: Hello = self._way.hello
        self._place = self.hello.events  # number of the event that comes next
        self._left = self._over = self._wants_snapshot = False
        self._changed = threading.Condition()

    def _first_way(self) -> Way:
        run = self.run
        try:
            return way_to(self._store, run.id)
        except Dead:
            found = _run_of(self._store, run.id)  # it may have ended just now
            raise DetachError(
                f"Run {run.id} ({run.name}) is not running detached; {_state(found)}."
            ) from None

    def leave(self) -> None:
        """Let the run go on without us: `source` ends, and nothing is asked of the run any more.

        To be called before the trainer thread is abandoned, from any thread.
        """
        with self._changed:
            self._left = True
            self._way.close()

    def source(
        self, config: TrainConfig, corpus: Corpus, model: CharModel, control: TrainControl
    ) -> Iterator[Event]:
        """Yield the events of the run from number `hello.events` on; a `runs.host.Source`.

        What is asked of the control is asked of the run, and what others ask of the run is seen in
        the control. Whether the run waits now, the control says at once; whether it was to wait
        according to what the store knew is then forgotten.

        Args:
            config: of the run.
            corpus: its text.
            model: built from these; it holds the parameters of the last checkpoint when `Stopped`
                is yielded.
            control: how another thread steers the run.

        Returns:
            An iterator. It ends with `Stopped`, or without it after `leave`. Closing it leaves.
        """
        (control.pause if self.hello.paused else control.resume)()
        return self._steered(Steering(control, self._send, self.hello.paused), model)

    def _steered(self, steering: Steering, model: CharModel) -> Iterator[Event]:
        steering.start()
        try:
            for event in self._events():
                self._place += not isinstance(event, SamplePart)
                steering.served([event])
                if isinstance(event, (Paused, Resumed)):
                    steering.reflect(isinstance(event, Paused))
                if isinstance(event, Stopped):
                    self._finish(steering)
                    yield self._with_weights(event, model)
                    return
                yield self._with_checkpoint(event)
        finally:
            self._finish(steering)

    def _with_checkpoint(self, event: Event) -> Event:
        """Return a snapshot that we have asked for with what is kept of it; others as they are.

        It is in the store before the process tells of it. Where it cannot be read, none comes:
        whoever wants one asks again.
        """
        if not (isinstance(event, Snapshot) and event.requested and self._wants_snapshot):
            return event
        self._wants_snapshot = False
        with contextlib.suppress(StoreError), _opened(self._store) as store:
            return replace(event, checkpoint=store.checkpoint(self.run.id))
        return event

    def _finish(self, steering: Steering) -> None:
        """Pass nothing on any more."""
        with self._changed:
            self._over = True
            self._way.close()
            self._changed.notify_all()
        steering.end()

    def _events(self) -> Iterator[Event]:
        """Yield the events that come, over one connection after the other if it must be."""
        try:
            while not self._left:
                yield from self._stored(self._way.hello.events)
                yield from self._followed(self._way)
                if not self._left:
                    self._come_in_again()
        except Dead:
            yield from self._remains()
        except (DetachError, StoreError) as error:
            yield self._end(str(error))

    def _followed(self, way: Way) -> Iterator[Event]:
        """Yield what comes over a connection, until there comes no more."""
        known = max(0, self._place - way.hello.events)  # it may know less of the store than we do
        for row in way.messages():
            if "problem" in row:
                self._tell(str(row["problem"]))
            if "part" in row and not known:
                yield event_from_json(row["part"])
            for event in map(event_from_json, row.get("events", ())):
                if known:
                    known -= 1
                else:
                    yield event
            if "events" in row:
                way.acknowledge()

    def _come_in_again(self) -> None:
        """Find another way to the same process.

        Raises:
            Dead: if it has ended.
            DetachError: if there is none.
        """
        self._way.close()
        way = way_to(self._store, self.run.id)
        with self._changed:
            if way.hello.instance != self.hello.instance:
                way.close()
                raise Dead
            if self._left:
                way.close()
            self._way = way
            self._changed.notify_all()

    def _stored(self, end: int | None = None) -> Iterator[Event]:
        """Yield the events that are in the store, from the next one to number `end`."""
        if end is None or end > self._place:
            with _opened(self._store) as store:
                yield from islice(store.events(self.run.id), self._place, end)

    def _remains(self) -> Iterator[Event]:
        """Yield what the store knows of a run whose process has ended, up to the end."""
        try:
            yield from self._stored()
        except StoreError as error:
            yield self._end(str(error))
        number = self.run.id
        yield self._end(
            "The process of the detached run has died; "
            f"`charrnn-tui resume {number}` goes on from its last checkpoint."
        )

    def _end(self, message: str) -> Stopped:
        """Return an end for a run that has told us none."""
        run = self.run
        with contextlib.suppress(DetachError):
            run = _run_of(self._store, run.id)
        return Stopped(
            iteration=run.iteration,
            elapsed=run.elapsed,
            outcome="failed",
            smooth_loss=math.nan if run.smooth_loss is None else run.smooth_loss,
            message=message,
        )

    def _with_weights(self, stopped: Stopped, model: CharModel) -> Stopped:
        """Give the model what its last checkpoint kept, and the end of the run the best of it."""
        try:
            with _opened(self._store) as store:
                kept = store.checkpoint(self.run.id)
            model.load_parameters(kept.parameters)
            self.kept = kept.iteration
        except (StoreError, ValueError) as error:
            self._tell(f"There is no model to draw from: {error}")
            return stopped
        if kept.iteration != stopped.iteration:
            self._tell(f"The model is that after {kept.iteration:,} updates: no later one is kept.")
        return replace(stopped, best_parameters=kept.best_parameters)

    def _send(self, command: Command) -> None:
        """Pass on what is asked of the run; over the next connection if this one is lost.

        Raises:
            OSError: if nothing is passed on any more.
        """
        line = messages.command_line(command)
        if len(line) > messages.LONGEST_COMMAND:
            self._tell("The prompt is too long for a detached run.")
            return
        self._wants_snapshot = self._wants_snapshot or command.name == "request_snapshot"
        while not self._try(line):
            pass

    def _try(self, line: bytes) -> bool:
        way = self._way
        try:
            way.send(line)
        except OSError:
            with self._changed:
                self._changed.wait_for(lambda: self._over or self._way is not way)
            if self._over:
                raise
            return False
        return True


def _opened(store: Path) -> RunStore:
    return RunStore.open(store, create=False, read_only=True)


def _run_of(store: Path, run_id: int) -> RunRecord:
    """Return a run of a store.

    Raises:
        DetachError: if there is none.
    """
    try:
        with _opened(store) as opened:
            return opened.record_of(run_id)
    except StoreError as error:
        raise DetachError(str(error)) from None


def _state(run: RunRecord) -> str:
    return "it is training elsewhere" if run.state == "running" else f"it is {run.state}"

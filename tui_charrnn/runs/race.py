"""A race: several nets learn the same text at the same time, each in a process of its own.

They start together: no child begins to train before all of them are loaded. What is asked for is
asked of all. One that fails leaves the others running.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from tui_charrnn.engine import Corpus, SampleRequest, TrainConfig
from tui_charrnn.engine.events import Event, Snapshot, Stopped
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.engine.memory import NO_MEMORY
from tui_charrnn.engine.parts import judged_text
from tui_charrnn.runs.drawing import Drawer, NotDrawn, Remains
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.host import FRAME_INTERVAL, FRAMES_A_PART, Batch, Tap, TrainerThread
from tui_charrnn.runs.process import TrainerProcess
from tui_charrnn.runs.progress import RunProgress, State
from tui_charrnn.runs.taking import parted

KILLED = 1.0
"""Seconds that a thread has to end after its child was killed."""

_numbers = itertools.count(1)
"""One for every lane of all races, so that batches of an earlier race are told apart."""


def nobody(name: str) -> Tap | None:
    """Record nothing."""
    return None


@dataclass(slots=True)
class Lane:
    """One contender.

    Attributes:
        name: how it is called, such as its cell.
        config: what it trains.
        run: the number of its batches.
        process: the child.
        trainer: what follows it.
        drawer: draws from what it left.
        progress: where it stands.
        history: its loss points.
        snapshot: the newest copy of the net that was asked for, None without one. It is all that is
            left of a net whose child died.
        is_looked_at: whether copies are kept.
        stopped: its last event, once that has come.
    """

    name: str
    config: TrainConfig
    run: int
    process: TrainerProcess
    trainer: TrainerThread
    drawer: Drawer
    progress: RunProgress
    history: LossHistory
    snapshot: Snapshot | None = None
    is_looked_at: bool = False
    stopped: Stopped | None = None

    def request_snapshot(self) -> None:
        """Ask for a copy of the net as it is now, which comes as `snapshot`; it goes on."""
        self.is_looked_at = True
        self.trainer.control.request_snapshot()

    def drop_snapshot(self) -> None:
        """Keep no copy of a net that trains any more, nor one that is still to come."""
        self.is_looked_at = False
        if self.progress.active:
            self.snapshot = None


class Race:
    """Starts, steers and follows the lanes of one race; every method belongs to one thread.

    Attributes:
        corpus: what all of them read.
        lanes: by name, in the order of the configs.
    """

    def __init__(
        self,
        configs: Mapping[str, TrainConfig],
        corpus: Corpus,
        deliver: Callable[[Batch], object],
        *,
        tap: Callable[[str], Tap | None] = nobody,
        trainer: Callable[..., TrainerThread] = TrainerThread,
    ) -> None:
        """Prepare; `start` begins it.

        Args:
            configs: what each lane trains, by the lane's name.
            corpus: the text.
            deliver: called in the trainers' threads with each batch.
            tap: returns what is told of every event of a lane in its trainer's thread.
            trainer: makes the trainer of a lane.
        """
        self.corpus = corpus
        self._deliver, self._tap, self._trainer = deliver, tap, trainer
        self._line = StartingLine(configs)
        self._closed = False
        self.lanes = {name: self._lane(name, config) for name, config in configs.items()}

    def _lane(self, name: str, config: TrainConfig) -> Lane:
        run = next(_numbers)
        process = TrainerProcess(ready=partial(self._line.wait, name))
        trainer = self._trainer(
            run, config, self.corpus, self._deliver,
            source=process.train, tap=self._listener(name),
        )  # fmt: skip
        return Lane(
            name, config, run, process, trainer,
            drawer=Drawer(partial(self._deliver_one, run), FRAMES_A_PART * FRAME_INTERVAL),
            progress=RunProgress(
                iterations=config.iterations,
                time_limit=config.time_limit,
                learning_rate=config.learning_rate,
            ),
            history=LossHistory(config.seq_length, self.corpus.entropy),
        )  # fmt: skip

    def _listener(self, name: str) -> Tap:
        recorder = self._tap(name)

        def listen(event: Event) -> None:
            if isinstance(event, Stopped):  # be it that it never came to the line
                self._line.pass_by(name)
            if recorder is not None:
                recorder(event)

        return listen

    def _deliver_one(self, run: int, event: Event) -> None:
        self._deliver(Batch(run, (event,)))

    @property
    def active(self) -> bool:
        """Whether any lane is under way, paused ones included."""
        return any(lane.progress.active for lane in self.lanes.values())

    @property
    def paused(self) -> bool:
        """Whether every lane that is under way waits in a pause."""
        return self.active and all(lane.progress.state == "paused" for lane in self._active())

    @property
    def pausing(self) -> bool:
        """Whether a pause was asked for that has not been taken back."""
        return any(lane.trainer.control.pausing for lane in self._active())

    @property
    def states(self) -> dict[str, State]:
        """How each lane stands, by its name."""
        return {name: lane.progress.state for name, lane in self.lanes.items()}

    def _active(self) -> list[Lane]:
        return [lane for lane in self.lanes.values() if lane.progress.active]

    def start(self) -> None:
        """Begin, once."""
        for lane in self.lanes.values():
            lane.progress.state = "starting"
            lane.trainer.start()

    def pause(self) -> None:
        """Ask all lanes to wait before their next iteration."""
        for lane in self._active():
            lane.trainer.control.pause()

    def resume(self) -> None:
        """Ask all lanes to go on."""
        for lane in self._active():
            lane.trainer.control.resume()

    def stop(self) -> None:
        """Ask all lanes to end before their next iteration."""
        for lane in self._active():
            lane.trainer.control.stop()

    def request_sample(self, request: SampleRequest) -> None:
        """Ask for a sample of each lane, which come as events; one that ended has left its model.

        Raises:
            ValueError: naming a character of the prompt that the corpus does not have.
        """
        self.corpus.encode(request.prompt)
        for lane in self.lanes.values():
            self._sample(lane, request)

    def _sample(self, lane: Lane, request: SampleRequest) -> None:
        if lane.progress.active:
            lane.trainer.control.request_sample(request)
        elif (remains := self._remains(lane)) is not None:
            lane.drawer.draw(request, remains)

    def cut_samples(self) -> None:
        """Ask for the samples that are being drawn as far as they are; they come as events."""
        for lane in self.lanes.values():
            if lane.progress.active:
                lane.trainer.control.cut_sample()
            else:
                lane.drawer.cut()

    def _remains(self, lane: Lane) -> Remains | None:
        """Return what an ended lane left: nothing without an update, or if its weights died too."""
        model, stopped = lane.trainer.model, lane.stopped
        if model is None or stopped is None or not stopped.iteration or not lane.process.returned:
            return None
        return Remains(model, self.corpus, stopped.iteration, stopped.elapsed, stopped.smooth_loss)

    def request_gradient_memory(self) -> None:
        """Ask for the gradient memory of each lane's current weights, which come as events."""
        for lane in self.lanes.values():
            self._measure(lane)

    def _measure(self, lane: Lane) -> None:
        if lane.progress.active:
            lane.trainer.control.request_gradient_memory()
        elif (remains := self._remains(lane)) is not None:
            threading.Thread(
                target=self._measure_remains, args=(lane, remains), daemon=True
            ).start()

    def _measure_remains(self, lane: Lane, remains: Remains) -> None:
        text = judged_text(lane.config, self.corpus)
        event: Event
        try:
            event = measure(
                remains.model, text, iteration=remains.iteration, elapsed=remains.elapsed
            )
        except MemoryError:
            event = NotDrawn(iteration=remains.iteration, message=NO_MEMORY)
        if not self._closed:
            self._deliver_one(lane.run, event)

    def take(self, batch: Batch) -> tuple[str, tuple[Event, ...]]:
        """Take in a batch; return the name of its lane and its events, none of an earlier race.

        The caller shows them and then calls `acknowledge`, whatever happens in between.
        """
        lane = self._lane_of(batch)
        if lane is None:
            return "", ()
        for news in parted(batch.events):
            if isinstance(news, Event):
                self._take_event(lane, news)
            else:
                lane.progress.apply_updates(news)
                lane.history.add_updates(news)
        return lane.name, batch.events

    def _take_event(self, lane: Lane, event: Event) -> None:
        lane.progress.apply(event)
        lane.history.add(event)
        if isinstance(event, Snapshot) and event.checkpoint and lane.is_looked_at:
            lane.snapshot = event
        if isinstance(event, Stopped):
            self._end(lane, event)

    def _lane_of(self, batch: Batch) -> Lane | None:
        return next((lane for lane in self.lanes.values() if lane.run == batch.run), None)

    def _end(self, lane: Lane, stopped: Stopped) -> None:
        """Keep what a lane left; what was asked for too late is served from that."""
        lane.stopped = stopped
        if lane.process.returned:
            lane.snapshot = None
        control = lane.trainer.control
        while request := control.next_request():
            self._sample(lane, request)
        if control.wants_gradient_memory():
            self._measure(lane)

    def acknowledge(self, batch: Batch) -> None:
        """Let the lane of a batch deliver its next one."""
        lane = self._lane_of(batch)
        if lane is not None:
            lane.trainer.acknowledge()

    def close(self, patience: float) -> bool:
        """End everything; children that do not end within `patience` seconds are killed.

        Returns:
            Whether all ended.
        """
        self._closed = True
        self._line.open()
        for lane in self.lanes.values():
            lane.drawer.stop()
            lane.trainer.abandon()
        if self._all_ended(patience):
            return True
        for lane in self.lanes.values():
            lane.process.kill()
        return self._all_ended(KILLED)

    def _all_ended(self, patience: float) -> bool:
        until = time.monotonic() + patience
        trainers = [lane.trainer for lane in self.lanes.values() if lane.trainer.alive]
        return all([each.join(max(0.0, until - time.monotonic())) for each in trainers])


class StartingLine:
    """Where all wait for the last one; who will not come any more is not waited for."""

    def __init__(self, names: Mapping[str, object]) -> None:
        """Wait for all of these."""
        self._missing = set(names)
        self._lock = threading.Lock()
        self._open = threading.Event()

    def wait(self, name: str) -> None:
        """Arrive, and wait for the others."""
        self.pass_by(name)
        self._open.wait()

    def pass_by(self, name: str) -> None:
        """Say that nobody has to wait for this one."""
        with self._lock:
            self._missing.discard(name)
            if not self._missing:
                self._open.set()

    def open(self) -> None:
        """Let all go."""
        self._open.set()

"""One person's work at one place: a corpus, and one run after the other on it.

It owns the trainer thread and what is known of the current run. A run is only started when the one
before it has said its last word, and batches of an old run are thrown away.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from tui_charrnn.engine import ConfigError, SampleRequest, TrainConfig
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.events import Event, LearningRateChanged, Snapshot, Step, Stopped
from tui_charrnn.engine.metrics import nats_a_sequence
from tui_charrnn.engine.schedule import rate_factor
from tui_charrnn.runs.drawing import Drawer, Remains
from tui_charrnn.runs.host import FRAME_INTERVAL, FRAMES_A_PART, Batch, Tap, TrainerThread
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.runs.taking import parted

if TYPE_CHECKING:
    from tui_charrnn.engine import CharModel, Corpus
    from tui_charrnn.engine.checkpoint import Checkpoint
    from tui_charrnn.runs.detached.client import Attached
    from tui_charrnn.runs.history import LossHistory
    from tui_charrnn.runs.past import Past


@dataclass(frozen=True, slots=True)
class Job:
    """What a run is made of.

    Attributes:
        config: the hyperparameters.
        corpus: the text.
        source: what loads it again.
        encoding: of the text.
        run_id: the run of the store that goes on; None for a new one.
        start: where it goes on.
    """

    config: TrainConfig
    corpus: Corpus
    source: str = ""
    encoding: str = "utf-8"
    run_id: int | None = None
    start: Checkpoint | None = None


NOTICED = 1.25
"""By how much a learning rate must differ from another for a key to have done anything."""


def nobody(job: Job) -> Tap | None:
    """Record nothing."""
    return None


class TrainSession:
    """Starts, steers and follows runs; every method belongs to the caller's thread.

    Attributes:
        job: what the current run trains, None before the first.
        past: what it was before it went on, None for a new one.
        attached: the way to the process that trains it, None if it is trained here.
        tap: what is told of its events, None if nobody is.
        progress: where the current run stands.
        snapshot: the newest copy of the current run that was asked for, None without one.
    """

    def __init__(
        self,
        deliver: Callable[[Batch], object],
        trainer: Callable[..., TrainerThread] = TrainerThread,
        tap: Callable[[Job], Tap | None] = nobody,
    ) -> None:
        """Prepare.

        Args:
            deliver: called in the trainer's thread with each batch.
            trainer: makes the trainer of a run.
            tap: returns what is told of every event of a run in the trainer's thread.
        """
        self._tap = tap
        self._deliver = deliver
        self._trainer = trainer
        self._thread: TrainerThread | None = None
        self._drawer = Drawer(partial(self._deliver_one, 0))
        self._next: Callable[[], None] | None = None
        self._run = 0
        self._asked_rate: float | None = None
        self.job: Job | None = None
        self.past: Past | None = None
        self.attached: Attached | None = None
        self.tap: Tap | None = None
        self.progress = RunProgress()
        self.snapshot: Snapshot | None = None
        self._is_looked_at = False
        self._stopped: Stopped | None = None

    @cached_property
    def history(self) -> LossHistory:
        """The loss points of the current run."""
        from tui_charrnn.runs.history import LossHistory  # noqa: PLC0415 - not for the first frame

        return LossHistory(1)

    @property
    def active(self) -> bool:
        """Whether a run is under way, paused ones included."""
        return self.progress.active

    @property
    def learning_rate(self) -> float:
        """The rate asked for last, used from the next iteration on, or else that of the run."""
        return self._asked_rate or self.progress.learning_rate

    @property
    def pausing(self) -> bool:
        """Whether a pause was asked for that has not been taken back."""
        return self._thread is not None and self._thread.control.pausing

    @property
    def has_best(self) -> bool:
        """Whether an ended run left the weights of its best validation."""
        return self._stopped is not None and self._stopped.best_parameters is not None

    def _deliver_one(self, run: int, event: Event) -> None:
        self._deliver(Batch(run, (event,)))

    @property
    def model(self) -> CharModel | None:
        """The trained model once the run has stopped, else None."""
        if self._thread is None or self.active:
            return None
        return self._thread.model if self.model_iteration else None

    @property
    def model_iteration(self) -> int:
        """Updates that `model` has seen: of a run that trained elsewhere, those that were kept."""
        return self.progress.iteration if self.attached is None else self.attached.kept

    def start(self, job: Job, past: Past | None = None, attached: Attached | None = None) -> None:
        """Begin a run; one that is trained here is stopped first, and waited for.

        Args:
            job: what is to be trained. With a `start`, an earlier run goes on.
            past: what an earlier run was until now.
            attached: the way to the process that trains it, None if it is to be trained here.
        """
        begin = partial(self._begin, job, past, attached)
        if self.active and self.attached is None:
            self.stop()
            self._next = begin
        else:
            self.leave()
            begin()

    def _begin(self, job: Job, past: Past | None, attached: Attached | None) -> None:
        from tui_charrnn.runs.finale import train_to_the_end  # noqa: PLC0415 - see history

        self._drawer.stop()
        self._run += 1
        interval = FRAMES_A_PART * FRAME_INTERVAL
        self._drawer = Drawer(partial(self._deliver_one, self._run), interval)
        self.job, self._stopped, self._asked_rate = job, None, None
        self.snapshot = None
        self.past, self.attached = past, attached
        self.progress, self.history = _before(job, past)
        self.tap = self._tap(job) if attached is None else None
        source = partial(train_to_the_end, start=job.start) if attached is None else attached.source
        self._thread = self._trainer(
            self._run, job.config, job.corpus, self._deliver,
            source=source, tap=self.tap,
        )  # fmt: skip
        if self.progress.state == "paused":
            self._thread.control.pause()  # as somebody else has asked for
        self._thread.start()

    def leave(self) -> None:
        """Let a run that another process trains go on without us."""
        if self.attached is not None and self._thread is not None:
            self.attached.leave()
            self._thread.abandon()
            self._run += 1  # what it still had to say comes too late
            self.attached, self.progress.state = None, "ready"

    def pause(self) -> None:
        """Ask the run to wait before its next iteration."""
        if self._thread and self.active:
            self._thread.control.pause()

    def resume(self) -> None:
        """Ask the run to go on."""
        if self._thread and self.active:
            self._thread.control.resume()

    def stop(self) -> None:
        """Ask the run to end before its next iteration; no other one follows."""
        self._next = None
        if self._thread and self.active:
            self._thread.control.stop()

    def change_learning_rate(self, up: bool) -> None:
        """Ask for the next larger or smaller rate from the next iteration on.

        Raises:
            ConfigError: if it would be out of range.
        """
        if self._thread is None or not self.active:
            return
        if not self.learning_rate:
            raise ConfigError(
                "learning_rate",
                "learning_rate must be above 0 to be changed, but the schedule has made it 0.",
            )
        rate = next_rate(self.learning_rate, up)
        self._thread.control.set_learning_rate(rate)
        self._asked_rate = rate

    def sample(self, request: SampleRequest, best: bool = False) -> None:
        """Ask for a sample, which comes as an event: from the run, or from the model it left.

        Raises:
            ValueError: naming a character of the prompt that the corpus does not have.
        """
        if self.job is None or self._thread is None:
            return
        self.job.corpus.encode(request.prompt)
        if self.active:
            self._thread.control.request_sample(request)
        elif (remains := self._remains(best)) is not None:
            self._drawer.draw(request, remains)

    def cut_sample(self) -> None:
        """Ask for the sample that is being drawn as far as it is; it comes as an event."""
        if self._thread and self.active:
            self._thread.control.cut_sample()
        else:
            self._drawer.cut()

    def request_snapshot(self) -> None:
        """Ask for a copy of the run as it is now, which comes as `snapshot`; it goes on."""
        if self._thread and self.active:
            self._is_looked_at = True
            self._thread.control.request_snapshot()

    def drop_snapshot(self) -> None:
        """Keep no copy any more, nor one that is still to come: it takes as much as the run."""
        self._is_looked_at, self.snapshot = False, None

    def _remains(self, best: bool) -> Remains | None:
        """Return what the ended run left to draw from."""
        model, job, stopped = self.model, self.job, self._stopped
        if model is None or job is None or stopped is None:
            return None
        bits, parameters = stopped.best_bits_per_character, stopped.best_parameters
        if best and bits is not None and stopped.best_iteration is not None:
            loss = nats_a_sequence(bits, job.config.seq_length)
            made = stopped.best_iteration + 1
            return Remains(model, job.corpus, made, stopped.elapsed, loss, parameters)
        made = self.model_iteration
        return Remains(model, job.corpus, made, stopped.elapsed, stopped.smooth_loss)

    def take(self, batch: Batch) -> tuple[Event, ...]:
        """Take in a batch; return its events, or none if it comes from an earlier run.

        The caller shows them and then calls `acknowledge`, whatever happens in between.
        """
        if batch.run != self._run:
            return ()
        for news in parted(batch.events):
            if isinstance(news, Event):
                self._take_event(news)
            else:
                self.progress.apply_updates(news)
            if self._asked_rate and self.job and _answers(news, self._asked_rate, self.job.config):
                self._asked_rate = None
        # all at once: each time costs as much as a hundred updates
        self.history.add_updates([event for event in batch.events if type(event) is Step])
        return batch.events

    def _take_event(self, event: Event) -> None:
        self.progress.apply(event)
        self.history.add(event)
        if isinstance(event, Snapshot) and event.checkpoint and self._is_looked_at:
            self.snapshot = event
        if isinstance(event, Stopped):
            self._end(event)

    def _end(self, stopped: Stopped) -> None:
        """Keep what the run left; samples that came too late for it are drawn from that."""
        self._stopped, self._asked_rate, self.snapshot = stopped, None, None
        while self._thread and (request := self._thread.control.next_request()):
            self.sample(request)

    def acknowledge(self, batch: Batch) -> None:
        """Let the trainer deliver its next batch, and start the run that waits, if any."""
        if self._thread is not None and batch.run == self._run:
            self._thread.acknowledge()
        if self._next is not None and not self.active:
            begin, self._next = self._next, None
            begin()

    def step_aside(self) -> None:
        """Let a key be served before the next iteration."""
        if self._thread is not None:
            self._thread.step_aside()

    def carry_on(self) -> None:
        """The key is served."""
        if self._thread is not None:
            self._thread.carry_on()

    def close(self, patience: float) -> bool:
        """End everything; return whether the trainer's thread ended within `patience` seconds."""
        self._next = None
        self._drawer.stop()
        self.leave()
        if self._thread is None:
            return True
        self._thread.abandon()
        return self._thread.join(patience)


def _before(job: Job, past: Past | None) -> tuple[RunProgress, LossHistory]:
    """Return figures and loss points of a run before its first news."""
    from tui_charrnn.runs.history import LossHistory  # noqa: PLC0415 - see TrainSession.history

    progress = RunProgress() if past is None else past.progress
    if not progress.active:  # else another process trains it already
        progress.state = "starting"
    progress.iterations, progress.time_limit = job.config.iterations, job.config.time_limit
    progress.learning_rate = progress.learning_rate or (
        job.config.learning_rate * rate_factor(job.config, progress.iteration)
    )
    history = (
        LossHistory(job.config.seq_length, job.corpus.entropy) if past is None else past.history
    )
    return progress, history


def _answers(news: Sequence[Step] | Event, asked: float, config: TrainConfig) -> bool:
    """Whether a rate that was asked for is not waited for any more: it is used, or the most of it.

    A schedule may have come to it by itself; then nothing but the updates tells.
    """
    match news:
        case LearningRateChanged():
            most = (SPECS["learning_rate"].maximum or asked) * rate_factor(config, news.iteration)
            return math.isclose(news.new, min(asked, most))
        case Event():
            return False
        case _:
            return any(step.learning_rate == asked for step in news)


def next_rate(rate: float, up: bool) -> float:
    """Return the next learning rate above or below in the series 1, 2, 5, 10, 20, 50, ...

    One that is nearly the same, as a schedule may have made it, is passed over.
    """
    exponent = math.floor(math.log10(rate))
    powers = range(exponent - 1, exponent + 3)
    series = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    larger = [value for value in series if value > rate * NOTICED]
    smaller = [value for value in series if value < rate / NOTICED]
    return larger[0] if up else smaller[-1]

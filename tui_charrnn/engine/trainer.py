"""The training loop: `train` yields the events of one run.

The order within an iteration is the notebook's: a sample from the current state if one is due,
then the update (see `learner`), then what looks back at it: validation, and every so often the
health of the net and how far its gradient reaches.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace

import numpy as np

from tui_charrnn.engine.checkpoint import GENERATORS, Checkpoint
from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.control import SampleRequest, TrainControl
from tui_charrnn.engine.corpus import Corpus, streams
from tui_charrnn.engine.early_stopping import is_exhausted
from tui_charrnn.engine.events import (
    Drawn,
    Event,
    GradientMemory,
    LearningRateChanged,
    Outcome,
    Paused,
    Resumed,
    SamplePart,
    Snapshot,
    Started,
    Step,
    Stopped,
    Validation,
)
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.engine.learner import Learner
from tui_charrnn.engine.model import CharModel, build_model
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.parts import check_length, check_prime, judged_text, parts
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.sample_events import sample_events, unwritten
from tui_charrnn.engine.sampling import cold_start, draw_parts
from tui_charrnn.engine.stopwatch import Stopwatch
from tui_charrnn.engine.validation import validate


def train(
    config: TrainConfig,
    corpus: Corpus,
    model: CharModel | None = None,
    control: TrainControl | None = None,
    start: Checkpoint | None = None,
) -> Iterator[Event]:
    """Train a model and yield what happens: `Started` first, `Stopped` last.

    Args:
        config: the hyperparameters.
        corpus: the text; its tail of `validation_fraction` is held out.
        model: trained in place; None builds one from the config. After the run it holds the last
            finite parameters.
        control: how another thread steers the run.
        start: where an earlier run goes on; its parameters replace those of the model.

    Raises:
        ConfigError: before anything is yielded, if the text is too short for a window, the model
            too large for this machine, or a hyperparameter not the one that the earlier run had.
        CorpusError: if the earlier run read another text.
        ValueError: if the model given is for another vocabulary size.
    """
    if start is not None:
        start.check_fits(config, corpus)
    check_length(config, corpus)
    check_prime(config, corpus)
    model = build_model(config, corpus.vocab_size) if model is None else model
    if model.vocab_size != corpus.vocab_size:
        raise ValueError(
            f"The model is for {model.vocab_size} characters, "
            f"{corpus.name} has {corpus.vocab_size}."
        )
    run = _Run(config, corpus, model, control or TrainControl())
    if start is not None:
        run.go_on_from(start)
    return run.events()


class _Run:
    """The state of one run; `events` is its life from `Started` to `Stopped`."""

    def __init__(
        self, config: TrainConfig, corpus: Corpus, model: CharModel, control: TrainControl
    ) -> None:
        self.config, self.corpus, self.model, self.control = config, corpus, model, control
        training, self.held_out = parts(config, corpus)
        # requested samples draw from a generator of their own: asking for one changes no other
        self.generators = {
            name: np.random.default_rng([config.seed, number])
            for number, name in enumerate(GENERATORS, 1)
        }
        rows, dropped = streams(training, config.batch_size), self.generators["dropout"]
        self.learner = Learner(config, rows, model, dropped)
        self.first_rate = self.learner.base_rate
        self.best: Validation | None = None
        self.best_parameters: Mapping[str, Array] | None = None
        self.owes_validation = False
        self.watch = Stopwatch()
        self.elapsed = 0.0  # after the last update
        self.told = 0  # events
        self.copied = time.monotonic()  # the last snapshot, or the start

    def go_on_from(self, start: Checkpoint) -> None:
        """Become what the run was that the checkpoint is of."""
        self.learner.go_on_from(start)
        for name, generator in self.generators.items():
            generator.bit_generator.state = start.generators[name]
        if self.config.learning_rate == start.config.learning_rate:
            self.first_rate = start.learning_rate
        self.best, self.best_parameters = start.best, start.best_parameters
        self.owes_validation = start.owes_validation
        self.told, self.elapsed = start.events, start.elapsed
        self.watch = Stopwatch(start.elapsed)

    def events(self) -> Iterator[Event]:
        with closing(self.learner):
            for event in self._life():
                self.told += not isinstance(event, SamplePart)  # a matter of time, and who watches
                yield event

    def _life(self) -> Iterator[Event]:
        yield self._started()
        if self.first_rate != self.learner.base_rate:
            yield self._changed_rate(self.first_rate)
        if self.owes_validation:
            yield from self._look_back()
        problem = ""
        while not self._is_over() and not problem:
            yield from self._obey()
            if self.control.stopping:
                break
            self.learner.wrap_around()
            if self._due(self.config.sample_every, self.iteration):
                is_whole = yield from self._rolling_sample()
                if not is_whole:  # stopped: a run that goes on from here draws it again
                    break
            problem = self.learner.learn()
            if not problem:
                yield self._advance()
                yield from self._look_back()
        with self.watch.standing_still():
            yield from self._requests()
        yield from self._snapshot()
        yield self._stopped(problem)

    def _is_over(self) -> bool:
        """Whether all was done: every iteration made, the time used up, or nothing gets better."""
        limit = self.config.time_limit  # no time has passed before the first update: one is made
        done = self.iteration >= self.config.iterations or 0 < limit <= self.elapsed
        return done or self._is_exhausted()

    def _is_exhausted(self) -> bool:
        """Whether `patience` validations have passed since the best one."""
        best = self.best.iteration if self.best else None
        return not self.owes_validation and is_exhausted(self.config, self.iteration, best)

    @property
    def iteration(self) -> int:
        """Updates made; the next one has this number."""
        return self.learner.iteration

    def _due(self, every: int, count: int) -> bool:
        return every > 0 and count % every == 0

    def _started(self) -> Started:
        return Started(
            iteration=self.iteration,
            elapsed=self.elapsed,
            config=self.config,
            corpus=self.corpus.name,
            vocab_size=self.corpus.vocab_size,
            train_characters=self.learner.streams.size,
            validation_characters=len(self.held_out),
            parameter_count=self.model.parameter_count,
            learning_rate=self.learner.scheduled(self.first_rate),
        )

    def _obey(self) -> Iterator[Event]:
        """Do what `control` asks for, in no time of the training; while paused, stay here."""
        with self.watch.standing_still():
            yield from self._requests()
            if self.control.pausing:
                yield from self._pause()
        before = self.learner.learning_rate
        rate = self.control.next_learning_rate(before)
        if rate != before and not self.control.stopping:
            yield self._changed_rate(self.learner.base_of(rate), rate)

    def _pause(self) -> Iterator[Event]:
        yield Paused(iteration=self.iteration, elapsed=self.watch.elapsed())
        yield self._copy()
        while self.control.pausing:
            yield from self._requests()
            self.control.wait()
        yield from self._requests()
        self.copied = time.monotonic()
        if not self.control.stopping:
            yield Resumed(iteration=self.iteration, elapsed=self.watch.elapsed())

    def _changed_rate(self, base: float, rate: float | None = None) -> LearningRateChanged:
        """Use another base rate from now on; `rate` is what is to come of it, if anything."""
        old = self.learner.learning_rate
        self.learner.base_rate = base
        new = self.learner.learning_rate
        if rate is not None and math.isclose(rate, new):  # told as it was asked for
            new = rate
        return LearningRateChanged(
            iteration=self.iteration, elapsed=self.watch.elapsed(), old=old, new=new
        )

    def _look_back(self) -> Iterator[Event]:
        """Judge the update that was made and let it be kept, where that is due."""
        yield from self._health()
        yield from self._validation()
        if not self._is_over() and self._snapshot_is_due():
            yield from self._snapshot()

    def _snapshot_is_due(self) -> bool:
        seconds = self.config.checkpoint_seconds
        return (
            (self.best is not None and self.best.iteration == self.iteration - 1)
            or self._due(self.config.checkpoint_every, self.iteration)
            or 0 < seconds <= time.monotonic() - self.copied
        )

    def _snapshot(self) -> Iterator[Snapshot]:
        """Let the state be kept, in no time of the training: whoever keeps it may hold us up."""
        with self.watch.standing_still():
            yield self._copy()
        self.copied = time.monotonic()

    def _copy(self, *, requested: bool = False) -> Snapshot:
        learner = self.learner
        checkpoint = Checkpoint(
            config=self.config,
            text=self.corpus.name,
            sha256=self.corpus.sha256(),
            chars=self.corpus.chars,
            events=self.told + 1,
            iteration=self.iteration,
            position=learner.position,
            passes=learner.passes,
            elapsed=self.watch.elapsed(),
            smooth_loss=learner.smooth_loss,
            learning_rate=learner.base_rate,
            generators={name: rng.bit_generator.state for name, rng in self.generators.items()},
            state=learner.state.copy(),
            parameters=self.model.parameters(),
            optimizer={
                name: self.model.named(vector) for name, vector in learner.optimizer.state.items()
            },
            best=self.best,
            best_parameters=self.best_parameters,
            owes_validation=self.owes_validation,
        )
        return Snapshot(
            iteration=self.iteration,
            elapsed=checkpoint.elapsed,
            requested=requested,
            checkpoint=checkpoint,
        )

    def _advance(self) -> Step:
        """Count the update that was made, and tell of it."""
        self.elapsed = self.watch.elapsed()
        return self.learner.advance(self.elapsed)

    def _health(self) -> Iterator[Event]:
        """Tell what was seen of the net at a watched update; at some, how far its gradient goes."""
        health, self.learner.health = self.learner.health, None
        if health is None:
            return
        yield health
        looks = self.iteration // self.config.watch_every
        if looks & (looks - 1) == 0:  # a power of two: moments that are even on a logarithmic axis
            yield from self._measured_memory(requested=False)

    def _validation(self) -> Iterator[Validation]:
        """Read the held-out text when it is due, and at the end; keep the best parameters."""
        last, self.owes_validation = self._is_over(), False
        if not self._due(self.config.eval_every, self.iteration) and not (
            last and self.config.eval_every
        ):
            return
        result = validate(self.model, self.held_out, self.config, self.control)
        self.owes_validation = result is None and self.control.stopping
        if result is None:
            return
        value, characters = result
        # a value that is nan or infinite is never the best, not even as the first
        is_best = value < (self.best.bits_per_character if self.best else math.inf)
        event = Validation(
            iteration=self.iteration - 1,
            elapsed=self.watch.elapsed(),
            bits_per_character=value,
            characters=characters,
            is_best=is_best,
        )
        if is_best:
            self.best, self.best_parameters = event, self.model.parameters()
        yield event

    def _why_early(self) -> str:
        """Say why a run was over before its last iteration, where nothing got better any more."""
        made_all = self.iteration >= self.config.iterations
        if made_all or self.best is None or not self._is_exhausted():
            return ""
        return (
            f"No better validation in {self.config.patience:,}; the best was after "
            f"{self.best.iteration + 1:,} iterations."
        )

    def _stopped(self, problem: str) -> Stopped:
        done = self._is_over()
        outcome: Outcome = "failed" if problem else "finished" if done else "stopped"
        return Stopped(
            iteration=self.iteration,
            elapsed=self.watch.elapsed(),
            outcome=outcome,
            smooth_loss=self.learner.smooth_loss,
            message=problem or self._why_early(),
            best_iteration=self.best.iteration if self.best else None,
            best_bits_per_character=self.best.bits_per_character if self.best else None,
            best_parameters=self.best_parameters,
        )

    def _rolling_sample(self) -> Generator[Drawn, None, bool]:
        request, rng = SampleRequest.of(self.config), self.generators["rolling"]
        return (yield from self._sample(request, rng, requested=False))

    def _requests(self) -> Iterator[Event]:
        """Serve what was asked for and changes nothing in the training."""
        yield from self._requested_samples()
        if not self.control.stopping and self.control.wants_gradient_memory():
            yield from self._measured_memory(requested=True)
        if not self.control.stopping and self.control.wants_snapshot():
            yield self._copy(requested=True)
            self.copied = time.monotonic()

    def _measured_memory(self, requested: bool) -> Iterator[GradientMemory]:
        text = judged_text(self.config, self.corpus)
        with suppress(MemoryError):  # the training goes on without an answer
            elapsed = self.watch.elapsed()
            memory = measure(self.model, text, iteration=self.iteration, elapsed=elapsed)
            yield replace(memory, requested=requested)

    def _requested_samples(self) -> Iterator[Drawn]:
        while not self.control.stopping and (request := self.control.next_request()):
            yield from self._sample(request, self.generators["requested"], requested=True)

    def _sample(
        self, request: SampleRequest, rng: np.random.Generator, requested: bool
    ) -> Generator[Drawn, None, bool]:
        """Draw a sample, unless the run is asked to stop meanwhile; return whether it is whole."""
        start, before = self._start(request.prompt), rng.bit_generator.state
        loss = self.learner.smooth_loss
        about = unwritten(request, iteration=self.iteration, smooth_loss=loss, requested=requested)
        drawing = draw_parts(self.model, self.corpus, request, rng, start, self.control)
        is_whole = yield from sample_events(drawing, about, request.length, self.watch.elapsed)
        if not is_whole:
            rng.bit_generator.state = before  # as if it had not been begun
        return is_whole

    def _start(self, prompt: str) -> tuple[Sequence[int], Array]:
        """Return what the model reads first, and from which state (W,)."""
        if prompt:
            zeros = zero_state(self.config)
            return cold_start(self.corpus, prompt, zeros, self.generators["requested"])
        first, state = int(self.learner.streams[0, self.learner.position]), self.learner.state
        return [first], state if state.ndim == 1 else state[0]

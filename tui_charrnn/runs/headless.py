"""A run without a screen: trained in the calling thread, told to files and streams."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Event, Snapshot, Stopped
from tui_charrnn.engine.memory import NO_MEMORY
from tui_charrnn.runs import wording
from tui_charrnn.runs.console import Bar, Lines, Report
from tui_charrnn.runs.exit_codes import BAD_INPUT, FAILED, READER_GONE, SIGNAL
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import limit_blas
from tui_charrnn.runs.interrupts import Interrupts
from tui_charrnn.runs.jsonl import STDOUT, JsonLines, OutputError, Sink
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.runs.store import Origin, Recorder, RunStore, StoreError, TextIdentity

PATIENCE = 0.5
"""Seconds that giving up waits for an event that is being written."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where a run is told.

    `jsonl` is the path of a file that gets all events, or `-` for standard output, which then
    gets nothing else. `quiet` leaves out everything but that.
    """

    jsonl: str | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Keeping:
    """How a run is kept in the store.

    `source` and `encoding` are what loads the text again. `store` is the file of the store, None
    for that of the user. Where a new run cannot be kept in that of the user, or a checkpoint
    cannot be written, the training goes on, and `warn` gets a sentence that says so. Without a
    `name`, the store finds one. `run_id` is that of a run of the store that goes on, None for a
    new one.
    """

    source: str
    encoding: str
    store: Path | None
    name: str
    warn: Callable[[str], object]
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """The exit code of a run, a sentence if something went wrong, and its number in the store."""

    code: int
    problem: str = ""
    run_id: int | None = None


def run(
    config: TrainConfig,
    corpus: Corpus,
    output: Output,
    keeping: Keeping | None = None,
    start: Checkpoint | None = None,
) -> Ending:
    """Train a model from start to end, or until a signal asks it to stop; a second one ends all.

    Args:
        config: the hyperparameters.
        corpus: the text.
        output: where the run is told.
        keeping: how it is kept in the store; None for not at all.
        start: where the run of `keeping.run_id` goes on; None for a new one.

    Raises:
        ConfigError: before any file is touched, if the text is too short for a window, the model
            too large for this machine, or a hyperparameter cannot change on the way.
        CorpusError: before any file is touched, if the run that goes on has read another text.
        OutputError: if the file for the events cannot be opened.
        StoreError: if the run cannot be kept in the store that was asked for, or under its name,
            or if it cannot go on.
    """
    limit_blas()
    control = TrainControl()
    try:
        model = build_model(config, corpus.vocab_size)
        events = train_to_the_end(config, corpus, model, control, start)
    except MemoryError:
        return Ending(FAILED, NO_MEMORY)
    store = None if keeping is None else _store(keeping)
    if store is None or keeping is None:
        return follow(events, control, sinks(output))
    with store:
        told = sinks(output)  # before the store learns of the run
        recorder = _recorder(store, config, corpus, keeping, start)
    watch = _Watch(recorder, keeping.warn, told)
    return _with_record(follow(events, control, [recorder, watch, *told]), recorder)


def _store(keeping: Keeping) -> RunStore | None:
    """Open the store, or warn that the user's own cannot be used."""
    try:
        return RunStore.open(keeping.store, create=keeping.run_id is None)
    except StoreError as error:
        if keeping.store is not None or keeping.run_id is not None:
            raise
        keeping.warn(f"The run is not recorded: {error}")
        return None


def _recorder(
    store: RunStore,
    config: TrainConfig,
    corpus: Corpus,
    keeping: Keeping,
    start: Checkpoint | None,
) -> Recorder:
    """Begin to record a new run, or one that goes on."""
    if keeping.run_id is not None and start is not None:
        return store.resume(keeping.run_id, config, start)
    text = TextIdentity.of(corpus, keeping.source, keeping.encoding)
    return store.record(Origin(config, text), keeping.name)


class _Watch:
    """A sink behind a recorder: it warns once when a checkpoint could not be kept."""

    def __init__(
        self, recorder: Recorder, warn: Callable[[str], object], told: Iterable[Sink]
    ) -> None:
        self._recorder, self._warn, self._warned = recorder, warn, False
        self._reports = [sink for sink in told if isinstance(sink, Report)]

    def take(self, event: Event, progress: RunProgress) -> None:
        problem = self._recorder.problem
        if not isinstance(event, Snapshot) or not problem or self._warned:
            return
        self._warned = True
        with ExitStack() as asides:
            for report in self._reports:
                asides.enter_context(report.aside())
            made = wording.count(event.iteration)
            self._warn(f"No checkpoint was kept after {made} iterations: {problem}")

    def close(self) -> None:
        """Nothing is held."""


def _with_record(ending: Ending, recorder: Recorder) -> Ending:
    """Return the ending of a run that is over, a failure if its record is incomplete."""
    if not recorder.problem:
        return replace(ending, run_id=recorder.run_id)
    problem = f"The record of the run is incomplete: {recorder.problem}"
    return Ending(ending.code or FAILED, " ".join(filter(None, [ending.problem, problem])))


def sinks(output: Output) -> list[Sink]:
    """Open everything that a run is told to.

    Raises:
        OutputError: if the file for the events cannot be opened.
    """
    opened: list[Sink] = [] if output.jsonl is None else [JsonLines.open(output.jsonl)]
    to_stdout = output.jsonl == STDOUT
    # events that scroll by on a terminal leave no room for anything else
    if not output.quiet and not (to_stdout and sys.stdout.isatty()):
        opened.append(_report(to_stdout))
    return opened


def _report(stdout_is_taken: bool) -> Report:
    out, err = sys.stderr if stdout_is_taken else sys.stdout, sys.stderr
    simple = not err.isatty() or os.environ.get("TERM", "dumb") in ("dumb", "unknown")
    return Report(out, err, Lines(err) if simple else Bar(err), samples=not stdout_is_taken)


def follow(events: Iterable[Event], control: TrainControl, told: list[Sink]) -> Ending:
    """Tell the events of a run to all sinks until it ends.

    A sink that cannot be written to makes the run stop; the others still hear of its end.

    Args:
        events: of one run, from its start.
        control: stops it.
        told: closed at the end.
    """
    follower = _Follower(control, told)
    try:
        with Interrupts(control, follower.give_up) as interrupts:
            for event in _guarded(events, follower.progress):
                follower.take(event)
    finally:
        follower.close()
    return follower.ending(interrupts.received)


def _guarded(events: Iterable[Event], progress: RunProgress) -> Iterator[Event]:
    """Yield the events; where the memory runs out, a last one that says so."""
    try:
        yield from events
    except MemoryError:
        loss = float("nan") if progress.smooth_loss is None else progress.smooth_loss
        yield Stopped(
            iteration=progress.iteration,
            elapsed=progress.elapsed,
            outcome="failed",
            smooth_loss=loss,
            message=f"{NO_MEMORY[:-1]}: it ran out at iteration {progress.iteration:,}.",
        )


class _Follower:
    """Knows where the run stands, and which sinks still take events."""

    def __init__(self, control: TrainControl, told: list[Sink]) -> None:
        self.progress = RunProgress()
        self._control, self._sinks = control, told
        self._problem: OutputError | None = None
        self._busy = threading.Lock()

    def take(self, event: Event) -> None:
        self.progress.apply(event)
        with self._busy:
            for sink in list(self._sinks):
                try:
                    sink.take(event, self.progress)
                except OutputError as error:
                    self._lose(sink, error)

    def _lose(self, sink: Sink, error: OutputError) -> None:
        sink.close()
        self._sinks.remove(sink)
        self._problem = self._problem or error
        self._control.stop()

    def close(self) -> None:
        for sink in self._sinks:
            sink.close()

    def give_up(self, signal_number: int) -> NoReturn:
        """End the process, whatever the training does; what was told so far is kept."""
        self._busy.acquire(timeout=PATIENCE)
        self.close()
        os._exit(SIGNAL + signal_number)

    def ending(self, signal_number: int) -> Ending:
        progress, problem = self.progress, self._problem
        if problem is not None and problem.gone:
            return Ending(READER_GONE)
        if problem is not None:
            made = wording.count(progress.iteration)
            return Ending(BAD_INPUT, f"{problem}; the run stopped at iteration {made}.")
        if progress.state == "failed":
            return Ending(FAILED, progress.message)
        return Ending(SIGNAL + signal_number if progress.state == "stopped" else 0)

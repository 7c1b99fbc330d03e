"""A run in a child process: behind the same events, but with an interpreter of its own.

Two trainers in two threads share one interpreter and are together no faster than one; in two
processes each has a core. The child (`child.py`) is started afresh, never forked, since the parent
has threads. What it has to say comes in reports, one under way at a time; what is asked of the run
is passed on by a thread that sleeps while nothing is.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator

from tui_charrnn.engine import CharModel, Corpus, TrainConfig, TrainControl
from tui_charrnn.engine.events import Event, Step, Stopped
from tui_charrnn.engine.interpreter import bootstrap, exit_code, how_it_ended, interpreter
from tui_charrnn.engine.messages import receive, send
from tui_charrnn.runs.child import PARENTS_SIGNALS
from tui_charrnn.runs.host import failure
from tui_charrnn.runs.steering import Steering
from tui_charrnn.runs.wire import Command, Report, Setup

BOOTSTRAP = bootstrap("tui_charrnn.runs.child")
"""What the child's interpreter runs."""

LAST_WORDS = 1.0
"""Seconds that a child which reported its end has to be gone, before it is killed."""

LONGEST_REASON = 200
"""Characters of a dead child's last line that are told."""


def train_in_process(
    config: TrainConfig, corpus: Corpus, model: CharModel, control: TrainControl
) -> Iterator[Event]:
    """Yield the events of `train_to_the_end`, from a child process that does the work.

    Args:
        config: the hyperparameters.
        corpus: the text.
        model: where the training begins; it holds the final parameters when `Stopped` is yielded.
            Of a child that died it keeps those it had.
        control: how another thread steers the run.

    Returns:
        An iterator; closing it ends the child. If the child dies, its last event is a `Stopped`
        that says of what.

    Raises:
        ConfigError: when the first event is asked for, as `train` does.
        ValueError: likewise.
        MemoryError: if the child has no memory left.
    """
    return TrainerProcess().train(config, corpus, model, control)


class TrainerProcess:
    """One run in a child process, which can be killed from any thread.

    Attributes:
        returned: whether the child has handed its final parameters over.
    """

    def __init__(self, ready: Callable[[], object] | None = None) -> None:
        """Prepare.

        Args:
            ready: called in the thread that asks for events when all is loaded; the training
                begins when it returns.
        """
        self.returned = False
        self._ready = ready
        self._child: _Child | None = None
        self._killed = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The number of the child process, None before there is one."""
        return self._child.pid if self._child else None

    def kill(self) -> None:
        """End the child at once, whatever it does; the run is `stopped` then, where it was."""
        with self._lock:
            self._killed = True
            if self._child is not None:
                self._child.kill()

    def train(
        self, config: TrainConfig, corpus: Corpus, model: CharModel, control: TrainControl
    ) -> Iterator[Event]:
        """Yield the events of the run, once; see `train_in_process`."""
        try:
            self._begin()
        except OSError as error:
            reason = error.strerror or error
            yield failure(None, f"The trainer process could not be started: {reason}.")
            return
        assert self._child is not None
        steering = Steering(control, self._child.send)
        setup = _setup(config, corpus, model, control.part_interval)
        try:
            yield from self._follow(self._child, setup, steering, model)
        finally:
            self._child.end()
            steering.end()

    def _begin(self) -> None:
        with self._lock:
            self._child = _Child()
            if self._killed:
                self._child.kill()

    def _follow(
        self, child: _Child, setup: Setup, steering: Steering, model: CharModel
    ) -> Iterator[Event]:
        last: Step | None = None
        child.send_if_alive(setup)
        steering.start()
        try:
            while not (report := child.receive()).over:
                for event in self._told(report, steering):
                    last = event if isinstance(event, Step) else last
                    yield event
                child.send_if_alive(Command("acknowledge"))
        except EOFError:
            yield self._obituary(child, last)
            return
        events = self._told(report, steering)
        self._conclude(report, child, steering, model)
        yield from events
        if report.error is not None:
            raise report.error

    def _told(self, report: Report, steering: Steering) -> tuple[Event, ...]:
        steering.served(report.events)
        if not report.events and not report.over and self._ready is not None:
            self._ready()
        return report.events

    def _conclude(
        self, report: Report, child: _Child, steering: Steering, model: CharModel
    ) -> None:
        """Take over what the run left, before its last event is told."""
        if report.weights is not None:
            model.weights.flat[:] = report.weights
            self.returned = True
        child.wait()
        steering.end()

    def _obituary(self, child: _Child, last: Step | None) -> Stopped:
        event = failure(last, child.cause_of_death())
        if not self._killed:
            return event
        return Stopped(
            iteration=event.iteration,
            elapsed=event.elapsed,
            outcome="stopped",
            smooth_loss=event.smooth_loss,
        )


def _setup(config: TrainConfig, corpus: Corpus, model: CharModel, part_interval: float) -> Setup:
    return Setup(
        config=config,
        text=corpus.loan(),
        model_config=model.config,
        vocab_size=model.vocab_size,
        weights=model.weights.flat,
        part_interval=part_interval,
    )


class _Child:
    """The process, and the way to it."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            OSError: if the system refuses.
        """
        with _terminal_held_back():
            self._process = subprocess.Popen(
                interpreter(BOOTSTRAP),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._commands, self._reports, self._said = process.stdin, process.stdout, process.stderr
        self._writing = threading.Lock()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, message: object) -> None:
        """Send a setup or a command, from any thread.

        Raises:
            OSError: if the child is gone.
        """
        with self._writing:
            send(self._commands, message)

    def send_if_alive(self, message: object) -> None:
        """Send a message; what became of a child that is gone, `receive` says."""
        with contextlib.suppress(OSError):
            self.send(message)

    def receive(self) -> Report:
        """Wait for a report.

        Raises:
            EOFError: if the child is gone.
        """
        report: Report = receive(self._reports)
        return report

    def kill(self) -> None:
        self._process.kill()

    def wait(self) -> int:
        """Return the exit code, of a child that is done; it is not given long."""
        return exit_code(self._process, LAST_WORDS)

    def end(self) -> None:
        """Let nothing be left of it, whatever it does."""
        self.kill()
        self._process.wait()
        for stream in (self._commands, self._reports, self._said):
            with contextlib.suppress(OSError):  # what it did not read any more
                stream.close()

    def cause_of_death(self) -> str:
        """Say in one sentence how it ended."""
        code = self.wait()
        said = "" if code == -signal.SIGKILL else self._last_line()
        return f"The trainer process {how_it_ended(code)}{said and f': {said}'}."

    def _last_line(self) -> str:
        lines = self._said.read().decode(errors="replace").split("\n")
        said = next((line for line in reversed(lines) if line.strip()), "")
        return said.strip()[:LONGEST_REASON].rstrip(".")


@contextlib.contextmanager
def _terminal_held_back() -> Iterator[None]:
    """Let a child begin with the terminal's signals blocked, until it has come to ignore them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, PARENTS_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

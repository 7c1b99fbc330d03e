"""Data parallelism: the streams of a batch in several processes, whose gradients are added up.

    dLoss/dw = sum over shards of dLoss_shard/dw

The first shard is gone through in the process of the run, each other one in a process of its own.
All of them have the same weights at every update, so the run is the one that a single process
makes, but for the order in which numbers are added; that order is always the same.

Threads would share the interpreter's lock, which the many short calls of a recurrence take from
each other: two threads are faster than one only where H is large. Processes share nothing but the
memory in which weights and gradients are.

Source: Chen, Pan, Monga, Bengio, Jozefowicz, Revisiting distributed synchronous SGD (2016).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Final, TypeVar

import numpy as np

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.health import Saturation, saturation_of
from tui_charrnn.engine.interpreter import bootstrap, exit_code, how_it_ended, interpreter
from tui_charrnn.engine.layer import Dropout
from tui_charrnn.engine.messages import receive, send
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.shard import Answer, Question, Saturated, Setup, Task
from tui_charrnn.engine.shared_vectors import new_shared_memory, shared_vectors

BOOTSTRAP: Final = bootstrap("tui_charrnn.engine.shard")
"""What the interpreter runs."""

ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Tells a BLAS that the processor is shared."""

LAST_WORDS: Final = 2.0
"""Seconds that a process has to end in, before it is killed."""

LARGEST_SEED: Final = 2**63


Kind = TypeVar("Kind")


class ShardError(Exception):
    """A process of a shard is gone; the text says how it ended."""


class DataParallel:
    """The streams of a run, shared out among `config.processes` processes."""

    def __init__(self, config: TrainConfig, model: CharModel) -> None:
        """Share the streams out; the processes start at the first update.

        Args:
            config: the hyperparameters.
            model: goes through the first shard, and gets the gradients of all.
        """
        self._config, self._model = config, model
        self._first, *self._others = shares(config.batch_size, config.processes)
        self._processes: list[_Process] = []
        self._shared: Array = np.empty((0, 0))  # weights, then a gradient for each other shard

    def _start(self) -> None:
        weights = self._model.weights.flat
        vectors = 1 + len(self._others)
        try:
            descriptor = new_shared_memory(vectors, len(weights), weights.dtype.name)
        except OSError as error:
            raise ShardError(_not_started(error)) from None
        try:
            self._shared = shared_vectors(descriptor, vectors, len(weights), weights.dtype.name)
            for number, rows in enumerate(self._others, 1):
                config = self._config.replace(batch_size=rows.stop - rows.start, processes=1)
                vocab = self._model.vocab_size
                self._processes.append(_Process(Setup(config, vocab, descriptor, vectors, number)))
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.end()
        self._processes.clear()
        self._shared = np.empty((0, 0))

    def backpropagate(
        self, inputs: Array, targets: Array, state: Array, dropout: Dropout | None
    ) -> tuple[float, Array]:
        """Fill the gradients of the model; as `CharModel.backpropagate` for all streams at once.

        Args:
            inputs: (B, T) ids of the characters read.
            targets: (B, T) ids of the characters that follow each.
            state: (B, W) before the window.
            dropout: the masks of the first shard, and the seeds of the others, come from it.

        Raises:
            ShardError: if a process is gone, or could not be started.
            MemoryError: if one had not enough memory.
        """
        if not self._processes:
            self._start()
        np.copyto(self._shared[0], self._model.weights.flat)
        for rows, process in zip(self._others, self._processes, strict=True):
            seed = None if dropout is None else int(dropout.rng.integers(LARGEST_SEED))
            process.ask(Task(inputs[rows], targets[rows], state[rows], seed))
        first = self._first
        loss, after = self._model.backpropagate(
            inputs[first], targets[first], state[first], dropout
        )
        return self._sum(loss, after)

    def _sum(self, loss: float, after: Array) -> tuple[float, Array]:
        """Add what the other shards answer to the first one's loss, gradients and states."""
        states, gradients = [after], self._model.gradients.flat
        with np.errstate(over="ignore", invalid="ignore"):
            for answer, added in zip(self._replies_of(Answer), self._shared[1:], strict=True):
                loss += answer.loss
                states.append(answer.state)
                gradients += added
        return loss, np.concatenate(states)

    def saturation(self) -> Saturation:
        """Return how many activations of all streams are saturated after the last window.

        Raises:
            ShardError: if a process is gone.
        """
        for process in self._processes:
            process.ask(Saturated())
        counted = saturation_of(self._model)
        return sum(self._replies_of(Saturation), counted)

    def _replies_of(self, kind: type[Kind]) -> Iterator[Kind]:
        for process in self._processes:
            reply = process.reply()
            if not isinstance(reply, kind):
                raise reply if isinstance(reply, Exception) else TypeError(type(reply))
            yield reply


def shares(streams: int, processes: int) -> Sequence[slice]:
    """Share B streams out as evenly as possible; the first ones get what is left over."""
    least, over = divmod(streams, processes)
    stops = [(n + 1) * least + min(n + 1, over) for n in range(processes)]
    return [slice(start, stop) for start, stop in zip([0, *stops], stops, strict=False)]


def _not_started(error: OSError) -> str:
    return f"could not be started ({error.strerror or error})"


class _Process:
    """The process of a shard, and the way to it."""

    def __init__(self, setup: Setup) -> None:
        try:
            self._process = subprocess.Popen(
                interpreter(BOOTSTRAP),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **ONE_THREAD},
                pass_fds=[setup.descriptor],
                start_new_session=True,  # what the terminal sends is for the run, which ends us
            )
        except OSError as error:
            raise ShardError(_not_started(error)) from None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._questions, self._replies = self._process.stdin, self._process.stdout
        self._send(setup)

    def ask(self, question: Question) -> None:
        """Let it work on a question; nothing else may be asked before the reply is there."""
        self._send(question)

    def _send(self, message: object) -> None:
        try:
            send(self._questions, message)
        except OSError:
            raise self._gone() from None

    def reply(self) -> object:
        """Wait for the reply."""
        try:
            return receive(self._replies)
        except EOFError:
            raise self._gone() from None

    def end(self) -> None:
        """Let nothing be left of it."""
        for stream in (self._questions, self._replies):
            with suppress(OSError):  # what it did not read any more
                stream.close()
        exit_code(self._process, LAST_WORDS)

    def _gone(self) -> ShardError:
        return ShardError(how_it_ended(exit_code(self._process, LAST_WORDS)))

"""A shard: some of the streams of a batch, which a process of their own goes through.

The process has a model whose weights and gradients are in memory that it shares with the run. At
every update it is sent its windows, and leaves the gradient there. It ends when nobody sends it
anything any more.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

import numpy as np

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.health import Saturation, saturation_of
from tui_charrnn.engine.layer import Dropout
from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.engine.messages import receive, send
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.shared_vectors import shared_vectors


@dataclass(frozen=True, slots=True)
class Setup:
    """What comes first.

    Attributes:
        config: the hyperparameters of the shard: `batch_size` is the number of its streams.
        vocab_size: V.
        descriptor: of the shared memory.
        vectors: (P,) that are in it: the weights, then a gradient for every shard but the first.
        number: of the shard, from 1; that of its gradient as well.
    """

    config: TrainConfig
    vocab_size: int
    descriptor: int
    vectors: int
    number: int


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done for one update.

    Attributes:
        inputs: (b, T) ids that the b streams of the shard read.
        targets: (b, T) ids that follow.
        state: (b, W) before the window.
        seed: of the dropout masks of this window; none where nothing is dropped.
    """

    inputs: Array
    targets: Array
    state: Array
    seed: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it, beside the gradient.

    Attributes:
        loss: nats, summed over the streams of the shard.
        state: (b, W) after the window.
    """

    loss: float
    state: Array


class Saturated:
    """Asks how many activations of the last window are saturated."""


Question = Task | Saturated
Reply = Answer | Saturation | Exception


class Shard:
    """The streams of one process."""

    def __init__(self, setup: Setup) -> None:
        """Allocate, and find what is shared."""
        config, vocab = setup.config, setup.vocab_size
        length = parameter_count(config, vocab)
        shared = shared_vectors(setup.descriptor, setup.vectors, length, config.dtype)
        os.close(setup.descriptor)
        self._model = CharModel(config, vocab, shared[0], shared[setup.number])
        self._share = config.dropout

    def reply(self, question: Question) -> Reply:
        """Do what is asked for; what goes wrong is the reply."""
        try:
            if isinstance(question, Task):
                return self._answer(question)
            return saturation_of(self._model)
        except Exception as error:
            return error

    def _answer(self, task: Task) -> Answer:
        dropout = None
        if task.seed is not None:
            dropout = Dropout(self._share, np.random.default_rng(task.seed))
        return Answer(*self._model.backpropagate(task.inputs, task.targets, task.state, dropout))


def main() -> None:
    """Be the process: a setup comes first, then questions."""
    questions, replies = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing that is printed gets among the replies
    with suppress(EOFError, OSError):  # whoever asked is gone
        shard = Shard(cast(Setup, receive(questions)))
        while True:
            send(replies, shard.reply(cast(Question, receive(questions))))

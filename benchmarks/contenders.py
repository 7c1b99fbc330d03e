"""What is measured: one full update of the plain algorithm, of the engine, and its products alone.

A full update is what training repeats: the loss and its gradients over a window, the clipping,
Adagrad. The engine's is taken from the training loop itself, with the event that it yields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.timing import Action
from tests import naive
from tui_charrnn.engine import Corpus, TrainConfig, build_model, train

TEXT_LENGTH = 129_000
"""Characters of the text, about as many as the notebook's has."""


@dataclass(frozen=True)
class Size:
    """The sizes that all alternatives of a comparison share."""

    cell: str
    hidden: int
    seq_length: int
    vocab: int

    def config(self, dtype: str, batch_size: int = 1) -> TrainConfig:
        """Return the run that is measured: all that it tells of are its updates."""
        return TrainConfig(
            cell=self.cell,
            hidden_size=self.hidden,
            seq_length=self.seq_length,
            batch_size=batch_size,
            dtype=dtype,
            iterations=1_000_000_000,
            sample_every=0,
            validation_fraction=0.0,
            eval_every=0,
            watch_every=0,
            checkpoint_seconds=0,
        )

    def corpus(self) -> Corpus:
        """Return a text of evenly drawn characters; the work does not depend on which they are."""
        ids = np.random.default_rng(0).integers(self.vocab, size=TEXT_LENGTH)
        ids[: self.vocab] = np.arange(self.vocab)
        return Corpus.from_text("".join(map(chr, (0x100 + ids).tolist())))


def engine_update(size: Size, dtype: str, batch_size: int, processes: int = 1) -> Action:
    """Return what makes the next update of a training run of the engine."""
    config = size.config(dtype, batch_size).replace(processes=processes)
    events = train(config, size.corpus())
    next(events)  # Started
    return lambda: next(events)


def naive_window(size: Size, dtype: str) -> Action:
    """Return what computes loss and gradients of one window, character by character."""
    parameters = build_model(size.config(dtype), size.vocab).parameters()
    ids = size.corpus().ids[: size.seq_length + 1].astype(np.intp)
    state = np.zeros(size.hidden, dtype)
    return lambda: naive.loss_and_gradients(size.cell, parameters, ids[:-1], ids[1:], state)


def naive_step(size: Size, dtype: str) -> Action:
    """Return what clips gradients and takes one Adagrad step, array by array."""
    parameters = build_model(size.config(dtype), size.vocab).parameters()
    rng = np.random.default_rng(0)
    gradients = {
        name: rng.standard_normal(value.shape).astype(dtype) for name, value in parameters.items()
    }
    memories = {name: np.zeros_like(value) for name, value in parameters.items()}

    def step() -> None:
        naive.clip(gradients, 5.0)
        naive.adagrad(parameters, gradients, memories, 1e-3)

    return step


def products(size: Size, dtype: str, batch_size: int) -> Action:
    """Return what makes the matrix products that no exact update can do without, and only those.

    They bound what is left to win: with R recurrent matrices, (B, H) by (H, H) 2R times a step,
    one (H, T B) by (T B, H) for each of the R gradients, and three between states and logits.
    """
    rows = size.seq_length * batch_size
    recurrent = {"rnn": 1, "gru": 3, "lstm": 4}[size.cell]
    hidden, vocab = size.hidden, size.vocab
    per_step = _product(dtype, batch_size, hidden, hidden)
    per_window = [_product(dtype, hidden, rows, hidden)] * recurrent + [
        _product(dtype, rows, hidden, vocab),
        _product(dtype, vocab, rows, hidden),
        _product(dtype, rows, vocab, hidden),
    ]

    def run() -> None:
        for _ in range(2 * recurrent * size.seq_length):
            per_step()
        for product in per_window:
            product()

    return run


def _product(dtype: str, rows: int, inner: int, columns: int) -> Callable[[], object]:
    left, right = np.ones((rows, inner), dtype), np.ones((inner, columns), dtype)
    out = np.empty((rows, columns), dtype)
    return lambda: np.dot(left, right, out=out)

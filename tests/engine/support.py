"""What the engine's tests share: small texts, small runs."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import TypeVar

import numpy as np

from tui_charrnn.engine import CharModel, Corpus, TrainConfig, TrainControl, build_model, train
from tui_charrnn.engine.events import Event, Stopped
from tui_charrnn.engine.layer import Dropout
from tui_charrnn.engine.parameters import Array

E = TypeVar("E", bound=Event)

CELLS = ("rnn", "gru", "lstm")

CONTENT = {"rnn": "h", "gru": "h", "lstm": "g"}
"""The letter of the matrices that make what is new in a state: `Wxh`, `Whh`, `bh`."""

NETS = [
    (layers, dropout) for layers in (1, 2, 3) for dropout in (0.0, 0.4) if layers > 1 or not dropout
]
"""All numbers of layers, with and without dropout, which needs two."""

OWLS = "the owl saw the fox and the fox saw the owl. "


def random_corpus(length: int, vocab: int, seed: int = 1) -> Corpus:
    """A text without any pattern, in which every one of `vocab` characters occurs."""
    rng = random.Random(seed)
    chars = [chr(0x4E00 + i) for i in range(vocab)]
    text = chars + rng.choices(chars, k=length - vocab)
    rng.shuffle(text)
    return Corpus.from_text("".join(text), "noise")


def small(**changes: object) -> TrainConfig:
    """A run of seconds' fractions: no samples, no validation, no look at it, unless asked for."""
    settings = {
        "hidden_size": 12,
        "seq_length": 9,
        "learning_rate": 0.1,
        "iterations": 50,
        "sample_every": 0,
        "eval_every": 0,
        "watch_every": 0,
        "validation_fraction": 0.0,
        "dtype": "float64",
    }
    return TrainConfig(**{**settings, **changes})


def dropout_of(config: TrainConfig, seed: int = 3) -> Dropout:
    """The same each time: its generator is new."""
    return Dropout(config.dropout, np.random.default_rng(seed))


def masks_of(config: TrainConfig, lead: tuple[int, ...], rng: np.random.Generator) -> Array:
    """What a window's hidden states are multiplied by on their way up, (L-1, T, [B,] H).

    Drawn as the engine draws it: layer by layer, each number below the share drops one.
    """
    shape, dtype = (*lead, config.hidden_size), np.dtype(config.dtype)
    kept = [rng.random(shape, dtype) >= config.dropout for _ in range(config.layers - 1)]
    return np.array(kept) / (1 - config.dropout)


def run(
    config: TrainConfig,
    corpus: Corpus,
    model: CharModel | None = None,
    control: TrainControl | None = None,
) -> list[Event]:
    return list(train(config, corpus, model, control))


def only(kind: type[E], events: Iterable[Event]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def stopped(events: list[Event]) -> Stopped:
    assert isinstance(events[-1], Stopped)
    return events[-1]


def lively_model(config: TrainConfig, vocab: int, scale: float = 0.5) -> CharModel:
    """A model whose weights and biases are large enough for every term of a gradient to matter."""
    model, rng = build_model(config, vocab), np.random.default_rng(9)
    model.load_parameters(
        {name: rng.standard_normal(p.shape) * scale for name, p in model.parameters().items()}
    )
    return model


def assert_same_parameters(one: dict[str, Array], other: dict[str, Array]) -> None:
    """Bit for bit."""
    assert list(one) == list(other)
    for name, value in one.items():
        assert value.tobytes() == other[name].tobytes(), name

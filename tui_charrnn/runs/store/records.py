"""What the store knows of a run, and where a run comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tui_charrnn.engine import Corpus, TrainConfig
from tui_charrnn.engine.metrics import bits_per_character

State = Literal["running", "finished", "stopped", "failed", "interrupted"]
"""How a run stands: `interrupted` ones were running when their process died."""


@dataclass(frozen=True, slots=True)
class TextIdentity:
    """Which text a run read: its name, how it was asked for, and what tells it from others.

    `source` is what loads it again: a name of the catalogue or a path. `characters` and
    `vocab_size` count all of it, `entropy` is in bits per character where it is known.
    """

    name: str
    source: str
    encoding: str
    characters: int
    vocab_size: int
    sha256: str
    entropy: float | None = None

    @classmethod
    def of(cls, corpus: Corpus, source: str = "", encoding: str = "utf-8") -> TextIdentity:
        """Identify a text that is loaded."""
        return cls(
            corpus.name, source or corpus.name, encoding,
            len(corpus), corpus.vocab_size, corpus.sha256(), corpus.entropy,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Origin:
    """What is known of a run before it starts.

    Attributes:
        config: the hyperparameters.
        text: what it reads.
        group: what it belongs with, in words, such as a race or the name of a sweep; may be empty.
        cell_key: what tells a cell of a sweep from all others, empty for other runs; the store
            holds one finished run of a key at the most.
    """

    config: TrainConfig
    text: TextIdentity
    group: str = ""
    cell_key: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of the store, as far as it has come.

    Attributes:
        id: number in the store, from 1.
        name: unique; what the user calls it, `gru-17` until they do.
        created: when it began, in UTC.
        state: how it stands.
        message: why it failed, or was finished before its last iteration; else empty.
        origin: what it trains, and on what.
        parameter_count: trained values of the model.
        train_characters: of the text that it trains on.
        validation_characters: of the text that is held out.
        iteration: updates made.
        characters: characters read by them.
        elapsed: seconds of training, pauses left out.
        smooth_loss: after the last update, in nats a sequence; None before the first.
        validation_bits: the last validation, in bits per character; None without one.
        best_bits: the best validation, in bits per character; None without one.
        best_iteration: when that was, 0-based.
        versions: of Python and the libraries.
        machine: processor, cores, system.
    """

    id: int
    name: str
    created: datetime
    state: State
    message: str
    origin: Origin
    parameter_count: int = 0
    train_characters: int = 0
    validation_characters: int = 0
    iteration: int = 0
    characters: int = 0
    elapsed: float = 0.0
    smooth_loss: float | None = None
    validation_bits: float | None = None
    best_bits: float | None = None
    best_iteration: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)

    @property
    def config(self) -> TrainConfig:
        """The hyperparameters."""
        return self.origin.config

    @property
    def smooth_bits(self) -> float | None:
        """The smooth loss in bits per character, None before the first update."""
        if self.smooth_loss is None:
            return None
        return bits_per_character(self.smooth_loss, self.config.seq_length)

    @property
    def speed(self) -> float | None:
        """Characters a second over the whole run, None before the first update."""
        return self.characters / self.elapsed if self.elapsed else None

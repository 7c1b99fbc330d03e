"""The cells of a grid: one run each, with a key that tells it from all other runs there can be."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui_charrnn.engine import ConfigError, Corpus, CorpusError, TrainConfig
from tui_charrnn.engine.config import FIELDS, PRESETS, Value
from tui_charrnn.engine.memory import check_memory
from tui_charrnn.engine.parts import check_length, check_prime
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.runs.store.records import Origin, TextIdentity
from tui_charrnn.runs.sweeps.grid import Grid, GridError, Variant, read_grid

KEY_VERSION: Final = 1
"""Of what a key is made from; another version makes other keys."""


NEUTRAL: Final = frozenset({"checkpoint_seconds", "checkpoint_every", "watch_every"})
"""Hyperparameters that change nothing of what a run learns."""

FIRST: Final = frozenset({
    "cell", "hidden_size", "seq_length", "batch_size", "learning_rate", "iterations", "time_limit",
    "optimizer", "clip", "dtype", "seed", "sample_every", "sample_length", "temperature",
    "validation_fraction", "training_characters", "eval_every", "eval_length",
})  # fmt: skip
"""Hyperparameters that are in every key, whatever their value."""


def cell_key(config: TrainConfig, corpus_sha256: str) -> str:
    """Return what tells a run from all others: a sha256 of its hyperparameters and its text.

    How often its state is kept makes no difference to what it learns, and none to the key. Nor does
    a hyperparameter that there was not when keys were first made, while it has its default: so the
    runs that older programs have kept are found again.
    """
    values = {
        spec.name: value
        for spec in FIELDS
        if (value := getattr(config, spec.name)) != spec.default or spec.name in FIRST
        if spec.name not in NEUTRAL
    }
    facts = {"version": KEY_VERSION, "config": values, "corpus": corpus_sha256}
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Cell:
    """One run of a sweep.

    Attributes:
        number: its place in the sweep, from 1.
        variant: the name of the alternative that it belongs to; may be empty.
        label: what tells it from the others of the sweep, in words.
        setting: the same without the seed.
        config: the hyperparameters.
        text: what it reads.
        key: tells it from all other runs.
    """

    number: int
    variant: str
    label: str
    setting: str
    config: TrainConfig
    text: TextIdentity
    key: str

    def origin(self, group: str) -> Origin:
        """Return what the store keeps of where the run comes from."""
        return Origin(config=self.config, text=self.text, group=group, cell_key=self.key)


@dataclass(frozen=True, slots=True)
class Plan:
    """A sweep that can be run: its cells, all different, and the texts by their sha256."""

    name: str
    cells: tuple[Cell, ...]
    corpora: Mapping[str, Corpus]

    @property
    def group(self) -> str:
        """What the store calls runs of this sweep."""
        return f"sweep {self.name}"

    def corpus_of(self, cell: Cell) -> Corpus:
        """Return the text that a cell reads."""
        return self.corpora[cell.text.sha256]


def read_plan(path: Path, *, large: bool = False) -> Plan:
    """Read a grid and its texts, and make sure that each of its cells can be run here.

    Args:
        path: the TOML file.
        large: whether it may have more than 10,000 cells.

    Raises:
        GridError: if a file cannot be read, or a cell cannot be run.
    """
    grid = read_grid(path, large=large)
    found = _without_equals(_drafts(grid, _Library(path)))
    _check(path, found)
    corpora = {draft.text.sha256: draft.corpus for draft in found}
    return Plan(grid.name, tuple(_named(found)), corpora)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A cell without a number and a label."""

    variant: str
    config: TrainConfig
    corpus: Corpus
    text: TextIdentity
    key: str


class _Library:
    """Loads each text once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._loaded: dict[tuple[str, str], tuple[Corpus, TextIdentity]] = {}

    def load(self, source: str, encoding: str) -> tuple[Corpus, TextIdentity]:
        """Return a text and its identity.

        Raises:
            GridError: if it cannot be read.
        """
        if (source, encoding) not in self._loaded:
            try:
                corpus = load_corpus(source, encoding)
            except CorpusError as error:
                raise GridError(f"{self._path}: {error}") from None
            identity = TextIdentity.of(corpus, source, encoding)
            self._loaded[source, encoding] = corpus, identity
        return self._loaded[source, encoding]


def _drafts(grid: Grid, library: _Library) -> Iterator[_Draft]:
    for variant in grid.variants:
        for values in _combinations(variant):
            corpus, text = library.load(str(values.pop("corpus")), variant.encoding)
            try:
                config = TrainConfig(**{**PRESETS.get(variant.preset, {}), **values})  # type: ignore[arg-type]
            except ConfigError as error:  # two that do not go together
                raise GridError(f"{grid.path}{_place(variant, values)}: {error}") from None
            yield _Draft(variant.name, config, corpus, text, cell_key(config, text.sha256))


def _place(variant: Variant, values: Mapping[str, Value]) -> str:
    """Return which cell of a grid it is, by what varies: `, cell fast · layers 1 · dropout 0.2`."""
    varying = [name for name in values if len(variant.axes[name]) > 1]
    parts = [f"{name} {_written(values[name])}" for name in varying]
    named = " · ".join([variant.name, *parts] if variant.name else parts)
    return f", cell {named}" if named else ""


def _combinations(variant: Variant) -> Iterator[dict[str, Value]]:
    for values in itertools.product(*variant.axes.values()):
        yield dict(zip(variant.axes, values, strict=True))


def _without_equals(drafts: Iterator[_Draft]) -> list[_Draft]:
    found: dict[str, _Draft] = {}
    for draft in drafts:
        found.setdefault(draft.key, draft)
    return list(found.values())


def _check(path: Path, drafts: Sequence[_Draft]) -> None:
    try:
        for draft in drafts:
            check_length(draft.config, draft.corpus)
            check_prime(draft.config, draft.corpus)
            check_memory(draft.config, draft.corpus.vocab_size)
    except ConfigError as error:
        raise GridError(f"{path}: {error}") from None


def _named(drafts: Sequence[_Draft]) -> Iterator[Cell]:
    """Number the cells, and name them by what differs between them."""
    varying = [
        spec.name
        for spec in FIELDS
        if len({getattr(draft.config, spec.name) for draft in drafts}) > 1
    ]
    texts, with_cell = _names_of_texts(drafts), _named_by_cell(drafts)
    for number, draft in enumerate(drafts, 1):
        named = (draft.variant, draft.config.cell) in with_cell
        setting = _setting(draft, varying, texts[draft.text.sha256], named)
        seed = f" · seed {draft.config.seed}" if "seed" in varying else ""
        yield Cell(
            number, draft.variant, setting + seed, setting, draft.config, draft.text, draft.key
        )


def _setting(draft: _Draft, varying: Sequence[str], text: str, cell: bool) -> str:
    config = draft.config
    parts = [part for part in (draft.variant, text, config.cell if cell else "") if part]
    parts += [
        f"{name} {_written(getattr(config, name))}"
        for name in varying
        if name not in ("cell", "seed")
    ]
    return " · ".join(parts)


def _written(value: Value) -> str:
    if isinstance(value, str):  # a text may have spaces at its ends, or nothing
        return value if value.isidentifier() else repr(value)
    return f"{value:,}" if isinstance(value, int) else f"{value}"


def _named_by_cell(drafts: Sequence[_Draft]) -> set[tuple[str, str]]:
    """Return the variants with those of their cells that are not told by the variant's name."""
    pairs = {(draft.variant, draft.config.cell) for draft in drafts}
    of_variant = Counter(variant for variant, _ in pairs)
    vary = len({cell for _, cell in pairs}) > 1
    return {
        (variant, cell)
        for variant, cell in pairs
        if not variant or of_variant[variant] > 1 or (vary and cell not in variant)
    }


def _names_of_texts(drafts: Sequence[_Draft]) -> dict[str, str]:
    """Return what each text is called by its sha256; nothing where there is only one."""
    texts = {draft.text.sha256: draft.text for draft in drafts}
    if len(texts) == 1:
        return dict.fromkeys(texts, "")
    names = Counter(text.name for text in texts.values())
    sources = Counter(text.source for text in texts.values())
    return {
        sha256: text.name
        if names[text.name] == 1
        else text.source
        if sources[text.source] == 1
        else f"{text.source} ({text.encoding})"
        for sha256, text in texts.items()
    }

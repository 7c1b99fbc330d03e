"""Checkpoints that a version wrote which knew fewer hyperparameters: they go on as they would have.

A file of then has a config without the younger fields, and no generator for dropout.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.engine.checkpoints import archived, members_of, meta_of, with_meta
from tests.engine.resuming import (
    LIVELY,
    Life,
    after_update,
    assert_same_end,
    contents,
    disturb,
    essence,
    joined,
    live,
    stop_at,
)
from tests.engine.support import OWLS
from tui_charrnn.engine import Corpus, TrainConfig
from tui_charrnn.engine.checkpoint_file import CheckpointError, load, save
from tui_charrnn.engine.config import SPECS

FIELDS_OF_THEN = {
    "cell", "hidden_size", "seq_length", "batch_size", "learning_rate", "iterations", "time_limit",
    "clip", "dtype", "seed", "optimizer", "sample_every", "sample_length", "temperature",
    "validation_fraction", "training_characters", "eval_every", "eval_length",
    "checkpoint_seconds", "checkpoint_every",
}  # fmt: skip
"""The hyperparameters of the version that had two cells and one layer."""


THEN = LIVELY.replace(watch_every=SPECS["watch_every"].default)
"""A run that has of every younger hyperparameter what a file gets that does not name it."""


def as_of_then(life: Life, path: Path) -> Path:
    """Write the newest checkpoint of a run as that version would have written it."""
    save(life.checkpoint, path)
    members = members_of(path.read_bytes())
    meta = meta_of(members)
    assert meta["config"].keys() > FIELDS_OF_THEN
    assert meta["generators"].keys() == {"rolling", "requested", "dropout"}
    meta["config"] = {name: meta["config"][name] for name in FIELDS_OF_THEN}
    del meta["generators"]["dropout"]
    path.write_bytes(archived(with_meta(members, json.dumps(meta))))
    return path


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_a_run_of_then_goes_on_to_the_last_bit(
    cell: str, dtype: str, batch_size: int, tmp_path: Path
) -> None:
    config = THEN.replace(cell=cell, dtype=dtype, batch_size=batch_size, optimizer="adagrad")
    whole = live(config, disturb)
    first = live(config, disturb, stop_at(after_update(32)))
    start = load(as_of_then(first, tmp_path / "17.npz"))
    assert contents(start) == contents(first.checkpoint)
    second = live(config, disturb, start=start)
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)


def test_what_it_does_not_say_is_what_it_was_then(tmp_path: Path) -> None:
    start = load(as_of_then(live(THEN.replace(iterations=3)), tmp_path / "17.npz"))
    then = {
        "layers": 1, "dropout": 0, "initialization": "normal", "clip_by": "value",
        "schedule": "constant", "warmup": 0, "patience": 0, "top_k": 0, "top_p": 1, "prime": "",
    }  # fmt: skip
    assert then.items() <= start.config.as_dict().items()
    assert start.config == THEN.replace(iterations=3)


def test_it_can_go_on_with_what_there_was_not_then(tmp_path: Path) -> None:
    """Those of the hyperparameters that may change."""
    first = live(LIVELY, stop_at(after_update(20)))
    start = load(as_of_then(first, tmp_path / "17.npz"))
    config = LIVELY.replace(
        clip_by="norm", schedule="cosine", patience=2, top_k=3, prime="the owl", watch_every=10
    )
    one, other = live(config, start=start), live(config, start=first.checkpoint)
    assert essence(one.events) == essence(other.events)
    assert_same_end(one, other)


def test_the_generator_that_it_lacks_is_the_one_that_the_seed_makes(tmp_path: Path) -> None:
    config = LIVELY.replace(iterations=3, seed=77)
    start = load(as_of_then(live(config), tmp_path / "17.npz"))
    fresh = live(config, stop_at(lambda event: True)).checkpoint  # before its first update
    assert start.generators["dropout"] == fresh.generators["dropout"]
    assert start.generators["dropout"] == np.random.default_rng([77, 3]).bit_generator.state


@pytest.mark.parametrize("name", ["rolling", "requested"])
def test_a_generator_that_there_was_then_must_be_there(name: str, tmp_path: Path) -> None:
    path = tmp_path / "17.npz"
    save(live(LIVELY.replace(iterations=3)).checkpoint, path)
    members = members_of(path.read_bytes())
    meta = meta_of(members)
    del meta["generators"][name]
    path.write_bytes(archived(with_meta(members, json.dumps(meta))))
    with pytest.raises(CheckpointError, match=f"its table of generators lacks {name}"):
        load(path)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_largest_checkpoint_there_is_has_a_directory_that_can_be_read(
    cell: str, tmp_path: Path
) -> None:
    """Three layers, Adam's two slots and the best: over 150 arrays of an LSTM."""
    config = TrainConfig(
        cell=cell, layers=3, dropout=0.5, optimizer="adamw", hidden_size=4, seq_length=9,
        iterations=2, eval_every=1, sample_every=0, prime="\x00\u202e" * 500,
        validation_fraction=0.2,
    )  # fmt: skip
    life = live(config, corpus=Corpus.from_text(OWLS * 5 + "\x00\u202e"))
    assert life.checkpoint.best is not None
    save(life.checkpoint, tmp_path / "17.npz")
    assert contents(load(tmp_path / "17.npz")) == contents(life.checkpoint)

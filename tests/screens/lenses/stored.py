"""A store with small runs that were really trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.screens.lenses.support import CORPUS, TEXT
from tui_charrnn.engine import Corpus, TrainConfig, train
from tui_charrnn.runs.store import Origin, RunStore, TextIdentity, checkpoints


def train_into(store: RunStore, corpus: Corpus, source: str, **changes) -> int:
    """Train a run of some updates, and keep it; return its number."""
    values = {"hidden_size": 8, "seq_length": 20, "iterations": 6, "sample_every": 0, **changes}
    config = TrainConfig(**values)
    origin = Origin(config, TextIdentity.of(corpus, source, "utf-8"))
    recorder = store.record(origin)
    for event in train(config, corpus):
        recorder.take(event)
    recorder.close()
    assert recorder.run_id is not None
    return recorder.run_id


@contextmanager
def store_with_runs(path: Path) -> Iterator[RunStore]:
    """Yield a store with rnn-1 and gru-2 on `CORPUS`, the latter without a checkpoint, and gru-3.

    The last one has read a text of three characters.
    """
    text = path.with_name("owls")
    text.write_text(TEXT * 40, encoding="utf-8")
    with RunStore.open(path) as store:
        train_into(store, CORPUS, str(text), cell="rnn")
        second = train_into(store, CORPUS, str(text), cell="gru")
        checkpoints.remove(store.path, second)
        train_into(store, Corpus.from_text("abc" * 100, "abc"), "/nowhere/abc", cell="gru")
        yield store

"""A small store with real runs: two cells, three seeds, two amounts of text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runs.report.support import CONFIG, kept
from tui_charrnn.engine import Corpus
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.runs.store.store import RunStore


@pytest.fixture(scope="session")
def tales() -> Corpus:
    return load_corpus("tales")


@pytest.fixture(scope="session")
def filled(tmp_path_factory, tales) -> Iterator[RunStore]:
    store = RunStore.open(tmp_path_factory.mktemp("store") / "runs.sqlite3")
    for characters in (4000, 0):
        for cell in ("rnn", "gru"):
            for seed in (1, 2, 3):
                changes = {"cell": cell, "seed": seed, "training_characters": characters}
                kept(store, tales, CONFIG.replace(**changes))
    yield store
    store.close()

"""Texts whose ids are in a file, in processes of their own: mapped there, and never sent."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.engine.support import OWLS, assert_same_parameters
from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model, id_store
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.process import TrainerProcess, train_in_process
from tui_charrnn.runs.sweeps.cells import read_plan
from tui_charrnn.runs.sweeps.local import LocalWorkers
from tui_charrnn.runs.sweeps.worker import Task, run_cell

CONFIG = TrainConfig(
    hidden_size=8, seq_length=10, iterations=30, sample_every=10, sample_length=20, eval_every=10,
    learning_rate=0.05, batch_size=3,
)  # fmt: skip


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> Corpus:
    monkeypatch.setattr(id_store, "MAPPED_FROM", 100)
    return Corpus.from_text(OWLS * 60, "owls")


def mapped_files(pid: int) -> list[str]:
    maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
    return [line for line in maps.splitlines() if line.endswith("(deleted)")]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_child_maps_the_ids_of_its_parent(corpus: Corpus) -> None:
    here, there = (build_model(CONFIG, corpus.vocab_size) for _ in range(2))
    wanted = list(train_to_the_end(CONFIG, corpus, here, TrainControl()))
    child = TrainerProcess()
    events = child.train(CONFIG, corpus, there, TrainControl())
    found = [next(events), next(events)]
    assert child.pid is not None
    assert len(mapped_files(child.pid)) == 1
    assert [*found, *events] == wanted
    assert_same_parameters(there.parameters(), here.parameters())


def test_ids_that_cannot_be_lent_are_sent(corpus: Corpus) -> None:
    corpus._store = None
    assert isinstance(corpus.loan().ids, np.ndarray)
    model = build_model(CONFIG, corpus.vocab_size)
    (*_, last) = train_in_process(CONFIG, corpus, model, TrainControl())
    assert last.outcome == "finished"


def test_workers_of_a_sweep_map_them(
    tmp_path: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "owls.txt").write_text(OWLS * 60)
    grid = 'corpus = "owls.txt"\nhidden_size = 8\nseq_length = 10\niterations = 5\n'
    (tmp_path / "grid.toml").write_text(grid)
    monkeypatch.chdir(tmp_path)
    cell = read_plan(tmp_path / "grid.toml").cells[0]
    loan = corpus.loan(here=LocalWorkers.here)
    assert len(pickle.dumps(loan)) < 1000 or sys.platform != "linux"
    workers = LocalWorkers(1)
    executor = workers.open(lambda report: None)
    try:
        task = Task(cell.key, cell.config, loan)
        result = executor.submit(run_cell, task, workers.connect).result(60)
    finally:
        workers.close()
    assert result.complete

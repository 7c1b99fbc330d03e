"""What a worker keeps of a cell, and sends of it."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager

from tests.engine.support import OWLS, small
from tui_charrnn.engine import Corpus, TrainControl
from tui_charrnn.engine.events import GradientMemory, Snapshot
from tui_charrnn.runs.sweeps import worker
from tui_charrnn.runs.sweeps.worker import Report, Task, Tell, run_cell


@contextmanager
def alone(key: str, control: TrainControl) -> Iterator[Tell]:
    def tell(report: Report) -> None:
        pass

    yield tell


def test_the_events_of_a_cell_hold_none_of_its_states(monkeypatch):
    held = []
    pack = worker.pack
    monkeypatch.setattr(worker, "pack", lambda events: held.extend(events) or pack(events))
    config = small(hidden_size=64, checkpoint_every=10)
    result = run_cell(Task("key", config, Corpus.from_text(OWLS * 10).loan()), alone)
    assert result.complete
    snapshots = [event for event in held if isinstance(event, Snapshot)]
    assert [event.iteration for event in snapshots] == [10, 20, 30, 40, 50]
    assert [event.checkpoint for event in snapshots] == [None] * 5
    assert [event for event in result.events if isinstance(event, Snapshot)] == snapshots
    assert len(pickle.dumps(result)) < 10_000


def test_a_measure_on_the_way_is_none_of_the_end(monkeypatch):
    monkeypatch.setattr(worker, "REPORT_INTERVAL", 0.0)
    config = small(iterations=8, watch_every=4)

    @contextmanager
    def stopped_at_the_end(key: str, control: TrainControl) -> Iterator[Tell]:
        def tell(report: Report) -> None:
            if report.iteration == config.iterations:
                control.stop()

        yield tell

    task = Task("key", config, Corpus.from_text(OWLS * 10).loan())
    cut = run_cell(task, stopped_at_the_end)
    assert cut.last.outcome == "finished"
    assert [e.iteration for e in cut.events if isinstance(e, GradientMemory)] == [4, 8]
    assert not cut.complete
    assert run_cell(task, alone).complete

"""Runs for the store: real ones, and texts for them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Event, Snapshot
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.store import Origin, RunStore, TextIdentity

CORPUS = Corpus.from_text("The owl saw the fox, and went home.\n" * 60, "owls")
TEXT = TextIdentity.of(CORPUS, "/texts/owls.txt")
CONFIG = TrainConfig(
    hidden_size=6, seq_length=12, iterations=60, sample_every=20, sample_length=30, eval_every=15,
    learning_rate=0.1,
)  # fmt: skip


OFTEN = CONFIG.replace(checkpoint_every=7)


def origin(cell_key: str = "", group: str = "", **changes: object) -> Origin:
    return Origin(CONFIG.replace(**changes), TEXT, group, cell_key)


def training(
    config: TrainConfig = CONFIG,
    control: TrainControl | None = None,
    start: Checkpoint | None = None,
) -> Iterator[Event]:
    model = build_model(config, CORPUS.vocab_size)
    return train_to_the_end(config, CORPUS, model, control or TrainControl(), start)


def trained(config: TrainConfig = CONFIG, control: TrainControl | None = None) -> list[Event]:
    return list(training(config, control))


def recorded(store: RunStore, events: Iterable[Event], what: Origin | None = None) -> int:
    """Record events as they come; return the run's number."""
    recorder = store.record(what or origin())
    for event in events:
        recorder.take(event)
    recorder.close()
    assert recorder.problem == ""
    assert recorder.run_id is not None
    return recorder.run_id


def without_checkpoints(events: Iterable[Event]) -> list[Event]:
    """Return events as they are where the state of the run is not needed."""
    return [replace(e, checkpoint=None) if isinstance(e, Snapshot) else e for e in events]


def checkpoints_of(events: Iterable[Event]) -> list[Checkpoint]:
    return [event.checkpoint for event in events if isinstance(event, Snapshot)]


def dump(path: Path) -> list[str]:
    """Return all that a store holds, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def same(kept: Iterable[Event], events: Iterable[Event]) -> bool:
    """Whether events are the same to the last digit, times and numbers that are none included."""
    return [repr(event.as_json()) for event in kept] == [repr(e.as_json()) for e in events]


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return what the files of a folder hold, but for the memory that SQLite shares in one."""
    files = [file for file in folder.glob("*") if file.is_file()]
    return {file.name: file.read_bytes() for file in files if not file.name.endswith("-shm")}

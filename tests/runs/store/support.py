"""Runs for the store: real ones, and texts for them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.events import Event
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.store import Origin, RunStore, TextIdentity

CORPUS = Corpus.from_text("The owl saw the fox, and went home.\n" * 60, "owls")
TEXT = TextIdentity.of(CORPUS, "/texts/owls.txt")
CONFIG = TrainConfig(
    hidden_size=6, seq_length=12, iterations=60, sample_every=20, sample_length=30, eval_every=15,
    learning_rate=0.1,
)  # fmt: skip


def origin(cell_key: str = "", group: str = "", **changes: object) -> Origin:
    return Origin(CONFIG.replace(**changes), TEXT, group, cell_key)


def trained(config: TrainConfig = CONFIG, control: TrainControl | None = None) -> list[Event]:
    model = build_model(config, CORPUS.vocab_size)
    return list(train_to_the_end(config, CORPUS, model, control or TrainControl()))


def recorded(store: RunStore, events: Iterable[Event], what: Origin | None = None) -> int:
    """Record events as they come; return the run's number."""
    recorder = store.record(what or origin())
    for event in events:
        recorder.take(event)
    recorder.close()
    assert recorder.problem == ""
    assert recorder.run_id is not None
    return recorder.run_id


def same(kept: Iterable[Event], events: Iterable[Event]) -> bool:
    """Whether events are the same to the last digit, times and numbers that are none included."""
    return [repr(event.as_json()) for event in kept] == [repr(e.as_json()) for e in events]


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Return what the files of a folder hold, but for the memory that SQLite shares in one."""
    files = [file for file in folder.glob("*") if file.is_file()]
    return {file.name: file.read_bytes() for file in files if not file.name.endswith("-shm")}

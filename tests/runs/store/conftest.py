"""A store in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.store.support import OFTEN, checkpoints_of, origin, recorded, trained
from tui_charrnn.engine.events import Event
from tui_charrnn.runs.store import RunStore, checkpoints


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "runs.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[RunStore]:
    with RunStore.open(path) as opened:
        yield opened


@pytest.fixture
def broken_off(store: RunStore, path: Path) -> list[Event]:
    """The events of run 1, which ended; its checkpoint is that after 21 updates."""
    events = trained(OFTEN)
    recorded(store, events, origin(checkpoint_every=7))
    after_21 = next(each for each in checkpoints_of(events) if each.iteration == 21)
    checkpoints.save(path, 1, after_21)
    return events

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tui_charrnn.runs.store import RunStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    opened = RunStore.open(tmp_path / "runs.sqlite3")
    yield opened
    opened.close()

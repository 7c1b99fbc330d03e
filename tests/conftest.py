"""No test reads or writes the runs of whoever runs it; and disks that are full."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks import small_disk_at
from tui_charrnn.runs.store.opening import VARIABLE


@pytest.fixture(autouse=True, scope="session")
def store_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make the default store a file of this session, also for the commands that tests start."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, VARIABLE, str(tmp_path_factory.mktemp("store") / "runs.sqlite3"))
        yield


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    with small_disk_at(tmp_path / "disk") as folder:
        yield folder

"""No test touches the runs or settings of whoever runs it, or leaves a run behind; full disks."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.disks import small_disk_at
from tui_charrnn.runs import settings
from tui_charrnn.runs.detached import folder
from tui_charrnn.runs.store import opening


@pytest.fixture(autouse=True, scope="session")
def places_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make store, settings and sockets those of this session, also for commands that it starts."""
    place = tmp_path_factory.mktemp("places")
    (place / "settings.toml").touch()
    sockets = tempfile.mkdtemp(prefix="charrnn-")  # the path of a socket has to be short
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, opening.VARIABLE, str(place / "runs.sqlite3"))
        patch.setitem(os.environ, settings.VARIABLE, str(place / "settings.toml"))
        patch.setitem(os.environ, folder.VARIABLE, sockets)
        yield
    left = [_end(path) for path in Path(sockets).iterdir()]
    shutil.rmtree(sockets)
    assert not any(left), f"detached runs were left behind: {left}"


def _end(path: Path) -> str:
    """End the process of a socket; return what it was, or nothing if it has ended before."""
    with socket.socket(socket.AF_UNIX) as way:
        try:
            way.connect(str(path))
        except OSError:
            return ""
        ucred = way.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid = struct.unpack("3i", ucred)[0]
    os.kill(pid, signal.SIGKILL)
    return f"{path.name} of process {pid}"


@pytest.fixture(autouse=True, scope="module")
def apps_that_have_ended_are_forgotten() -> Iterator[None]:
    """Give back what apps took out of garbage collection: it is for good in a process of theirs."""
    yield
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    with small_disk_at(tmp_path / "disk") as folder:
        yield folder

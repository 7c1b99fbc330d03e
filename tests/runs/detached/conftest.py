"""A folder for sockets with a short path, and a place for runs."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runs.detached.support import Place
from tui_charrnn.runs.detached.folder import VARIABLE


@pytest.fixture(autouse=True)
def sockets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    above = Path(tempfile.mkdtemp(prefix="charrnn-"))
    above.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(above / "sockets"))
    yield above / "sockets"
    shutil.rmtree(above)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.close()


@pytest.fixture
def patient_for(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets processes be patient with visitors for another time, or so many events."""

    def be(**limits: float) -> None:
        lines = (f"reception.{name} = {value}\n" for name, value in limits.items())
        begun = "from tui_charrnn.runs.detached.server"
        patched = f"from tui_charrnn.runs.detached import reception\n{''.join(lines)}{begun}"
        launching = sys.modules["tui_charrnn.runs.detached.launch"]
        monkeypatch.setattr(launching, "BOOTSTRAP", launching.BOOTSTRAP.replace(begun, patched))

    return be

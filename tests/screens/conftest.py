import math
from pathlib import Path

import pytest

from tests.screens.support import TEXT, ScriptedApp
from tui_charrnn.widgets import paced_canvas, sample_feed
from tui_charrnn.widgets.pace import Pace


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def app(text_file: Path) -> ScriptedApp:
    return ScriptedApp(text_file)


@pytest.fixture(autouse=True)
def charts_that_are_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a drawing takes must not decide what a test sees."""
    for module in (paced_canvas, sample_feed):
        monkeypatch.setattr(module, "Pace", lambda *_: Pace(math.inf))

from pathlib import Path

import pytest

from tests.screens.support import TEXT, ScriptedApp


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def app(text_file: Path) -> ScriptedApp:
    return ScriptedApp(text_file)

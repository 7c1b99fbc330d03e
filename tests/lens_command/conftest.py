"""A store with a small run of every cell."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lens_command.support import RUNS, TEXT, TINY, checkpoint_of
from tui_charrnn.cli import main
from tui_charrnn.engine.checkpoint_file import save


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a text, and a store that has a run of every cell."""
    folder = tmp_path_factory.mktemp("lens")
    (folder / "owl.txt").write_text(TEXT, encoding="utf-8")
    for name, flags in RUNS.items():
        text, store = folder / "owl.txt", folder / "runs"
        command = ["train", f"--corpus={text}", f"--store={store}", "--quiet", f"--name={name}"]
        assert main([*command, *TINY, *flags]) == 0
    return folder


@pytest.fixture
def store(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(place)
    return place / "runs"


@pytest.fixture
def file(store: Path, tmp_path: Path) -> Path:
    """A checkpoint in a file: that of the GRU."""
    path = tmp_path / "copy.npz"
    save(checkpoint_of(store, "tall gru"), path)
    return path

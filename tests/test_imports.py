"""What is loaded before there is anything to see, and what is not: every module delays it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ptys import Pty
from tui_charrnn import engine
from tui_charrnn.runs import store

LATER = {
    "numpy", "threadpoolctl", "plotext", "markdown_it", "pygments", "tomllib", "matplotlib",
    "distributed",
}  # fmt: skip
"""What others have written and the first frame can do without."""

NOT_SEEN_YET = {
    "tui_charrnn.engine.corpus", "tui_charrnn.engine.model", "tui_charrnn.engine.trainer",
    "tui_charrnn.runs.finale", "tui_charrnn.runs.history", "tui_charrnn.runs.store.store",
    "tui_charrnn.runs.race", "tui_charrnn.runs.sweeps.sweep", "tui_charrnn.runs.report.report",
    "tui_charrnn.commands.train", "tui_charrnn.commands.lens", "tui_charrnn.screens.help",
    "tui_charrnn.screens.corpus", "tui_charrnn.screens.race", "tui_charrnn.screens.race_setup",
    "tui_charrnn.screens.racing",
    "tui_charrnn.screens.runs", "tui_charrnn.screens.sweep", "tui_charrnn.screens.welcome",
    "tui_charrnn.screens.lenses.looking", "tui_charrnn.widgets.plot",
    "tui_charrnn.widgets.loss_picture",
}  # fmt: skip
"""What of our own comes after it."""

FIRST_FRAME = """
import json, sys
from tui_charrnn import cli
from tui_charrnn.screens.train import TrainScreen

class Seen(Exception):
    pass

async def look(self):
    seen = [str(widget.id) for widget in self.walk_children() if widget.region]
    with open(sys.argv[1], "w") as file:
        json.dump({"modules": [*sys.modules], "seen": seen}, file)
    await fill(self)
    self.app.exit()

fill, TrainScreen.fill = TrainScreen.fill, look
sys.exit(cli.main(["--corpus", "tales"]))
"""
"""Runs the app until its first frame, notes what is loaded and what is seen then, and leaves it."""


@contextmanager
def in_terminal(*command: str, **environment: str) -> Iterator[Pty]:
    terminal = Pty(*command, **environment)
    try:
        yield terminal
    finally:
        terminal.process.kill()
        terminal.exit_code()
        terminal.close()


def loaded_by(*arguments: str, **environment: str) -> set[str]:
    """Run a command; return the modules that it has loaded."""
    code = (
        "import atexit, sys; from tui_charrnn import cli; "
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True, capture_output=True, text=True, env={**os.environ, **environment},
    )  # fmt: skip
    return set(done.stderr.split())


def families(modules: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_the_first_frame_waits_for_nothing_that_it_does_not_show(tmp_path: Path) -> None:
    noted = tmp_path / "noted.json"
    store_path = str(tmp_path / "runs.sqlite3")
    environment = {"HOME": str(tmp_path), "CHARRNN_STORE": store_path, "CHARRNN_SETTINGS": ""}
    command = (sys.executable, "-c", FIRST_FRAME, str(noted))
    with in_terminal(*command, **environment) as terminal:
        assert terminal.exit_code() == 0
    found = json.loads(noted.read_text())
    assert {"chart", "samples", "form", "status", "keys"} <= set(found["seen"])
    assert "tui_charrnn.screens.train" in found["modules"]
    assert LATER & families(found["modules"]) == set()
    assert NOT_SEEN_YET & set(found["modules"]) == set()


def test_what_comes_later_is_named_as_it_is() -> None:
    """A module that has another name now would never be missed."""
    root = Path(__file__).parents[1]
    paths = [root / f"{name.replace('.', '/')}.py" for name in NOT_SEEN_YET]
    assert [path for path in paths if not path.is_file()] == []


@pytest.mark.parametrize("arguments", [["--help"], ["runs", "--help"], ["train", "--help"]])
def test_help_loads_neither_screens_nor_the_engine(arguments: list[str]) -> None:
    loaded = loaded_by(*arguments)
    assert {*LATER, "textual", "rich"} & families(loaded) == set()
    assert "tui_charrnn.commands.runs" in loaded or "train" in arguments


def test_a_command_loads_no_other_one(tmp_path: Path) -> None:
    loaded = loaded_by("runs", CHARRNN_STORE=str(tmp_path / "runs.sqlite3"))
    commands = {name.rpartition(".")[2] for name in loaded if "tui_charrnn.commands." in name}
    assert commands <= {"app", "parsing", "showing", "runs"}
    assert "textual" not in families(loaded)


@pytest.mark.parametrize("package", [engine, store])
def test_a_package_finds_each_name_when_it_is_asked_for(package: object) -> None:
    names = package.__all__
    found = {name: getattr(package, name) for name in names}
    assert len(found) == len(names) > 5
    assert {*package._HOMES} == {*names}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        package.nothing  # noqa: B018

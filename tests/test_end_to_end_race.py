"""A race as a person runs it: in a real terminal, with a child process for each net."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from operator import gt
from pathlib import Path

import pytest

from tests.runs.processes import is_gone
from tests.test_end_to_end import Terminal, pytestmark  # noqa: F401
from tui_charrnn.runs.store import RunStore

PATIENCE = 60.0
"""Seconds that the terminal may take to show something: other tests may be running."""

ROW = re.compile(r"(RNN|GRU) +\S (\w+) .*")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Terminal]:
    text = tmp_path / "owls.txt"
    text.write_text("the owl saw the fox, and the fox saw the owl. " * 400)
    terminal = Terminal(
        120, 40, "--corpus", str(text), "--preset", "quick", "--store", str(store_in(tmp_path))
    )
    try:
        yield terminal
    finally:
        terminal.close()


def store_in(folder: Path) -> Path:
    return folder / "runs.sqlite3"


def states(screen: str) -> list[str]:
    return [match[2] for match in ROW.finditer(screen)]


def iterations(screen: str) -> list[int]:
    """Return the updates that the rows of the table tell; 0 before there is a table."""
    found = [
        re.findall(r"[\d,]+", match[0].split(match[2], 1)[1]) for match in ROW.finditer(screen)
    ]
    return [int(figures[2].replace(",", "")) for figures in found] or [0]


def app_of(terminal: Terminal) -> int:
    """Return the number of the app's process: a child of the shell that tmux started."""
    shell = int(terminal.tmux("list-panes", "-F", "#{pane_pid}"))
    for pid in descendants(shell):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"tui_charrnn" in words:
            return pid
    raise AssertionError("there is no app")


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def descendants(pid: int) -> list[int]:
    found = children(pid)
    return found + [grandchild for child in found for grandchild in descendants(child)]


def until(test: Callable[[], object], seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def begin_a_race(app: Terminal) -> list[int]:
    """Let both nets train; return their processes."""
    app.wait_for(r"READY +gru 128 on owls", PATIENCE)
    app.press("R")
    app.wait_for("equal number of parameters", PATIENCE)
    app.press("Enter")
    app.wait_for(
        lambda screen: len(iterations(screen)) == 2 and min(iterations(screen)) > 5, PATIENCE
    )
    pids = children(app_of(app))
    assert len(pids) == 2
    return pids


def test_race_gradients_axis_pause_sample_stop_leave_quit(app: Terminal, tmp_path: Path) -> None:
    pids = begin_a_race(app)
    assert states(app.screen()) == ["training", "training"]
    assert "Race at equal hidden size · owls.txt · seed 42" in app.screen()
    app.press("g")
    app.wait_for(r"RNN at \d+: .*GRU at \d+: ", PATIENCE)
    app.press("g")
    app.wait_for("Smooth loss", PATIENCE)
    app.press("t")
    app.wait_for("characters read, linear", PATIENCE)
    app.press("Space")
    paused = app.wait_for(lambda screen: states(screen) == ["paused", "paused"], PATIENCE)
    for smooth in re.findall(r"[▚⣿] \w+ (\d+\.\d{4})", paused):
        assert re.search(rf"(RNN|GRU) +‖ paused .* {re.escape(smooth)} ", paused)
    time.sleep(0.5)
    assert iterations(app.screen()) == iterations(paused)  # a pause is a pause
    app.press("Space")
    app.wait_for(lambda screen: all(map(gt, iterations(screen), iterations(paused))), PATIENCE)
    app.press("s")
    app.wait_for(lambda screen: screen.count("· temp") == 2, PATIENCE)
    app.press("x")
    ended = app.wait_for(lambda screen: states(screen) == ["stopped", "stopped"], PATIENCE)
    app.wait_for("r Again", PATIENCE)
    app.press("Escape")
    app.wait_for(r"READY +gru 128 on owls", PATIENCE)
    assert all(is_gone(pid, 3) for pid in pids)
    app.press("q")
    app.wait_for("exit code 0", PATIENCE)
    assert "Traceback" not in app.screen()
    with RunStore.open(store_in(tmp_path)) as store:
        runs = store.runs()
        assert {run.config.cell: run.state for run in runs} == {"rnn": "stopped", "gru": "stopped"}
        assert len({run.origin.group for run in runs}) == 1
        assert runs[0].origin.group.endswith("equal hidden size")
        for run in runs:
            assert len(store.points(run.id)) == run.iteration > 5
    made = sorted(f"{run.iteration:,}" for run in runs)
    assert made == sorted(f"{count:,}" for count in iterations(ended))


def test_a_killed_app_leaves_no_child(app: Terminal, tmp_path: Path) -> None:
    pids = begin_a_race(app)
    os.kill(app_of(app), signal.SIGKILL)
    assert all(is_gone(pid, 3) for pid in pids)
    with RunStore.open(store_in(tmp_path)) as store:
        until(lambda: {run.state for run in store.runs()} == {"interrupted"})
        assert {run.config.cell for run in store.runs()} == {"rnn", "gru"}

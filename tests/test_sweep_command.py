"""The command `sweep`, with real processes: what it prints, its exit codes, its interruptions."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.runs.sweeps.support import LONG, SHORT, SpoilingWorkers, eventually, grid
from tui_charrnn.cli import main
from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.sweeps import console
from tui_charrnn.runs.sweeps.cells import read_plan
from tui_charrnn.runs.sweeps.sweep import Sweep

Begin = Callable[[str], subprocess.Popen[str]]

COMMAND = [sys.executable, "-m", "tui_charrnn", "sweep"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, where the store is too."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHARRNN_STORE", str(tmp_path / "runs.sqlite3"))
    return tmp_path


def refused(capsys, *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["sweep", *arguments])
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert err.count("\n") == 1
    return err.removeprefix("charrnn-tui sweep: error: ")[:-1]


@pytest.fixture
def begun(folder: Path) -> Iterator[Begin]:
    """Start sweeps, each in a process group of its own; none outlives the test."""
    with ExitStack() as all_ended:

        def begin(text: str) -> subprocess.Popen[str]:
            words = [*COMMAND, str(grid(folder, text)), "--workers", "2"]
            pipe = subprocess.PIPE
            sweep = subprocess.Popen(
                words, stdout=pipe, stderr=pipe, text=True, start_new_session=True
            )
            all_ended.enter_context(sweep)
            all_ended.callback(sweep.kill)  # before it is waited for
            return sweep

        yield begin


def members(group: int) -> list[int]:
    """Return the processes of a group that live."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, _, of, *_ = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(of) == group and state not in "ZX":
                found.append(int(entry.name))
    return found


def test_a_sweep_says_what_it_does_and_sums_it_up(begun):
    sweep = begun(SHORT + "cell = ['rnn', 'gru']\nseeds = 2")
    out, err = sweep.communicate(timeout=120)
    assert err == ""
    assert sweep.returncode == 0
    lines = out.splitlines()
    assert lines[0] == "sweep grid: 4 cells (4 waiting)"
    assert lines[-1] == "sweep grid: 4 cells (4 finished)"
    assert sum("begun" in line for line in lines) == 4
    assert "1/4  begun     rnn · seed 1" in lines
    assert sum(": smooth " in line for line in lines) == 4
    with_spread = [line for line in lines if " ± " in line]
    assert [line.split()[:4] for line in with_spread] == [
        ["rnn", "2", "of", "2"], ["gru", "2", "of", "2"],
    ]  # fmt: skip
    again = subprocess.run(
        [*COMMAND, "grid.toml"], capture_output=True, text=True, timeout=120, check=False
    )
    assert again.returncode == 0
    assert again.stdout.splitlines()[0] == "sweep grid: 4 cells (4 finished)"
    assert "begun" not in again.stdout


def test_ctrl_c_ends_it_and_the_same_command_goes_on(begun):
    text = LONG.replace("1_000_000", "[40, 1_000_000]") + "seeds = 1"
    sweep = begun(text)
    for line in sweep.stdout:
        if "1/2  finished" in line:
            break
    os.killpg(sweep.pid, signal.SIGINT)
    out, err = sweep.communicate(timeout=120)
    assert err == ""
    assert sweep.returncode == 130
    assert out.splitlines()[-1] == "sweep grid: 2 cells (1 finished, 1 cancelled)"
    eventually(lambda: members(sweep.pid) == [])
    with_less = text.replace("1_000_000", "50")
    sweep = begun(with_less)
    out, err = sweep.communicate(timeout=120)
    assert err == ""
    assert out.splitlines()[0] == "sweep grid: 2 cells (1 finished, 1 waiting)"
    assert sweep.returncode == 0


def test_no_worker_outlives_a_sweep_that_is_killed(begun):
    sweep = begun(LONG + "seeds = 2")
    eventually(lambda: len(members(sweep.pid)) == 4)  # itself, two workers, a resource tracker
    sweep.kill()
    eventually(lambda: members(sweep.pid) == [], 20)
    sweep.communicate(timeout=60)


def test_a_cell_that_fails_makes_the_exit_code_1(folder):
    plan = read_plan(grid(folder, SHORT + "seeds = 2"))
    store, out = RunStore.open(), io.StringIO()
    assert console.run(Sweep(plan, store, SpoilingWorkers(1, plan.cells[0].key)), out) == 1
    store.close()
    lines = out.getvalue().splitlines()
    assert next(line for line in lines if "failed    " in line).startswith(
        "1/2  failed    gru · seed 1: The loss became nan at iteration 1; "
    )
    assert lines[-1] == "sweep grid: 2 cells (1 failed, 1 finished)"


def test_a_dry_run_lists_the_cells_and_makes_nothing(folder, capsys):
    path = grid(folder, SHORT + "seeds = 2")
    assert main(["sweep", str(path), "--dry-run"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split(maxsplit=3)[2:] for line in out[:2]] == [
        ["waiting", "gru · seed 1"], ["waiting", "gru · seed 2"],
    ]  # fmt: skip
    assert out[-1] == "sweep grid: 2 cells, 2 to be run"
    grid(folder, SHORT)
    assert main(["sweep", str(path), "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "sweep grid: 1 cell, 1 to be run"
    assert not (folder / "runs.sqlite3").exists()


def test_bad_input_is_one_sentence(folder, capsys):
    assert refused(capsys, "none.toml") == "Cannot read none.toml: No such file or directory."
    grid(folder, "hiden_size = 3")
    sentence = "grid.toml: there is no field hiden_size (did you mean hidden_size?)."
    assert refused(capsys, "grid.toml") == sentence
    assert not (folder / "runs.sqlite3").exists()
    grid(folder, "seeds = 20_000")
    sentence = "grid.toml has 20,000 cells, which is over 10,000; --yes runs it all the same."
    assert refused(capsys, "grid.toml", "--dry-run") == sentence
    workers = "--workers must be a whole number from 1 to 1,000, not"
    for given in ("0", "-1", "1001", "two", "²", "9" * 5000):
        assert refused(capsys, "grid.toml", f"--workers={given}").startswith(
            f"{workers} {given[:40]}"
        )
    grid(folder, SHORT)
    (folder / "other").write_text("no store at all, but a text of some length" * 9)
    assert "is not a run store" in refused(capsys, "grid.toml", "--store", "other")
    dask = refused(capsys, "grid.toml", "--dask", "nonsense")
    assert dask.startswith("No Dask scheduler answers at nonsense: ")
    assert not (folder / "runs.sqlite3").exists()


def test_a_terminal_gets_no_control_characters_of_strangers(folder, capsys):
    (folder / "grid.toml").write_text('"hid\\u001b[2Jden" = 3')
    assert "\x1b" not in refused(capsys, "grid.toml")
    grid(folder, SHORT + 'name = "n\\u001b[2J"\n[[variant]]\nname = "v\\u001b[2J"')
    assert main(["sweep", "grid.toml", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "v␛[2J" in out

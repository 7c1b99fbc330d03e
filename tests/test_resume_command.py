"""`charrnn-tui resume`, `--detach` and `attach`: runs that go on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.ptys import Pty, until
from tests.runs.detached.conftest import sockets as sockets  # noqa: PLC0414 - a fixture
from tests.runs.processes import is_gone
from tui_charrnn.cli import main
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.store.checkpoints import path_of

COMMAND = [sys.executable, "-m", "tui_charrnn"]
TINY = [
    "--hidden-size=6", "--seq-length=12", "--learning-rate=0.1", "--sample-every=25",
    "--sample-length=30", "--eval-every=15", "--quiet",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A folder with a text, and the current one."""
    (tmp_path / "owl.txt").write_text("The owl saw the fox, and went home.\n" * 60)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *arguments: str) -> tuple[int, str, str]:
    """Run a command; return exit code, standard output and standard error."""
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = ended.code
    return code, *capsys.readouterr()


def train(capsys, *flags: str, store: str = "runs") -> None:
    flags = ("train", "--corpus=owl.txt", "--store", store, *TINY, *flags)
    assert said(capsys, *flags) == (0, "", "")


def resume(capsys, *flags: str, store: str = "runs") -> tuple[int, str, str]:
    return said(capsys, "resume", *flags, "--store", store)


def refused(capsys, *arguments: str) -> str:
    """Return the one line with which the command ends."""
    code, out, err = said(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    return err[:-1]


def checkpoint(store: str, run_id: int = 1) -> Checkpoint:
    with RunStore.open(Path(store)) as opened:
        return opened.checkpoint(run_id)


def untimed(store: str, run_id: int = 1) -> list[dict]:
    """Return the events of a run but for what differs between two runs of the same."""
    with RunStore.open(Path(store)) as opened:
        rows = [event.as_json() for event in opened.events(run_id)]
    for row in rows:
        del row["elapsed"]
    return rows


def test_a_run_that_goes_on_is_what_it_would_have_been(folder, capsys) -> None:
    train(capsys, "--iterations=100", store="whole")
    train(capsys, "--iterations=40", store="parts")
    code, out, err = resume(capsys, "gru-1", "--iterations=100", store="parts")
    assert code == 0
    assert "finished after 100 of 100 iterations" in out
    assert "going on after 40 iterations" in err
    whole, parts = checkpoint("whole"), checkpoint("parts")
    for name, values in whole.parameters.items():
        assert values.tobytes() == parts.parameters[name].tobytes()
    # what the first part ended with is gone; that it went on is all that is left of it
    events, others = untimed("whole"), untimed("parts")
    again = [row for row in others if row["event"] == "Started"]
    assert [row["iteration"] for row in again] == [0, 40]
    updates = ("Step", "Sample", "Stopped", "GradientMemory")
    assert [r for r in others if r["event"] in updates] == [
        r for r in events if r["event"] in updates
    ]


def test_it_is_told_as_train_tells_it(folder, capsys) -> None:
    train(capsys, "--iterations=40")
    code, out, err = resume(capsys, "1", "--iterations=50", "--jsonl=-", "--quiet")
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert (rows[0]["event"], rows[0]["iteration"]) == ("Started", 40)
    assert rows[0]["config"]["iterations"] == 50
    assert (rows[-1]["event"], rows[-1]["iteration"]) == ("Stopped", 50)
    assert resume(capsys, "1", "--iterations=60", "--quiet") == (0, "", "")


def test_a_finished_run_needs_more(folder, capsys) -> None:
    train(capsys, "--iterations=40")
    line = refused(capsys, "resume", "1", "--store=runs")
    assert line == (
        "charrnn-tui resume: error: Run 1 (gru-1) is finished and needs more --iterations: "
        "iterations must be more than the 40 that the run has made, not 40."
    )
    train(capsys, "--iterations=1e9", "--time-limit=0.01")
    assert "needs more --time-limit" in refused(capsys, "resume", "2", "--store=runs")
    with RunStore.open(folder / "runs") as store:
        assert [run.state for run in store.runs()] == ["finished", "finished"]


def test_what_lasts_cannot_be_changed_but_the_rest_can(folder, capsys) -> None:
    train(capsys, "--iterations=40")
    more = ["--iterations=60", "--store=runs"]
    for flag, value in [
        ("hidden-size", "7"), ("hidden-size", "1000000000"), ("seq-length", "99999"),
        ("cell", "rnn"), ("seed", "1"), ("batch-size", "2"),
    ]:  # fmt: skip
        line = refused(capsys, "resume", "1", f"--{flag}={value}", *more)
        assert f"{flag.replace('-', '_')} cannot change when a run goes on" in line
        assert line.endswith(f"not {value}.")
    assert "must be a number" in refused(capsys, "resume", "1", "--learning-rate=x", *more)
    changes = ["--learning-rate=0.2", "--sample-every=0", "--hidden-size=6"]
    assert resume(capsys, "1", *changes, "--iterations=60", "--quiet")[0] == 0
    with RunStore.open(folder / "runs") as store:
        assert store.record_of(1).config.learning_rate == 0.2
        assert store.points(1)["learning_rate"].tolist()[38:42] == [0.1, 0.1, 0.2, 0.2]


def test_help_shows_the_flags_that_can_change_a_run(capsys) -> None:
    code, out, _ = said(capsys, "resume", "--help")
    assert code == 0
    assert "--learning-rate" in out
    assert "--hidden-size" not in out
    assert "default as before" in out


def test_the_text_may_move_but_not_change(folder, capsys) -> None:
    train(capsys, "--iterations=40")
    more = ["resume", "1", "--iterations=60", "--quiet", "--store=runs"]
    (folder / "owl.txt").rename(folder / "moved.txt")
    line = refused(capsys, *more)
    assert f"The text of Run 1 (gru-1) is not at {folder}/owl.txt any more; --corpus" in line
    (folder / "other.txt").write_text("Another text, in which nobody sees any owl.\n" * 60)
    line = refused(capsys, *more, "--corpus=other.txt")
    assert "other.txt is not the text that the run has read" in line
    assert "no file or folder nowhere" in refused(capsys, *more, "--corpus=nowhere")
    assert "klingon" in refused(capsys, *more, "--corpus=moved.txt", "--encoding=klingon")
    with RunStore.open(folder / "runs") as store:  # nothing was cut off in vain
        assert store.record_of(1).state == "finished"
    assert said(capsys, *more, "--corpus=moved.txt") == (0, "", "")


def test_events_are_written_over_nothing_that_is_needed(folder, capsys) -> None:
    train(capsys, "--iterations=40")
    more = ["resume", "1", "--iterations=60", "--store=runs"]
    assert "overwrite the text" in refused(capsys, *more, "--jsonl=owl.txt")
    assert "overwrite the run store" in refused(capsys, *more, "--jsonl=runs")
    assert "No such file" in refused(capsys, *more, "--jsonl=nowhere/x")
    assert "--detach" in refused(capsys, *more, "--jsonl=x", "--detach")
    with RunStore.open(folder / "runs") as store:
        assert store.record_of(1).state == "finished"


def test_there_has_to_be_a_checkpoint(folder, capsys) -> None:
    train(capsys, "--iterations=40")
    more = ["resume", "1", "--iterations=60", "--store=runs"]
    file = path_of(folder / "runs", 1)
    file.write_bytes(file.read_bytes()[:-100])
    assert str(file) in refused(capsys, *more)
    file.unlink()
    assert "Run 1 has no checkpoint to go on from." in refused(capsys, *more)
    assert "There is no run 7" in refused(capsys, "resume", "7", "--store=runs")
    assert "There is no run store" in refused(capsys, "resume", "7", "--store=none")
    assert not (folder / "none").exists()


def test_a_stopped_run_goes_on(folder, capsys) -> None:
    flags = [*TINY[:-1], "--iterations=1e9", "--sample-every=0", "--store=runs"]
    process = subprocess.Popen(
        [*COMMAND, "train", "--corpus=owl.txt", *flags], stderr=subprocess.PIPE
    )
    while b"training" not in process.stderr.readline():
        pass
    line = refused(capsys, "resume", "1", "--store=runs")
    assert "Run 1 (gru-1) is still running; if it is detached, `charrnn-tui attach 1 " in line
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    made = checkpoint("runs").iteration
    code, out, _ = resume(capsys, "1", f"--iterations={made + 10}")
    assert code == 0
    assert f"finished after {made + 10:,} of {made + 10:,} iterations" in out


def test_a_resumed_run_is_stopped_as_train_is(folder, capsys) -> None:
    train(capsys, "--iterations=40")
    command = [*COMMAND, "resume", "1", "--store=runs", "--iterations=1e9"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while b"training" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"stopped after" in out
    assert b"Traceback" not in err
    np.testing.assert_array_less(40, checkpoint("runs").iteration)


def launched(out: str, run_id: int, name: str) -> int:
    """Return the process of a detached run that the command has told of."""
    pattern = (
        rf"Run {run_id} \({name}\) trains on in process (\d+); "
        rf"`charrnn-tui attach {run_id} --store runs` shows it\.\n"
    )
    return int(re.fullmatch(pattern, out)[1])


def test_detached_runs(folder, sockets, capsys) -> None:
    flags = ["--corpus=owl.txt", *TINY[:-1], "--store=runs", "--iterations=1e9", "--detach"]
    code, out, err = said(capsys, "train", *flags, "--name=night owl")
    pid = launched(out, 1, "night owl")
    try:
        assert (code, err) == (0, "")
        line = refused(capsys, "resume", "1", "--store=runs")
        assert "Run 1 (night owl) is still running" in line
        os.kill(pid, signal.SIGTERM)
        assert is_gone(pid, 60)
        code, out, err = resume(capsys, "night owl", "--detach")
        pid = launched(out, 1, "night owl")
        assert (code, err) == (0, "")
        made = checkpoint("runs").iteration
        with RunStore.open(folder / "runs") as store:
            until(lambda: store.record_of(1).iteration > made)
    finally:
        os.kill(pid, signal.SIGKILL)
        assert is_gone(pid, 60)


def test_what_cannot_be_detached_gets_one_sentence(folder, sockets, capsys) -> None:
    train(capsys, "--iterations=40")
    new = ["train", *TINY, "--store=runs", "--detach"]
    assert f"folder {folder}/nowhere" in refused(capsys, *new, "--corpus=nowhere")
    assert "owl.txt has 1,944" in refused(capsys, *new, "--corpus=owl.txt", "--seq-length=5000")
    assert "memory" in refused(capsys, *new, "--corpus=owl.txt", "--hidden-size=1e9")
    assert "There is a run named gru-1" in refused(capsys, *new, "--corpus=owl.txt", "--name=gru-1")
    assert "--jsonl" in refused(capsys, *new, "--corpus=owl.txt", "--jsonl=x")
    old = ["resume", "1", "--store=runs", "--detach"]
    assert "needs more --iterations" in refused(capsys, *old)
    more = [*old, "--iterations=60"]
    assert "hidden_size cannot change" in refused(capsys, *more, "--hidden-size=7")
    assert "--corpus" in refused(capsys, *more, "--corpus=owl.txt")
    with RunStore.open(folder / "runs") as store:
        assert [run.state for run in store.runs()] == ["finished"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "No run trains detached; `train --detach` and `resume --detach` start one."),
        (["gru-1"], "Run 1 (gru-1) does not run: it is finished; `charrnn-tui resume` goes on"),
        (["7"], "There is no run 7"),
    ],
)
def test_there_has_to_be_something_to_attach_to(
    folder, sockets, capsys, arguments, sentence
) -> None:
    train(capsys, "--iterations=40")
    screen = Pty(*COMMAND, "attach", *arguments, "--store=runs")
    try:
        assert screen.exit_code() == 2
        until(lambda: screen.output.endswith(b"\n"))
        assert sentence in screen.output.decode()
        assert screen.output.count(b"\n") == 1
    finally:
        screen.end()


def test_attach_shows_a_run_that_goes_on_without_it(folder, sockets, capsys) -> None:
    flags = ["--corpus=owl.txt", *TINY[:-1], "--store=runs", "--iterations=1e9", "--detach"]
    pid = launched(said(capsys, "train", *flags)[1], 1, "gru-1")
    screen = Pty(*COMMAND, "attach", "--store=runs")
    try:
        screen.wait_for(b"TRAINING")
        screen.wait_for(b"owl.txt")
        screen.press("q")
        assert screen.exit_code() == 0
        with RunStore.open(folder / "runs") as store:
            reached = store.record_of(1).iteration
            until(lambda: store.record_of(1).iteration > reached)
    finally:
        screen.end()
        os.kill(pid, signal.SIGKILL)
        assert is_gone(pid, 60)

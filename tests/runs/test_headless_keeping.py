"""Runs without a screen and their checkpoints, on sound and on broken disks, and hung up."""

from __future__ import annotations

import io
import os
import pty
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ptys import Pty, until
from tests.runs.detached.conftest import sockets as sockets  # noqa: PLC0414 - a fixture
from tests.runs.headless_support import COMMAND, FLAGS, child, owl_text, rows
from tests.runs.processes import is_gone
from tui_charrnn.engine.events import Sample, Validation
from tui_charrnn.runs.console import Bar, Report
from tui_charrnn.runs.jsonl import JsonLines
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.runs.store import RunStore

ENDLESS = [*FLAGS, "--iterations=1e9"]


@pytest.fixture
def text(tmp_path) -> Path:
    return owl_text(tmp_path)


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "runs.sqlite3"


@pytest.fixture
def screens() -> Iterator[list[Pty]]:
    opened = list[Pty]()
    yield opened
    for screen in opened:
        screen.end()


def test_checkpoints_are_kept_and_told_without_weights(text, path, tmp_path) -> None:
    file = tmp_path / "run.jsonl"
    flags = [*FLAGS, "--checkpoint-every=10", "--eval-every=0", f"--store={path}"]
    process = child(f"--corpus={text}", *flags, f"--jsonl={file}")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"napshot" not in out + err
    told = [row for row in rows(file.read_text()) if row["event"] == "Snapshot"]
    assert [row["iteration"] for row in told] == [10, 20, 30, 40]
    assert {*told[0]} == {"event", "iteration", "elapsed", "requested"}
    assert not any(row["requested"] for row in told)
    with RunStore.open(path) as store:
        assert store.checkpoint(1).iteration == 40


def test_a_checkpoint_that_cannot_be_written_costs_nothing_else(text, path, tmp_path) -> None:
    (tmp_path / "runs.sqlite3.checkpoints").write_text("in the way")
    flags = [*FLAGS, "--checkpoint-every=10", f"--store={path}"]
    process = child(f"--corpus={text}", *flags)
    out, err = process.communicate(timeout=60)
    lines = err.decode().splitlines()
    assert process.returncode == 1
    assert b"finished after 40 of 40 iterations" in out
    warnings = [place for place, line in enumerate(lines) if "No checkpoint was kept" in line]
    assert len(warnings) == 1
    assert lines[warnings[0]].startswith(
        "charrnn-tui train: No checkpoint was kept after 10 iterations: "
        f"The checkpoint {path}.checkpoints/1.npz cannot be written: "
    )
    assert any(line.startswith("training  30 / 40") for line in lines[warnings[0] :])
    assert lines[-1].startswith("charrnn-tui train: error: The record of the run is incomplete: ")
    assert f"{path}.checkpoints/1.npz" in lines[-1]
    with RunStore.open(path) as store:
        assert (store.record_of(1).state, len(store.points(1))) == ("finished", 40)


def test_a_warning_leaves_the_bar_whole(text, path, tmp_path, screens) -> None:
    (tmp_path / "runs.sqlite3.checkpoints").write_text("in the way")
    flags = [*ENDLESS, f"--corpus={text}", f"--store={path}", "--checkpoint-every=200"]
    screens.append(Pty(*COMMAND, *flags, NO_COLOR="1"))
    screens[0].wait_for(b"No checkpoint was kept")
    before = screens[0].output.partition(b"charrnn-tui train: No checkpoint")[0]
    assert b"training" in before
    assert before.endswith(b"\x1b[2K")  # the bar was taken away
    screens[0].wait_for(b"training", len(before))


def updates(path: Path) -> int:
    with RunStore.open(path, read_only=True) as store:
        return sum(run.iteration for run in store.runs())


@pytest.mark.parametrize(("more", "shown"), [([], b"iteration 40 "), (["--jsonl=-"], b"Sample")])
def test_a_run_that_hears_of_no_hang_up_goes_on_without_its_terminal(
    text, path, screens, more, shown
) -> None:
    flags = [*ENDLESS, f"--corpus={text}", f"--store={path}", "--checkpoint-every=100", *more]
    screen = Pty(*COMMAND, *flags, told=False)
    screens.append(screen)
    screen.wait_for(shown)
    until(lambda: updates(path))
    screen.close()
    reached = updates(path)
    until(lambda: updates(path) > reached + 300)
    screen.process.send_signal(signal.SIGTERM)
    assert screen.exit_code() == 128 + signal.SIGTERM
    with RunStore.open(path) as store:
        assert store.record_of(1).state == "stopped"
        assert store.checkpoint(1).iteration == store.record_of(1).iteration


def test_samples_are_written_though_the_terminal_of_the_bar_is_gone(monkeypatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("tui_charrnn.runs.console.BAR_INTERVAL", 0)
    validation = Validation(iteration=1, bits_per_character=3, characters=9, is_best=True)
    sample = Sample(iteration=2, text="the owl", smooth_loss=3, temperature=1)
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="utf-8") as err:
        out, progress = io.StringIO(), RunProgress(iterations=10)
        report = Report(out, err, Bar(err))
        report.take(validation, progress)  # draws the bar
        os.close(ours)
        for event in (sample, sample, validation, sample):
            report.take(event, progress)
        report.close()
    assert out.getvalue().count("\nthe owl\n") == 3


@pytest.mark.usefixtures("sockets")
@pytest.mark.parametrize(
    ("set_up", "more", "goes_on"),
    [("stop", [], False), ("continue", [], True), ("continue", ["--on-hangup=stop"], False)],
)
def test_a_run_that_is_hung_up_is_kept_or_goes_on(
    text, path, screens, set_up, more, goes_on
) -> None:
    settings = path.with_name("settings.toml")
    settings.write_text(f'on_hangup = "{set_up}"\n')
    flags = [*ENDLESS, f"--corpus={text}", f"--store={path}", *more]
    screen = Pty(*COMMAND, *flags, CHARRNN_SETTINGS=str(settings))
    screens.append(screen)
    screen.wait_for(b"iteration 40 ")
    screen.close()
    assert screen.exit_code() == 128 + signal.SIGHUP
    with RunStore.open(path) as store:
        if not goes_on:
            assert store.record_of(1).state == "stopped"
            assert store.checkpoint(1).iteration == store.record_of(1).iteration
            return
        until(lambda: store.record_of(1).state == "running")
        reached = store.record_of(1).iteration
        try:
            until(lambda: store.record_of(1).iteration > reached)
        finally:
            end_run(path)


def end_run(path: Path) -> None:
    """Kill the process that trains run 1."""
    with closing(sqlite3.connect(path)) as connection:
        pid = connection.execute("SELECT pid FROM runs WHERE id = 1").fetchone()[0]
    os.kill(pid, signal.SIGKILL)
    assert is_gone(pid, 20)


def test_settings_that_cannot_be_used_are_said_before_the_training(text, path, tmp_path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('on_hangup = "perhaps"\n')
    prefix = {**os.environ, "CHARRNN_SETTINGS": str(settings)}
    process = child(f"--corpus={text}", *FLAGS, f"--store={path}", env=prefix)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, b"")
    assert b"perhaps" in err
    assert err.count(b"\n") == 1
    assert not path.exists()


def test_a_file_keeps_what_it_holds_until_there_are_events(tmp_path) -> None:
    file = tmp_path / "run.jsonl"
    file.write_text("precious")
    JsonLines.open(str(file)).close()
    assert file.read_text() == "precious"

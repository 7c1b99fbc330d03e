"""The terminal of the app is closed, or somebody ends the app: nothing is lost, nothing is left."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.interrupted import (
    app_command,
    begin,
    check_as_if_nothing_was,
    check_stopped,
    is_gone,
    iteration,
    row,
    store_in,
)
from tests.ptys import Pty, until
from tests.test_end_to_end import Terminal
from tests.test_end_to_end import pytestmark as needs_tmux
from tui_charrnn.runs.store import RunStore
from tui_charrnn.screens.leaving import GRACE

QUICK = 15.0
"""Seconds that the end of the app may take, with its last checkpoint and on a busy machine."""

GUARDED = QUICK + GRACE
"""Seconds that the end takes where the app hangs."""

ON_BY_DEFAULT = {b"25", b"7"}
"""Modes that a terminal has switched on when nobody has asked it for anything."""

SIZES_IN_BAND = "\x1b[?2048;2$y"
"""What a terminal says that can tell its size; it is then asked for the mouse in pixels too."""

Open = Callable[..., Pty]


SCRIPT = """
import sys, time
from pathlib import Path
from tests.interrupted import CONFIG, SLOW
from tui_charrnn.app import CharRNNApp

class Scripted(CharRNNApp):
    def {hangs_in}(self):
        Path({mark!r}).touch()
        time.sleep(10_000)

app = Scripted({text!r}, config={config}, store=Path({store!r}))
app.run()
sys.exit(app.return_code)
"""
"""An app with other hyperparameters, or one that hangs."""


def scripted(folder: Path, config: str = "CONFIG", hangs_in: str = "nowhere") -> str:
    """Return a script that runs the app on a text in a folder."""
    text, store = app_command(folder)[4], str(store_in(folder))
    mark = str(folder / "stuck")
    return SCRIPT.format(text=text, store=store, mark=mark, config=config, hangs_in=hangs_in)


@pytest.fixture
def open_pty() -> Iterator[Open]:
    opened: list[Pty] = []

    def make(*command: str, **options) -> Pty:
        opened.append(Pty(*command, **options))
        return opened[-1]

    yield make
    for one in opened:
        one.end()


@pytest.fixture
def app(open_pty: Open, tmp_path: Path) -> Pty:
    return open_pty(*app_command(tmp_path))


def continuing(folder: Path) -> dict[str, str]:
    """Return the environment of an app whose runs go on when it is hung up."""
    settings = folder / "settings.toml"
    settings.write_text('on_hangup = "continue"\n')
    return {"CHARRNN_SETTINGS": str(settings)}


def check_restored(app: Pty) -> None:
    """Check that the terminal is as it was before."""
    assert app.modes() == app.before
    switched = re.findall(rb"\x1b\[\?(\d+)([hl])", app.output)
    last = {mode: state for mode, state in switched}
    assert last[b"1049"] == b"l"
    on = {mode for mode, state in last.items() if state == b"h"}
    assert on == ON_BY_DEFAULT
    assert app.output.count(b"\x1b[<u") == app.output.count(b"u\x1b[?2026$p") == 1
    assert b"Traceback" not in app.output


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_restores_the_terminal_and_ends(app, tmp_path, number) -> None:
    begin(app, tmp_path)
    app.process.send_signal(number)
    assert app.exit_code(QUICK) == 128 + number
    check_stopped(tmp_path)
    check_restored(app)


def test_quitting_takes_the_same_way(app, tmp_path) -> None:
    begin(app, tmp_path)
    app.press_and_wait(SIZES_IN_BAND, b"\x1b[?1016h")
    app.press("q")
    app.wait_for(b"Quit?")
    app.press("y")
    assert app.exit_code(QUICK) == 0
    check_stopped(tmp_path)
    check_restored(app)


@pytest.mark.parametrize("told", [True, False])
def test_a_closed_terminal_saves_and_ends_whether_or_not_a_signal_comes(
    open_pty, tmp_path, told
) -> None:
    app = open_pty(*app_command(tmp_path), told=told)
    begin(app, tmp_path)
    app.close()
    assert app.exit_code(QUICK) == 128 + signal.SIGHUP
    check_stopped(tmp_path)


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.1, 1.0])
def test_a_terminal_closed_before_anything_runs_leaves_nothing_behind(
    open_pty, tmp_path, seconds: float
) -> None:
    """Just after the first frame the fields of the form are being made."""
    app = open_pty(*app_command(tmp_path), told=False)
    app.wait_for(b"READY")
    time.sleep(seconds)
    app.close()
    assert app.exit_code(QUICK) == 128 + signal.SIGHUP


def test_several_hang_ups_are_no_impatience(open_pty, tmp_path) -> None:
    app = open_pty(sys.executable, "-c", scripted(tmp_path, "SLOW"))
    app.wait_for(b"READY")
    app.press_and_wait(" ", b"TRAINING")
    until(lambda: row(tmp_path)[0] == "running")
    for _ in range(3):
        app.process.send_signal(signal.SIGHUP)
        until(lambda: b"Saving" in app.output)
    assert app.exit_code(GUARDED) == 128 + signal.SIGHUP
    with RunStore.open(store_in(tmp_path)) as store:
        assert store.record_of(1).state == "stopped"
        assert store.checkpoint(1).iteration == store.record_of(1).iteration == 1


def test_an_ignored_hang_up_stays_ignored(open_pty, tmp_path) -> None:
    app = open_pty("/bin/sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *app_command(tmp_path))
    begin(app, tmp_path)
    app.process.send_signal(signal.SIGHUP)
    before = iteration(tmp_path)
    until(lambda: iteration(tmp_path) > before)
    app.process.send_signal(signal.SIGTERM)
    assert app.exit_code(QUICK) == 128 + signal.SIGTERM
    check_stopped(tmp_path)


def test_training_goes_on_while_the_terminal_does_not_read(app, tmp_path) -> None:
    begin(app, tmp_path)
    app.stop_reading()
    app.press("z" * 200)  # the whole screen, over and over: more than a terminal takes unread
    before = iteration(tmp_path)
    until(lambda: iteration(tmp_path) > before + 20)
    app.process.send_signal(signal.SIGHUP)
    assert app.exit_code(QUICK) == 128 + signal.SIGHUP
    check_stopped(tmp_path)
    app.read_on()
    until(lambda: b"\x1b[?1049l" in app.output)
    assert app.modes() == app.before


def test_all_lanes_of_a_race_are_saved_before_their_processes_end(app, tmp_path) -> None:
    app.wait_for(b"READY")
    app.press("R")
    app.wait_for(b"parameters")
    app.press("\r")
    until(lambda: row(tmp_path, 1)[1] > 5 and row(tmp_path, 2)[1] > 5)
    app.process.send_signal(signal.SIGTERM)
    assert app.exit_code(QUICK) == 128 + signal.SIGTERM
    with RunStore.open(store_in(tmp_path)) as store:
        for run in store.runs():
            assert run.state == "stopped"
            assert store.checkpoint(run.id).iteration == run.iteration > 5


def test_a_run_goes_on_in_a_process_of_its_own_and_nothing_shows_that_it_was_interrupted(
    open_pty, tmp_path
) -> None:
    app = open_pty(*app_command(tmp_path), **continuing(tmp_path))
    begin(app, tmp_path)
    app.close()
    assert app.exit_code(QUICK) == 128 + signal.SIGHUP
    pid = row(tmp_path)[2]
    assert pid != app.process.pid
    until(lambda: row(tmp_path)[0] == "finished")
    until(lambda: is_gone(pid))
    check_as_if_nothing_was(tmp_path)


@pytest.mark.parametrize("why", ["SIGTERM", "a pause"])
def test_a_run_stays_where_it_is_if_it_is_ended_on_purpose_or_paused(
    open_pty, tmp_path, why
) -> None:
    app = open_pty(*app_command(tmp_path), **continuing(tmp_path))
    begin(app, tmp_path)
    if why == "a pause":
        app.press(" ")
        app.wait_for(b"PAUSED")
    number = signal.SIGTERM if why == "SIGTERM" else signal.SIGHUP
    app.process.send_signal(number)
    assert app.exit_code(QUICK) == 128 + number
    check_stopped(tmp_path)
    assert row(tmp_path)[2] == app.process.pid


@needs_tmux
def test_a_killed_tmux_session_saves_and_ends(tmp_path) -> None:
    terminal = Terminal(100, 30, *app_command(tmp_path)[3:])
    try:
        terminal.wait_for("READY")
        terminal.press("Space")
        until(lambda: iteration(tmp_path) > 5)
        pid = row(tmp_path)[2]
        terminal.tmux("kill-session")
        until(lambda: is_gone(pid), QUICK)
        assert row(tmp_path)[0] == "stopped"
        with RunStore.open(store_in(tmp_path)) as store:
            assert store.checkpoint(1).iteration == store.record_of(1).iteration
    finally:
        terminal.close()


def test_train_stops_with_a_checkpoint_when_its_terminal_is_closed(open_pty, tmp_path) -> None:
    words = app_command(tmp_path)
    train = open_pty(*words[:3], "train", *words[3:])
    until(lambda: iteration(tmp_path) > 5)
    train.close()
    assert train.exit_code(QUICK) == 128 + signal.SIGHUP
    with RunStore.open(store_in(tmp_path)) as store:
        run = store.record_of(1)
        assert run.state == "stopped"
        assert store.checkpoint(1).iteration == run.iteration == len(store.points(1))


def test_several_hang_ups_do_not_give_a_run_without_a_screen_up(open_pty, tmp_path) -> None:
    words = app_command(tmp_path)
    slow = ["--hidden-size", "1000", "--seq-length", "1500", "--batch-size", "1"]
    train = open_pty(*words[:3], "train", *words[3:], *slow, "--sample-every", "0")
    until(lambda: row(tmp_path)[0] == "running")
    for _ in range(3):
        train.process.send_signal(signal.SIGHUP)
        until(lambda: not is_pending(train.process.pid))
    assert train.exit_code(QUICK) == 128 + signal.SIGHUP
    with RunStore.open(store_in(tmp_path)) as store:
        assert store.record_of(1).state == "stopped"
        assert store.checkpoint(1).iteration == 1


def is_pending(pid: int) -> bool:
    """Whether a process has yet to be told of a signal."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    pending = next((line.split()[1] for line in lines if line.startswith("ShdPnd:")), "0")
    return int(pending, 16) != 0


def test_train_goes_on_under_nohup(tmp_path) -> None:
    words = ["nohup", *app_command(tmp_path)]
    words.insert(4, "train")
    with (tmp_path / "told").open("w") as told:
        train = subprocess.Popen(words, stdout=told, stderr=told, stdin=subprocess.DEVNULL)
    try:
        until(lambda: iteration(tmp_path) > 5)
        train.send_signal(signal.SIGHUP)
        before = iteration(tmp_path)
        until(lambda: iteration(tmp_path) > before)
        train.send_signal(signal.SIGTERM)
        assert train.wait(QUICK) == 128 + signal.SIGTERM
    finally:
        train.kill()
        train.wait()


def test_an_app_that_hangs_at_its_end_is_ended(open_pty, tmp_path) -> None:
    script = scripted(tmp_path, hangs_in="on_unmount")
    app = open_pty(sys.executable, "-c", script, told=False)
    begin(app, tmp_path)
    app.close()
    assert app.exit_code(GUARDED) == 128 + signal.SIGHUP
    check_stopped(tmp_path)


def test_an_app_that_hangs_is_saved_and_ended_and_the_terminal_restored(open_pty, tmp_path) -> None:
    app = open_pty(sys.executable, "-c", scripted(tmp_path, hangs_in="action_quit"))
    begin(app, tmp_path)
    app.press("q")
    until((tmp_path / "stuck").exists)
    app.process.send_signal(signal.SIGTERM)
    assert app.exit_code(GUARDED) == 128 + signal.SIGTERM
    check_stopped(tmp_path)
    check_restored(app)


@pytest.mark.parametrize("command", [[], ["train"]])
def test_settings_that_are_wrong_are_refused(open_pty, tmp_path, command) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('on_hangup = "wait"\n')
    words = app_command(tmp_path)
    app = open_pty(*words[:3], *command, *words[3:], CHARRNN_SETTINGS=str(settings))
    assert app.exit_code() == 2
    said = f'on_hangup in the settings {settings} must be "stop" or "continue", not \'wait\'.'
    until(lambda: said in " ".join(app.output.decode().split()))
    assert not store_in(tmp_path).exists()

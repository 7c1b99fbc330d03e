"""Several programs on one store at once: all runs are kept, and each is trained by one alone."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.interrupted import is_gone
from tests.places import CONFIG, App, check_as_in_one_go, flags, keep_a_run, run_in, text_in
from tests.places import show as show  # noqa: PLC0414 - a fixture
from tests.places import start as start  # noqa: PLC0414 - a fixture
from tests.ptys import until
from tui_charrnn.runs.store import RunStore

DOWN = "\x1b[B"
CLEAR = "\x15"

LONG = CONFIG.replace(iterations=100_000)

STILL_RUNNING = "Run {} is still running; stop it first."


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return text_in(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite3"


@pytest.fixture
def app_words(text: Path, store: Path) -> list[str]:
    return [f"--corpus={text}", "--preset=quick", f"--store={store}"]


def open_runs(app: App) -> None:
    app.press("o")
    app.wait_for_line("o Sort|No runs yet")


def test_all_runs_of_two_apps_and_a_train_are_kept(start, show, text, store, app_words) -> None:
    apps = [show(*app_words), show(*app_words)]
    train = start(
        "train", f"--corpus={text}", f"--store={store}", "--name=mine", "--quiet",
        *flags(CONFIG.replace(iterations=1500)),
    )  # fmt: skip
    for app in apps:
        app.begin(hidden_size=8, iterations=100)
    assert (train.exit_code(), train.said) == (0, "")
    for app in apps:
        app.wait_for_line("FINISHED")
    until(lambda: all(run_in(store, run_id)[0] == "finished" for run_id in (1, 2, 3)))
    for run_id in (1, 2, 3):
        check_as_in_one_go(store, run_id)
    one, other = apps
    for app in apps:
        open_runs(app)
        app.wait_for_line("mine")
    _rename(one, "owl")
    with RunStore.open(store) as opened:
        until(lambda: opened.runs()[0].name == "owl")
        other.press("\x1b[15~")  # F5
        other.wait_for_line(r"│\s*\S*\s*3 .* owl ")
        other.press(DOWN)
        _rename(other, "Owl")
        other.wait_for_line("There is another run named Owl already.")
        other.press("\x1b")
        for app in apps:
            app.press("\x1b")
            app.wait_for_line("FINISHED")

        # one deletes what the other still shows
        open_runs(one)
        one.wait_for_line("─ Runs · 3 ")
        one.press("a")
        one.wait_for_line("3 marked")
        one.press("d")
        one.wait_for_line(r"Delete 3 runs\?")
        one.press("y")
        one.wait_for_message("Deleted 3 runs.")
        assert opened.runs() == []
    other.wait_for_line("─ 2 kept")
    other.press("s")  # what it has learned it still knows
    other.wait_for_line("─ 3 kept")
    open_runs(other)
    other.wait_for_line("No runs yet")
    for app in apps:
        assert app.quit() == 0
        assert b"Traceback" not in app.output


def _rename(app: App, name: str) -> None:
    app.press("n")
    app.wait_for_line("Name the run")
    app.press(CLEAR)
    app.wait_for_line(r"name {60}")
    app.press(name)
    app.wait_for_line(rf"name +{name} ")
    app.press("\r")


@pytest.fixture
def stopped(text: Path, store: Path) -> None:
    """Two runs that have stopped midway."""
    for _ in range(2):
        keep_a_run(store, text, LONG, updates=100)


def choose_run_1(app: App) -> None:
    open_runs(app)
    app.wait_for_line(" 1  gru-1 ")
    app.press("\x1b[F")  # the last one: the end of the list
    app.wait_for_line("^ gru-1 ")


def training(app: App, updates: int) -> bool:
    return "TRAINING" in "".join(app.lines()) and app.iteration() > updates


@pytest.mark.usefixtures("stopped")
def test_of_two_apps_that_go_on_with_a_run_one_does(show, store, app_words) -> None:
    apps = [show(*app_words), show(*app_words)]
    for app in apps:
        app.wait_for(b"READY")
        open_runs(app)
        app.wait_for_line("^ gru-2 ")
    for app in apps:
        app.press("g")
    until(lambda: any(training(app, 200) for app in apps))
    one, other = apps if training(apps[0], 200) else apps[::-1]
    refusals = "is not running detached; it is training elsewhere|is still running; stop it first"
    other.wait_for_one(refusals)
    assert not training(other, 0)

    # the other goes on with a run while this one is asked whether it should
    if any("o Sort" in line for line in other.lines()):  # it was refused before the runs closed
        other.press("\x1b")
        other.wait_for_line("o Runs")  # a key within 0.2 s of an escape would be one with alt
    choose_run_1(one)
    one.press("g")
    one.wait_for_line(r"Go on with gru-1\?")
    choose_run_1(other)
    other.press("g")
    until(lambda: training(other, 200))
    one.press("y")
    one.wait_for_message(f"The run failed {STILL_RUNNING.format(1)}")
    one.wait_for_line("FAILED")
    check_as_in_one_go(store, 2, "stopped")

    # nobody can delete it then
    choose_run_1(one)
    one.press("d")
    one.wait_for_line(r"Delete gru-1\?")
    one.press("y")
    one.wait_for_one(f"(?<!The run failed){STILL_RUNNING.format(1)}")  # another message
    other.press("x")
    other.wait_for_line("STOPPED")
    check_as_in_one_go(store, 1, "stopped")

    # it is deleted while the other is asked whether it should go on
    other.press("r")
    until(lambda: training(other, 0))
    choose_run_1(other)
    other.press("g")
    other.wait_for_line(r"Go on with gru-1\?")
    one.press("d")
    one.wait_for_line(r"Delete gru-1\?")
    one.press("y")
    one.wait_for_message("Deleted gru-1.")
    other.press("y")
    other.wait_for_message(f"The run failed There is no run 1 in {store}.")
    for app in apps:
        assert app.quit() == 0
        assert b"Traceback" not in app.output
    assert [run_in(store, run_id)[0] for run_id in (1, 2, 3)] == ["", "stopped", "stopped"]


@pytest.mark.usefixtures("stopped")
def test_of_commands_that_go_on_with_a_run_one_does(start, store) -> None:
    resumed = [start("resume", "2", f"--store={store}", "--quiet") for _ in range(3)]
    until(lambda: sum(is_gone(each.process.pid) for each in resumed) == 2)
    (winner,) = (each for each in resumed if not is_gone(each.process.pid))
    until(lambda: run_in(store, 2) > ("running", 100))
    renamed = start("runs", f"--store={store}", "name", "2", "owl")
    deleted = start("runs", f"--store={store}", "delete", "2", "--yes")
    assert renamed.exit_code() == 0
    assert deleted.exit_code() == 2
    assert deleted.said.endswith(f"error: {STILL_RUNNING.format(2)}\n")
    for each in resumed:
        if each is not winner:
            assert each.exit_code() == 2
            assert "is still running; " in each.said
            assert each.said.count("\n") == 1
    assert winner.exit_code(signal.SIGTERM) == 128 + signal.SIGTERM
    assert winner.said == ""
    check_as_in_one_go(store, 2, "stopped")
    with RunStore.open(store) as opened:
        assert opened.record_of(2).name == "owl"

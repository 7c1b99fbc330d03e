"""Real processes: they train to the end, whatever becomes of whoever started them."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.support import only
from tests.runs.detached.support import CONFIG, CORPUS, ENDLESS, Place, wait_for
from tests.runs.processes import is_gone
from tui_charrnn.engine import TrainControl, build_model
from tui_charrnn.engine.events import Snapshot, Started, Step
from tui_charrnn.runs.detached import DetachError, GoingOn, NewRun, live
from tui_charrnn.runs.detached.launch import launch
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.store import RunStore

ROOT = Path(__file__).parents[3]
launching = sys.modules["tui_charrnn.runs.detached.launch"]


def test_a_run_is_trained_to_its_end_and_kept(place: Place) -> None:
    order = place.order(CONFIG, "owl")
    launched = launch(order)
    place.pids.append(launched.pid)
    assert place.run(launched.run_id).name == "owl"
    wait_for(lambda: place.run(launched.run_id).state == "finished")
    model = build_model(CONFIG, CORPUS.vocab_size)
    wanted = list(train_to_the_end(CONFIG, CORPUS, model, TrainControl()))
    assert place.events(launched.run_id) == wanted
    run = place.run(launched.run_id)
    assert (run.origin.text.source, run.origin.text.encoding) == (str(place.text), "utf-8")
    with RunStore.open(place.store) as store:
        kept = store.checkpoint(launched.run_id).model()
    assert (kept.weights.flat == model.weights.flat).all()
    assert is_gone(launched.pid, 30)


def test_it_listens_when_it_is_launched_and_leaves_nothing_in_the_end(
    place: Place, sockets: Path
) -> None:
    launched = place.begin()
    assert live(place.store) == [launched.run_id]
    os.kill(launched.pid, signal.SIGTERM)
    assert is_gone(launched.pid, 30)
    assert live(place.store) == list(sockets.iterdir()) == []


def test_a_signal_stops_it_with_all_that_it_has_learned(place: Place) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        launched = place.begin()
        wait_for(lambda run_id=launched.run_id: place.run(run_id).iteration > 0)
        os.kill(launched.pid, number)
        assert is_gone(launched.pid, 30)
        events = place.events(launched.run_id)
        assert events[-1].outcome == "stopped"
        assert [step.iteration for step in only(Step, events)] == list(range(events[-1].iteration))
        with RunStore.open(place.store) as store:
            assert store.checkpoint(launched.run_id).iteration == events[-1].iteration


def test_it_is_nobodys_child_and_holds_nothing_of_its_starter(place: Place) -> None:
    launched = place.begin()
    fields = Path(f"/proc/{launched.pid}/stat").read_text().rpartition(")")[2].split()
    parent, group, session, terminal = (int(field) for field in fields[1:5])
    assert parent != os.getpid()
    assert session == group != os.getsid(0)
    assert session != launched.pid  # who leads no session can never get a terminal
    assert terminal == 0
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    streams = {os.readlink(f"/proc/{launched.pid}/fd/{number}") for number in (0, 1, 2)}
    assert streams == {os.devnull}
    assert os.readlink(f"/proc/{launched.pid}/cwd") == "/"
    open_ones = Path(f"/proc/{launched.pid}/fd")
    wait_for(lambda: not any("pipe:" in os.path.realpath(link) for link in open_ones.iterdir()))


STARTER = """
import fcntl, sys, termios
from pathlib import Path
from tests.runs.detached.support import Place
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
launched = Place(Path(sys.argv[1])).begin()
print("launched", launched.run_id, launched.pid, flush=True)
input()
"""


@pytest.fixture
def starter(place: Place, tmp_path: Path) -> Iterator[Callable[..., tuple[int, int, int]]]:
    """Starts a Python on a terminal of its own, which starts a run; returns what there is then."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[subprocess.Popen[bytes], int, int]:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", STARTER, str(tmp_path)],
            stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT,
            start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        started.append(process)
        said = b""
        while b"launched" not in said or not said.endswith(b"\n"):
            said += os.read(ours, 1024)
        place.pids.append(int(said.split()[2]))
        return process, ours, int(said.split()[1])

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("end", ["kill", "hang up", "interrupt"])
def test_it_trains_on_when_whoever_started_it_is_gone(place: Place, starter, end: str) -> None:
    process, terminal, run_id = starter()
    if end == "kill":
        process.kill()
    elif end == "interrupt":
        os.write(terminal, b"\x03")
    if end != "hang up":
        assert is_gone(process.pid, 30)
    os.close(terminal)
    assert is_gone(process.pid, 30)
    before = place.run(run_id).iteration
    visit = place.visit(run_id)
    while visit.until(Step).iteration <= before + 10:
        pass
    os.kill(place.pids[-1], signal.SIGHUP)
    reached = visit.taken[-1].iteration
    while visit.until(Step).iteration <= reached + 200:
        pass
    assert place.run(run_id).state == "running"


def test_a_run_goes_on_from_its_checkpoint_to_the_last_bit(place: Place) -> None:
    config = CONFIG.replace(iterations=100_000, eval_every=0, sample_every=0, checkpoint_every=50)
    first = place.begin(config)
    wait_for(lambda: place.run(first.run_id).iteration > 200)
    os.kill(first.pid, signal.SIGKILL)
    assert is_gone(first.pid, 30)
    assert place.run(first.run_id).state == "interrupted"
    with RunStore.open(place.store) as store:
        start = store.checkpoint(first.run_id)
    last = start.iteration + 300
    second = launch(GoingOn(first.run_id, place.store, {"iterations": last}))
    place.pids.append(second.pid)
    assert second.run_id == first.run_id
    assert is_gone(second.pid, 30)
    run, events = place.run(first.run_id), place.events(first.run_id)
    assert (run.state, run.config) == ("finished", config.replace(iterations=last))
    assert [each.iteration for each in only(Started, events)] == [0, start.iteration]
    assert isinstance(events[start.events - 1], Snapshot)
    model = build_model(config, CORPUS.vocab_size)
    wanted = list(train_to_the_end(run.config, CORPUS, model, TrainControl()))
    assert only(Step, events) == only(Step, wanted)
    with RunStore.open(place.store) as store:
        assert (store.checkpoint(run.id).model().weights.flat == model.weights.flat).all()


def test_what_cannot_be_trained_is_said_and_leaves_no_run(place: Place, tmp_path: Path) -> None:
    RunStore.open(place.store).close()
    (tmp_path / "other").write_text("no store at all")
    text, none = str(place.text), str(tmp_path / "none")
    orders = [
        (NewRun(CONFIG, none, "utf-8", place.store), f"There is no file or folder {none}, nor"),
        (NewRun(CONFIG, text, "utf-8", place.store, "7"), "A run cannot be named 7: a number"),
        (NewRun(CONFIG, text, "utf-8", tmp_path / "other"), "other is not a run store; it"),
        (place.order(CONFIG.replace(seq_length=5000)), "owls.txt has"),
        (place.order(CONFIG.replace(hidden_size=10**7)), "hidden_size 10,000,000 with"),
        (GoingOn(5, place.store), f"There is no run 5 in {place.store}."),
    ]
    for order, message in orders:
        with pytest.raises(DetachError, match=re.escape(message)):
            launch(order)
    with RunStore.open(place.store) as store:
        assert store.runs() == []


def test_a_run_that_is_live_is_not_started_twice(place: Place) -> None:
    launched = place.begin(ENDLESS.replace(checkpoint_every=10))
    wait_for(lambda: place.run(launched.run_id).iteration > 20)
    with pytest.raises(DetachError, match=f"Run {launched.run_id} is still running"):
        launch(GoingOn(launched.run_id, place.store))
    assert live(place.store) == [launched.run_id]


def test_a_run_that_is_over_does_not_go_on_for_nothing(place: Place) -> None:
    launched = place.begin(CONFIG.replace(iterations=50))
    assert is_gone(launched.pid, 30)
    before = place.events(launched.run_id)
    for changes, message in (
        ({}, "iterations must be more than the 50 that the run has made, not 50."),
        ({"iterations": 60, "hidden_size": 9}, "hidden_size cannot change when a run goes on"),
    ):
        with pytest.raises(DetachError, match=message):
            launch(GoingOn(launched.run_id, place.store, changes))
    assert place.events(launched.run_id) == before
    assert place.run(launched.run_id).state == "finished"


def test_a_run_whose_text_has_gone_stays_as_it_was(place: Place) -> None:
    launched = place.begin(CONFIG.replace(iterations=50))
    assert is_gone(launched.pid, 30)
    before = place.events(launched.run_id)
    place.text.unlink()
    with pytest.raises(DetachError, match="There is no file or folder"):
        launch(GoingOn(launched.run_id, place.store, {"iterations": 100}))
    place.text.write_text("other " * 100)
    with pytest.raises(DetachError, match="is not the text that the run has read"):
        launch(GoingOn(launched.run_id, place.store, {"iterations": 100}))
    assert place.events(launched.run_id) == before


def test_the_folder_of_the_sockets_is_looked_at_first(place: Place, sockets: Path) -> None:
    sockets.mkdir()
    sockets.chmod(0o777)
    with pytest.raises(DetachError, match="may be entered by others"):
        place.begin()
    with RunStore.open(place.store) as store:
        assert store.runs() == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os; os._exit(3)", "The process for the run ended before it began to train."),
        ("raise ImportError", "The process for the run ended before it began to train."),
    ],
)
def test_a_process_that_never_came_to_train_is_said(
    place: Place, monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    monkeypatch.setattr(launching, "BOOTSTRAP", code)
    with pytest.raises(DetachError) as caught:
        place.begin()
    assert str(caught.value) == message


def test_a_system_without_room_for_a_process_is_said(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(DetachError) as caught:
        place.begin()
    wanted = "The process for the run could not be started: No such file or directory."
    assert str(caught.value) == wanted


SLEEPS = """
import os, sys, time
if pid := os.fork():
    os.write(1, b'{"pid": %d}\\n' % pid)
    os._exit(0)
sys.stdin.readline()
open(WHERE, "w").write(str(os.getpid()))
time.sleep(60)
"""


def test_who_breaks_off_the_wait_ends_the_process(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tmp_path / "pid"
    monkeypatch.setattr(launching, "BOOTSTRAP", f"WHERE = {str(where)!r}\n{SLEEPS}")

    def interrupt() -> None:
        wait_for(lambda: where.exists() and where.read_text())
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        place.begin()
    thread.join()
    place.pids.append(int(where.read_text()))
    assert is_gone(place.pids[-1], 30)

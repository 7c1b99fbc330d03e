"""Full disks, folders that may not be written, no home: each told in a sentence, and none fatal.

All is real: file systems, users, and processes of the program.
"""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import (
    CONFIG,
    INTERVAL,
    Start,
    check_as_in_one_go,
    disk_at,
    flags,
    keep_a_run,
    keep_full,
    run_in,
    stranger,
    text_in,
)
from tests.places import show as show  # noqa: PLC0414 - a fixture
from tests.places import start as start  # noqa: PLC0414 - a fixture
from tests.ptys import until
from tests.rights import folder_of_ours
from tests.runs.processes import is_gone
from tui_charrnn.engine import checkpoint_file
from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.store.checkpoints import path_of

SHORT = CONFIG.replace(iterations=60)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    with disk_at(tmp_path / "disk") as folder:
        yield folder


@pytest.fixture
def text(tmp_path: Path) -> Path:
    return text_in(tmp_path)


# full disks


class Training:
    """`train` on a disk that is full from its first checkpoint on."""

    def __init__(self, start: Start, text: Path, disk: Path) -> None:
        self.store, self._events = disk / "runs.sqlite3", text.with_name("run.jsonl")
        self.file = path_of(self.store, 1)
        where = [f"--corpus={text}", f"--store={self.store}", f"--jsonl={self._events}", "--quiet"]
        self.train = start("train", *flags(CONFIG), *where)
        self.train.until(self.file.exists)
        self.ballast = keep_full(disk, lambda: "No checkpoint was kept" in self.train.said)
        self.kept = self.saved()  # as whole as before

    def saved(self) -> int:
        return checkpoint_file.load(self.file).iteration

    def made(self) -> int:
        """Return how many updates the training tells of."""
        lines = self._events.read_bytes().splitlines()[-3:-1]
        return json.loads(lines[-1])["iteration"]

    def train_on(self) -> None:
        """Wait for more updates, over more than one checkpoint."""
        before = self.made()
        self.train.until(lambda: self.made() > before + 3 * INTERVAL)


def test_train_goes_on_where_the_disk_is_full_and_catches_up_when_there_is_room(
    disk, start, text
) -> None:
    training = Training(start, text, disk)
    pattern = (
        r"charrnn-tui train: No checkpoint was kept after [\d,]+ iterations: The "
        r"(run store \S+/runs.sqlite3|checkpoint \S+/1.npz) cannot be written: the disk is full\.\n"
    )
    training.train_on()
    assert re.fullmatch(pattern, training.train.said)
    assert training.saved() == training.kept
    training.ballast.unlink()
    made = training.made()
    training.train.until(lambda: training.saved() > made)
    assert training.train.exit_code(signal.SIGTERM) == 128 + signal.SIGTERM
    assert re.fullmatch(pattern, training.train.said)  # and nothing since
    with RunStore.open(training.store) as store:
        run = store.record_of(1)
        assert run.state == "stopped"
        assert training.saved() == run.iteration == len(store.points(1)) > made


def test_a_run_whose_disk_stays_full_says_so_and_goes_on_from_its_last_checkpoint(
    disk, start, text
) -> None:
    training = Training(start, text, disk)
    training.train_on()
    assert training.train.exit_code(signal.SIGTERM) == 128 + signal.SIGTERM
    _, ending = training.train.said.splitlines()
    assert ending.startswith("charrnn-tui train: error: The record of the run is incomplete: The ")
    assert ending.endswith(" cannot be written: the disk is full.")
    assert training.saved() == training.kept
    training.ballast.unlink()
    assert run_in(training.store)[0] == "interrupted"
    total = training.kept + 3 * INTERVAL
    again = start("resume", "1", f"--iterations={total}", f"--store={training.store}", "--quiet")
    assert (again.exit_code(), again.said) == (0, "")
    check_as_in_one_go(training.store)


def test_a_log_that_can_be_written_back_only_in_part_costs_nothing(disk, text) -> None:
    store = disk / "runs.sqlite3"
    with RunStore.open(store) as opened:
        assert opened.runs() == []  # as long as somebody looks, all stays in the log
        keep_a_run(store, text, CONFIG.replace(iterations=600))
        ballast = keep_full(disk, lambda: True)
    assert store.with_name("runs.sqlite3-wal").stat().st_size > 0  # it could not be done without
    ballast.unlink()
    assert run_in(store) == ("finished", 600)
    check_as_in_one_go(store)


def test_the_app_on_a_full_disk(disk, start, show, text) -> None:
    store = disk / "runs.sqlite3"
    sentence = f"The run store {store} cannot be written: the disk is full."
    app = show(f"--corpus={text}", "--preset=quick", f"--store={store}")
    app.begin(hidden_size=8, iterations=100_000)
    app.press_and_wait(" ", b"PAUSED")
    file = path_of(store, 1)
    until(file.exists)

    keep_full(disk, lambda: True)
    app.press(" ")
    app.wait_for_message(sentence)
    made = app.iteration()
    until(lambda: app.iteration() > made + 20)

    (disk / "ballast").unlink()
    app.press_and_wait(" ", b"PAUSED")
    until(lambda: checkpoint_file.load(file).iteration > made)
    with RunStore.open(store) as opened:
        assert len(opened.points(1)) == checkpoint_file.load(file).iteration

    keep_full(disk, lambda: True)
    kept = checkpoint_file.load(file).iteration
    app.press(" ")
    app.wait_for_message(sentence)  # it is news again
    until(lambda: app.iteration() > kept + 20)
    assert app.quit() == 1
    until(lambda: app.output.endswith(f"charrnn-tui: error: {sentence}\r\n".encode()))
    assert app.modes() == app.before

    (disk / "ballast").unlink()
    assert checkpoint_file.load(file).iteration == kept
    again = start("resume", "1", f"--iterations={kept + 20}", f"--store={store}", "--quiet")
    assert (again.exit_code(), again.said) == (0, "")
    check_as_in_one_go(store)


# folders that may not be written


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that others may enter, with stores that they may write to some degree."""
    with folder_of_ours() as folder:
        text_in(folder)
        (folder / "nothing").mkdir()
        for name in ("read", "file", "store", "all"):
            keep_a_run(folder / name / "runs.sqlite3", folder / "owls.txt", SHORT)
            path_of(folder / name / "runs.sqlite3", 1).chmod(0o644)
        _allow(folder / "nothing", 0o555)
        _allow(folder / "read", 0o555, file=0o444)
        _allow(folder / "file", 0o555)
        _allow(folder / "store", 0o777)
        _allow(folder / "all", 0o777, checkpoints=0o777)
        yield folder
        for each in [*folder.glob("*/"), *folder.glob("*/*/")]:
            each.chmod(0o755)


MORE = ["--iterations=80", "--quiet"]


def _allow(folder: Path, mode: int, file: int = 0o666, checkpoints: int = 0o555) -> None:
    if (folder / "runs.sqlite3").exists():
        (folder / "runs.sqlite3").chmod(file)
        (folder / "runs.sqlite3.checkpoints").chmod(checkpoints)
    folder.chmod(mode)


def in_one_line(said: str) -> str:
    """Return what a program said if it is one sentence, and nothing broke down."""
    assert said.count("\n") == 1, said
    assert said.endswith(".\n"), said
    return said[:-1]


def test_what_may_not_be_written_is_said_in_a_sentence_and_may_be_read(place, start) -> None:
    us, text = tuple(stranger()), f"--corpus={place / 'owls.txt'}"
    names = ("nothing", "read", "file", "store")
    flag = {name: f"--store={place / name / 'runs.sqlite3'}" for name in names}
    sockets = {**os.environ, "CHARRNN_SOCKETS": str(place / "nothing" / "sockets")}
    default = {**os.environ, "CHARRNN_STORE": str(place / "nothing" / "runs.sqlite3")}
    new = ["train", text, *flags(SHORT), "--quiet"]
    refused = {
        "cannot be opened, or files beside it cannot be made.": [[*new, flag["nothing"]]],
        "is read-only.": [
            [*words, flag[name]]
            for name in ("read", "file")
            for words in (new, [*new, "--detach"], ["resume", "1", *MORE])
        ],
    }
    sentences = {
        start(*words, before=us): f"error: The run store {words[-1].partition('=')[2]} {reason}"
        for reason, commands in refused.items()
        for words in commands
    }
    no_folder = [
        start(*words, "--detach", flag["store"], before=us, env=sockets)
        for words in (new, ["resume", "1", *MORE])
    ]
    reading = [
        start(*words, flag[name], before=us)
        for name in ("read", "file")
        for words in (["runs"], ["sample", "1", "--prompt=owl"])
    ]
    unkept = start(*new, before=us, env=default)

    for program, sentence in sentences.items():
        assert program.exit_code() == 2
        assert in_one_line(program.said).endswith(sentence)
    for program in no_folder:
        assert program.exit_code() == 2
        assert "nothing/sockets for the sockets" in in_one_line(program.said)
    for program in reading:
        assert program.exit_code() == 0, program.said
        assert "owl" in program.said
    assert unkept.exit_code() == 0
    assert "The run is not recorded: The run store " in in_one_line(unkept.said)
    assert os.listdir(place / "nothing") == []
    for name in ("read", "file", "store"):
        with RunStore.open(place / name / "runs.sqlite3", read_only=True) as opened:
            assert [run.iteration for run in opened.runs()] == [60]


def test_checkpoints_that_may_not_be_written_cost_nothing_else(place, start) -> None:
    store = place / "store" / "runs.sqlite3"
    file = path_of(store, 1)
    before = file.read_bytes()
    program = start("resume", "1", *MORE, f"--store={store}", before=tuple(stranger()))
    assert program.exit_code() == 1
    warning, ending = program.said.splitlines()
    said = f"The checkpoint {file} cannot be written: permission denied."
    assert warning == (f"charrnn-tui resume: No checkpoint was kept after 80 iterations: {said}")
    assert ending == (f"charrnn-tui resume: error: The record of the run is incomplete: {said}")
    assert run_in(store) == ("finished", 80)
    assert file.read_bytes() == before
    again = start("resume", "1", *MORE, f"--store={store}")  # of the same checkpoint, by us
    assert (again.exit_code(), again.said) == (0, "")
    check_as_in_one_go(store)


def test_the_app_trains_where_it_may_keep_nothing(place, show) -> None:
    us, store = tuple(stranger()), place / "read" / "runs.sqlite3"
    words = [f"--corpus={place / 'owls.txt'}", "--preset=quick"]
    refused = show(*words, f"--store={store}", before=us)
    app = show(*words, before=us, CHARRNN_STORE=str(store))
    app.begin(hidden_size=8, iterations=100_000)
    app.wait_for_message(f"This run is not kept: The run store {store} is read-only.")
    made = app.iteration()
    until(lambda: app.iteration() > made + 20)
    assert app.quit() == 0
    assert b"Traceback" not in app.output
    assert refused.exit_code() == 2
    sentence = f"charrnn-tui: error: The run store {store} is read-only.\r\n"
    until(lambda: refused.output == sentence.encode())


# no home


@pytest.fixture
def homeless(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, ...]]:
    """What starts a program for somebody of whom the system knows nothing."""
    if os.geteuid():
        pytest.skip("only root can be a user that there is not")
    (place / "here").mkdir()
    (place / "here").chmod(0o777)
    monkeypatch.chdir(place / "here")
    known = [f"PATH={os.environ['PATH']}", "TERM=xterm-256color"]
    yield (*stranger(), "env", "-i", *known, f"CHARRNN_SOCKETS={place / 'all' / 'sockets'}")
    assert os.listdir(place / "here") == []  # nor a folder named ~


NO_HOME = "There is no home folder to keep runs in; --store names another place."


def test_commands_without_a_home(place, homeless, start, show) -> None:
    new = ["train", f"--corpus={place / 'owls.txt'}", *flags(SHORT), "--quiet"]
    commands = (["runs"], ["resume", "1"], ["sample", "1"], [*new, "--detach"])
    refused = [start(*words, before=homeless) for words in commands]
    unkept = start(*new, before=homeless)
    nowhere = show("attach", before=homeless)
    store = f"--store={place / 'all' / 'runs.sqlite3'}"
    named = [
        start(*words, store, before=homeless)
        for words in (["runs"], ["resume", "1", *MORE], ["sample", "1", "--length=10"])
    ]
    for program in refused:
        assert program.exit_code() == 2
        assert in_one_line(program.said).endswith(f": error: {NO_HOME}")
    assert unkept.exit_code() == 0
    assert in_one_line(unkept.said) == f"charrnn-tui train: The run is not recorded: {NO_HOME}"
    assert nowhere.exit_code() == 2
    sentence = f"charrnn-tui attach: error: {NO_HOME}\r\n"
    until(lambda: nowhere.output == sentence.encode())
    for program in named:
        assert program.exit_code() == 0, program.said
    check_as_in_one_go(place / "all" / "runs.sqlite3")


def test_the_app_without_a_home(place, homeless, show) -> None:
    app = show(f"--corpus={place / 'owls.txt'}", "--preset=quick", before=homeless)
    app.begin(hidden_size=8, iterations=100_000)
    app.wait_for_message(f"This run is not kept: {NO_HOME}")
    app.press("o")
    app.wait_for_message(f"Run store {NO_HOME}")
    made = app.iteration()
    until(lambda: app.iteration() > made + 20)
    assert app.quit() == 0
    assert b"Traceback" not in app.output


def test_a_detached_run_without_a_home(place, homeless, start, show) -> None:
    store = place / "all" / "runs.sqlite3"
    text, kept = f"--corpus={place / 'owls.txt'}", f"--store={store}"
    begun = start("train", text, *flags(CONFIG), kept, "--detach", before=homeless)
    assert begun.exit_code() == 0, begun.said
    pid = int(re.search(r"process (\d+)", begun.said)[1])
    try:
        app = show("attach", kept, before=homeless)
        app.wait_for_line("TRAINING .* detached")
        made = app.iteration()
        until(lambda: app.iteration() > made + 100)
        assert app.quit() == 0
        left = run_in(store, 2)[1]
        until(lambda: run_in(store, 2)[1] > left)
    finally:
        os.kill(pid, signal.SIGTERM)
        assert is_gone(pid, 60)
    assert run_in(store, 2)[0] == "stopped"

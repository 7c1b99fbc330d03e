"""Programs in bad places: small disks, folders of others, no home; and what they show and keep."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.disks import small_disk_at
from tests.ptys import DEADLINE, Pty, until
from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.config import FIELDS
from tui_charrnn.engine.events import Step
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import limit_blas
from tui_charrnn.runs.store import Origin, RunStore, TextIdentity
from tui_charrnn.widgets.form import GROUPS

PROGRAM = [sys.executable, "-m", "tui_charrnn"]

TEXT = "the owl saw the fox, and the fox saw the owl. " * 60

INTERVAL = 50
"""Updates between two checkpoints."""

CONFIG = TrainConfig(
    hidden_size=10, seq_length=8, batch_size=2, learning_rate=0.1, iterations=10**9,
    sample_every=0, eval_every=0, checkpoint_every=INTERVAL, checkpoint_seconds=0,
)  # fmt: skip

TOAST = "▌"
"""What a message on the screen has at its left."""

REASON = "no process can be started that may read all and write only what is its own"


def flags(config: TrainConfig) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in config.as_dict().items()]


def text_in(folder: Path) -> Path:
    path = folder / "owls.txt"
    path.write_text(TEXT)
    return path


class Program:
    """A program without a terminal.

    Attributes:
        process: the program.
    """

    def __init__(self, words: list[str], said: Path, **options) -> None:
        """Start it; what it says goes to a file."""
        self._said = said
        with said.open("wb") as file:
            self.process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                start_new_session=True, **options,
            )  # fmt: skip

    @property
    def said(self) -> str:
        return self._said.read_text()

    def until(self, test: Callable[[], object]) -> None:
        """Wait until a test is true, while the program lives."""
        until(lambda: test() or self.process.poll() is not None)
        assert test(), self.said

    def exit_code(self, number: int = 0) -> int:
        """Wait for the end of the program, which a signal may ask for."""
        if number:
            self.process.send_signal(number)
        return self.process.wait(DEADLINE)

    def end(self) -> None:
        """Leave nothing behind, whatever became of the test."""
        self.process.kill()
        self.process.wait()


class App(Pty):
    """The app in a terminal, and what is to be seen there."""

    def lines(self) -> list[str]:
        """Return what the screen shows now."""
        return self.screen.lines()

    def wait_for_message(self, sentence: str) -> None:
        """Wait until the screen shows a sentence as a message."""
        self.wait_for_one(re.escape(sentence))

    def wait_for_one(self, sentences: str) -> None:
        """Wait until the screen shows a message that matches a pattern; spaces do not count."""
        wanted = sentences.replace("\\ ", "").replace(" ", "")
        self._wait_until(lambda lines: re.search(wanted, _message(lines)))

    def wait_for_line(self, pattern: str) -> None:
        """Wait until a line of the screen matches."""
        self._wait_until(lambda lines: any(re.search(pattern, line) for line in lines))

    def _wait_until(self, seen: Callable[[list[str]], object]) -> None:
        until(lambda: seen(self.lines()) or self.process.poll() is not None)
        assert seen(self.lines()), self.output[-2000:].decode(errors="replace")

    def iteration(self) -> int:
        """Return how many updates the main screen tells of, 0 if it tells of none."""
        shown = re.search(r"([\d,]+) / [\d,]+ +\d+%", "\n".join(self.lines()))
        return int(shown[1].replace(",", "")) if shown else 0

    def begin(self, hidden_size: int, iterations: int) -> None:
        """Start a run of these values, by keys; return when it has begun."""
        self.wait_for(b"READY")
        self.press_and_wait("e", b"hidden units")
        names = [spec.name for spec in sorted(FIELDS, key=lambda spec: GROUPS.index(spec.group))]
        tabs = "\t" * (names.index("iterations") - names.index("hidden_size"))
        self.press_and_wait(f"{hidden_size}{tabs}", b"updates in the run")
        self.press(str(iterations))
        self.wait_for(b"custom")
        self.press_and_wait("\x1b", b"Start")  # out of the form, where a space is a letter
        self.press(" ")
        until(lambda: self.iteration() > 5)

    def quit(self) -> int:
        """Leave, after a question if there is one; return the exit code."""
        self.press("q")
        until(lambda: self.process.poll() is not None or "Quit?" in "".join(self.lines()))
        if self.process.poll() is None:
            self.press("y")
        return self.exit_code()


Start = Callable[..., Program]
Show = Callable[..., App]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts programs without a terminal, by their arguments and what comes before all."""
    started: list[Program] = []

    def begin(*words: str, before: tuple[str, ...] = (), **options) -> Program:
        said = tmp_path / f"said-{len(started)}"
        started.append(Program([*before, *PROGRAM, *words], said, **options))
        return started[-1]

    yield begin
    for program in started:
        program.end()


@pytest.fixture
def show() -> Iterator[Show]:
    """Shows programs in a terminal each."""
    shown: list[App] = []

    def begin(*words: str, before: tuple[str, ...] = (), **environment) -> App:
        shown.append(App(*before, *PROGRAM, *words, **environment))
        return shown[-1]

    yield begin
    for app in shown:
        print("\n".join(app.lines()))  # seen where a test fails
        app.end()


def _message(lines: list[str]) -> str:
    """Return the messages on a screen, without spaces: they are broken into lines."""
    return _squeezed("".join(line.partition(TOAST)[2] for line in lines))


def _squeezed(text: str) -> str:
    """Return a text without spaces, and without the frame of the pane that it covers."""
    return re.sub(r"[\s│]", "", text)


# disks


@contextmanager
def disk_at(folder: Path) -> Iterator[Path]:
    """Make a file system of 8 MB."""
    with small_disk_at(folder):
        subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], check=True)
        yield folder


def keep_full(folder: Path, until_then: Callable[[], object]) -> Path:
    """Leave no room on a disk until a test is true, and after it; return what takes the room."""
    ballast = folder / "ballast"
    until(lambda: _fill(ballast) or until_then())
    _fill(ballast)  # with what a last attempt gave back
    return ballast


def _fill(ballast: Path) -> None:
    with ballast.open("ab", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


# other users


@cache
def stranger() -> list[str]:
    """Return what starts a program as somebody who may write only what is theirs.

    They may read what we may, or they could not even run our Python. They have no entry in the
    list of users, and so no home. Not as root, we are such a one already, but for the home.
    """
    if os.geteuid():
        return []
    setpriv = shutil.which("setpriv") or ""
    us = [setpriv, *(f"--{what}={unused_user()}" for what in ("reuid", "regid")), "--clear-groups"]
    capable = [*us, "--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    works = [words for words in (capable, us) if setpriv and _runs_our_python(words)]
    if not works:
        pytest.skip(REASON)
    return works[0]


@cache
def unused_user() -> int:
    used = {entry.pw_uid for entry in pwd.getpwall()}
    return next(number for number in range(54321, 65000) if number not in used)


def _runs_our_python(words: list[str]) -> bool:
    probe = [sys.executable, "-c", "import sys, tui_charrnn; print(sys.base_prefix)"]
    done = subprocess.run([*words, *probe], capture_output=True, text=True, check=False, cwd="/")
    return done.stdout == f"{sys.base_prefix}\n"


# runs


def keep_a_run(store: Path, text: Path, config: TrainConfig, updates: int = 0) -> None:
    """Keep a run with its checkpoint, trained to its end or stopped after so many updates."""
    corpus, control = Corpus.from_path(text), TrainControl()
    origin = Origin(config, TextIdentity.of(corpus, str(text)))
    model = build_model(config, corpus.vocab_size)
    with RunStore.open(store) as opened, closing(opened.record(origin)) as recorder:
        for event in train_to_the_end(config, corpus, model, control):
            recorder.take(event)
            if isinstance(event, Step) and event.iteration + 1 == updates:
                control.stop()


def run_in(store: Path, run_id: int = 1) -> tuple[str, int]:
    """Return state and iteration of a run, nothing while there is no store."""
    if not store.exists() or not store.stat().st_size:
        return "", 0
    with RunStore.open(store, create=False, read_only=True) as opened:
        found = [run for run in opened.runs() if run.id == run_id]
        return (found[0].state, found[0].iteration) if found else ("", 0)


def check_as_in_one_go(store: Path, run_id: int = 1, state: str = "finished") -> None:
    """Check that a run has ended, and is to the last bit what one is that nothing interferes with.

    It may have been stopped: then it is compared with one that was to have so many updates.
    """
    with RunStore.open(store, create=False) as opened:
        run, points = opened.record_of(run_id), opened.points(run_id)
        end = opened.checkpoint(run_id)
    assert run.state == state
    losses, parameters = _in_one_go(run.config.replace(iterations=run.iteration))
    assert end.iteration == run.iteration
    assert state == "stopped" or run.iteration == run.config.iterations
    np.testing.assert_array_equal(points["loss"], losses)
    assert parameters.keys() == end.parameters.keys()
    for name, values in parameters.items():
        np.testing.assert_array_equal(end.parameters[name], values)


@cache
def _in_one_go(config: TrainConfig) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    limit_blas()
    corpus = Corpus.from_text(TEXT)
    model = build_model(config, corpus.vocab_size)
    events = train_to_the_end(config, corpus, model, TrainControl())
    losses = [event.loss for event in events if isinstance(event, Step)]
    return np.array(losses), dict(model.parameters())

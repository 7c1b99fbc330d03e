"""Over a slow connection nothing piles up, keys come through, and no loss point is left out."""

from __future__ import annotations

import fcntl
import struct
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from benchmarks.app_in_terminal import COLUMNS, ROWS, AppInTerminal
from benchmarks.screen import Screen
from benchmarks.slow_link import AppOverLink
from tests.interrupted import TEXT
from tui_charrnn.runs.store import RunStore
from tui_charrnn.terminal.flow import WINDOW

RATE, DELAY = 20_000.0, 0.3

WHOLE = 12_000
"""More bytes than it takes to draw a whole screen of 120x40."""

STILL = 1.2
"""Seconds in which an app that shows nothing new is listened to: many frames, two blinks."""

WITHOUT_A_LIMIT = """
import sys
from tui_charrnn.cli import main
from tui_charrnn.terminal import flow
flow.LATE = flow.LOST = 1e6
sys.exit(main())
"""
"""The app, which waits for an answer for good once the terminal has answered."""

WHOLE_SCREEN = [b"READY", b"preset"]
"""What is there when the first frame has been filled: the fields of the form come last."""

Open = Callable[..., AppOverLink]


class Mute(Screen):
    """A terminal that may stop to answer."""

    answers = True

    def feed(self, data: bytes) -> bytes:
        answers = super().feed(data)
        return answers if self.answers else b""


def words(folder: Path) -> list[str]:
    """Return flags for a small text and a store of its own in a folder."""
    text = folder / "owls.txt"
    text.write_text(TEXT)
    store = str(folder / "runs.sqlite3")
    return ["--corpus", str(text), "--preset", "quick", "--store", store]


@pytest.fixture
def open_app(tmp_path: Path) -> Iterator[Open]:
    """Starts the app on a small text; `tmp_path` gets the store."""
    opened: list[AppOverLink] = []

    def start(*flags: str) -> AppOverLink:
        app = AppOverLink(RATE, DELAY, *words(tmp_path), *flags, COLORTERM="truecolor")
        opened.append(app)
        app.read_until_all(WHOLE_SCREEN, 60)
        return app

    yield start
    for app in opened:
        with suppress(ProcessLookupError, OSError):
            app.kill()


def check_it_falls_silent(app: AppInTerminal) -> None:
    """Check that nothing is written any more when what came before has been dealt with."""
    for _ in range(20):
        before = app.written
        app.drain(STILL)
        if app.written == before:
            return
    raise AssertionError("something is written all the time")


def test_frames_never_pile_up_and_every_point_is_kept(open_app, tmp_path) -> None:
    app = open_app()
    app.press(" ")
    app.read_until(b"TRAINING", 60)
    app.link.most_waiting = 0
    for _ in range(8):  # each draws the whole screen anew
        app.press("z")
        app.drain(0.1)
    app.press("u")
    app.read_until(b"nats a sequence", 60)
    app.press(" ")
    app.read_until(b"PAUSED", 60)
    assert 0 < app.link.most_waiting < WINDOW + WHOLE
    check_it_falls_silent(app)
    app.press("x")
    app.read_until(b"STOPPED", 60)
    app.press("q")
    assert app.wait() == 0
    with RunStore.open(tmp_path / "runs.sqlite3") as store:
        points = store.points(1)
        assert len(points) == store.record_of(1).iteration > 0
        assert points["iteration"].tolist() == list(range(len(points)))


def test_a_field_with_the_cursor_blinks_no_more_and_takes_no_answer_for_a_key(open_app) -> None:
    app = open_app()
    app.press("e")
    app.read_until(b"hidden units", 60)
    check_it_falls_silent(app)
    shown = field(app)
    app.press("\x1b")
    app.read_until(b"space Start", 60)
    app.press(" e")
    app.read_until(b"TRAINING", 60)
    app.drain(2)  # frames and their answers, while a field would take them
    assert field(app) == shown
    app.press("\x1b")
    app.read_until(b"space Pause", 60)


def field(app: AppInTerminal) -> str:
    """Return what the form shows of the field with the cursor."""
    parts = (line.partition("hidden size ") for line in app.screen.lines())
    return next(value for _, name, value in parts if name)


@pytest.fixture
def near_app(tmp_path: Path) -> Iterator[AppInTerminal]:
    """The app in a terminal that answers at once, or not at all."""
    program = [sys.executable, "-c", WITHOUT_A_LIMIT]
    app = AppInTerminal(*words(tmp_path), program=program, screen=Mute(ROWS, COLUMNS))
    app.read_until_all(WHOLE_SCREEN, 60)
    yield app
    with suppress(ProcessLookupError, OSError):
        app.kill()


def test_a_frame_that_was_not_seen_holds_up_the_next_but_not_what_a_key_does(near_app) -> None:
    app = near_app
    app.press(" ")
    app.read_until(b"TRAINING", 60)
    app.drain(1)
    app.screen.answers = False
    check_it_falls_silent(app)
    app.press("u")
    app.read_until(b"nats a sequence", 60)
    app.press(" ")
    app.read_until(b"PAUSED", 60)


def test_a_terminal_whose_size_came_back_is_given_everything_again(near_app) -> None:
    app = near_app
    check_it_falls_silent(app)
    before, lines = app.written, app.screen.lines()
    # LINES and COLUMNS tell the app that nothing has changed
    fcntl.ioctl(app.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS + 1, COLUMNS, 0, 0))
    app.read_until_all(WHOLE_SCREEN, 60)
    app.drain(1)
    assert app.written - before > ROWS * COLUMNS
    assert app.screen.lines() == lines

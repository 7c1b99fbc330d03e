"""What the app takes of a processor while nothing happens, on a terminal of its own and in tmux.

    python -m benchmarks.idle            from the root of the repository
    python -m benchmarks.idle --quick    a few seconds a state

The app is brought into one state after the other, left alone for some seconds, and looked at from
outside, in /proc, which only Linux has: the processor time of all its threads and of the processes
that it has started, and how often one of them woke up. In tmux, the app's own time counts, not that
of tmux. The exit code is 1 if a state takes more than its share.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.app_in_terminal import PROGRAM, AppInTerminal

TARGET: Final = 1.0
"""Percent of a core below which the app must stay."""

SETTLING: Final = 3.0
"""Seconds after which a state is looked at: what led to it is over, messages have gone."""

GRID: Final = """
corpus = "recall"
hidden_size = [16, 32]
iterations = 100000
"""
"""A sweep that is far from its end."""

ESCAPE: Final = "\x1b"

PATIENCE: Final = 60.0
"""Seconds after which what is waited for counts as missing."""

TMUX: Final = ("tmux", "-L", "charrnn-idle", "-f", os.devnull)
"""A server of its own: any other is left alone."""


@dataclass(frozen=True, slots=True)
class Work:
    """What processes have done so far.

    Attributes:
        seconds: on a processor, by thread.
        wakes: times that it had waited and was woken, by thread.
    """

    seconds: Mapping[str, float]
    wakes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """A state and what it takes.

    Attributes:
        state: in words.
        percent: of one core.
        wakes: a second.
    """

    state: str
    percent: float
    wakes: float


def work_of(pid: int) -> Work:
    """Return the work of a process and of all that it has started and that is there."""
    seconds, wakes = dict[str, float](), dict[str, int]()
    for task in Path(f"/proc/{pid}/task").iterdir():
        ran = int((task / "schedstat").read_text(encoding="ascii").split()[0])
        seconds[task.name] = ran / 1e9
        status = (task / "status").read_text(encoding="utf-8")
        wakes[task.name] = int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0])
        for child in (task / "children").read_text(encoding="ascii").split():
            more = work_of(int(child))
            seconds.update(more.seconds)
            wakes.update(more.wakes)
    return Work(seconds, wakes)


def grown(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    """Return by how much the threads of `after` have grown."""
    return sum(value - before.get(thread, 0) for thread, value in after.items())


class Watched:
    """An app, and what has been seen of it.

    Attributes:
        app: as its terminal is driven.
        readings: so far.
    """

    def __init__(self, app: AppInTerminal, seconds: float) -> None:
        """Prepare to look at an app that was just started, `seconds` at each state."""
        self.app, self.readings = app, list[Reading]()
        self._seconds = seconds

    @property
    def pid(self) -> int:
        """The app's process."""
        return self.app.pid

    def shows(self, words: str) -> bool:
        """Return whether some words are on the screen."""
        return self.app.screen.shows(words)

    def read(self, state: str) -> None:
        """Leave the app alone, and see what it takes."""
        self.app.drain(SETTLING)
        pid = self.pid
        before, start = work_of(pid), time.perf_counter()
        self.app.drain(self._seconds)
        after, spent = work_of(pid), time.perf_counter() - start
        percent = 100 * grown(before.seconds, after.seconds) / spent
        self.readings.append(Reading(state, percent, grown(before.wakes, after.wakes) / spent))

    def until(self, words: str, shown: bool = True) -> None:
        """Wait until some words are on the screen, or are there no more."""
        deadline = time.monotonic() + PATIENCE
        while self.shows(words) != shown:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{words!r} did not {'come' if shown else 'go'}")
            self.app.drain(0.1)

    def press(self, keys: str, words: str, shown: bool = True) -> None:
        """Press keys, and wait for what comes of it."""
        self.app.press(keys)
        self.until(words, shown)


class WatchedInTmux(Watched):
    """The same in tmux, which tells what it shows, and in which process the app is."""

    @property
    def pid(self) -> int:
        """The app's process."""
        return int(_ask_tmux("display-message", "-p", "#{pane_pid}"))

    def shows(self, words: str) -> bool:
        """Return whether some words are on the screen."""
        return words in _ask_tmux("capture-pane", "-p")


def _ask_tmux(*words: str) -> str:
    done = subprocess.run((*TMUX, *words), check=False, capture_output=True, text=True)
    return done.stdout


def through_a_run(watched: Watched) -> None:
    """Go from the welcome of a newcomer to a run that is over."""
    watched.until("parameters,")
    watched.until("Welcome")
    watched.read("welcome")
    watched.press(ESCAPE, "Welcome", shown=False)
    watched.read("before the start")
    watched.press(" ", "TRAINING")
    watched.app.drain(2)
    watched.press(" ", "PAUSED")
    watched.read("paused")
    watched.press("4", "Surprise  ")
    watched.read("a lens, paused")
    watched.press(ESCAPE, "PAUSED")
    watched.press("o", "Runs · 1")
    watched.read("the runs, paused")
    watched.press(ESCAPE, "PAUSED")
    watched.press("x", "STOPPED")
    watched.read("stopped")


def at_a_sweep(watched: Watched) -> None:
    """Pause a sweep as soon as it has begun."""
    watched.until("RUNNING")
    watched.app.drain(2)
    watched.press(" ", "PAUSED")
    watched.read("a sweep, paused")


@contextmanager
def started(place: Path, in_tmux: bool, seconds: float, *arguments: str) -> Iterator[Watched]:
    """Start an app that knows no user, and end it."""
    folder = Path(tempfile.mkdtemp(dir=place))
    home = {
        "HOME": str(folder),
        "CHARRNN_STORE": str(folder / "runs.sqlite3"),
        "CHARRNN_SETTINGS": "",
    }
    if in_tmux:
        app = AppInTerminal(*PROGRAM, *arguments, program=(*TMUX, "new-session"), **home)
    else:
        app = AppInTerminal(*arguments, **home)
    try:
        yield WatchedInTmux(app, seconds) if in_tmux else Watched(app, seconds)
    finally:
        if in_tmux:
            _ask_tmux("kill-server")
        app.kill()


def readings(place: Path, in_tmux: bool, seconds: float) -> list[Reading]:
    """Look at every state."""
    found = list[Reading]()
    grid = place / "grid.toml"
    grid.write_text(GRID, encoding="utf-8")
    for arguments, go in (((), through_a_run), (("sweep", str(grid)), at_a_sweep)):
        with started(place, in_tmux, seconds, *arguments) as watched:
            go(watched)
            found += watched.readings
    return found


def main() -> int:
    """Look at all states on both terminals, and print a table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="5 seconds a state")
    parser.add_argument("--seconds", type=float, default=20.0, help="that a state is seen (20)")
    options = parser.parse_args()
    seconds = 5.0 if options.quick else options.seconds
    console = Console(width=110, markup=False, highlight=False)
    for line in machine.describe():
        console.print(line)
    console.print(f"{seconds:g} s a state.\n")
    terminals = [("pty", False)] + ([("tmux", True)] if shutil.which("tmux") else [])
    table = Table(
        "terminal", "state", "% of a core", "wakes a second", "target", "reached", box=MARKDOWN
    )
    kept = True
    with tempfile.TemporaryDirectory() as place:
        for terminal, in_tmux in terminals:
            for each in readings(Path(place), in_tmux, seconds):
                good = each.percent < TARGET
                kept = kept and good
                verdict = f"< {TARGET:g} %", "yes" if good else "no"
                table.add_row(
                    terminal, each.state, f"{each.percent:.2f}", f"{each.wakes:.1f}", *verdict
                )
    console.print(table)
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())

"""Whether the app stays as it is while it trains for long: its memory, keys, threads and files.

    python -m benchmarks.soak --minutes 20        from the repository root, with the test extra

The app runs in a pseudo-terminal of 120x40. A small net is typed into its form, with a sample every
ten updates, and trained until the time is over; all the while keys are pressed, and timed until the
words that they bring up have come. Once a minute the app is looked at from outside, in /proc, which
only Linux has. Its memory is what belongs to it alone, in RAM or swapped out: pages of files, which
the system lends and takes back as it likes, are left out. Other programs slow down keys, so those
of the first minutes tell little: at last the keys are compared with those of a second app that has
trained for a minute only. Both are measured in turn, and the one whose turn it is not stands still.
Then the run is stopped, the app is left, and every update must be in the store. The exit code is 1
if a bound is not kept, or a key shows no effect within ten seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.app_in_terminal import AppInTerminal
from benchmarks.timing import median, with_spread
from tui_charrnn.runs.store import RunStore

GROWTH: Final = 20.0
"""MB by which the memory may grow after the first reading."""

SLOWER: Final = 1.25
"""How many times as long as in a fresh app a key may take, by the median of all presses."""

UNNOTICED: Final = 10.0
"""Milliseconds by which a key may take longer in any case: chance alone makes such differences."""

NET: Final = {
    "hidden_size": "32",
    "seq_length": "25",
    "iterations": "1e9",
    "sample_every": "10",
    "eval_every": "1000",
}
"""What is typed into the form."""

TIMED: Final = (
    ("u", b"nats a sequence"),
    ("l", b"iterations, logarithmic"),
    ("u", b"bits per character"),
    ("l", b"iterations, linear"),
    ("S", b"Draw a sample"),
    ("\r", b"iterations, linear"),
)
"""Keys and the words that they bring up, in turn; a dialog had hidden those of the last."""

UNTIMED: Final = ("s", "2", "3", "1")
"""Keys that draw a sample, and go through the panes."""

LEAVING: Final = 60.0
"""Seconds after which the app must have ended."""

MB: Final = 1e6


@dataclass(frozen=True, slots=True)
class Reading:
    """The app at one moment, as seen from outside.

    Attributes:
        minute: since the training began.
        memory: MB that belong to the process alone.
        threads: how many it has.
        files: descriptors that are open.
        children: processes that it has started and that are there.
        updates: that the store has of the run.
        store: MB of the store's files.
        held_up: how many times as long as alone the main thread took since the reading before,
            for others had the processor.
        latencies: milliseconds that keys took since then.
    """

    minute: float
    memory: float
    threads: int
    files: int
    children: int
    updates: int
    store: float
    held_up: float
    latencies: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One bound and whether it was kept."""

    what: str
    measured: str
    bound: str
    kept: bool


def memory_of(pid: int) -> float:
    """Return the MB that belong to a process alone: its anonymous pages, swapped out or not."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    amounts = dict(line.split(":", 1) for line in status.splitlines())
    return sum(int(amounts[name].split()[0]) * 1024 for name in ("RssAnon", "VmSwap")) / MB


def worked_and_waited(pid: int) -> tuple[int, int]:
    """Return the nanoseconds that the main thread ran, and those that it waited for a processor."""
    words = Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()
    return int(words[0]), int(words[1])


def children_of(pid: int) -> int:
    """Return how many processes its threads have started."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    return sum(len(each.read_text(encoding="ascii").split()) for each in lists)


def entries(folder: str) -> int:
    """Return how many entries a folder has."""
    return sum(1 for _ in Path(folder).iterdir())


class Soak:
    """The app in training, and what has been seen of it.

    Attributes:
        readings: what was seen so far.
    """

    def __init__(self, store: Path) -> None:
        """Start the app, fill in its form, and begin to train.

        Args:
            store: where it keeps its runs; nothing is there yet.
        """
        self.readings: list[Reading] = []
        self._path, self._rng = store, random.Random(1)
        self._app, self._left = AppInTerminal("--store", str(store)), False
        self._app.read_until(b"parameters", 60)
        self._app.fill_in(NET)
        self._app.press(" ")
        self._app.read_until(b"TRAINING", 60)
        self._begun = time.monotonic()
        self._store = RunStore.open(store)
        self._times = worked_and_waited(self._app.pid)
        self._latencies: list[float] = []

    def _press(self, keys: str) -> None:
        self._app.press(keys)
        self._app.drain(0.2)

    def watch(self, seconds: float, every: float) -> None:
        """Press keys for some time, and look at the app now and then, and at the end.

        Raises:
            TimeoutError: if a key shows no effect.
        """
        end = self._begun + seconds
        while not self.readings or time.monotonic() < end:
            until = min(end, self._begun + every * (len(self.readings) + 1))
            while time.monotonic() < until:
                self._latencies += self._press_all()
            self.readings.append(self._read())

    def _press_all(self) -> list[float]:
        """Press every key once; return the milliseconds that the timed ones took."""
        latencies = []
        for key, words in TIMED:
            # at moments that have nothing to do with the app's frames
            self._app.drain(0.1 + 0.2 * self._rng.random())
            self._app.press(key)
            latencies.append(1000 * self._app.read_until(words))
        for key in UNTIMED:
            self._press(key)
        return latencies

    def stand_still(self) -> None:
        """Take the processor away from the app."""
        os.kill(self._app.pid, signal.SIGSTOP)

    def take_turn(self) -> list[float]:
        """Let the app go on for one round of keys, and return what they took."""
        os.kill(self._app.pid, signal.SIGCONT)
        self._app.drain(1)
        latencies = self._press_all()
        self.stand_still()
        return latencies

    def _read(self) -> Reading:
        pid, latencies, self._latencies = self._app.pid, self._latencies, []
        return Reading(
            minute=(time.monotonic() - self._begun) / 60,
            memory=memory_of(pid),
            threads=entries(f"/proc/{pid}/task"),
            files=entries(f"/proc/{pid}/fd"),
            children=children_of(pid),
            updates=sum(run.iteration for run in self._store.runs()),
            store=sum(f.stat().st_size for f in self._path.parent.glob(f"{self._path.name}*")) / MB,
            held_up=self._held_up(),
            latencies=latencies,
        )

    def _held_up(self) -> float:
        (worked, waited), self._times = self._times, worked_and_waited(self._app.pid)
        worked, waited = self._times[0] - worked, self._times[1] - waited
        return (worked + waited) / max(1, worked)

    def close(self) -> None:
        """End the app, if it has not been left."""
        if not self._left:
            os.kill(self._app.pid, signal.SIGKILL)
            os.waitpid(self._app.pid, 0)
        self._store.close()

    def leave(self) -> tuple[int, int, int]:
        """Stop the run and leave; return exit code, updates made, and those the store has."""
        os.kill(self._app.pid, signal.SIGCONT)
        self._app.press("x")
        self._app.read_until(b"STOPPED", 60)
        with contextlib.suppress(OSError):  # it may be gone at once
            self._press("q")
        code = self._end()
        made = kept = 0
        for run in self._store.runs():
            iterations = self._store.points(run.id)["iteration"]
            made += run.iteration
            kept += int(np.count_nonzero(iterations == np.arange(len(iterations))))
        return code, made, kept

    def _end(self) -> int:
        """Say yes to what is asked until the app has ended; return its exit code."""
        deadline = time.monotonic() + LEAVING
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):  # the terminal is closed
                self._press("y")
            ended, status = os.waitpid(self._app.pid, os.WNOHANG)
            if ended:
                self._left = True
                return os.waitstatus_to_exitcode(status)
        raise TimeoutError(f"the app was not left within {LEAVING:g} s")


def in_turn(soaks: Sequence[Soak], rounds: int) -> list[list[float]]:
    """Return the milliseconds that the same keys take in apps of which one works at a time."""
    for soak in soaks:
        soak.stand_still()
    taken = [[soak.take_turn() for soak in soaks] for _ in range(rounds)]
    return [[ms for latencies in turns for ms in latencies] for turns in zip(*taken, strict=True)]


def verdicts(readings: Sequence[Reading]) -> list[Verdict]:
    """Return whether the app grew after the first reading."""
    first, later = readings[0], readings[1:] or readings
    grown = max(each.memory for each in later) - first.memory
    found = [Verdict("memory grown", f"{grown:.1f} MB", f"< {GROWTH:g} MB", grown < GROWTH)]
    for name in ("threads", "files", "children"):
        before, after = getattr(first, name), getattr(later[-1], name)
        found.append(Verdict(name, f"{before}, then {after}", f"<= {before}", after <= before))
    return found


def key_verdict(old: Sequence[float], fresh: Sequence[float]) -> Verdict:
    """Return whether keys take as long as in a fresh app.

    Args:
        old: milliseconds of each press.
        fresh: of the same key in the same round, (n,) as well.
    """
    taken, usual = np.array(old), np.array(fresh)
    ratio, more = median(taken / usual), median(taken - usual)
    measured = f"{median(taken):.0f} ms, fresh {median(usual):.0f} ms"
    bound = f"ratio <= {SLOWER} or {UNNOTICED:g} ms more"
    kept = ratio <= SLOWER or more <= UNNOTICED
    told = f"{measured}; ratio {with_spread(taken / usual)}"
    return Verdict("keys", told, bound, kept)


def end_verdicts(code: int, made: int, kept: int) -> list[Verdict]:
    """Return whether the app ended well and the store has all that was trained."""
    return [
        Verdict("updates in the store", f"{kept:,}", f"{made:,}", made == kept > 0),
        Verdict("exit code", str(code), "0", code == 0),
    ]


def reading_table(readings: Iterable[Reading]) -> Table:
    """Return one row a reading."""
    table = Table(box=MARKDOWN)
    for name in (
        "minute", "updates", "memory MB", "threads", "files", "children", "store MB",
        "keys", "median ms", "p95 ms", "p99 ms", "held up",
    ):  # fmt: skip
        table.add_column(name, justify="right")
    for each in readings:
        table.add_row(
            f"{each.minute:.1f}", f"{each.updates:,}", f"{each.memory:.1f}", str(each.threads),
            str(each.files), str(each.children), f"{each.store:.0f}", str(len(each.latencies)),
            *(f"{np.percentile(each.latencies, percent):.0f}" for percent in (50, 95, 99)),
            f"{each.held_up:.2f}",
        )  # fmt: skip
    return table


def verdict_table(found: Iterable[Verdict]) -> Table:
    """Return one row a bound."""
    table = Table(box=MARKDOWN)
    for name in ("what", "measured", "bound", "kept"):
        table.add_column(name)
    for each in found:
        table.add_row(each.what, each.measured, each.bound, "yes" if each.kept else "no")
    return table


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak",
        description="Train in the app for a long time, and see whether it stays as it is.",
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="of training (default 20)")
    parser.add_argument(
        "--every", type=float, default=60.0, metavar="S", help="seconds a reading (default 60)"
    )
    parser.add_argument(
        "--rounds", type=int, default=20, help="in which old and fresh app take turns (default 20)"
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Train, print what was read, and return the exit code."""
    arguments = _arguments(argv)
    if not Path("/proc/self/task").is_dir():
        print("python -m benchmarks.soak: error: it needs the /proc of Linux.", file=sys.stderr)
        return 2
    console = Console(width=130, highlight=False)
    for line in machine.describe():
        console.print(line)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as apps:
        soak = apps.enter_context(contextlib.closing(Soak(Path(folder) / "old.sqlite3")))
        try:
            soak.watch(60 * arguments.minutes, arguments.every)
            soak.stand_still()
            fresh = apps.enter_context(contextlib.closing(Soak(Path(folder) / "fresh.sqlite3")))
            fresh.watch(arguments.every, arguments.every)
            found = verdicts(soak.readings)
            found.append(key_verdict(*in_turn([soak, fresh], arguments.rounds)))
            found += end_verdicts(*soak.leave())
        except TimeoutError as error:
            found = [Verdict("keys", str(error), "", False)]
    for table in (reading_table(soak.readings), verdict_table(found)):
        console.print()
        console.print(table)
    return 0 if all(each.kept for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())

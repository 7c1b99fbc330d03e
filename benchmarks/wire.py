"""What the app writes to its terminal, and how a slow connection bears it.

    python -m benchmarks.wire            from the repository root, with the test extra
    python -m benchmarks.wire --quick    fewer seconds and key presses

The app, in a pseudo-terminal of 120x40 with 16 million colours, trains on the tales at full speed;
the terminal answers as terminals do. Each byte is counted for the pane that it is written into, the
sequences that lead there with it: `sequences` is how much of the whole they are. The targets: at
most 8 kB a second, at most 2 kB with `--low-bandwidth`, and not a byte where nothing changes.

Then the same over a connection of 20 kB a second that delays everything by 0.3 s either way, and
that takes 2 MB before a write has to wait, as a secure shell does. Keys are pressed while it
trains, and timed until their effect is seen at the far end. `beyond the delay` leaves out the 0.6 s
that no program can change; the target is 0.3 s at the 95th percentile. `most waiting` are bytes
that were in the connection and had not left it: what a key has to stand behind. At the end the loss
of every update has to be in the store.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.app_in_terminal import COLUMNS, ROWS, AppInTerminal
from benchmarks.screen import Screen
from benchmarks.slow_link import AppOverLink
from tui_charrnn.runs.store import RunStore

KB: Final = 1000.0

MOST: Final = 8 * KB
"""Bytes a second while it trains."""

MOST_LOW: Final = 2 * KB
"""The same with `--low-bandwidth`."""

MOST_BEYOND: Final = 0.3
"""Seconds that a key may take on top of the delay of the connection."""

COLORS: Final = {"COLORTERM": "truecolor"}

TOP: Final = re.compile(r"╭─ ([^─╮]*?) ─*╮")
"""The upper edge of a pane, and its title."""

PANES: Final = {
    "Loss": "chart",
    "Smooth loss": "chart",
    "Samples": "samples",
    "RNN": "samples",
    "GRU": "samples",
    "LSTM": "samples",
    "Hyperparameters": "form",
    "Status": "status",
    "Race": "status",
}
"""What a pane is counted as, by the begin of its title."""

COUNTED: Final = ("chart", "samples", "form", "status", "keys", "other")
"""The columns of the table."""

EFFECTS: Final = {
    "u": ("nats a sequence", "bits per character"),
    "z": ("3 Hyperparameters", "─ Samples ─"),
    " ": ("PAUSED", "TRAINING"),
}
"""Keys that switch something, and what is seen after the first and the second press."""

NAMES: Final = {" ": "space"}

SMALL: Final = {"hidden_size": "32", "seq_length": "25", "batch_size": "1", "sample_every": "10",
                "iterations": "100000000"}  # fmt: skip
"""A net that makes hundreds of updates a second."""


class Meter(Screen):
    """A screen that keeps account of what each of its cells has cost.

    Attributes:
        sequences: bytes that are no text.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__(ROWS, COLUMNS)
        self.begin()

    def begin(self) -> None:
        """Count from now on."""
        self._spent = np.zeros((ROWS, COLUMNS), int)
        self._leading = self.sequences = 0

    def _take(self, found: re.Match[str]) -> str:
        size = len(found[0].encode())
        if found["text"]:
            self._spent[self.y, min(self.x, COLUMNS - 1)] += size + self._leading
            self._leading = 0
        else:
            self._leading += size
            self.sequences += size
        return super()._take(found)

    def by_pane(self) -> Counter[str]:
        """Return the bytes that went into each pane, as the panes are laid out now."""
        left, bytes_of = self._spent.copy(), Counter[str]()
        bytes_of["other"] += self._leading
        for name, rows, columns in _panes(self.lines()):
            bytes_of[name] += int(left[rows, columns].sum())
            left[rows, columns] = 0
        bytes_of["keys"] += int(left[-1].sum())
        bytes_of["other"] += int(left[:-1].sum())
        return bytes_of


def _panes(lines: Sequence[str]) -> Iterator[tuple[str, slice, slice]]:
    """Yield each pane on a screen: what it is counted as, its rows, its columns."""
    for y, line in enumerate(lines):
        for found in TOP.finditer(line):
            names = [name for title, name in PANES.items() if found[1].strip().startswith(title)]
            below = (row for row in range(y, len(lines)) if lines[row][found.start()] == "╰")
            bottom = next(below, len(lines) - 1)
            yield names[0] if names else "other", slice(y, bottom + 1), slice(*found.span())


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long is measured.

    Attributes:
        training: seconds of each measurement while it trains.
        still: seconds in which nothing may be written.
        presses: of each key.
    """

    training: float
    still: float
    presses: int


class Wire:
    """The table of what is written."""

    def __init__(self, lengths: Lengths) -> None:
        """Begin without rows."""
        self._lengths = lengths
        self.table = Table("", "bytes/s", box=MARKDOWN)
        for name in (*COUNTED, "sequences", "target", "reached"):
            self.table.add_column(name, justify="right")
        self.table.columns[1].justify = "right"

    def train(self, folder: Path, preset: str) -> None:
        """Measure the main screen in all its states."""
        with _app("--store", str(folder / f"{preset}.sqlite3"), "--preset", preset) as (app, meter):
            self._still(app, meter, f"{preset}: before the start")
            app.press("e")
            app.read_until(b"hidden units")
            self._still(app, meter, f"{preset}: in the form")
            app.press("\x1b")
            app.read_until(b"space Start")
            self._begin(app)
            self._add(app, meter, f"{preset}: training", MOST)
            app.press("1z")
            self._add(app, meter, f"{preset}: training, chart alone", MOST)
            app.press("z2z")
            self._add(app, meter, f"{preset}: training, samples alone", MOST)
            app.press("z ")
            app.read_until(b"PAUSED")
            self._still(app, meter, f"{preset}: paused")
            app.press("x")
            app.read_until(b"STOPPED")
            self._still(app, meter, f"{preset}: over")

    def train_low(self, folder: Path, preset: str) -> None:
        """Measure the main screen where few bytes are wanted."""
        store = str(folder / f"{preset}-low.sqlite3")
        with _app("--store", store, "--preset", preset, "--low-bandwidth") as (app, meter):
            self._begin(app)
            self._add(app, meter, f"{preset}: --low-bandwidth", MOST_LOW)

    def train_small(self, folder: Path, *flags: str) -> None:
        """Measure a net so small that every frame has another sample."""
        store = str(folder / f"small{len(flags)}.sqlite3")
        with _app("--store", store, "--preset", "quick", *flags) as (app, meter):
            app.fill_in(SMALL)
            self._begin(app)
            self._add(app, meter, " ".join(["small net", *flags]), MOST_LOW if flags else MOST)

    def race(self, folder: Path, *flags: str) -> None:
        """Measure two nets side by side."""
        store = str(folder / f"race{len(flags)}.sqlite3")
        with _app("--store", store, "--preset", "quick", *flags) as (app, meter):
            app.press("R")
            app.read_until(b"Race on")
            app.press("\r")
            app.read_until("● training".encode(), 60)
            most = MOST_LOW if flags else MOST
            self._add(app, meter, " ".join(["race", *flags]), most)
            if not flags:
                app.press(" ")
                app.read_until("‖ paused".encode())
                self._still(app, meter, "race: paused")

    def _begin(self, app: AppInTerminal) -> None:
        app.press(" ")
        app.read_until(b"TRAINING")

    def _still(self, app: AppInTerminal, meter: Meter, name: str) -> None:
        self._measure(app, meter, name, self._lengths.still, 0.0)

    def _add(self, app: AppInTerminal, meter: Meter, name: str, most: float) -> None:
        self._measure(app, meter, name, self._lengths.training, most)

    def _measure(
        self, app: AppInTerminal, meter: Meter, name: str, seconds: float, most: float
    ) -> None:
        """Add a row, when what came before has settled."""
        app.drain(3)
        meter.begin()
        before = app.written
        app.drain(seconds)
        total, spent = (app.written - before) / seconds, meter.by_pane()
        self.table.add_row(
            name, f"{total:,.0f}", *(f"{spent[pane] / seconds:,.0f}" for pane in COUNTED),
            f"{meter.sequences / seconds:,.0f}", f"<= {most:,.0f}" if most else "0",
            "yes" if total <= most else "no",
        )  # fmt: skip


@contextmanager
def _app(*arguments: str) -> Iterator[tuple[AppInTerminal, Meter]]:
    """Open the app, and leave it whatever it shows."""
    meter = Meter()
    app = AppInTerminal(*arguments, screen=meter, **COLORS)
    app.read_until(b"READY", 60)
    yield app, meter
    _leave(app)


def _leave(app: AppInTerminal) -> int:
    app.press("\x11")  # ctrl+q
    with suppress(OSError):  # it has left already, since nothing would be lost
        app.drain(2)
        app.press("y")
    return app.wait()


class SlowLink:
    """The tables of what a slow connection does to keys."""

    def __init__(self, rate: float, delay: float, presses: int) -> None:
        """Begin without rows.

        Args:
            rate: of the connection, in bytes a second.
            delay: either way, in seconds.
            presses: of each key.
        """
        self._rate, self._delay, self._presses = rate, delay, presses
        self._rng = random.Random(1)
        self.table = Table("", "key", box=MARKDOWN)
        for name in ("median s", "p95 s", "p99 s", "p95 beyond the delay", "target", "reached"):
            self.table.add_column(name, justify="right")
        self.facts = Table("", box=MARKDOWN)
        for name in ("bytes/s", "most waiting", "updates", "in the store", "complete"):
            self.facts.add_column(name, justify="right")

    def measure(self, name: str, folder: Path, *flags: str) -> None:
        """Press keys while it trains, and look into the store afterwards.

        Args:
            name: of the rows.
            folder: for the store.
            flags: of the app.
        """
        store = folder / f"slow{len(flags)}.sqlite3"
        app = AppOverLink(self._rate, self._delay, "--store", str(store), *flags, **COLORS)
        app.read_until(b"READY", 60)
        app.fill_in({"iterations": "1e9"})
        app.press("1 ")
        app.read_until(b"TRAINING")
        app.drain(2)
        app.link.most_waiting, before = 0, app.written
        app.drain(4)
        rate = (app.written - before) / 4
        for key, effects in EFFECTS.items():
            self._add(
                name, key, [self._press(app, key, effects) for _ in range(self._presses // 2)]
            )
        most = app.link.most_waiting
        _leave(app)
        with RunStore.open(store) as opened:
            made, kept = opened.record_of(1).iteration, len(opened.points(1))
        complete = "yes" if made == kept > 0 else "no"
        self.facts.add_row(name, f"{rate:,.0f}", f"{most:,}", f"{made:,}", f"{kept:,}", complete)

    def _press(self, app: AppOverLink, key: str, effects: tuple[str, str]) -> tuple[float, float]:
        """Press a key that switches something, and once more; return how long each took."""
        times = []
        for words in effects:
            app.drain(0.5 + self._rng.random())
            app.press(key)
            times.append(app.read_until(words.encode()))
        return times[0], times[1]

    def _add(self, name: str, key: str, pairs: list[tuple[float, float]]) -> None:
        median, p95, p99 = np.percentile(np.array(pairs), [50, 95, 99])
        beyond = p95 - 2 * self._delay
        self.table.add_row(
            name, NAMES.get(key, key), f"{median:.2f}", f"{p95:.2f}", f"{p99:.2f}",
            f"{beyond:.2f}", f"<= {MOST_BEYOND}", "yes" if beyond <= MOST_BEYOND else "no",
        )  # fmt: skip


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.wire",
        description="Measure what the app writes to its terminal, also over a slow connection.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer seconds and key presses")
    parser.add_argument(
        "--rate", type=float, default=20 * KB, help="bytes a second (default 20000)"
    )
    parser.add_argument("--delay", type=float, default=0.3, help="seconds each way (default 0.3)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    arguments = _arguments(argv)
    lengths = Lengths(6, 4, 6) if arguments.quick else Lengths(20, 10, 30)
    console = Console(width=170, highlight=False)
    for line in machine.describe():
        console.print(line)
    wire = Wire(lengths)
    slow = SlowLink(arguments.rate, arguments.delay, lengths.presses)
    with tempfile.TemporaryDirectory() as name, console.status("measuring"):
        folder = Path(name)
        for preset in ("notebook", "quick"):
            wire.train(folder, preset)
            wire.train_low(folder, preset)
        wire.train_small(folder)
        wire.train_small(folder, "--low-bandwidth")
        wire.race(folder)
        wire.race(folder, "--low-bandwidth")
        slow.measure("training", folder)
        slow.measure("--low-bandwidth", folder, "--low-bandwidth")
    console.print(
        "\nBytes a second that are written to the terminal, by pane:\n", wire.table, sep="\n"
    )
    link = f"{arguments.rate:,.0f} bytes a second, {arguments.delay} s either way"
    console.print(
        f"\nSeconds from a key to its effect, over {link}:\n",
        slow.table, "", slow.facts, sep="\n",
    )  # fmt: skip


if __name__ == "__main__":
    main()

"""How long a key takes to show its effect while a large net trains, and quitting too.

    python -m benchmarks.key_latency            from the root of the repository
    python -m benchmarks.key_latency --quick    one net, few presses

The app trains a net of 512 units at full speed, in a pseudo-terminal of 120x40. Keys are written to
it one after the other, at moments that have nothing to do with its frames, and each is timed until
the bytes have come that show what it brings up, or take it away. `escape` is sent as terminals do
that tell it from the beginning of a longer sequence; others send one byte, after which Textual
waits for 100 ms whether more comes: that is timed too (`esc byte`), but stands outside the verdict,
as does the sample of `s`, which is drawn by the net between two updates. The exit code is 1 if the
99th percentile of a net is over the bound.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.app_in_terminal import AppInTerminal

TARGET: Final = 50.0
"""Milliseconds within which 99 of 100 keys must show their effect."""

HIDDEN: Final = 512

NETS: Final = (("rnn", 200), ("rnn", 25), ("gru", 200), ("gru", 25))
"""Cell and T: a long update, during which a key waits longest, and short ones with many news."""

PATIENCE: Final = 60.0
"""Seconds after which an effect counts as missing."""


@dataclass(frozen=True, slots=True)
class Press:
    """A key and what comes of it.

    Attributes:
        name: of the key.
        sent: what a terminal sends for it.
        words: on the screen afterwards.
        shown: False if they are gone from it instead.
        counts: whether it has a part in the verdict.
    """

    name: str
    sent: str
    words: str
    shown: bool = True
    counts: bool = True


ESCAPE: Final = "\x1b[27u"

ROUND: Final = (
    Press("u", "u", "nats a sequence"),
    Press("l", "l", "iterations, logarithmic"),
    Press("u", "u", "bits per character"),
    Press("l", "l", "iterations, linear"),
    Press("z", "z", "3 Hyperparameters"),
    Press("z", "z", "3 Hyperparameters", shown=False),
    Press("2", "2", "escape Back"),
    Press("1", "1", "escape Back", shown=False),
    Press("tab", "\t", "escape Back"),
    Press("shift+tab", "\x1b[Z", "escape Back", shown=False),
    Press("e", "e", "hidden size: "),
    Press("tab in form", "\t", "layers: "),
    Press("escape", ESCAPE, "Hyperparameters · model", shown=False),
    Press("escape", ESCAPE, "escape Back", shown=False),
    Press("+", "+", "rate 0.002  chars"),
    Press("-", "-", "rate 0.001  chars"),
    Press("?", "?", "up down scroll"),
    Press("escape", ESCAPE, "up down scroll", shown=False),
    Press("S", "S", "Draw a sample"),
    Press("esc byte", "\x1b", "Draw a sample", shown=False, counts=False),
    Press("c", "c", "Text to train on"),
    Press("escape", ESCAPE, "Text to train on", shown=False),
    Press("o", "o", "/ Filter"),
    Press("escape", ESCAPE, "/ Filter", shown=False),
    Press("4", "4", "Surprise  "),
    Press("escape", ESCAPE, "Surprise  ", shown=False),
    Press("space", " ", "PAUS"),
    Press("space", " ", "TRAINING"),
)
"""All keys, in an order that ends where it began."""

Times = dict[str, list[float]]
"""Milliseconds, by the name of the key."""


class Trained:
    """The app, training a net at full speed."""

    def __init__(self, cell: str, length: int, folder: Path, rng: random.Random) -> None:
        """Start the app, fill in its form, and begin to train."""
        self._rng = rng
        self.app = AppInTerminal("--store", str(folder / "runs.sqlite3"))
        self._wait("parameters,")
        while not self.app.screen.shows(f"{cell} 256 on"):
            self.app.press("m")
            self.app.drain(0.5)
        values = {"hidden_size": str(HIDDEN), "seq_length": str(length), "iterations": "1e9"}
        self.app.fill_in(values)
        self.app.press("1")
        self.app.press(" ")
        self._wait("TRAINING")
        self.app.drain(3)

    def _wait(self, words: str, shown: bool = True) -> float:
        """Return the milliseconds until words are on the screen, or are there no more."""
        start = time.perf_counter()
        while self.app.screen.shows(words) != shown:
            if time.perf_counter() - start > PATIENCE:
                raise TimeoutError(f"{words!r} did not {'come' if shown else 'go'}")
            self.app.read_some()
        return 1000 * max(0.0, self.app.arrived - start)

    def press(self, presses: Iterable[Press]) -> Times:
        """Press keys, some time apart; return how long each took."""
        times: Times = {}
        for press in presses:
            self.app.drain(0.25 + 0.3 * self._rng.random())
            if self.app.screen.shows(press.words) == press.shown:
                raise RuntimeError(f"{press.words!r} was there before {press.name}")
            self.app.press(press.sent)
            times.setdefault(press.name, []).append(self._wait(press.words, press.shown))
        return times

    def quit(self) -> tuple[float, int]:
        """Leave the app; return the seconds that it took, and its exit code."""
        self.app.press("q")
        self._wait("Quit?")
        start = time.perf_counter()
        self.app.press("y")
        code = self.app.wait()
        return time.perf_counter() - start, code


def percentile(times: Sequence[float], percent: float) -> float:
    """Return the time that so many percent of the presses stay within."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(percent / 100 * len(ordered)))]


def row(name: str, times: Sequence[float]) -> list[str]:
    """Return the cells of a table's row."""
    good = sum(time <= TARGET for time in times)
    figures = (statistics.median(times), *(percentile(times, part) for part in (95, 99)))
    return [
        name,
        f"{len(times)}",
        *(f"{figure:.0f}" for figure in (*figures, max(times))),
        f"{good} of {len(times)}",
    ]


def add_rows(table: Table, net: str, times: Times) -> bool:
    """Add the rows of one net, that of all its keys at last; return whether the bound is kept."""
    counted = {press.name for press in ROUND if press.counts}
    every = [time for name, some in times.items() if name in counted for time in some]
    for name, some in times.items():
        table.add_row(net, *row(name, some), "", "")
    kept = percentile(every, 99) <= TARGET
    verdict = f"p99 <= {TARGET:.0f}", "yes" if kept else "no"
    table.add_row(net, *row("all", every), *verdict, end_section=True)
    return kept


def measure(cell: str, length: int, rounds: int, rng: random.Random) -> tuple[Times, str]:
    """Return the times of all keys while a net trains, and how quitting went."""
    with tempfile.TemporaryDirectory() as folder:
        trained = Trained(cell, length, Path(folder), rng)
        trained.press(ROUND)  # the first time, some of it has to be loaded
        times: Times = {}
        for _ in range(rounds):
            for name, some in trained.press(ROUND).items():
                times.setdefault(name, []).extend(some)
        seconds, code = trained.quit()
    return times, f"{cell} {HIDDEN}, T {length}: quit in {seconds:.2f} s, exit code {code}"


def main() -> int:
    """Measure every net, and print a table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one net, two rounds")
    parser.add_argument("--rounds", type=int, default=8, help="of all keys for each net (8)")
    options = parser.parse_args()
    nets, rounds = (NETS[-2:-1], 2) if options.quick else (NETS, options.rounds)
    console = Console(width=120, markup=False, highlight=False)
    for line in machine.describe():
        console.print(line)
    console.print(f"{rounds} rounds of {len(ROUND)} keys for each net.\n")
    heads = ("net", "key", "presses", "median ms", "p95 ms", "p99 ms", "worst ms")
    table = Table(*heads, f"within {TARGET:.0f} ms", "target", "reached", box=MARKDOWN)
    ends, kept, rng = [], True, random.Random(1)
    for cell, length in nets:
        times, end = measure(cell, length, rounds, rng)
        kept = add_rows(table, f"{cell} {HIDDEN}, T {length}", times) and kept
        ends.append(end)
    console.print(table)
    console.print("\n".join(ends))
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())

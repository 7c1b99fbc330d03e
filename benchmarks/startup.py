"""How soon the app shows its first frame, beside a Textual app that has nothing to show.

    python -m benchmarks.startup            from the root of the repository
    python -m benchmarks.startup --quick    fewer rounds

Both run in a pseudo-terminal of 120x40, in turn, after a round that warms the caches of the system.
The time is taken from the start of the process until the first frame is there: of the bare app its
one word, of this one all of its panes, its state and its keys. A user who comes back has a store
with a run in it; a newcomer has nothing, and is welcomed over the panes. `ready` is when the
hyperparameters are there as well, the text is read, and a run can be started. Two commands that
show no screen are timed until they have ended. Ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.app_in_terminal import PROGRAM, AppInTerminal
from benchmarks.timing import median, with_spread
from tui_charrnn.engine import Corpus, TrainConfig, train
from tui_charrnn.runs.store import Origin, RunStore, TextIdentity

TARGET: Final = 1.5
"""Most that the first frame may take, as a ratio to that of the bare app."""

BARE: Final = """\
from textual.app import App, ComposeResult
from textual.widgets import Static


class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("nothing to show")


Bare().run()
"""
"""The least that a Textual app can be."""

FRAME: Final = (b"Loss", b"Samples", b"Hyperparameters", b"Status", b"Quit")
"""What stands in the panes and below them, from top to bottom: all of it belongs to the frame."""

WORDS: Final = (b"nothing to show",)
"""The same of the bare app."""

Home = Mapping[str, str]
"""Environment variables that say where a user's things are."""

Rounds = dict[str, list[float]]
"""By what was timed: seconds, one value a round."""


def first_frame(words: Sequence[bytes], program: Sequence[str], home: Home) -> float:
    """Start a program in a terminal; return the seconds until all words are on it."""
    start = time.perf_counter()
    app = AppInTerminal(program=program, **home)
    app.read_until_all(words)
    seconds = time.perf_counter() - start
    app.kill()
    return seconds


def whole_run(program: Sequence[str], home: Home) -> float:
    """Return the seconds that a program takes from its start to its end."""
    start = time.perf_counter()
    subprocess.run(program, env={**os.environ, **home}, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def home(folder: Path) -> Home:
    """Return the surroundings of a user who has this folder, and Python's compiled modules."""
    folder.mkdir()
    store = folder / "runs.sqlite3"
    return {"HOME": str(folder), "CHARRNN_STORE": str(store), "PYTHONDONTWRITEBYTECODE": ""}


def _keep_a_run(path: Path) -> None:
    config, corpus = TrainConfig(hidden_size=8, iterations=3), Corpus.from_text("owls " * 500)
    store = RunStore.open(path)
    recorder = store.record(Origin(config, TextIdentity.of(corpus)))
    for event in train(config, corpus):
        recorder.take(event)
    recorder.close()
    store.close()


def measure(rounds: int, folder: Path) -> Rounds:
    """Time everything in turn.

    Args:
        rounds: that count; one more comes before them.
        folder: where the homes are made.
    """
    bare, back, new = folder / "bare.py", home(folder / "back"), home(folder / "new")
    bare.write_text(BARE, encoding="utf-8")
    _keep_a_run(Path(back["CHARRNN_STORE"]))
    actions: dict[str, Callable[[], float]] = {
        "bare": partial(first_frame, WORDS, (sys.executable, str(bare)), back),
        "app": partial(first_frame, FRAME, PROGRAM, back),
        "welcome": partial(first_frame, (*FRAME, b"Welcome"), PROGRAM, new),
        "ready": partial(first_frame, (*FRAME, b"parameters,"), PROGRAM, back),
        "--help": partial(whole_run, (*PROGRAM, "--help"), back),
        "runs": partial(whole_run, (*PROGRAM, "runs"), back),
    }
    times: Rounds = {name: [] for name in actions}
    for _ in range(rounds + 1):
        for name, action in actions.items():
            times[name].append(action())
    return {name: values[1:] for name, values in times.items()}


def report(times: Rounds) -> Iterator[Table]:
    """Yield the tables: what shows a screen, beside the bare app, and the commands that do not."""
    names = {
        "bare": "bare Textual app",
        "app": "first frame",
        "welcome": "welcome over the first frame",
        "ready": "ready to start a run",
    }
    bare = np.array(times["bare"])
    table = Table("what", "median ms", "ratio to bare", "target", "reached", box=MARKDOWN)
    for name, what in names.items():
        seconds = np.array(times[name])
        ratio = "" if name == "bare" else with_spread(seconds / bare, 2)
        bound = (f"<= {TARGET}", _verdict(seconds / bare)) if name == "app" else ("",)
        table.add_row(what, f"{1000 * median(seconds):.0f}", ratio, *bound)
    yield table
    commands = Table("command", "median ms", "ratio to bare", box=MARKDOWN)
    for name in ("--help", "runs"):
        seconds = np.array(times[name])
        ratio = with_spread(seconds / bare, 2)
        commands.add_row(f"charrnn-tui {name}", f"{1000 * median(seconds):.0f}", ratio)
    yield commands


def _verdict(ratios: np.ndarray) -> str:
    return "yes" if median(ratios) <= TARGET else "no"


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a few rounds only")
    parser.add_argument("--rounds", type=int, default=21, help="of which each times all (21)")
    options = parser.parse_args()
    rounds = 5 if options.quick else options.rounds
    console = Console(width=110, markup=False, highlight=False)
    for line in machine.describe():
        console.print(line)
    with tempfile.TemporaryDirectory() as folder:
        times = measure(rounds, Path(folder))
    console.print(f"{rounds} rounds; in parentheses the middle half of the ratios.\n")
    for table in report(times):
        console.print(table)


if __name__ == "__main__":
    main()

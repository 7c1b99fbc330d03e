"""How much two trainers get done side by side: in two threads, and in two child processes.

    python -m benchmarks.processes        from the repository root, with the test extra installed

An RNN and a GRU train at the same time, first alone in a thread, then together in two threads, then
together in two children as in a race. All of them exist from the start and wait in a pause; in each
round every arrangement in turn goes on for a while. What is told is the median of the ratios within
a round. Whatever holds up one core, a busy machine for instance, takes more from two processes than
from two threads, which have the use of one core anyway: the ratio needs two idle cores.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from typing import Final

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.contenders import Size
from benchmarks.timing import Rounds, median, with_spread
from tui_charrnn.engine import TrainControl, build_model
from tui_charrnn.engine.events import Paused, Step
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import Source, limit_blas
from tui_charrnn.runs.process import train_in_process

CELLS: Final = ("rnn", "gru")
VOCAB: Final = 121
TARGET: Final = 1.8
"""Least ratio of the characters a second of two processes to those of two threads."""

TARGET_SHAPE: Final = (256, 200)
"""H and T that the target is for."""

WARM_UP: Final = 0.2
"""Seconds of training before the first round: the first window allocates its buffers."""


class Trainer:
    """One endless run that waits in a pause, and counts what it reads while it goes on."""

    def __init__(self, size: Size, source: Source) -> None:
        """Load it."""
        self._size, self._source = size, source
        self._control = TrainControl()
        self._waits = threading.Event()
        self._characters = 0
        self._control.pause()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        self._waits.wait()

    def _work(self) -> None:
        config, corpus = self._size.config("float32"), self._size.corpus()
        model = build_model(config, corpus.vocab_size)
        for event in self._source(config, corpus, model, self._control):
            if isinstance(event, Step):
                self._characters = event.characters
            elif isinstance(event, Paused):
                self._waits.set()
        self._waits.set()

    def go_on(self) -> int:
        """Train; return the characters read before."""
        self._waits.clear()
        self._control.resume()
        return self._characters

    def pause(self) -> None:
        """Ask to wait."""
        self._control.pause()

    def made(self) -> int:
        """Wait until it waits; return the characters read so far."""
        self._waits.wait()
        return self._characters

    def close(self) -> None:
        """End it."""
        self._control.stop()
        self._thread.join()


def speeds(trainers: Sequence[Trainer], seconds: float) -> list[float]:
    """Let trainers go on side by side for a while; return the characters a second of each."""
    start = time.perf_counter()
    before = [trainer.go_on() for trainer in trainers]
    time.sleep(seconds)
    for trainer in trainers:
        trainer.pause()
    after = [trainer.made() for trainer in trainers]
    taken = time.perf_counter() - start
    return [(now - then) / taken for now, then in zip(after, before, strict=True)]


def measure(size: tuple[int, int], rounds: int, seconds: float) -> Rounds:
    """Run all arrangements in turn.

    Args:
        size: (H, T).
        rounds: how often.
        seconds: that each arrangement runs in a round.

    Returns:
        Characters a second by cell and arrangement, such as `rnn threads`: (rounds,) each.
    """
    sources = {"threads": train_to_the_end, "processes": train_in_process}
    pairs = {
        name: [Trainer(Size(cell, *size, VOCAB), source) for cell in CELLS]
        for name, source in sources.items()
    }
    alone = {f"{cell} alone": [pairs["threads"][place]] for place, cell in enumerate(CELLS)}
    known: dict[str, list[float]] = {}
    for number in range(-1, rounds):
        for name, trainers in {**alone, **pairs}.items():
            reached = speeds(trainers, WARM_UP if number < 0 else seconds)
            keys = [name] if name in alone else [f"{cell} {name}" for cell in CELLS]
            for key, speed in zip(keys, reached, strict=True):
                known.setdefault(key, []).append(speed)
    for trainer in (*pairs["threads"], *pairs["processes"]):
        trainer.close()
    return {name: np.array(values[1:]) for name, values in known.items()}


def together(rounds: Rounds, arrangement: str) -> np.ndarray:
    """Return the characters a second of both cells together, by round."""
    first, second = (rounds[f"{cell} {arrangement}"] for cell in CELLS)
    return first + second


def of_one_alone(rounds: Rounds, arrangement: str) -> np.ndarray:
    """Return what both get done in terms of one that has the machine for itself: 2 is perfect."""
    first, second = (rounds[f"{cell} {arrangement}"] / rounds[f"{cell} alone"] for cell in CELLS)
    return first + second


def result_table(rounds: Rounds, target: float | None) -> Table:
    """Return one row for each arrangement."""
    table = Table(box=MARKDOWN)
    for name in (
        "trainers", "rnn chars/s", "gru chars/s", "together", "of one alone",
        "ratio to threads", "target", "reached",
    ):  # fmt: skip
        table.add_column(name, justify="left" if name == "trainers" else "right")
    for cell in CELLS:
        shown = f"{median(rounds[f'{cell} alone']):,.0f}"
        table.add_row(f"{cell} alone", *(shown if each == cell else "" for each in CELLS))
    ratio = together(rounds, "processes") / together(rounds, "threads")
    _add_pair(table, rounds, "threads")
    _add_pair(table, rounds, "processes", with_spread(ratio), *verdict(median(ratio), target))
    return table


def _add_pair(table: Table, rounds: Rounds, arrangement: str, *more: str) -> None:
    table.add_row(
        f"two {arrangement}",
        *(f"{median(rounds[f'{cell} {arrangement}']):,.0f}" for cell in CELLS),
        f"{median(together(rounds, arrangement)):,.0f}",
        with_spread(of_one_alone(rounds, arrangement)),
        *more,
    )


def verdict(ratio: float, target: float | None) -> tuple[str, str]:
    """Return the target and whether it is reached, in words."""
    return ("", "") if target is None else (f">= {target:g}", "yes" if ratio >= target else "no")


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.processes",
        description="Measure two trainers in two threads beside two in two processes.",
    )
    parser.add_argument("--hidden", type=int, default=256, metavar="H", help="hidden units")
    parser.add_argument("--seq-length", type=int, default=200, metavar="T", help="window length")
    parser.add_argument("--rounds", type=int, default=8, help="how often each one runs")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each run in a round")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    arguments = _arguments(argv)
    limit_blas()
    size = (arguments.hidden, arguments.seq_length)
    console = Console(width=150, highlight=False)
    for line in machine.describe():
        console.print(line)
    console.print(
        f"H {size[0]}, T {size[1]}, V {VOCAB}, B 1, float32; {arguments.rounds} rounds; medians, "
        "in parentheses the middle half of the rounds\n"
    )
    with console.status("training"):
        rounds = measure(size, arguments.rounds, arguments.seconds)
    console.print(result_table(rounds, TARGET if size == TARGET_SHAPE else None))


if __name__ == "__main__":
    main()

"""What keeping a run in the store costs its training, measured beside the same run unrecorded.

    python -m benchmarks.recording            from the repository root, with the test extra
    python -m benchmarks.recording --quick    fewer rounds

A round trains the same run twice in a row, once with a recorder into a real file and once without;
which comes first changes from round to round. Timed is the whole run with all that the recorder
needs for it, from opening the file to the last transaction, so a longer run pays less. The target
is at most 1.02 times the time without. The processor time of the whole process, the thread that
writes included, is told as well: other programs disturb it less. BLAS is held to one thread.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks import machine
from benchmarks.timing import median
from tui_charrnn.engine import Corpus, TrainConfig, train
from tui_charrnn.runs.store import Origin, RunStore, TextIdentity

TARGET: Final = 1.02
"""Most that a recorded run may take, as a ratio to the same run unrecorded."""

SIZES: Final = (("rnn", 256, 200), ("gru", 256, 200), ("rnn", 32, 25), ("gru", 32, 25))
"""Cell, H and T: the notebook's, and nets so fast that many updates come a second."""


def text(characters: int = 200_000, letters: int = 121) -> Corpus:
    """Return a text of random letters; what they are makes no difference to the speed."""
    ids = np.random.default_rng(1).integers(letters, size=characters)
    return Corpus.from_text("".join(chr(0x4E00 + number) for number in ids))


def seconds(config: TrainConfig, corpus: Corpus, store: RunStore | None) -> tuple[float, float]:
    """Train a run to its end, recorded if there is a store; return wall and processor time."""
    start, work = time.perf_counter(), time.process_time()
    if store is None:
        for _ in train(config, corpus):
            pass
    else:
        recorder = store.record(Origin(config, TextIdentity("letters", "", "utf-8", 1, 1, "")))
        for event in train(config, corpus):
            recorder.take(event)
        recorder.close()
        assert not recorder.problem, recorder.problem
    return time.perf_counter() - start, time.process_time() - work


def lasting(config: TrainConfig, corpus: Corpus, length: float) -> TrainConfig:
    """Return the run with as many iterations as take about `length` seconds."""
    trial = config.replace(iterations=20)
    seconds(trial, corpus, None)
    each = seconds(trial, corpus, None)[0] / 20
    return config.replace(iterations=max(20, round(length / each)))


def measure(
    config: TrainConfig, corpus: Corpus, store: RunStore, rounds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return wall and processor time of each round without and with a recorder: (rounds, 2)."""
    plain, recorded = np.empty((rounds, 2)), np.empty((rounds, 2))
    for number in range(rounds):
        order = [(plain, None), (recorded, store)]
        for times, kept in order if number % 2 else reversed(order):
            times[number] = seconds(config, corpus, kept)
    return plain, recorded


def table() -> Table:
    """Return the empty table."""
    columns = Table(box=MARKDOWN)
    for name in (
        "cell", "H", "T", "iterations", "updates/s", "ratio", "middle half", "target", "reached",
        "ratio of processor time",
    ):  # fmt: skip
        columns.add_column(name, justify="left" if name == "cell" else "right")
    return columns


def add_row(rows: Table, config: TrainConfig, plain: np.ndarray, recorded: np.ndarray) -> None:
    """Add the ratios of one size to the table."""
    wall, work = (recorded / plain).T
    low, middle, high = np.percentile(wall, [25, 50, 75])
    rows.add_row(
        config.cell, str(config.hidden_size), str(config.seq_length), f"{config.iterations:,}",
        f"{config.iterations / median(plain[:, 0]):,.0f}", f"{middle:.3f}",
        f"{low:.3f}-{high:.3f}", f"<= {TARGET}", "yes" if middle <= TARGET else "no",
        f"{median(work):.3f}",
    )  # fmt: skip


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.recording",
        description="Measure what recording a run costs its training.",
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--rounds", type=int, help="pairs of runs of each size")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a run (default 4)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    arguments = _arguments(argv)
    rounds = arguments.rounds or (5 if arguments.quick else 15)
    console = Console(width=120, highlight=False)
    corpus, rows = text(), table()
    with threadpool_limits(limits=1), tempfile.TemporaryDirectory() as folder:
        for line in machine.describe():
            console.print(line)
        store = RunStore.open(Path(folder) / "runs.sqlite3")
        for cell, units, length in SIZES:
            config = TrainConfig(
                cell=cell, hidden_size=units, seq_length=length, sample_every=0, eval_every=0
            )
            config = lasting(config, corpus, arguments.seconds)
            add_row(rows, config, *measure(config, corpus, store, rounds))
        store.close()
    console.print(f"\nRecorded runs against the same unrecorded, {rounds} pairs each:\n")
    console.print(rows)


if __name__ == "__main__":
    main()

"""How fast the engine trains, as ratios to the plain algorithm measured beside it.

    python -m benchmarks.speed            from the repository root, with the test extra installed
    python -m benchmarks.speed --quick    the sizes with a target only, and fewer rounds

The plain algorithm is `tests/naive.py`: one character a step as a one-hot column vector, one outer
product a step and gradient, as in the notebook. Its windows are timed one by one: for B streams it
needs B of them and one clipping and Adagrad step, and so its time is added up (the additions of
the streams' gradients, which it needs too, are left out in its favour). The notebook computes in
float64, and that is the reference of the targets; the ratio to the plain algorithm in the engine's
own dtype is told as well. BLAS is held to one thread. For sampling see `benchmarks/sampling.py`.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks import contenders, machine, sampling
from benchmarks.contenders import Size
from benchmarks.tables import columns, show
from benchmarks.timing import Rounds, measure, median, with_spread

CELLS: Final = ("rnn", "gru")
DTYPES: Final = ("float64", "float32")
BATCHES: Final = (1, 32)
SIZES: Final = (64, 128, 256, 512, 1024)

TARGET_SHAPE: Final = (200, 121)
"""T and V that the targets are for."""

TARGETS: Final = {
    ("rnn", 256, 1, "float64"): 6.0,
    ("gru", 256, 1, "float64"): 5.0,
    ("rnn", 256, 1, "float32"): 13.0,
    ("gru", 256, 1, "float32"): 11.0,
}
"""Least ratio to the float64 plain algorithm, by cell, H, B and dtype."""

BATCH_TARGETS: Final = {("rnn", 256, "float32"): 4.0, ("gru", 256, "float32"): 4.0}
"""Least ratio of the characters a second at B=32 to those at B=1."""


def update_table() -> Table:
    """Return the empty table of full updates."""
    return columns(
        "cell", "H", "B", "dtype", "naive float64 ms", "naive same dtype ms", "engine ms",
        "ratio to float64", "ratio to same dtype", "target", "reached", "chars/s", "rounds",
    )  # fmt: skip


def batch_table() -> Table:
    """Return the empty table of B=32 against B=1."""
    return columns(
        "cell", "H", "dtype", "chars/s B=1", "chars/s B=32", "ratio", "ratio of products alone",
        "target", "reached",
    )  # fmt: skip


def measure_updates(size: Size, budget: float) -> Rounds:
    """Measure all alternatives of one cell and size, side by side; seconds by name."""
    alternatives = {}
    for dtype in DTYPES:
        alternatives[f"window {dtype}"] = contenders.naive_window(size, dtype)
        alternatives[f"step {dtype}"] = contenders.naive_step(size, dtype)
        for batch in BATCHES:
            alternatives[f"{batch} {dtype}"] = contenders.engine_update(size, dtype, batch)
        alternatives[f"products {dtype}"] = contenders.products(size, dtype, BATCHES[-1])
    return measure(alternatives, budget)


def naive_update(rounds: Rounds, dtype: str, batch: int) -> np.ndarray:
    """Return the plain algorithm's seconds for one update of B streams, by round."""
    return batch * rounds[f"window {dtype}"] + rounds[f"step {dtype}"]


def _target(size: Size, target: float | None) -> float | None:
    """Return the target if it was set for windows of this shape."""
    return target if (size.seq_length, size.vocab) == TARGET_SHAPE else None


def _verdict(ratio: float, target: float | None) -> tuple[str, str]:
    return ("", "") if target is None else (f">= {target:g}", "yes" if ratio >= target else "no")


def add_update_rows(table: Table, size: Size, rounds: Rounds) -> None:
    """Add a row for each dtype and batch size."""
    for dtype, batch in itertools.product(DTYPES, BATCHES):
        engine = rounds[f"{batch} {dtype}"]
        reference, same = (naive_update(rounds, d, batch) for d in ("float64", dtype))
        ratio = reference / engine
        target = _target(size, TARGETS.get((size.cell, size.hidden, batch, dtype)))
        table.add_row(
            size.cell, f"{size.hidden}", f"{batch}", dtype,
            f"{median(reference) * 1e3:.1f}", f"{median(same) * 1e3:.1f}",
            f"{median(engine) * 1e3:.2f}", with_spread(ratio), with_spread(same / engine),
            *_verdict(median(ratio), target),
            f"{batch * size.seq_length / median(engine):,.0f}", f"{len(engine)}",
        )  # fmt: skip


def add_batch_rows(table: Table, size: Size, rounds: Rounds) -> None:
    """Add a row for each dtype."""
    one, many = BATCHES
    for dtype in DTYPES:
        single, batch = rounds[f"{one} {dtype}"], rounds[f"{many} {dtype}"]
        ratio = many * single / batch
        bound = many * single / rounds[f"products {dtype}"]
        target = _target(size, BATCH_TARGETS.get((size.cell, size.hidden, dtype)))
        table.add_row(
            size.cell, f"{size.hidden}", dtype,
            f"{size.seq_length / median(single):,.0f}",
            f"{many * size.seq_length / median(batch):,.0f}",
            with_spread(ratio), with_spread(bound), *_verdict(median(ratio), target),
        )  # fmt: skip


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed",
        description="Measure the engine beside the plain algorithm, on one BLAS thread.",
    )
    parser.add_argument("--quick", action="store_true", help="H 256 only, 6 seconds a cell")
    parser.add_argument("--hidden", type=int, nargs="+", metavar="H", help="hidden units")
    parser.add_argument("--seq-length", type=int, default=200, metavar="T", help="window length")
    parser.add_argument("--vocab", type=int, default=121, metavar="V", help="distinct characters")
    parser.add_argument("--seconds", type=float, help="time budget for a cell and size")
    return parser.parse_args(argv)


def run(console: Console, hidden: Sequence[int], shape: tuple[int, int], budget: float) -> None:
    """Measure every cell and size; print a line while it goes on, and the tables at the end.

    Args:
        console: where to print.
        hidden: the sizes H.
        shape: (T, V).
        budget: seconds for each cell and size.
    """
    updates, batches, samples = update_table(), batch_table(), sampling.table()
    for units, cell in itertools.product(hidden, CELLS):
        size = Size(cell, units, *shape)
        with console.status(f"{cell}, H={units}"):
            rounds = measure_updates(size, budget)
            add_update_rows(updates, size, rounds)
            add_batch_rows(batches, size, rounds)
            for dtype in DTYPES:
                draws = sampling.measure_draws(size, dtype, budget / 10)
                sampling.add_row(samples, size, dtype, draws)
    titled = (
        ("Full update (loss, gradients, clipping, Adagrad), ratio to the plain algorithm", updates),
        ("Characters a second at B=32 against B=1", batches),
        (f"Sampling {sampling.LENGTH} characters", samples),
    )
    show(console, titled)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    arguments = _arguments(argv)
    hidden = arguments.hidden or ([256] if arguments.quick else SIZES)
    budget = arguments.seconds if arguments.seconds is not None else 6 if arguments.quick else 12
    console = Console(width=170, highlight=False)
    with threadpool_limits(limits=1):
        for line in machine.describe():
            console.print(line)
        console.print(
            f"T {arguments.seq_length}, V {arguments.vocab}; median of the ratios of alternating "
            "rounds, in parentheses the middle half of them; naive: tests/naive.py"
        )
        run(console, hidden, (arguments.seq_length, arguments.vocab), budget)


if __name__ == "__main__":
    main()

"""What more processes bring to one run: its streams shared out, beside the run in one process.

    python -m benchmarks.sharing            from the repository root, with the test extra installed
    python -m benchmarks.sharing --quick    H 256 only, and fewer rounds

The same run of the engine, B=32 in float32, once in one process and once in two (`--processes 2`),
update by update in turn. BLAS is held to one thread in each. The target is 1.5 times the speed: at
two, there would be nothing but the gradient itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks import machine
from benchmarks.contenders import Size, engine_update
from benchmarks.tables import columns, show
from benchmarks.timing import measure, median, with_spread
from tui_charrnn.engine.registry import CELLS

HIDDEN: Final = (64, 128, 256, 512, 1024)
LENGTHS: Final = (200, 50)
VOCAB: Final = 121
STREAMS: Final = 32
PROCESSES: Final = 2

TARGET: Final = 1.5
"""Least ratio of the time in one process to that in two."""


def add_row(table: Table, size: Size, budget: float) -> None:
    """Measure a size, and add what was found."""
    rounds = measure(
        {
            f"{count}": engine_update(size, "float32", STREAMS, processes=count)
            for count in (1, PROCESSES)
        },
        budget,
    )
    one, several = rounds["1"], rounds[f"{PROCESSES}"]
    gain = one / several
    table.add_row(
        size.cell, f"{size.hidden}", f"{size.seq_length}",
        f"{median(one) * 1e3:.2f}", f"{median(several) * 1e3:.2f}",
        f"{STREAMS * size.seq_length / median(several):,.0f}",
        with_spread(gain, 2), f">= {TARGET:g}", "yes" if median(gain) >= TARGET else "no",
        f"{len(gain)}",
    )  # fmt: skip


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.sharing",
        description="Measure a run in two processes beside the same run in one.",
    )
    parser.add_argument("--quick", action="store_true", help="H 256 only, 1.5 seconds a size")
    parser.add_argument("--cell", nargs="+", choices=CELLS, default=list(CELLS))
    parser.add_argument("--hidden", type=int, nargs="+", metavar="H", help="hidden units")
    parser.add_argument("--seq-length", type=int, nargs="+", default=LENGTHS, metavar="T")
    parser.add_argument("--seconds", type=float, help="time budget for a size (default 4)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its table."""
    arguments = _arguments(argv)
    seconds = arguments.seconds
    budget = seconds if seconds is not None else 1.5 if arguments.quick else 4
    console = Console(width=140, highlight=False)
    table = columns(
        "cell", "H", "T", "one process ms", "two ms", "chars/s of two", "ratio", "target",
        "reached", "rounds", left=("target", "reached"),
    )  # fmt: skip
    with threadpool_limits(limits=1):
        for line in machine.describe():
            console.print(line)
        for cell in arguments.cell:
            for hidden in arguments.hidden or ([256] if arguments.quick else HIDDEN):
                for length in arguments.seq_length:
                    with console.status(f"{cell}, H={hidden}, T={length}"):
                        add_row(table, Size(cell, hidden, length, VOCAB), budget)
    show(console, [(f"Updates of {STREAMS} streams, in one process and in two", table)])


if __name__ == "__main__":
    main()

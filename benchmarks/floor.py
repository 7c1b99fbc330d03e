"""How near the engine comes to what the machine allows: the time of its matrix products alone.

    python -m benchmarks.floor            from the repository root, with the test extra installed
    python -m benchmarks.floor --quick    H 256 only, and fewer rounds

The floor is the time of the matrix products that no exact update can do without, of real sizes and
as many different matrices as an update has, in the fastest layout that was found for each; what
they are is told in `floor_products.py`. It is measured in turn with whole updates of the engine, in
float32 on one BLAS thread. The second table tells where an update's time goes, and how much of that
would remain if its arrays were so small that only the calls cost time: H 8 and V 8.
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

from benchmarks import contenders, machine
from benchmarks.contenders import Size
from benchmarks.floor_parts import REST, Seconds, cost_of_calls, parts_of_an_update
from benchmarks.floor_products import STACKS, Floor, multiplications
from benchmarks.tables import columns, show
from benchmarks.timing import Rounds, measure, median

HIDDEN: Final = (64, 128, 256, 512, 1024)
BATCHES: Final = (1, 32)
SHAPE: Final = (200, 121)
"""T and V that the target is for."""

TARGET: Final = 0.75
"""Least share of an update's time that its products take."""

TARGET_FROM: Final = 256
"""H from which on the target holds."""

LOOKED_INTO: Final = (256, 512)
"""H of the second table."""

PARTS: Final = (
    "input rows", "forward", "output layer", "back", "weight gradients", "input gradients",
    "clip, update", REST,
)  # fmt: skip
"""Of an update, in their order."""


def floor_table() -> Table:
    """Return the empty table of distances."""
    return columns(
        "cell", "H", "B", "floor ms", "engine ms", "share", "target", "reached", "GFLOP/s of floor",
        "rounds",
    )  # fmt: skip


def parts_table() -> Table:
    """Return the empty table of parts."""
    return columns("cell", "H", "B", "what", *PARTS, "together")


def layout_table() -> Table:
    """Return the empty table of layouts."""
    return columns("cell", "H", "B", "fastest layouts")


def verdict(size: Size, share: float) -> tuple[str, str]:
    """Return the target for this size in words and whether it is reached, if it has one."""
    if (size.seq_length, size.vocab) != SHAPE or size.hidden < TARGET_FROM:
        return "", ""
    return f">= {TARGET:.0%}", "yes" if share >= TARGET else "no"


def add_floor_row(table: Table, size: Size, batch: int, rounds: Rounds) -> None:
    """Add a row of what was measured as `floor` and `engine`."""
    shares = rounds["floor"] / rounds["engine"]
    low, middle, high = np.percentile(shares, [25, 50, 75])
    speed = 2 * multiplications(size, batch) / median(rounds["floor"]) / 1e9
    table.add_row(
        size.cell, f"{size.hidden}", f"{batch}",
        *(f"{median(rounds[name]) * 1e3:.2f}" for name in ("floor", "engine")),
        f"{middle:.0%} ({low:.0%}-{high:.0%})", *verdict(size, float(middle)), f"{speed:.0f}",
        f"{len(shares)}",
    )  # fmt: skip


def add_parts_rows(
    table: Table, size: Size, batch: int, known: tuple[Seconds, Seconds, Seconds]
) -> None:
    """Add a row for each of: a whole update's parts, their products, the cost of their calls."""
    for name, seconds in zip(("update", "its products", "its calls"), known, strict=True):
        told = [f"{seconds[part] * 1e3:.2f}" if part in seconds else "" for part in PARTS]
        table.add_row(
            size.cell, f"{size.hidden}", f"{batch}", f"{name}, ms", *told,
            f"{sum(seconds.values()) * 1e3:.2f}",
        )  # fmt: skip


def products_by_part(floor: Floor, budget: float) -> Seconds:
    """Return the seconds of the products of each part of an update."""
    rounds = measure(floor.parts(), budget)
    return {part: median(rounds[part]) for part in floor.parts()}


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.floor",
        description="Measure whole updates beside the matrix products that they cannot avoid.",
    )
    parser.add_argument("--quick", action="store_true", help="H 256 only, 1.5 seconds a size")
    parser.add_argument("--cell", nargs="+", choices=STACKS, default=list(STACKS))
    parser.add_argument("--hidden", type=int, nargs="+", metavar="H", help="hidden units")
    parser.add_argument("--seq-length", type=int, default=SHAPE[0], metavar="T")
    parser.add_argument("--vocab", type=int, default=SHAPE[1], metavar="V")
    parser.add_argument("--seconds", type=float, help="time budget for a size (default 2.5)")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    arguments = _arguments(argv)
    hidden = arguments.hidden or ([256] if arguments.quick else HIDDEN)
    seconds = arguments.seconds
    budget = seconds if seconds is not None else 1.5 if arguments.quick else 2.5
    floors, parts, layouts = floor_table(), parts_table(), layout_table()
    console = Console(width=170, highlight=False)
    with threadpool_limits(limits=1):
        for line in machine.describe():
            console.print(line)
        console.print(
            f"T {arguments.seq_length}, V {arguments.vocab}, float32; median of the shares of "
            "alternating rounds, in parentheses the middle half of them"
        )
        for cell, units, batch in itertools.product(arguments.cell, hidden, BATCHES):
            size = Size(cell, units, arguments.seq_length, arguments.vocab)
            with console.status(f"{cell}, H={units}, B={batch}"):
                floor = Floor(size, batch)
                update = contenders.engine_update(size, "float32", batch)
                add_floor_row(
                    floors, size, batch, measure({"floor": floor.run, "engine": update}, budget)
                )
                told = ", ".join(f"{part}: {name}" for part, name in floor.layouts.items())
                layouts.add_row(cell, f"{units}", f"{batch}", told)
                if units in LOOKED_INTO:
                    known = (
                        parts_of_an_update(size, batch, budget / 5),
                        products_by_part(floor, budget / 5),
                        cost_of_calls(size, batch, budget / 10),
                    )
                    add_parts_rows(parts, size, batch, known)
    titled = (
        ("The time of an update's matrix products, as a share of the update's", floors),
        ("Where the time goes, in milliseconds", parts),
        ("Layouts that were fastest", layouts),
    )
    show(console, titled)


if __name__ == "__main__":
    main()

"""How the time of an update grows with H, T, B, V and the length of the text.

    python -m benchmarks.growth            from the repository root, with the test extra installed
    python -m benchmarks.growth --quick    fewer cells, and fewer rounds
    python -m benchmarks.growth --large    texts of up to 1 GB
    python -m benchmarks.growth --svg docs/growth.svg    draws the picture as well

An update is that of a training run: loss, gradients, clipping, Adagrad, in float32 on one BLAS
thread. The mathematics of one has a number of operations that grows as

    H^2   recurrent matrices (H,H), beside H V for those of the input and the output
    T     each character of a window costs the same
    B     each stream costs the same
    V     each character of the vocabulary costs a row of the input and the output matrices
    1     whatever the length of the text: a window is read where it lies

at large sizes; at small ones less, since calls cost what they cost. All sizes of a curve are timed
in turn (`benchmarks.timing`), and what is told is the exponent between the two largest of them, and
the curve a + b x^k that comes nearest to all. Along H the bare matrix products of an update are
timed beside it: matrices that leave a cache cost more than their operations, whoever multiplies.
The last table has what a process that reads a text and trains on it holds in memory.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks import contenders, machine
from benchmarks.contenders import Size
from benchmarks.growth_drawing import in_terminal, write_picture
from benchmarks.growth_fits import TOLERANCE, Curve, fit
from benchmarks.growth_texts import STATUS, blocks, memory_of
from benchmarks.timing import Action, measure
from tui_charrnn.engine import Corpus, train
from tui_charrnn.engine.id_store import MAPPED_FROM
from tui_charrnn.engine.memory import in_words
from tui_charrnn.runs.report.drawing import check_library

DTYPE: Final = "float32"
BATCH: Final = 32


@dataclass(frozen=True)
class Shape:
    """One update: the sizes, and the streams beside each other."""

    size: Size
    batch: int


@dataclass(frozen=True)
class Axis:
    """What grows, through which sizes, and how an update grows with it by its mathematics."""

    name: str
    sizes: tuple[int, ...]
    mathematics: float
    grow: Callable[[Shape, int], Shape]


def _sized(shape: Shape, **sizes: int) -> Shape:
    return replace(shape, size=replace(shape.size, **sizes))


AXES: Final = (
    Axis("H", (64, 128, 256, 512, 1024), 2, lambda shape, n: _sized(shape, hidden=n)),
    Axis("T", (25, 50, 100, 200, 400, 800), 1, lambda shape, n: _sized(shape, seq_length=n)),
    Axis("B", (1, 4, 8, 16, 32, 64), 1, lambda shape, n: replace(shape, batch=n)),
    Axis("V", (64, 256, 1000, 3000, 10_000), 1, lambda shape, n: _sized(shape, vocab=n)),
)

BASE: Final = {"H": (256, 50, 121), "T": (128, 100, 121), "B": (128, 50, 121), "V": (128, 50, 121)}
"""H, T and V along each axis, but for what grows there."""

TEXTS: Final = (100_000, 1_000_000, 10_000_000, 100_000_000)
LARGE: Final = 1_000_000_000
TEXT_BASE: Final = Size("gru", 128, 50, 96)


def curve_of(axis: Axis, shape: Shape, budget: float) -> Curve:
    """Time an update at all sizes of an axis."""
    grown = [axis.grow(shape, size) for size in axis.sizes]
    updates = {
        f"{number}": contenders.engine_update(each.size, DTYPE, each.batch)
        for number, each in enumerate(grown)
    }
    streams = "" if axis.name == "B" else f" B={shape.batch}"
    return _timed(axis, f"{shape.size.cell}{streams}", updates, budget)


def _timed(axis: Axis, label: str, actions: dict[str, Action], budget: float) -> Curve:
    rounds = measure(actions, budget)
    sizes = np.array(axis.sizes, np.float64)
    return Curve(axis.name, label, sizes, np.stack(list(rounds.values()), 1), axis.mathematics)


def products_of(shape: Shape, axis: Axis, budget: float) -> Curve:
    """Time the bare matrix products of an update at the two largest sizes of an axis."""
    last = replace(axis, sizes=axis.sizes[-2:])
    grown = [axis.grow(shape, size) for size in last.sizes]
    actions = {
        f"{number}": contenders.products(each.size, DTYPE, each.batch)
        for number, each in enumerate(grown)
    }
    return _timed(last, "products", actions, budget)


def text_curves(lengths: Sequence[int], budget: float) -> Iterator[Curve]:
    """Time an update on texts of several lengths, on one stream and on several."""
    texts = [Corpus.from_blocks(blocks(length, TEXT_BASE.vocab), "text") for length in lengths]
    axis = Axis("text", tuple(lengths), 0, lambda shape, _: shape)
    for batch in (1, BATCH):
        runs = [train(TEXT_BASE.config(DTYPE, batch), text) for text in texts]
        updates = {f"{number}": run.__next__ for number, run in enumerate(runs)}
        yield _timed(axis, f"{TEXT_BASE.cell} B={batch}", updates, budget)


def growth_table() -> Table:
    """Return the empty table of exponents."""
    table = Table(box=MARKDOWN)
    for name in (
        "grows", "update of", "sizes", "ms at each", "fitted", "exponent at the end",
        "mathematics", "bare products", "not faster than its mathematics",
    ):  # fmt: skip
        table.add_column(name, justify="left" if name in {"grows", "update of"} else "right")
    return table


def add_row(table: Table, curve: Curve, bare: Curve | None = None) -> None:
    """Add what is known of one curve, and of the bare products beside it."""
    table.add_row(
        curve.axis, curve.label,
        f"{curve.sizes[0]:,.0f} to {curve.sizes[-1]:,.0f}",
        " ".join(f"{1e3 * value:.3g}" for value in curve.times),
        f"{fit(curve.sizes, curve.times)}",
        _with_spread(curve.exponents()),
        f"{curve.mathematics:g}",
        _with_spread(bare.exponents()) if bare else "",
        verdict(curve, bare),
    )  # fmt: skip


def verdict(curve: Curve, bare: Curve | None = None) -> str:
    """Say whether it grows faster than its mathematics, or than the bare products of it do."""
    if curve.is_kept:
        return "yes"
    is_hardware = bare is not None and curve.exponent <= bare.exponent + TOLERANCE
    return "as its products do" if is_hardware else "no"


def _with_spread(exponents: np.ndarray) -> str:
    low, middle, high = np.percentile(exponents, [25, 50, 75])
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def memory_table(lengths: Sequence[int]) -> Table:
    """Measure processes that train on texts of several lengths; return a row for each."""
    table = Table(box=MARKDOWN)
    for name in ("characters", "B", "ids", "own memory at the most", "characters read a second"):
        table.add_column(name, justify="right")
    for length in lengths:
        for batch in (1, BATCH):
            peak, speed = memory_of(length, batch)
            where = "in memory" if length < MAPPED_FROM else "mapped"
            table.add_row(
                f"{length:,}", f"{batch}", f"{in_words(length)} {where}", in_words(peak),
                f"{speed:,.0f}",
            )  # fmt: skip
    return table


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.growth",
        description="Time an update against H, T, B, V and the length of the text.",
    )
    parser.add_argument("--quick", action="store_true", help="rnn and gru, one stream")
    parser.add_argument("--large", action="store_true", help="texts of up to 1 GB")
    parser.add_argument("--seconds", type=float, help="time budget for a curve")
    parser.add_argument("--svg", type=Path, metavar="PATH", help="write the picture there")
    return parser.parse_args(argv)


def measure_all(
    console: Console, quick: bool, lengths: Sequence[int], budget: float
) -> list[Curve]:
    """Measure every curve; print the table, and return the curves in its order."""
    table, curves = growth_table(), []
    cells, batches = (("rnn", "gru"), (1,)) if quick else (("rnn", "gru", "lstm"), (1, BATCH))
    for axis in AXES:
        for cell in cells:
            for batch in batches if axis.name != "B" else (1,):
                with console.status(f"{axis.name}: {cell} B={batch}"):
                    shape = Shape(Size(cell, *BASE[axis.name]), batch)
                    curves.append(curve_of(axis, shape, budget))
                    bare = products_of(shape, axis, budget / 4) if axis.name == "H" else None
                add_row(table, curves[-1], bare)
    with console.status("text"):
        for curve in text_curves(lengths, budget):
            curves.append(curve)
            add_row(table, curve)
    console.print(table)
    return curves


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark; print its tables and draw its charts."""
    arguments = _arguments(argv)
    if arguments.svg:
        check_library()
    quick, started = arguments.quick, time.perf_counter()
    lengths = (*TEXTS[: 3 if quick else 4], *([LARGE] if arguments.large else []))
    budget = arguments.seconds if arguments.seconds is not None else 2 if quick else 6
    console = Console(width=200, highlight=False)
    with threadpool_limits(limits=1):
        for line in machine.describe():
            console.print(line)
        console.print(
            f"float32; exponent: median over alternating rounds of what is between the two largest "
            f"sizes, in parentheses the middle half; kept up to {TOLERANCE} above the mathematics\n"
        )
        curves = measure_all(console, quick, lengths, budget)
    for axis in dict.fromkeys(curve.axis for curve in curves):
        console.print()
        for line in in_terminal([curve for curve in curves if curve.axis == axis]):
            console.print(line)
    if STATUS.exists():
        console.print("\nReading a text and training on it, in a process of its own:\n")
        console.print(memory_table(lengths))
    if arguments.svg:
        write_picture(arguments.svg, curves)
    console.print(f"\n{time.perf_counter() - started:.0f} s in all")


if __name__ == "__main__":
    main()

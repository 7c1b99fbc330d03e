"""How fast the engine trains beside torch and jax: same model, windows, update rule and threads.

    python -m benchmarks.peers            from the repository root, with the extra [bench] installed
    python -m benchmarks.peers --quick    H 256 only, and fewer rounds

Every library has a process of its own, which computes in turn with the others and is at rest
meanwhile; all are held to the same processors. For two threads the engine is given two processes
that share the streams (`--processes 2`). Before anything is timed, the losses and parameters
of the first updates are compared, and a contender that computes something else ends the benchmark.
A time is that of a whole update: window, loss, gradients, clipping, Adagrad, and the loss brought
out. The engine's has the event that it yields in it too.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from threadpoolctl import threadpool_limits

from benchmarks import machine
from benchmarks.contenders import Size
from benchmarks.peers.measuring import measure
from benchmarks.peers.tables import (
    PEERS,
    SHAPE,
    add_forms,
    add_verdict,
    form_table,
    verdict_table,
)
from benchmarks.peers.task import GATES, Task
from benchmarks.tables import show

HIDDEN: Final = (64, 128, 256, 512, 1024)

THREADS: Final = {1: 1, 32: 2}
"""That each contender computes on, by B."""


def tasks(arguments: argparse.Namespace) -> Iterator[Task]:
    """Yield what is to be measured."""
    shape = (arguments.seq_length, arguments.vocab)
    hidden = arguments.hidden or ([256] if arguments.quick else HIDDEN)
    for batch, cell, units in itertools.product(arguments.batch, arguments.cell, hidden):
        yield Task(Size(cell, units, *shape), batch, THREADS[batch])


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description="Measure the engine beside torch and jax, each in a process of its own.",
    )
    parser.add_argument("--quick", action="store_true", help="H 256 only, 3 seconds a size")
    parser.add_argument("--cell", nargs="+", choices=GATES, default=list(GATES))
    parser.add_argument("--hidden", type=int, nargs="+", metavar="H", help="hidden units")
    parser.add_argument(
        "--batch", type=int, nargs="+", choices=THREADS, default=list(THREADS), metavar="B",
        help="streams: 1 on one thread, 32 on two (default: both)",
    )  # fmt: skip
    parser.add_argument("--seq-length", type=int, default=SHAPE[0], metavar="T")
    parser.add_argument("--vocab", type=int, default=SHAPE[1], metavar="V")
    parser.add_argument("--seconds", type=float, help="of the rounds of one size (default 8)")
    return parser.parse_args(argv)


def _versions() -> str:
    """Name the versions of the peers.

    Raises:
        SystemExit: if one is not installed.
    """
    for name in PEERS:
        if importlib.util.find_spec(name) is None:
            raise SystemExit(f"{name} is not installed; pip install -e '.[bench]' brings it.")
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PEERS)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    arguments = _arguments(argv)
    seconds = arguments.seconds
    budget = seconds if seconds is not None else 3 if arguments.quick else 8
    versions = _versions()
    console = Console(width=190, highlight=False)
    with threadpool_limits(limits=1):
        for line in machine.describe():
            console.print(line)
    console.print(
        f"{versions}; T {arguments.seq_length}, V {arguments.vocab}, float32; median of the ratios "
        "of alternating rounds, in parentheses the middle half of them"
    )
    verdicts, hands, forms = verdict_table(), verdict_table(), form_table()
    for task in tasks(arguments):
        with console.status(f"{task.size.cell}, H={task.size.hidden}, B={task.batch}"):
            measured = measure(task, budget)
        add_verdict(verdicts, task, measured, by_hand=False)
        add_verdict(hands, task, measured, by_hand=True)
        add_forms(forms, task, measured)
    titled = (
        ("The fastest form of each whose derivatives the library finds", verdicts),
        ("The same with a backward pass written out by hand, as the engine's is", hands),
        ("Every form that was measured", forms),
    )
    show(console, titled)


if __name__ == "__main__":
    main()

"""`charrnn-tui sweep`: every combination of some hyperparameters, run by other processes."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_charrnn.commands.parsing import Parser, add_bandwidth_flag, add_store_flag
from tui_charrnn.engine import CorpusError

if TYPE_CHECKING:
    from tui_charrnn.runs.sweeps.sweep import Sweep


PATIENCE = 5.0
"""Seconds that the end waits for workers that were told to stop."""

DESCRIPTION = """\
Train every combination of the values in a file, and keep the runs in the store.
Cells that have a finished run there are not run again, so the same command goes
on where a sweep was interrupted. Ctrl+C stops the sweep."""

EXAMPLE = """\
example of grid.toml:
  corpus = ["tales", "recall"]    # names or paths; default tales
  preset = "quick"
  cell = ["rnn", "gru"]           # any hyperparameter: a value or a list
  hidden_size = [64, 128]
  seeds = 3                       # 1, 2 and 3

  [[variant]]                     # alternatives, laid over what is above
  name = "slow"
  learning_rate = 0.01
"""


def add(commands: Any) -> None:
    """Add the command."""
    sweep: Parser = commands.add_parser(
        "sweep",
        help="train every combination of some hyperparameters",
        description=DESCRIPTION,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sweep.add_argument("grid", metavar="GRID.TOML", help="the file that says which")
    sweep.add_argument("--workers", metavar="N", help="processes (default: one a core)")
    sweep.add_argument(
        "--dask", metavar="ADDRESS", help="run on the Dask cluster with this scheduler instead"
    )
    add_store_flag(sweep)
    sweep.add_argument("--yes", action="store_true", help="also if there are over 10,000 cells")
    sweep.add_argument("--dry-run", action="store_true", help="list the cells, and run none")
    sweep.add_argument("--plain", action="store_true", help="lines of text, also on a terminal")
    add_bandwidth_flag(sweep)
    sweep.set_defaults(command=partial(_sweep, sweep))


def _sweep(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.store import StoreError  # noqa: PLC0415 - other commands stay quick
    from tui_charrnn.runs.sweeps.backend import WorkersError  # noqa: PLC0415
    from tui_charrnn.runs.sweeps.grid import GridError  # noqa: PLC0415
    from tui_charrnn.runs.sweeps.local import worker_count  # noqa: PLC0415

    try:
        workers = None if arguments.workers is None else worker_count(arguments.workers)
    except ValueError as error:
        parser.error(f"--{error}")
    if arguments.low_bandwidth and (arguments.plain or arguments.dry_run):
        lines = "--plain" if arguments.plain else "--dry-run"
        parser.error(f"--low-bandwidth does not go with {lines}, which writes lines of text.")
    try:
        return _list(arguments) if arguments.dry_run else _run(arguments, workers)
    except (GridError, StoreError, WorkersError, CorpusError) as error:
        parser.error(str(error))


def _run(arguments: argparse.Namespace, workers: int | None) -> int:
    from tui_charrnn.runs.store import RunStore  # noqa: PLC0415
    from tui_charrnn.runs.sweeps.cells import read_plan  # noqa: PLC0415
    from tui_charrnn.runs.sweeps.console import run  # noqa: PLC0415
    from tui_charrnn.runs.sweeps.opening import find_workers  # noqa: PLC0415
    from tui_charrnn.runs.sweeps.sweep import Sweep  # noqa: PLC0415

    plan = read_plan(Path(arguments.grid), large=arguments.yes)
    with (  # a store is made last: not for what cannot be run
        closing(find_workers(workers, arguments.dask)) as found,
        closing(RunStore.open(arguments.store)) as store,
    ):
        sweep = Sweep(plan, store, found)
        screen = not arguments.plain and _on_terminal()
        if not screen:
            return run(sweep, sys.stdout)
        return _show(sweep, store.path, arguments.low_bandwidth)


def _on_terminal() -> bool:
    streams = (sys.stdin, sys.stdout, sys.stderr)
    able = os.environ.get("TERM") != "dumb"
    return able and all(stream is not None and stream.isatty() for stream in streams)


def _show(sweep: Sweep, store: Path, low_bandwidth: bool) -> int:
    """Run a sweep on its screen; leave its table behind. Return the exit code."""
    from tui_charrnn.app import CharRNNApp  # noqa: PLC0415
    from tui_charrnn.runs.sweeps.console import Lines  # noqa: PLC0415
    from tui_charrnn.screens.sweep import SweepScreen  # noqa: PLC0415

    lines, screen = Lines(sys.stdout), SweepScreen(sweep)
    app = CharRNNApp(store=store, first=screen)
    app.low_bandwidth = low_bandwidth
    app.run()
    sweep.close()
    sweep.wait(PATIENCE)  # so that the table tells the end of every cell
    with suppress(OSError):  # a terminal that is gone is told nothing
        lines.end(sweep.snapshot())
    return screen.exit_code if app.return_code is None else app.return_code


def _list(arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.store import NoStore, RunStore  # noqa: PLC0415
    from tui_charrnn.runs.sweeps.cells import read_plan  # noqa: PLC0415
    from tui_charrnn.runs.sweeps.console import show_plan  # noqa: PLC0415

    plan = read_plan(Path(arguments.grid), large=arguments.yes)
    try:
        with closing(RunStore.open(arguments.store, read_only=True)) as store:
            show_plan(plan, store, sys.stdout)
    except NoStore:
        show_plan(plan, None, sys.stdout)
    return 0

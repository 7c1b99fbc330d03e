"""What `train` and `resume` share: runs that train here, and on in a process of their own."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Final

from tui_charrnn.commands.parsing import Parser
from tui_charrnn.runs.exit_codes import SIGNAL
from tui_charrnn.safe_text import safe_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_charrnn.runs.detached import Order
    from tui_charrnn.runs.headless import Ending
    from tui_charrnn.runs.store import RunRecord

HANGUP: Final = SIGNAL + 1
"""The exit code of a run whose terminal was closed."""


def train_here(parser: Parser, arguments: argparse.Namespace, run: Callable[[], Ending]) -> int:
    """Train in this process; return the exit code, or exit where something went wrong.

    A run whose terminal is closed goes on in a process of its own, if the user wants that.

    Args:
        parser: says what went wrong.
        arguments: of the command.
        run: trains.

    Raises:
        SettingsError: before the training, if the settings cannot be used.
    """
    from tui_charrnn.runs.settings import read_settings  # noqa: PLC0415 - other commands stay quick

    on_hangup = arguments.on_hangup or read_settings().on_hangup
    ending = run()
    if ending.problem:
        parser.fail(ending.problem, ending.code)
    if on_hangup == "continue" and ending.code == HANGUP and ending.run_id is not None:
        _hand_over(parser, arguments, ending.run_id)
    return ending.code


def _hand_over(parser: Parser, arguments: argparse.Namespace, run_id: int) -> None:
    from tui_charrnn.runs.detached.handover import hand_over  # noqa: PLC0415
    from tui_charrnn.runs.store import default_path  # noqa: PLC0415

    for problem in hand_over([run_id], arguments.store or default_path()).problems:
        parser.fail(problem, HANGUP)


def detach(arguments: argparse.Namespace, order: Order) -> int:
    """Start the process, and say where the run is to be found; return the exit code.

    Raises:
        DetachError: if the run cannot be trained or kept.
    """
    from tui_charrnn.runs.detached import launch  # noqa: PLC0415 - other commands stay quick
    from tui_charrnn.runs.store import RunStore  # noqa: PLC0415

    launched = launch(order)
    if not arguments.quiet:
        with RunStore.open(order.store, create=False, read_only=True) as store:
            run = store.record_of(launched.run_id)
        command = attach_command(arguments, run.id)
        print(f"{named(run)} trains on in process {launched.pid}; `{command}` shows it.")
    return 0


def attach_command(arguments: argparse.Namespace, run_id: int) -> str:
    """Return what shows a detached run, harmless to a terminal."""
    words = ["charrnn-tui", "attach", str(run_id)]
    if arguments.store is not None:
        words += ["--store", str(arguments.store)]
    return safe_line(shlex.join(words))


def named(run: RunRecord) -> str:
    """Return a run as a sentence names it: `Run 17 (large gru)`."""
    return f"Run {run.id} ({safe_line(run.name)})"

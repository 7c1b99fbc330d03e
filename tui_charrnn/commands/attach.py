"""`charrnn-tui attach`: the app shows and steers a run that trains detached."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any

from tui_charrnn.commands.detaching import named
from tui_charrnn.commands.parsing import (
    Parser,
    add_bandwidth_flag,
    add_hangup_flag,
    add_store_flag,
    need_terminal,
)
from tui_charrnn.commands.showing import show

if TYPE_CHECKING:
    from tui_charrnn.runs.settings import OnHangup
    from tui_charrnn.runs.store import RunRecord, RunStore

DESCRIPTION = """\
Show and steer a run that was started with --detach, or that went on by itself when its
terminal was gone. RUN is an id or a name; without it, that is the newest one. Leaving the
app lets the run go on."""

NOTHING_RUNS = "No run trains detached; `train --detach` and `resume --detach` start one."


def add(commands: Any) -> None:
    """Add the command."""
    attach: Parser = commands.add_parser(
        "attach",
        help="show and steer a run that trains detached",
        usage="%(prog)s [RUN] [--store PATH] [--on-hangup stop|continue] [--low-bandwidth]",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    attach.add_argument("run", metavar="RUN", nargs="?", help="an id or a name")
    add_store_flag(attach)
    add_hangup_flag(attach)
    add_bandwidth_flag(attach)
    attach.set_defaults(command=partial(_attach, attach))


def _attach(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.detached import DetachError  # noqa: PLC0415 - other commands stay quick
    from tui_charrnn.runs.settings import SettingsError, read_settings  # noqa: PLC0415
    from tui_charrnn.runs.store import NoStore, RunStore, StoreError  # noqa: PLC0415

    need_terminal(parser)
    try:
        on_hangup = arguments.on_hangup or read_settings().on_hangup
        with RunStore.open(arguments.store, create=False, read_only=True) as store:
            run_id = _live_run(store, arguments.run)
    except NoStore as error:
        parser.error(str(error) if arguments.store else NOTHING_RUNS)
    except (StoreError, DetachError, SettingsError) as error:
        parser.error(str(error))
    return _show(parser, arguments, run_id, on_hangup)


def _live_run(store: RunStore, reference: str | None) -> int:
    """Return the number of the run that is meant.

    Raises:
        DetachError: if it does not train detached.
        StoreError: if there is no such run.
    """
    from tui_charrnn.runs.detached import DetachError, live  # noqa: PLC0415

    run = None if reference is None else store.find(reference)
    running = live(store.path)
    if run is not None and run.id not in running:
        raise DetachError(_why_not(run))
    if not running:
        raise DetachError(NOTHING_RUNS)
    return running[-1] if run is None else run.id


def _why_not(run: RunRecord) -> str:
    if run.state == "running":
        return f"{named(run)} is running, but not detached: it shows where it was started."
    return f"{named(run)} does not run: it is {run.state}; `charrnn-tui resume` goes on with it."


def _show(parser: Parser, arguments: argparse.Namespace, run_id: int, on_hangup: OnHangup) -> int:
    """Start the app, attached to a run; return its exit code."""
    from tui_charrnn.app import CharRNNApp  # noqa: PLC0415

    app = CharRNNApp(store=arguments.store, attach=run_id)
    app.on_hangup, app.low_bandwidth = on_hangup, arguments.low_bandwidth
    return show(parser, app)

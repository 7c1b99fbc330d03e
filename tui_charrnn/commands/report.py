"""`charrnn-tui report`: what the runs of the store show."""

from __future__ import annotations

import argparse
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui_charrnn.commands.parsing import Parser, add_store_flag, listed
from tui_charrnn.safe_text import safe_line

if TYPE_CHECKING:
    from tui_charrnn.runs.store.records import RunRecord
    from tui_charrnn.runs.store.store import RunStore

DESCRIPTION = """\
Write a report on runs of the store into a folder: report.md with its charts beside it, and
report.html, a single file. It compares the cells on each text: losses with their spread over the
seeds, charts, samples, the commands to make the runs again, and a conclusion made from the data.
Runs that differ in their seed alone are taken together; sweeps and races are kept apart, but for
sweeps that have the cells of one comparison between them. Where runs were stopped early, losses
are compared up to where all of them came."""

EXAMPLES = """\
examples:
  charrnn-tui report --out report
  charrnn-tui report --sweep cells --out docs/cells
  charrnn-tui report --filter 'tales hidden_size=256' --out tales
  charrnn-tui report rnn-3 gru-4 --out pair
"""


def add(commands: Any) -> None:
    """Add the command."""
    report: Parser = commands.add_parser(
        "report",
        help="write what the runs show, with charts and a conclusion",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    report.add_argument("runs", metavar="RUN", nargs="*", help="id or name (default: all finished)")
    words = "of the finished and stopped runs, those that `charrnn-tui runs` would show"
    report.add_argument("--filter", metavar="WORDS", default="", help=words)
    report.add_argument(
        "--sweep", metavar="NAME", action="append", default=[],
        help="the runs of this sweep; can be given several times",
    )  # fmt: skip
    report.add_argument("--out", metavar="DIR", required=True, help="the folder to write")
    add_store_flag(report)
    report.add_argument(
        "--force", action="store_true", help="replace an older report in a folder that is not empty"
    )
    report.set_defaults(command=partial(_report, report))


def _report(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.report.errors import ReportError  # noqa: PLC0415 - others stay quick
    from tui_charrnn.runs.report.report import write_report  # noqa: PLC0415
    from tui_charrnn.runs.store.errors import StoreError  # noqa: PLC0415
    from tui_charrnn.runs.store.store import RunStore  # noqa: PLC0415

    if arguments.runs and (arguments.filter or arguments.sweep):
        parser.error("Give either runs, or --filter and --sweep.")
    try:
        store = RunStore.open(arguments.store, create=False, read_only=True)
        try:
            written = write_report(
                _chosen(store, arguments),
                store,
                Path(arguments.out),
                force=arguments.force,
                command=_command(arguments),
            )
        finally:
            store.close()
    except (ReportError, StoreError) as error:
        parser.error(str(error))
    print(f"Wrote {safe_line(str(written))}")
    return 0


def _chosen(store: RunStore, arguments: argparse.Namespace) -> list[RunRecord]:
    """Return the runs that are asked for.

    Raises:
        ReportError: if there are none.
        StoreError: if one that is named is not there, or the filter cannot be understood.
    """
    from tui_charrnn.runs.report.errors import ReportError  # noqa: PLC0415

    if arguments.runs:
        found = [store.find(reference) for reference in arguments.runs]
        return list({record.id: record for record in found}.values())
    is_chosen = bool(arguments.filter or arguments.sweep)
    states = ("finished", "stopped") if is_chosen else ("finished",)
    records = [record for record in store.runs(arguments.filter) if record.state in states]
    if arguments.sweep:
        groups = [_group_of(store, name) for name in arguments.sweep]
        records = [record for record in records if record.origin.group in groups]
    if not records:
        which = "that the filter takes " if arguments.filter else ""
        raise ReportError(f"There is no finished run {which}in {store.path}.")
    return records


def _group_of(store: RunStore, name: str) -> str:
    """Return what the runs of a sweep have in common.

    Raises:
        ReportError: if there are none, naming the sweeps that there are.
    """
    from tui_charrnn.runs.report.errors import ReportError  # noqa: PLC0415

    group = f"sweep {name}"
    groups = sorted({run.origin.group for run in store.runs() if run.origin.group})
    if group in groups:
        return group
    names = [known.removeprefix("sweep ") for known in groups if known.startswith("sweep ")]
    known = {0: "there are none", 1: f"there is only {''.join(names)}"}.get(
        len(names), f"those there are: {listed(names)}" if len(names) > 1 else ""
    )
    raise ReportError(f"There is no run of a sweep named {name} in {store.path}; {known}.")


def _command(arguments: argparse.Namespace) -> str:
    """Return the command as it can be typed again."""
    words = ["charrnn-tui", "report", *arguments.runs]
    given = [("filter", arguments.filter), *(("sweep", name) for name in arguments.sweep)]
    for flag, value in [*given, ("out", arguments.out), ("store", arguments.store)]:
        if value:
            words += [f"--{flag}", str(value)]
    return shlex.join(words + ["--force"] * arguments.force)

"""`charrnn-tui runs`: what the run store holds."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tui_charrnn.commands.parsing import Parser, add_store_flag, listed
from tui_charrnn.safe_text import safe_line

USAGE = """\
%(prog)s [--store PATH] [FILTER ...]
       %(prog)s list [FILTER ...]
       %(prog)s show RUN
       %(prog)s name RUN NAME
       %(prog)s delete RUN ... [--yes]
       %(prog)s export RUN ... --format csv|jsonl [--out FILE|-]"""

DESCRIPTION = """\
List the runs that were kept, the newest first, or do something with them. RUN is an
id or a name. A FILTER is a word that occurs in name, text, cell, state or group, or a
condition such as hidden_size=256, seed>1 or best_bits<2; all of them must hold."""

EXAMPLES = """\
examples:
  charrnn-tui runs gru tales 'hidden_size>=256' finished
  charrnn-tui runs name 17 'large gru'
  charrnn-tui runs export 17 --format csv --out gru.csv
"""


def add(commands: Any) -> None:
    """Add the command."""
    runs: Parser = commands.add_parser(
        "runs",
        help="list, show, name, delete and export the runs that were kept",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_store_flag(runs)
    runs.add_argument("words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    runs.set_defaults(command=partial(_do, runs))


def _do(parser: Parser, arguments: argparse.Namespace) -> int:
    """Do what the first word says; if it is no action, it is a filter."""
    words: Sequence[str] = arguments.words
    name = words[0] if words and words[0] in ACTIONS else "list"
    rest = words[1:] if words and words[0] in ACTIONS else words
    arguments_of, act = ACTIONS[name]
    action = Parser(prog=f"{parser.prog} {name}")
    add_store_flag(action)
    action.set_defaults(store=arguments.store)
    arguments_of(action)
    given = action.parse_intermixed_args(rest)
    from tui_charrnn.runs.jsonl import OutputError  # noqa: PLC0415 - other commands stay quick
    from tui_charrnn.runs.store import StoreError  # noqa: PLC0415

    try:
        return act(action, given)
    except StoreError as error:
        action.error(str(error))
    except OutputError as error:
        if error.gone:
            raise BrokenPipeError from None
        action.error(f"{error}.")


def _list_arguments(parser: Parser) -> None:
    parser.add_argument("filters", metavar="FILTER", nargs="*", help="words and conditions")


def _list(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.run_listing import listing  # noqa: PLC0415
    from tui_charrnn.runs.store import NoStore  # noqa: PLC0415

    try:
        with _reading(arguments) as store:
            runs = store.runs(" ".join(arguments.filters))
    except NoStore:
        if arguments.store is not None:
            raise
        runs = []
    if runs:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print(listing(runs, width))
    else:
        print("No run matches." if arguments.filters else "No runs were kept yet.")
    return 0


def _one_run(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN", help="an id or a name")


def _several_runs(parser: Parser) -> None:
    parser.add_argument("runs", metavar="RUN", nargs="+", help="an id or a name")


def _show(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.run_listing import details  # noqa: PLC0415

    with _reading(arguments) as store:
        print(details(store.find(arguments.run)))
    return 0


def _name_arguments(parser: Parser) -> None:
    _one_run(parser)
    parser.add_argument("name", metavar="NAME", help="what to call it")


def _name(parser: Parser, arguments: argparse.Namespace) -> int:
    with _writing(arguments) as store:
        store.rename(store.find(arguments.run).id, arguments.name)
    return 0


def _delete_arguments(parser: Parser) -> None:
    _several_runs(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _delete(parser: Parser, arguments: argparse.Namespace) -> int:
    with _writing(arguments) as store:
        runs = {run.id: run for run in map(store.find, arguments.runs)}
        names = [f"{run.id} ({safe_line(run.name)})" for run in runs.values()]
        shown = listed(names) if len(names) > 1 else names[0]
        if not arguments.yes and not _confirmed(parser, shown):
            print("Nothing was deleted.")
            return 0
        store.delete(runs)
    return 0


def _confirmed(parser: Parser, shown: str) -> bool:
    """Ask; where nobody can answer, --yes has to be given."""
    if not (sys.stdin and sys.stdin.isatty()):
        parser.error(f"deleting {shown} needs --yes, since there is no terminal to ask on.")
    print(f"Delete run {shown} for good? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _export_arguments(parser: Parser) -> None:
    _several_runs(parser)
    parser.add_argument(
        "--format",
        metavar="csv|jsonl",
        choices=("csv", "jsonl"),
        required=True,
        help="csv: a row an update; jsonl: all events, as `train --jsonl` writes them",
    )
    parser.add_argument("--out", metavar="FILE|-", default="-", help="default: standard output")


def _export(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.export import export  # noqa: PLC0415

    with _reading(arguments) as store:
        runs = dict.fromkeys(store.find(reference).id for reference in arguments.runs)
        export(store, [*runs], arguments.format, arguments.out)
    return 0


def _reading(arguments: argparse.Namespace) -> Any:
    from tui_charrnn.runs.store import RunStore  # noqa: PLC0415

    return RunStore.open(arguments.store, create=False, read_only=True)


def _writing(arguments: argparse.Namespace) -> Any:
    from tui_charrnn.runs.store import RunStore  # noqa: PLC0415

    return RunStore.open(arguments.store, create=False)


Action = tuple[Callable[[Parser], None], Callable[[Parser, argparse.Namespace], int]]

ACTIONS: dict[str, Action] = {
    "list": (_list_arguments, _list),
    "show": (_one_run, _show),
    "name": (_name_arguments, _name),
    "delete": (_delete_arguments, _delete),
    "export": (_export_arguments, _export),
}
"""What adds the arguments of each action, and what does it."""

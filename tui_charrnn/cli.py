"""The command line: argument parsing only, each command in a file of `commands`."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from itertools import pairwise

from tui_charrnn import __version__
from tui_charrnn.commands import app
from tui_charrnn.commands.parsing import (
    Parser,
    add_bandwidth_flag,
    add_hangup_flag,
    add_store_flag,
    add_text_flags,
    flag,
    listed,
)
from tui_charrnn.engine.config import FIELDS
from tui_charrnn.runs.catalogue import DEFAULT
from tui_charrnn.runs.exit_codes import INTERRUPTED, READER_GONE
from tui_charrnn.runs.hang_up import let_go

COMMANDS = (
    "train",
    "resume",
    "sample",
    "lens",
    "attach",
    "runs",
    "sweep",
    "report",
    "corpora",
)
"""The names of all commands, which are those of their modules too."""

OPEN_THE_APP = (None, "attach", "sweep")
"""The commands that do, and none."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code.

    Raises:
        SystemExit: for arguments that cannot be used, `--help` and `--version`.
    """
    _prepare_streams()
    try:
        code = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        let_go(sys.stdout)
        return READER_GONE
    return code


def _prepare_streams() -> None:
    """Make sure that every character can be written, even where a stream is closed or ASCII."""
    if sys.stdout is None or sys.stderr is None:
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - used until the end
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _run(argv: Sequence[str]) -> int:
    parser = _parser(_asked_for(argv))
    try:
        arguments = parser.parse_args(_joined(argv))
    except argparse.ArgumentError as error:
        parser.error(_sentence(error))
    arguments.bare = not argv
    if arguments.low_bandwidth and arguments.command_name not in OPEN_THE_APP:
        parser.error(f"--low-bandwidth is for the app, not for `{arguments.command_name}`.")
    command: Callable[[argparse.Namespace], int] = arguments.command
    return command(arguments)


def _asked_for(argv: Sequence[str]) -> Sequence[str]:
    """Return the commands that the words may mean: to load all takes as long as the first frame."""
    named = [name for name in COMMANDS if name in argv]
    stray = any(
        not word.startswith("-") and not before.startswith("--")
        for before, word in pairwise(["", *argv])
    )
    if not {"-h", "--help"}.isdisjoint(argv) or (stray and not named):
        return COMMANDS
    return named


def _joined(argv: Sequence[str]) -> list[str]:
    """Return the words with `--clip -inf` as `--clip=-inf`: else -inf would pass for a flag."""
    flags, words = {flag(spec) for spec in FIELDS}, list[str]()
    for word in argv:
        if words and words[-1] in flags and _is_number(word):
            words[-1] += f"={word}"
        else:
            words.append(word)
    return words


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _sentence(error: argparse.ArgumentError) -> str:
    """Return argparse's message, or a plainer one for a command that does not exist."""
    if error.argument_name != "COMMAND":
        return str(error)
    given = re.search(r"invalid choice: (.+?) \(", error.message)
    name = f" {given[1]}" if given else ""
    return f"There is no command{name}; the commands are {listed(COMMANDS)}."


def _parser(names: Sequence[str]) -> Parser:
    parser = Parser(
        prog="charrnn-tui",
        description="Train recurrent nets (RNN, GRU, LSTM) on text, and watch them in a terminal.",
        epilog="Without a command, the app starts.",
        exit_on_error=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(corpus=DEFAULT, encoding="utf-8", preset=None, store=None)
    parser.set_defaults(on_hangup=None, low_bandwidth=False, command_name=None)
    parser.set_defaults(command=partial(app.start, parser))
    add_text_flags(parser)
    add_store_flag(parser)
    add_hangup_flag(parser)
    add_bandwidth_flag(parser)
    if names:
        commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command_name")
        for name in names:
            import_module(f"tui_charrnn.commands.{name}").add(commands)
    return parser

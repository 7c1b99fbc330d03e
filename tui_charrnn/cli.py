"""The command line: argument parsing only, each command in a file of `commands`."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial

from tui_charrnn import __version__
from tui_charrnn.commands import (
    app,
    attach,
    corpora,
    lens,
    report,
    resume,
    runs,
    sample,
    sweep,
    train,
)
from tui_charrnn.commands.parsing import (
    Parser,
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

COMMANDS = {
    "train": train.add,
    "resume": resume.add,
    "sample": sample.add,
    "lens": lens.add,
    "attach": attach.add,
    "runs": runs.add,
    "sweep": sweep.add,
    "report": report.add,
    "corpora": corpora.add,
}
"""What adds each command, by its name."""


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
    parser = _parser()
    try:
        arguments = parser.parse_args(_joined(argv))
    except argparse.ArgumentError as error:
        parser.error(_sentence(error))
    arguments.bare = not argv
    command: Callable[[argparse.Namespace], int] = arguments.command
    return command(arguments)


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
    return f"There is no command{name}; the commands are {listed([*COMMANDS])}."


def _parser() -> Parser:
    parser = Parser(
        prog="charrnn-tui",
        description="Train recurrent nets (RNN, GRU, LSTM) on text, and watch them in a terminal.",
        epilog="Without a command, the app starts.",
        exit_on_error=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(corpus=DEFAULT, encoding="utf-8", preset=None, store=None)
    parser.set_defaults(on_hangup=None)
    parser.set_defaults(command=partial(app.start, parser))
    add_text_flags(parser)
    add_store_flag(parser)
    add_hangup_flag(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for add in COMMANDS.values():
        add(commands)
    return parser

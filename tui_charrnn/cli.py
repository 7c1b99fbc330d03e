"""The command line: argument parsing only."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from tui_charrnn import __version__


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and exits with 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = _Parser(prog="charrnn-tui", description="Train recurrent nets in a terminal.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("--corpus", default="stdlib", help="name, file or folder of the text")
    parser.add_argument("--encoding", default="utf-8", help="of a file or folder (default utf-8)")
    arguments = parser.parse_args(argv)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        parser.error("the app needs a terminal for its input and output.")
    from tui_charrnn.app import CharRNNApp  # noqa: PLC0415 - --help and --version stay quick

    return CharRNNApp(arguments.corpus, arguments.encoding).run() or 0

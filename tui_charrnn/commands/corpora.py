"""`charrnn-tui corpora`: the texts that have a name."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from typing import Any

from tui_charrnn.commands.parsing import Parser
from tui_charrnn.engine import CorpusError


def add(commands: Any) -> None:
    """Add the command."""
    corpora: Parser = commands.add_parser("corpora", help="list the texts that have a name")
    corpora.set_defaults(command=partial(_list, corpora))


def _list(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.listing import corpora  # noqa: PLC0415 - other commands stay quick

    try:
        print(corpora(sys.stdout.isatty()))
    except CorpusError as error:
        parser.error(str(error))
    return 0

"""`charrnn-tui train`: a run without a screen."""

from __future__ import annotations

import argparse
import os
from functools import partial
from typing import Any

from tui_charrnn.commands.parsing import (
    Parser,
    add_field_flags,
    add_store_flag,
    add_text_flags,
    config_of,
)
from tui_charrnn.engine import ConfigError, CorpusError
from tui_charrnn.runs.catalogue import load_corpus, reloadable

USAGE = """\
%(prog)s [--corpus NAME|PATH] [--encoding ENC] [--preset NAME]
                         [--FIELD VALUE ...] [--jsonl FILE|-] [--quiet]
                         [--name NAME] [--store PATH]"""

DESCRIPTION = """\
Train without a screen: samples on standard output, progress on standard error.
Ctrl+C stops the run cleanly, a second one ends it at once.
The run is kept in the run store: see `charrnn-tui runs`."""

EXAMPLES = """\
examples:
  charrnn-tui train --corpus novel.txt --preset quick
  charrnn-tui train --cell rnn --hidden-size 512 --jsonl run.jsonl
"""


def add(commands: Any) -> None:
    """Add the command."""
    train: Parser = commands.add_parser(
        "train",
        help="train without a screen",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_text_flags(train)
    train.add_argument(
        "--jsonl",
        metavar="FILE|-",
        help="write every event as a JSON line to a file (which is overwritten), or to standard "
        "output, which then gets nothing else",
    )
    train.add_argument("--quiet", action="store_true", help="print nothing but errors")
    train.add_argument("--name", default="", help="what the run is called in the run store")
    add_store_flag(train)
    add_field_flags(train)
    train.set_defaults(command=partial(_train, train))


def _train(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs import headless  # noqa: PLC0415 - the other commands stay quick
    from tui_charrnn.runs.jsonl import OutputError  # noqa: PLC0415
    from tui_charrnn.runs.store import StoreError  # noqa: PLC0415
    from tui_charrnn.runs.store.opening import is_the_store  # noqa: PLC0415

    try:
        config = config_of(arguments)
        _keep_text(arguments.corpus, arguments.jsonl)
        if arguments.jsonl and is_the_store(arguments.jsonl, arguments.store):
            parser.error(f"--jsonl would overwrite the run store {arguments.jsonl}.")
        corpus = load_corpus(arguments.corpus, arguments.encoding)
        output = headless.Output(arguments.jsonl, arguments.quiet)
        source = reloadable(arguments.corpus)
        keeping = headless.Keeping(
            source, arguments.encoding, arguments.store, arguments.name, parser.warn
        )
        ending = headless.run(config, corpus, output, keeping)
    except (ConfigError, CorpusError, StoreError) as error:
        parser.error(str(error))
    except OutputError as error:
        parser.error(f"{error}.")
    if ending.problem:
        parser.fail(ending.problem, ending.code)
    return ending.code


def _keep_text(corpus: str, jsonl: str | None) -> None:
    """Refuse to overwrite the text with the events.

    Raises:
        CorpusError: saying so.
    """
    text = os.path.expanduser(corpus)
    if jsonl and os.path.isfile(text) and os.path.isfile(jsonl) and os.path.samefile(text, jsonl):
        raise CorpusError(f"--jsonl would overwrite the text {corpus}.")

"""`charrnn-tui` without a command: the app."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tui_charrnn.commands.parsing import Parser, config_of
from tui_charrnn.engine import ConfigError, CorpusError
from tui_charrnn.runs.catalogue import catalogue, exists, load_corpus
from tui_charrnn.runs.exit_codes import FAILED
from tui_charrnn.runs.store import RunStore, StoreError


def start(parser: Parser, arguments: argparse.Namespace) -> int:
    """Start the app."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream is not None and stream.isatty() for stream in streams):
        parser.error("the app needs a terminal for its input and output.")
    if os.environ.get("TERM") == "dumb":
        parser.error("the app needs a terminal that can do more than TERM=dumb.")
    try:
        config = config_of(arguments)
        _check_exists(arguments.corpus, arguments.encoding)
        _check_store(arguments.store)
    except (ConfigError, CorpusError, StoreError) as error:
        parser.error(str(error))
    from tui_charrnn.app import CharRNNApp  # noqa: PLC0415 - the other commands stay quick

    app = CharRNNApp(arguments.corpus, arguments.encoding, config, arguments.store)
    try:
        app.run()
    finally:  # also where it broke down: what was learned until then is kept
        unkept = app.keep_all()
    if unkept:
        parser.fail(unkept, FAILED)
    return app.return_code or 0


def _check_store(path: Path | None) -> None:
    """Refuse a store that was asked for and cannot be used; that of the user costs nobody a run.

    Raises:
        StoreError: saying why.
    """
    if path is not None:
        RunStore.open(path).close()


def _check_exists(corpus: str, encoding: str) -> None:
    """Refuse a text that is nowhere; the rest shows when the app reads it.

    Raises:
        CorpusError: saying so.
    """
    if corpus not in catalogue() and not exists(corpus):
        load_corpus(corpus, encoding)

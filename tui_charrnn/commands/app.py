"""`charrnn-tui` without a command: the app."""

from __future__ import annotations

import argparse
import gc
import os
from pathlib import Path

from tui_charrnn.commands.parsing import Parser, config_of, need_terminal
from tui_charrnn.commands.showing import show
from tui_charrnn.engine import ConfigError, CorpusError
from tui_charrnn.runs.catalogue import DEFAULT, catalogue, exists, load_corpus
from tui_charrnn.runs.settings import SettingsError, read_settings, settings_path
from tui_charrnn.runs.store import StoreError


def start(parser: Parser, arguments: argparse.Namespace) -> int:
    """Start the app."""
    gc.disable()  # until the first frame: nothing that is loaded for it is garbage
    need_terminal(parser)
    try:
        config, settings = config_of(arguments), read_settings()
        _check_exists(arguments.corpus, arguments.encoding)
        _check_store(arguments.store)
    except (ConfigError, CorpusError, SettingsError, StoreError) as error:
        parser.error(str(error))
    from tui_charrnn.app import CharRNNApp  # noqa: PLC0415 - the other commands stay quick

    app = CharRNNApp(arguments.corpus, arguments.encoding, config, arguments.store)
    app.on_hangup = arguments.on_hangup or settings.on_hangup
    app.low_bandwidth = arguments.low_bandwidth
    app.welcome = arguments.bare and _is_new()
    return show(parser, app)


def _is_new() -> bool:
    """Tell whether this user has neither runs nor settings, but a place for them."""
    from tui_charrnn.runs.store import default_path  # noqa: PLC0415 - who names a text is not new

    try:
        places = default_path(), settings_path()
    except StoreError:
        return False  # without a home, nobody would ever be known here
    return not any(place is not None and os.path.lexists(place) for place in places)


def _check_store(path: Path | None) -> None:
    """Refuse a store that was asked for and cannot be used; that of the user costs nobody a run.

    Raises:
        StoreError: saying why.
    """
    if path is not None:
        from tui_charrnn.runs.store import RunStore  # noqa: PLC0415 - after the first frame else

        RunStore.open(path).close()


def _check_exists(corpus: str, encoding: str) -> None:
    """Refuse a text that is nowhere; the rest shows when the app reads it.

    Raises:
        CorpusError: saying so.
    """
    if corpus != DEFAULT and corpus not in catalogue() and not exists(corpus):
        load_corpus(corpus, encoding)

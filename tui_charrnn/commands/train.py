"""`charrnn-tui train`: a run without a screen."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any

from tui_charrnn.commands.detaching import detach, train_here
from tui_charrnn.commands.parsing import (
    Parser,
    add_field_flags,
    add_output_flags,
    add_store_flag,
    add_text_flags,
    check_output,
    config_of,
)
from tui_charrnn.engine import ConfigError, CorpusError, TrainConfig
from tui_charrnn.runs.catalogue import load_corpus, reloadable

USAGE = """\
%(prog)s [--corpus NAME|PATH] [--encoding ENC] [--preset NAME]
                         [--FIELD VALUE ...] [--jsonl FILE|-] [--quiet]
                         [--name NAME] [--store PATH] [--detach]
                         [--on-hangup stop|continue]"""

DESCRIPTION = """\
Train without a screen: samples on standard output, progress on standard error.
Ctrl+C stops the run cleanly, a second one ends it at once.
The run is kept in the run store, with checkpoints: see `charrnn-tui runs` and
`charrnn-tui resume`."""

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
    add_output_flags(train)
    train.add_argument("--name", default="", help="what the run is called in the run store")
    add_store_flag(train)
    add_field_flags(train)
    train.set_defaults(command=partial(_train, train))


def _train(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.detached import DetachError  # noqa: PLC0415 - other commands stay quick
    from tui_charrnn.runs.jsonl import OutputError  # noqa: PLC0415
    from tui_charrnn.runs.settings import SettingsError  # noqa: PLC0415
    from tui_charrnn.runs.store import StoreError  # noqa: PLC0415

    try:
        config = config_of(arguments)
        check_output(arguments, arguments.corpus, arguments.store)
        if arguments.detach:
            return _detach(arguments, config)
        return _here(parser, arguments, config)
    except (ConfigError, CorpusError, StoreError, DetachError, SettingsError) as error:
        parser.error(str(error))
    except OutputError as error:
        parser.error(f"{error}.")


def _here(parser: Parser, arguments: argparse.Namespace, config: TrainConfig) -> int:
    from tui_charrnn.runs import headless  # noqa: PLC0415

    corpus = load_corpus(arguments.corpus, arguments.encoding)
    keeping = headless.Keeping(
        source=reloadable(arguments.corpus),
        encoding=arguments.encoding,
        store=arguments.store,
        name=arguments.name,
        warn=parser.warn,
    )
    output = headless.Output(arguments.jsonl, arguments.quiet)
    run = partial(headless.run, config, corpus, output, keeping)
    return train_here(parser, arguments, run)


def _detach(arguments: argparse.Namespace, config: TrainConfig) -> int:
    from tui_charrnn.runs.detached import NewRun  # noqa: PLC0415
    from tui_charrnn.runs.store import default_path  # noqa: PLC0415

    store = arguments.store or default_path()
    order = NewRun(config, arguments.corpus, arguments.encoding, store, arguments.name)
    return detach(arguments, order)

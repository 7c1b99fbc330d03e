"""`charrnn-tui resume`: a run goes on from its newest checkpoint, without a screen."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING, Any

from tui_charrnn.commands.detaching import attach_command, detach, named, train_here
from tui_charrnn.commands.parsing import (
    Parser,
    add_field_flags,
    add_output_flags,
    add_store_flag,
    check_output,
    flag,
    given_fields,
)
from tui_charrnn.engine import ConfigError, CorpusError, TrainConfig
from tui_charrnn.engine.config import SPECS, Value
from tui_charrnn.runs.catalogue import catalogue, exists, load_corpus

if TYPE_CHECKING:
    from tui_charrnn.engine.checkpoint import Checkpoint
    from tui_charrnn.runs.store import RunRecord

USAGE = """\
%(prog)s RUN [--iterations N] [--time-limit S] [--FIELD VALUE ...]
                          [--corpus NAME|PATH] [--encoding ENC] [--jsonl FILE|-]
                          [--quiet] [--store PATH] [--detach]
                          [--on-hangup stop|continue]"""

DESCRIPTION = """\
Go on with a run from its newest checkpoint, as if it had never been broken off: to the
last bit. RUN is an id or a name: see `charrnn-tui runs`. A run that is finished needs
more --iterations; one whose patience is used up needs more --patience, or 0 for no end.
What came after the checkpoint is made again. Output, signals and exit codes are those of
`charrnn-tui train`."""

EXAMPLES = """\
examples:
  charrnn-tui resume 17
  charrnn-tui resume 'large gru' --iterations 20000 --learning-rate 0.01
"""


def add(commands: Any) -> None:
    """Add the command."""
    resume: Parser = commands.add_parser(
        "resume",
        help="go on with a run from its newest checkpoint",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    resume.add_argument("run", metavar="RUN", help="an id or a name")
    # not the names that `train` has for them, whose defaults would not tell what was given
    resume.add_argument(
        "--corpus", metavar="NAME|PATH", dest="moved", help="the text, where it has moved"
    )
    resume.add_argument(
        "--encoding", metavar="ENC", dest="moved_encoding", help="of the text (default: as before)"
    )
    add_output_flags(resume)
    add_store_flag(resume)
    add_field_flags(resume, of_a_run=True)
    resume.set_defaults(command=partial(_resume, resume))


def _resume(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.detached import DetachError  # noqa: PLC0415 - other commands stay quick
    from tui_charrnn.runs.jsonl import OutputError  # noqa: PLC0415
    from tui_charrnn.runs.settings import SettingsError  # noqa: PLC0415
    from tui_charrnn.runs.store import RunStore, StoreError  # noqa: PLC0415

    try:
        changes = given_fields(arguments)
        with RunStore.open(arguments.store, create=False) as store:
            run = store.find(arguments.run)
            _check_at_rest(arguments, run)
            start = store.checkpoint(run.id)
        config = run.config.replace(**changes)
        _check_unfinished(run, config, start)
        check_output(arguments, arguments.moved or run.origin.text.source, arguments.store)
        if arguments.detach:
            return _detach(arguments, run, changes)
        return _here(parser, arguments, run, config, start)
    except (ConfigError, CorpusError, StoreError, DetachError, SettingsError) as error:
        parser.error(str(error))
    except OutputError as error:
        parser.error(f"{error}.")


def _check_at_rest(arguments: argparse.Namespace, run: RunRecord) -> None:
    """Refuse a run that somebody trains.

    Raises:
        StoreError: saying so.
    """
    from tui_charrnn.runs.store import StoreError  # noqa: PLC0415

    if run.state == "running":
        command = attach_command(arguments, run.id)
        raise StoreError(f"{named(run)} is still running; if it is detached, `{command}` shows it.")


def _check_unfinished(run: RunRecord, config: TrainConfig, start: Checkpoint) -> None:
    """Refuse a run that has nothing left to do.

    Raises:
        StoreError: naming the flag that gives it more.
    """
    from tui_charrnn.runs.going_on import check_unfinished, stand_of  # noqa: PLC0415
    from tui_charrnn.runs.store import StoreError  # noqa: PLC0415

    try:
        check_unfinished(config, stand_of(start))
    except ConfigError as error:
        needed = flag(SPECS[error.field])
        raise StoreError(f"{named(run)} is finished and needs more {needed}: {error}") from None


def _text(arguments: argparse.Namespace, run: RunRecord) -> tuple[str, str]:
    """Return what loads the text of a run, and its encoding.

    Raises:
        CorpusError: if it is not where it was.
    """
    text = run.origin.text
    encoding = arguments.moved_encoding or text.encoding
    if arguments.moved is not None:
        return arguments.moved, encoding
    if text.source not in catalogue() and not exists(text.source):
        raise CorpusError(
            f"The text of {named(run)} is not at {text.source} any more; --corpus says where it is."
        )
    return text.source, encoding


def _here(
    parser: Parser,
    arguments: argparse.Namespace,
    run: RunRecord,
    config: TrainConfig,
    start: Checkpoint,
) -> int:
    from tui_charrnn.runs import headless  # noqa: PLC0415

    source, encoding = _text(arguments, run)
    corpus = load_corpus(source, encoding)
    start.check_fits(config, corpus)
    keeping = headless.Keeping(
        source=source,
        encoding=encoding,
        store=arguments.store,
        name=run.name,
        warn=parser.warn,
        run_id=run.id,
    )
    output = headless.Output(arguments.jsonl, arguments.quiet)
    train = partial(headless.run, config, corpus, output, keeping, start)
    return train_here(parser, arguments, train)


def _detach(arguments: argparse.Namespace, run: RunRecord, changes: dict[str, Value]) -> int:
    from tui_charrnn.runs.detached import DetachError, GoingOn  # noqa: PLC0415
    from tui_charrnn.runs.store import default_path  # noqa: PLC0415

    if arguments.moved is not None or arguments.moved_encoding is not None:
        raise DetachError("--corpus and --encoding do not go with --detach.")
    return detach(arguments, GoingOn(run.id, arguments.store or default_path(), changes))

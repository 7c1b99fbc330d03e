"""The command line: argument parsing only."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NoReturn

from tui_charrnn import __version__
from tui_charrnn.engine import ConfigError, CorpusError, TrainConfig
from tui_charrnn.engine.config import FIELDS, PRESETS, FieldSpec, Value
from tui_charrnn.runs.catalogue import DEFAULT, catalogue, exists, load_corpus
from tui_charrnn.runs.exit_codes import BAD_INPUT, INTERRUPTED, READER_GONE
from tui_charrnn.safe_text import safe_line

USAGE = """\
%(prog)s [--corpus NAME|PATH] [--encoding ENC] [--preset NAME]
                         [--FIELD VALUE ...] [--jsonl FILE|-] [--quiet]"""

DESCRIPTION = """\
Train without a screen: samples on standard output, progress on standard error.
Ctrl+C stops the run cleanly, a second one ends it at once."""

EXAMPLES = """\
examples:
  charrnn-tui train --corpus novel.txt --preset quick
  charrnn-tui train --cell rnn --hidden-size 512 --jsonl run.jsonl
"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and exits with 2."""

    def __init__(self, **options: Any) -> None:
        """Take flags by their full names only: a script goes on working when flags are added."""
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Print one harmless line, whatever the arguments held, and exit."""
        self.fail(message)

    def fail(self, message: str, code: int = BAD_INPUT) -> NoReturn:
        """Print one harmless line and exit."""
        self.exit(code, f"{self.prog}: error: {safe_line(message)}\n")


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
        # what is left in the buffer would fail again when Python exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
    command: Callable[[argparse.Namespace], int] = arguments.command
    return command(arguments)


def _joined(argv: Sequence[str]) -> list[str]:
    """Return the words with `--clip -inf` as `--clip=-inf`: else -inf would pass for a flag."""
    flags, words = {_flag(spec) for spec in FIELDS}, list[str]()
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
    return f"There is no command{name}; the commands are {_listed(COMMANDS)}."


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


COMMANDS = ("train", "corpora")


def _parser() -> Parser:
    parser = Parser(
        prog="charrnn-tui",
        description="Train recurrent nets (RNN, GRU) on text, and watch them in a terminal.",
        epilog="Without a command, the app starts.",
        exit_on_error=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.set_defaults(corpus=DEFAULT, encoding="utf-8", preset=None)
    parser.set_defaults(command=partial(_start_app, parser))
    _add_text_flags(parser)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_train(commands)
    corpora: Parser = commands.add_parser("corpora", help="list the texts that have a name")
    corpora.set_defaults(command=partial(_list_corpora, corpora))
    return parser


def _add_text_flags(parser: argparse.ArgumentParser) -> None:
    """Add what app and `train` share; no defaults, so that a subparser keeps what was given."""
    given = partial(parser.add_argument, default=argparse.SUPPRESS)
    names = f"a name (see `charrnn-tui corpora`), a file or a folder (default {DEFAULT})"
    given("--corpus", metavar="NAME|PATH", help=f"the text: {names}")
    given("--encoding", metavar="ENC", help="of a file or folder (default utf-8)")
    given("--preset", metavar="NAME", help=f"hyperparameters to begin with: {_listed([*PRESETS])}")


def _add_train(commands: Any) -> None:
    train: Parser = commands.add_parser(
        "train",
        help="train without a screen",
        usage=USAGE,
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_text_flags(train)
    train.add_argument(
        "--jsonl",
        metavar="FILE|-",
        help="write every event as a JSON line to a file (which is overwritten), or to standard "
        "output, which then gets nothing else",
    )
    train.add_argument("--quiet", action="store_true", help="print nothing but errors")
    for group in dict.fromkeys(spec.group for spec in FIELDS):
        section = train.add_argument_group(group)
        for spec in FIELDS:
            if spec.group == group:
                _add_field(section, spec)
    train.set_defaults(command=partial(_train, train))


def _flag(spec: FieldSpec) -> str:
    return f"--{spec.name.replace('_', '-')}"


def _add_field(section: Any, spec: FieldSpec) -> None:
    """Add the flag of a hyperparameter; its text is checked later, by the spec."""
    kind = "|".join(spec.choices) or spec.unit.upper() or {int: "N", float: "X"}[spec.kind]
    line = f"{spec.explanation}, default {spec.default}".replace("%", "%%")
    section.add_argument(_flag(spec), metavar=kind, default=argparse.SUPPRESS, help=line)


def _config(arguments: argparse.Namespace) -> TrainConfig:
    """Return the preset's hyperparameters with those of the flags on top.

    Raises:
        ConfigError: if one of them cannot be used, or there is no such preset.
    """
    name = arguments.preset
    if name is not None and name not in PRESETS:
        presets = _listed([*PRESETS])
        raise ConfigError("preset", f"There is no preset {name!r}; the presets are {presets}.")
    values: dict[str, Value] = dict(PRESETS[name]) if name else {}
    given = vars(arguments)
    values |= {spec.name: spec.parse(given[spec.name]) for spec in FIELDS if spec.name in given}
    return TrainConfig(**values)  # type: ignore[arg-type]


def _start_app(parser: Parser, arguments: argparse.Namespace) -> int:
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream is not None and stream.isatty() for stream in streams):
        parser.error("the app needs a terminal for its input and output.")
    if os.environ.get("TERM") == "dumb":
        parser.error("the app needs a terminal that can do more than TERM=dumb.")
    try:
        config = _config(arguments)
        _check_exists(arguments.corpus, arguments.encoding)
    except (ConfigError, CorpusError) as error:
        parser.error(str(error))
    from tui_charrnn.app import CharRNNApp  # noqa: PLC0415 - the other commands stay quick

    app = CharRNNApp(arguments.corpus, arguments.encoding, config)
    app.run()
    return app.return_code or 0


def _check_exists(corpus: str, encoding: str) -> None:
    """Refuse a text that is nowhere; the rest shows when the app reads it.

    Raises:
        CorpusError: saying so.
    """
    if corpus not in catalogue() and not exists(corpus):
        load_corpus(corpus, encoding)


def _train(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs import headless  # noqa: PLC0415 - the other commands stay quick
    from tui_charrnn.runs.jsonl import OutputError  # noqa: PLC0415

    try:
        config = _config(arguments)
        _keep_text(arguments.corpus, arguments.jsonl)
        corpus = load_corpus(arguments.corpus, arguments.encoding)
        output = headless.Output(arguments.jsonl, arguments.quiet)
        ending = headless.run(config, corpus, output)
    except (ConfigError, CorpusError) as error:
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


def _list_corpora(parser: Parser, arguments: argparse.Namespace) -> int:
    from tui_charrnn.runs.listing import corpora  # noqa: PLC0415 - the other commands stay quick

    try:
        print(corpora(sys.stdout.isatty()))
    except CorpusError as error:
        parser.error(str(error))
    return 0

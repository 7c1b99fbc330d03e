"""What the commands share: how they fail, and the flags that several of them take."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, get_args

from tui_charrnn.engine import ConfigError, CorpusError, TrainConfig
from tui_charrnn.engine.config import FIELDS, PRESETS, FieldSpec, Value
from tui_charrnn.runs.catalogue import DEFAULT
from tui_charrnn.runs.exit_codes import BAD_INPUT
from tui_charrnn.runs.settings import OnHangup
from tui_charrnn.safe_text import safe_line


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and exits with 2."""

    def __init__(self, **options: Any) -> None:
        """Take flags by their full names only: a script goes on working when flags are added."""
        super().__init__(allow_abbrev=False, **options)

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Return the values of a flag; `--prompt=--` has one, which Python 3.11 leaves out."""
        values = super()._get_values(action, arg_strings)
        is_left_out = values == [] and action.nargs is None and action.option_strings
        return "--" if is_left_out else values

    def error(self, message: str) -> NoReturn:
        """Print one harmless line, whatever the arguments held, and exit."""
        self.fail(message)

    def warn(self, message: str) -> None:
        """Print one harmless line on standard error, if anybody reads it, and go on."""
        with suppress(OSError):
            print(f"{self.prog}: {safe_line(message)}", file=sys.stderr, flush=True)

    def fail(self, message: str, code: int = BAD_INPUT) -> NoReturn:
        """Print one harmless line and exit."""
        self.exit(code, f"{self.prog}: error: {safe_line(message)}\n")


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them: `a, b and c`."""
    return f"{', '.join(names[:-1])} and {names[-1]}"


def add_text_flags(parser: argparse.ArgumentParser) -> None:
    """Add what app and `train` share; no defaults, so that a subparser keeps what was given."""
    given = partial(parser.add_argument, default=argparse.SUPPRESS)
    names = f"a name (see `charrnn-tui corpora`), a file or a folder (default {DEFAULT})"
    given("--corpus", metavar="NAME|PATH", help=f"the text: {names}")
    given("--encoding", metavar="ENC", help="of a file or folder (default utf-8)")
    given("--preset", metavar="NAME", help=f"hyperparameters to begin with: {listed([*PRESETS])}")


def add_store_flag(parser: argparse.ArgumentParser) -> None:
    """Add the flag that names another run store than the user's own.

    It has no default, so that a subparser keeps what was given before the command.
    """
    parser.add_argument(
        "--store",
        metavar="PATH",
        type=_path,
        default=argparse.SUPPRESS,
        help="the file that runs are kept in (default: one in the user's data folder, or what "
        "$CHARRNN_STORE names)",
    )


def add_hangup_flag(parser: argparse.ArgumentParser) -> None:
    """Add what becomes of runs whose terminal goes away; without a default, as the store."""
    parser.add_argument(
        "--on-hangup",
        choices=get_args(OnHangup),
        default=argparse.SUPPRESS,
        help="what becomes of runs when the terminal is closed or the connection breaks: they "
        "stop with a checkpoint, or continue in processes of their own (default stop, or what "
        "on_hangup in the settings says)",
    )


def add_bandwidth_flag(parser: argparse.ArgumentParser) -> None:
    """Add what makes the app write less; without a default, as the store."""
    parser.add_argument(
        "--low-bandwidth",
        action="store_true",
        default=argparse.SUPPRESS,
        help="for a slow connection: one picture a second, a chart every few, no mouse",
    )


def _path(text: str) -> Path:
    """Return a path; shells leave the `~` of `--store=~/runs` to us."""
    return Path(os.path.expanduser(text))


def flag(spec: FieldSpec) -> str:
    """Return the flag of a hyperparameter: `--hidden-size`."""
    return f"--{spec.name.replace('_', '-')}"


def add_output_flags(parser: Parser) -> None:
    """Add what says where a run without a screen is told."""
    parser.add_argument(
        "--jsonl",
        metavar="FILE|-",
        help="write every event as a JSON line to a file (which is overwritten), or to standard "
        "output, which then gets nothing else",
    )
    parser.add_argument("--quiet", action="store_true", help="print nothing but errors")
    parser.add_argument(
        "--detach",
        action="store_true",
        help="train in a process of its own, which no terminal holds: see `charrnn-tui attach`",
    )
    add_hangup_flag(parser)


def check_output(arguments: argparse.Namespace, text: str, store: Path | None) -> None:
    """Refuse to write the events over the text or the run store, or of a detached run.

    Raises:
        CorpusError: saying so.
    """
    from tui_charrnn.runs.store.opening import is_the_store  # noqa: PLC0415 - stays quick

    jsonl: str | None = arguments.jsonl
    if not jsonl:
        return
    if arguments.detach:
        raise CorpusError(
            "--jsonl does not go with --detach; `charrnn-tui runs export` writes the events."
        )
    if is_the_store(jsonl, store):
        raise CorpusError(f"--jsonl would overwrite the run store {jsonl}.")
    text = os.path.expanduser(text)
    if os.path.isfile(text) and os.path.isfile(jsonl) and os.path.samefile(text, jsonl):
        raise CorpusError(f"--jsonl would overwrite the text {text}.")


def add_field_flags(parser: Parser, *, of_a_run: bool = False) -> None:
    """Add a flag for every hyperparameter, in the groups of the form.

    Args:
        parser: gets them.
        of_a_run: whether they change those of an earlier run; then the flags of such that cannot
            change are understood, but not shown.
    """
    for group in dict.fromkeys(spec.group for spec in FIELDS):
        section = parser.add_argument_group(group)
        for spec in FIELDS:
            if spec.group == group:
                _add_field(section, spec, of_a_run)


def _add_field(section: Any, spec: FieldSpec, of_a_run: bool) -> None:
    """Add the flag of a hyperparameter; its text is checked later, by the spec."""
    kind = (
        "|".join(spec.choices)
        or spec.unit.upper()
        or {int: "N", float: "X", str: "TEXT"}[spec.kind]
    )
    default = "as before" if of_a_run else "none" if spec.default == "" else spec.default
    line = f"{spec.explanation}, default {default}".replace("%", "%%")
    shown = argparse.SUPPRESS if of_a_run and spec.lasting else line
    section.add_argument(flag(spec), metavar=kind, default=argparse.SUPPRESS, help=shown)


def given_fields(arguments: argparse.Namespace) -> dict[str, Value]:
    """Return the hyperparameters that flags were given for.

    Raises:
        ConfigError: if one of them cannot be used.
    """
    given = vars(arguments)
    return {spec.name: spec.parse(given[spec.name]) for spec in FIELDS if spec.name in given}


def config_of(arguments: argparse.Namespace) -> TrainConfig:
    """Return the preset's hyperparameters with those of the flags on top.

    Raises:
        ConfigError: if one of them cannot be used, or there is no such preset.
    """
    name = arguments.preset
    if name is not None and name not in PRESETS:
        presets = listed([*PRESETS])
        raise ConfigError("preset", f"There is no preset {name!r}; the presets are {presets}.")
    values: dict[str, Value] = dict(PRESETS[name]) if name else {}
    return TrainConfig(**{**values, **given_fields(arguments)})  # type: ignore[arg-type]


def need_terminal(parser: Parser) -> None:
    """End the command where there is no terminal that can show the app."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    if not all(stream is not None and stream.isatty() for stream in streams):
        parser.error("the app needs a terminal for its input and output.")
    if os.environ.get("TERM") == "dumb":
        parser.error("the app needs a terminal that can do more than TERM=dumb.")

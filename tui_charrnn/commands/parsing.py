"""What the commands share: how they fail, and the flags that several of them take."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from tui_charrnn.engine import ConfigError, TrainConfig
from tui_charrnn.engine.config import FIELDS, PRESETS, FieldSpec, Value
from tui_charrnn.runs.catalogue import DEFAULT
from tui_charrnn.runs.exit_codes import BAD_INPUT
from tui_charrnn.safe_text import safe_line


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and exits with 2."""

    def __init__(self, **options: Any) -> None:
        """Take flags by their full names only: a script goes on working when flags are added."""
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        """Print one harmless line, whatever the arguments held, and exit."""
        self.fail(message)

    def warn(self, message: str) -> None:
        """Print one harmless line on standard error, and go on."""
        print(f"{self.prog}: {safe_line(message)}", file=sys.stderr)

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


def _path(text: str) -> Path:
    """Return a path; shells leave the `~` of `--store=~/runs` to us."""
    return Path(os.path.expanduser(text))


def flag(spec: FieldSpec) -> str:
    """Return the flag of a hyperparameter: `--hidden-size`."""
    return f"--{spec.name.replace('_', '-')}"


def add_field_flags(parser: Parser) -> None:
    """Add a flag for every hyperparameter, in the groups of the form."""
    for group in dict.fromkeys(spec.group for spec in FIELDS):
        section = parser.add_argument_group(group)
        for spec in FIELDS:
            if spec.group == group:
                _add_field(section, spec)


def _add_field(section: Any, spec: FieldSpec) -> None:
    """Add the flag of a hyperparameter; its text is checked later, by the spec."""
    kind = "|".join(spec.choices) or spec.unit.upper() or {int: "N", float: "X"}[spec.kind]
    line = f"{spec.explanation}, default {spec.default}".replace("%", "%%")
    section.add_argument(flag(spec), metavar=kind, default=argparse.SUPPRESS, help=line)


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
    given = vars(arguments)
    values |= {spec.name: spec.parse(given[spec.name]) for spec in FIELDS if spec.name in given}
    return TrainConfig(**values)  # type: ignore[arg-type]

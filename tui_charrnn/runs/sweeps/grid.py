"""The file of a sweep: which hyperparameters take which values.

`grid.toml` gives any field of TrainConfig a value or a list of them, beside `name`, `corpus` (one
or several), `encoding`, `preset` and `seeds`. Tables `[[variant]]` are alternatives, each laid over
what stands above them:

    corpus = ["tales", "recall"]
    hidden_size = [64, 128]
    seeds = 3

    [[variant]]
    name = "simple"
    cell = "rnn"
    learning_rate = 0.01

    [[variant]]
    name = "gated"
    cell = "gru"
"""

from __future__ import annotations

import difflib
import math
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tui_charrnn.engine.config import FIELDS, PRESETS, SPECS, ConfigError, Value
from tui_charrnn.runs.catalogue import DEFAULT, catalogue

LARGEST_FILE: Final = 1_000_000
"""Bytes; a larger file is no grid that somebody wrote."""

MOST_CELLS: Final = 10_000
"""Cells that a grid may have unless the user insists."""

MOST_CELLS_EVER: Final = 1_000_000
"""Cells that it may have even then: all of them are held in memory."""

LONGEST_NAME: Final = 100
"""Characters of a name."""

SEEDS: Final = "seeds"
OWN_KEYS: Final = ("name", "corpus", "encoding", "preset", SEEDS)
"""What a table may hold beside the fields of TrainConfig."""

VARIANT: Final = "variant"


class GridError(ValueError):
    """A grid that cannot be run; the text is one plain sentence that names the file."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One alternative of a grid: its cells are all combinations of its axes.

    Attributes:
        name: what the file calls it; may be empty.
        preset: what all its cells begin with; may be empty.
        encoding: of the texts that are files.
        corpora: names of the catalogue or absolute paths, among `axes` by the name `corpus`.
        axes: the values of every field that the file names, in the order of the file.
    """

    name: str
    preset: str
    encoding: str
    axes: Mapping[str, Sequence[Value]]

    @property
    def count(self) -> int:
        """The number of combinations."""
        return math.prod(len(values) for values in self.axes.values())


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid that was read: its name and its alternatives, at least one."""

    path: Path
    name: str
    variants: tuple[Variant, ...]

    @property
    def count(self) -> int:
        """The number of combinations; equal ones of two variants are counted twice."""
        return sum(variant.count for variant in self.variants)


def read_grid(path: Path, *, large: bool = False) -> Grid:
    """Read and check the file of a sweep; no combination is made yet.

    Args:
        path: a TOML file.
        large: whether it may have more than `MOST_CELLS` cells.

    Raises:
        GridError: if it cannot be read, or holds what no grid has.
    """
    reader = _Reader(path)
    table = _toml(path)
    above = reader.table(table, "", Variant("", "", "utf-8", {}))
    variants = [
        reader.table(entry, f", variant {number}", above)
        for number, entry in enumerate(reader.variants(table), 1)
    ]
    if not any(variant.axes or variant.preset for variant in (above, *variants)):
        raise GridError(f'{path} is an empty grid; a line such as cell = ["rnn", "gru"] fills it.')
    chosen = variants or [above]
    grid = Grid(path, above.name or path.stem, tuple(map(_with_corpus, chosen)))
    _check_count(grid, large)
    return grid


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise GridError(f"Cannot read {path}: {reason}.") from None
    if len(data) > LARGEST_FILE:
        raise GridError(f"{path} is no grid: it has over {LARGEST_FILE:,} bytes.")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise GridError(f"{path} is not TOML: line {line} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise GridError(f"{path} is not TOML: {error}.") from None
    except (RecursionError, ValueError):  # too deep, or a number of thousands of digits
        raise GridError(f"{path} is not TOML that can be read.") from None


def _with_corpus(variant: Variant) -> Variant:
    if "corpus" in variant.axes:
        return variant
    axes = {"corpus": (DEFAULT,), **variant.axes}
    return Variant(variant.name, variant.preset, variant.encoding, axes)


def _check_count(grid: Grid, large: bool) -> None:
    count = grid.count
    if count > MOST_CELLS and not large:
        raise GridError(
            f"{grid.path} has {count:,} cells, which is over {MOST_CELLS:,}; "
            "--yes runs it all the same."
        )
    if count > MOST_CELLS_EVER:
        raise GridError(
            f"{grid.path} has {count:,} cells; even with --yes there can be {MOST_CELLS_EVER:,}."
        )


class _Reader:
    """Checks the tables of one file, and says where in it something is wrong."""

    def __init__(self, path: Path) -> None:
        self._path, self._folder = path, path.parent
        self._place = ""

    def error(self, sentence: str) -> GridError:
        return GridError(f"{self._path}{self._place}: {sentence}")

    def variants(self, table: Mapping[str, Any]) -> list[dict[str, Any]]:
        entries = table.get(VARIANT)
        if entries is None:
            return []
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise self.error("variants are tables, each below a line [[variant]].")
        if not entries:
            raise self.error("variant is an empty list.")
        return entries

    def table(self, table: Mapping[str, Any], place: str, above: Variant) -> Variant:
        """Check one table, and lay it over the one above."""
        self._place = place
        self._check_keys(table, top=not place)
        axes = dict(above.axes)
        for key, value in table.items():
            if key in SPECS:
                axes[key] = self._field(key, value)
            elif key == SEEDS:
                axes["seed"] = self._seeds(value)
            elif key == "corpus":
                axes[key] = self._corpora(value)
        variant = Variant(
            name=self._text(table, "name", ""),
            preset=self._preset(table, above.preset),
            encoding=self._text(table, "encoding", above.encoding),
            axes=axes,
        )
        self._place = ""
        return variant

    def _check_keys(self, table: Mapping[str, Any], top: bool) -> None:
        known = [*OWN_KEYS, *(spec.name for spec in FIELDS), *([VARIANT] if top else [])]
        for key in table:
            if key not in known:
                raise self.error(f"there is no field {key}{_nearest(key, known)}.")
        if "seed" in table and SEEDS in table:
            raise self.error("seed and seeds mean the same; only one of them can be given.")

    def _field(self, key: str, value: Any) -> tuple[Value, ...]:
        try:
            return tuple(dict.fromkeys(map(SPECS[key].check, self._list(key, value))))
        except ConfigError as error:
            raise self.error(str(error)) from None

    def _list(self, key: str, value: Any) -> list[Any]:
        values = value if isinstance(value, list) else [value]
        if not values:
            raise self.error(f"{key} is an empty list, which leaves no cell.")
        return values

    def _seeds(self, value: Any) -> Sequence[Value]:
        """Return the seeds of a list, or of the number of them: 3 stands for 1, 2 and 3."""
        if isinstance(value, list):
            return self._field_named_seeds(value)
        most = SPECS["seed"].maximum
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= (most or 1):
            shown = repr(value) if isinstance(value, str) else _shown(value)
            raise self.error(
                f"seeds must be a list of seeds or their number from 1 to {most:,}, not {shown}."
            )
        return range(1, value + 1)

    def _field_named_seeds(self, values: list[Any]) -> tuple[Value, ...]:
        if not values:
            raise self.error(f"{SEEDS} is an empty list, which leaves no cell.")
        return self._field("seed", values)

    def _corpora(self, value: Any) -> tuple[str, ...]:
        names = self._list("corpus", value)
        for name in names:
            if not isinstance(name, str) or not name.strip():
                raise self.error(
                    f"corpus must be the name or path of a text, or a list, not {_shown(name)}."
                )
        return tuple(dict.fromkeys(map(self._source, names)))

    def _source(self, name: str) -> str:
        """Return a name of the catalogue as it is, and any other as an absolute path."""
        if name in catalogue():
            return name
        path = os.path.abspath(os.path.join(self._folder, os.path.expanduser(name)))
        try:
            found = os.path.exists(path)
        except ValueError:
            found = False
        if not found:
            near = _nearest(name, catalogue())
            raise self.error(
                f"there is no text {name}{near}; known are {', '.join(catalogue())} "
                f"and the paths of files and folders."
            )
        return path

    def _text(self, table: Mapping[str, Any], key: str, default: str) -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or (key in table and not value.strip()):
            raise self.error(f"{key} must be a text, not {_shown(value)}.")
        if len(value) > LONGEST_NAME:
            raise self.error(f"{key} must have at most {LONGEST_NAME} characters.")
        return value

    def _preset(self, table: Mapping[str, Any], default: str) -> str:
        name = self._text(table, "preset", default)
        if name and name not in PRESETS:
            raise self.error(
                f"there is no preset {name}{_nearest(name, PRESETS)}; "
                f"the presets are {', '.join(PRESETS)}."
            )
        return name


def _nearest(name: str, known: Iterable[str]) -> str:
    """Return `, did you mean X?` without its question mark, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:
        return "a number of over 4,000 digits"
    return text if len(text) <= 60 else f"{text[:60]}…"

"""TrainConfig: every hyperparameter of a run, each with one spec.

The spec of a field (default, bounds, unit, help line) is the only place where these are said:
the form, the flags of the command line and the checks here are all made from it.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Value = int | float | str

LONGEST_SHOWN: Final = 60
"""Characters of a wrong value that its error message repeats."""

MOST_DIGITS: Final = 30
"""Characters of a whole number that somebody may mean."""

THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
"""A whole number whose thousands are set off by commas."""


class ConfigError(ValueError):
    """A hyperparameter that cannot be used; `field` names it, the text is one plain sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        """Keep the name of the field beside the sentence, so that a form can point at it."""
        super().__init__(sentence)
        self.field = field

    def __reduce__(self) -> tuple[type[ConfigError], tuple[str, str]]:
        """Keep both when it is pickled, on its way from another process."""
        return ConfigError, (self.field, str(self))


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What is known of one hyperparameter: its type, default, bounds, unit and help line.

    `minimum` and `maximum` are included in the range unless `above` is true: then the value
    must be greater than `minimum`. A `lasting` one cannot change when a run goes on from a
    checkpoint.
    """

    name: str
    kind: type[int] | type[float] | type[str]
    default: Value
    help: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    above: bool = False
    choices: tuple[str, ...] = ()
    group: str = ""
    lasting: bool = False

    @property
    def label(self) -> str:
        """The name as people read it: `hidden_size` is `hidden size`."""
        return self.name.replace("_", " ")

    @property
    def range_text(self) -> str:
        """The values that are allowed, in words: `from 1 to 100,000`, `rnn or gru`."""
        if self.choices:
            return " or ".join(self.choices)
        if self.minimum is None:
            return ""
        low, high = _number(self.minimum), _number(self.maximum)
        if self.above:
            return f"above {low} and at most {high}" if high else f"above {low}"
        return f"from {low} to {high}" if high else f"of at least {low}"

    @property
    def explanation(self) -> str:
        """What the field means and which values it takes: `hidden units; at least 1`."""
        bounds = self.range_text.removeprefix("of ")
        return f"{self.help}; {bounds}" if bounds else self.help

    def parse(self, text: str) -> Value:
        """Turn what a person typed into a checked value.

        Raises:
            ConfigError: if the text is no number of this kind or the value is out of range.
        """
        text = text.strip()
        if self.kind is str:
            return self.check(text)
        try:
            return self.check(_integer(text) if self.kind is int else float(text))
        except ConfigError:
            raise
        except (ValueError, OverflowError):
            raise self.error(text) from None

    def check(self, value: Any) -> Value:
        """Return the value as this field's type.

        Raises:
            ConfigError: if it has another type or is out of range.
        """
        if not self._has_kind(value):
            raise self.error(value)
        try:
            value = self.kind(value)
        except OverflowError:  # a whole number beyond the range of floats
            raise self.error(value) from None
        if self.choices and value not in self.choices:
            raise self.error(value)
        if self.kind is not str and not self._in_range(value):
            raise self.error(value)
        return value  # type: ignore[no-any-return]

    def error(self, value: Any) -> ConfigError:
        """Return the one sentence that says what was wanted and what was given."""
        noun = {int: "a whole number", float: "a number", str: ""}[self.kind]
        wanted = " ".join(part for part in (noun, self.range_text) if part)
        shown = repr(value) if isinstance(value, str) else _shown_number(value)
        if len(shown) > LONGEST_SHOWN:
            shown = f"{shown[:LONGEST_SHOWN]}…"
        return ConfigError(self.name, f"{self.name} must be {wanted}, not {shown}.")

    def _has_kind(self, value: Any) -> bool:
        if isinstance(value, bool):
            return False
        if self.kind is float:
            return isinstance(value, (int, float))
        if self.kind is int:
            return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return isinstance(value, str)

    def _in_range(self, value: float) -> bool:
        if isinstance(value, float) and not math.isfinite(value):
            return False
        low = -math.inf if self.minimum is None else self.minimum
        if value < low or (self.above and value == low):
            return False
        return self.maximum is None or value <= self.maximum


def _shown_number(value: Any) -> str:
    try:
        return f"{value}"
    except ValueError:  # Python refuses to write out a whole number of thousands of digits
        return "a number of over 4,000 digits"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.12g}"


def _integer(text: str) -> int:
    """Read 10000, 10_000, 10,000 or 1e4, but not 1.5 or 1,5."""
    if len(text) > MOST_DIGITS:
        raise ValueError(text)
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        return int(text)
    except ValueError:
        number = float(text)
        if not number.is_integer():
            raise
        return int(number)


def _field(default: Value, group: str, help: str, **bounds: Any) -> Any:
    """Declare a dataclass field whose FieldSpec is made from its own name and default."""
    return dataclasses.field(default=default, metadata={"group": group, "help": help, **bounds})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """The hyperparameters of one run, checked when it is made.

    Raises:
        ConfigError: naming the first field whose value is out of its range.
    """

    cell: str = _field("gru", "model", "recurrent cell", choices=("rnn", "gru"), lasting=True)
    hidden_size: int = _field(256, "model", "hidden units", unit="units", minimum=1, lasting=True)
    seq_length: int = _field(
        200,
        "training",
        "characters a window (BPTT length)",
        unit="chars",
        minimum=1,
        maximum=100_000,
        lasting=True,
    )
    batch_size: int = _field(
        1,
        "training",
        "parallel streams of text",
        unit="streams",
        minimum=1,
        maximum=65_536,
        lasting=True,
    )
    learning_rate: float = _field(
        1e-3, "training", "step size of the optimizer", minimum=0, above=True, maximum=1000
    )
    iterations: int = _field(
        10_000, "training", "updates in the run", unit="updates", minimum=1, maximum=1_000_000_000
    )
    time_limit: float = _field(
        0.0,
        "training",
        "seconds of training after which a run is over (0: none)",
        unit="s",
        minimum=0,
        maximum=31_536_000,
    )
    optimizer: str = _field(
        "adagrad", "training", "update rule", choices=("adagrad",), lasting=True
    )
    clip: float = _field(
        5.0, "training", "bound on every gradient element", minimum=0, above=True, maximum=1e6
    )
    dtype: str = _field(
        "float32",
        "model",
        "precision of the weights",
        choices=("float32", "float64"),
        lasting=True,
    )
    seed: int = _field(
        42, "model", "seed of weights and samples", minimum=0, maximum=2**32 - 1, lasting=True
    )
    sample_every: int = _field(
        100, "samples", "updates between two samples (0: none)", unit="updates", minimum=0
    )
    sample_length: int = _field(
        200, "samples", "characters a sample", unit="chars", minimum=1, maximum=100_000
    )
    temperature: float = _field(
        1.0, "samples", "of the samples (0: always the likeliest)", minimum=0, maximum=100
    )
    validation_fraction: float = _field(
        0.1,
        "validation",
        "tail of the text held out (0: none)",
        minimum=0,
        maximum=0.9,
        lasting=True,
    )
    training_characters: int = _field(
        0,
        "training",
        "characters of the text to train on (0: all)",
        unit="chars",
        minimum=0,
        lasting=True,
    )
    eval_every: int = _field(
        500, "validation", "updates between two validations (0: none)", unit="updates", minimum=0
    )
    eval_length: int = _field(
        50_000, "validation", "held-out characters read each time (0: all)", unit="chars", minimum=0
    )
    checkpoint_seconds: float = _field(
        30.0,
        "checkpoints",
        "seconds between two checkpoints (0: none by time)",
        unit="s",
        minimum=0,
        maximum=31_536_000,
    )
    checkpoint_every: int = _field(
        0,
        "checkpoints",
        "updates between two checkpoints (0: none by number)",
        unit="updates",
        minimum=0,
    )

    def __post_init__(self) -> None:
        """Check every field and store it as its declared type."""
        for spec in FIELDS:
            object.__setattr__(self, spec.name, spec.check(getattr(self, spec.name)))

    def as_dict(self) -> dict[str, Value]:
        """Return all fields by name, in order."""
        return dataclasses.asdict(self)

    def replace(self, **changes: Value) -> TrainConfig:
        """Return a copy with some fields changed, checked again."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


def _spec_of(field: dataclasses.Field[Any]) -> FieldSpec:
    kinds: Mapping[str, Any] = {"int": int, "float": float, "str": str}
    default: Any = field.default
    return FieldSpec(
        name=field.name, kind=kinds[str(field.type)], default=default, **field.metadata
    )


FIELDS: Final[tuple[FieldSpec, ...]] = tuple(map(_spec_of, dataclasses.fields(TrainConfig)))
"""The spec of every hyperparameter, in the order in which form and help show them."""

SPECS: Final[Mapping[str, FieldSpec]] = {spec.name: spec for spec in FIELDS}

PRESETS: Final[Mapping[str, Mapping[str, Value]]] = {
    "notebook": {"validation_fraction": 0.0},
    "quick": {
        "hidden_size": 128,
        "seq_length": 50,
        "batch_size": 32,
        "learning_rate": 0.05,
        "sample_every": 500,
    },
    "strong": {
        "cell": "gru",
        "hidden_size": 192,
        "seq_length": 50,
        "batch_size": 32,
        "learning_rate": 0.04,
        "iterations": 40_000,
        "sample_every": 500,
    },
}
"""Named settings: what differs from the defaults. A preset that names no cell leaves it as it is.

`quick` learns well with either cell within a minute; the rate of `strong` is too high for an RNN.
"""

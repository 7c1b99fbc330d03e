"""FieldSpec: what is known of one hyperparameter, and how what a person typed is checked by it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
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
    checkpoint. One of kind str without choices is free text of at most `maximum` characters.
    `needs` names a field and those of its values with which this one means anything; with others
    it is not looked at.
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
    needs: tuple[str, tuple[str, ...]] | None = None

    @property
    def label(self) -> str:
        """The name as people read it: `hidden_size` is `hidden size`."""
        return self.name.replace("_", " ")

    @property
    def is_text(self) -> bool:
        """Whether it is free text, which may have spaces and line ends wherever it wants."""
        return self.kind is str and not self.choices

    def is_looked_at(self, read: Callable[[str], object]) -> bool:
        """Tell whether the field means anything, given what reads the value of another one."""
        return self.needs is None or read(self.needs[0]) in self.needs[1]

    @property
    def range_text(self) -> str:
        """The values that are allowed, in words: `from 1 to 100,000`, `rnn, gru or lstm`."""
        if self.choices:
            *others, last = self.choices
            return f"{', '.join(others)} or {last}" if others else last
        if self.is_text:
            return f"a text of at most {_number(self.maximum)} characters"
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
        if self.is_text:
            return self.check(text)
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
        if self.is_text and self.maximum is not None and len(value) > self.maximum:
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

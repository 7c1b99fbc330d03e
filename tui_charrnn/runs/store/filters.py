"""What a user types to see some of the runs: `gru tales hidden_size=256 seed>1`."""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from tui_charrnn.engine.config import SPECS
from tui_charrnn.runs.store.errors import StoreError
from tui_charrnn.runs.store.records import RunRecord
from tui_charrnn.safe_text import safe_line

Test = Callable[[RunRecord], bool]

CONDITION: Final = re.compile(r"([A-Za-z_]+)(<=|>=|!=|=|<|>)(.*)", re.DOTALL)
OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt,
    "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


FIGURES: Final[Mapping[str, Callable[[RunRecord], float | None]]] = {
    "id": lambda run: run.id,
    "iteration": lambda run: run.iteration,
    "characters": lambda run: run.characters,
    "elapsed": lambda run: run.elapsed,
    "bits": lambda run: run.smooth_bits,
    "smooth_loss": lambda run: run.smooth_loss,
    "validation_bits": lambda run: run.validation_bits,
    "best_bits": lambda run: run.best_bits,
    "parameter_count": lambda run: run.parameter_count,
}
"""Numbers that runs are chosen by, beside the hyperparameters; `bits` are the smooth ones."""

WORDS: Final[Mapping[str, Callable[[RunRecord], str]]] = {
    "name": lambda run: run.name,
    "state": lambda run: run.state,
    "corpus": lambda run: run.origin.text.name,
    "group": lambda run: run.origin.group,
    "created": lambda run: run.created.isoformat(sep=" ", timespec="seconds"),
}
"""Texts that runs are chosen by; `created` is in UTC."""


def parse(text: str) -> Test:
    """Return what tells whether a run is wanted; every word must hold.

    A word holds if it occurs in the name, corpus, cell, state or group, whatever its capitals, and
    a condition such as `seed>1` if it is true: hyperparameters, `FIGURES` and `WORDS` can be asked.

    Raises:
        StoreError: if a condition names no field, or compares with what cannot be.
    """
    tests = [_test(word) for word in text.split()]
    return lambda run: all(test(run) for test in tests)


def _test(word: str) -> Test:
    condition = CONDITION.fullmatch(word)
    if condition is None:
        return partial(_occurs, word.casefold())
    name, sign, value = condition.groups()
    if name in WORDS:
        return partial(_compares_words, WORDS[name], OPERATORS[sign], value.casefold())
    if name in FIGURES:
        return partial(_compares, FIGURES[name], OPERATORS[sign], _number(name, value))
    if name in SPECS:
        return _compares_field(name, OPERATORS[sign], value)
    raise StoreError(_no_field(name))


def _no_field(name: str) -> str:
    known = sorted({*WORDS, *FIGURES, *SPECS})
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"the nearest is {near[0]}" if near else f"there are {', '.join(known)}"
    return f"Runs have no field {safe_line(name)}; {hint}."


def _occurs(word: str, run: RunRecord) -> bool:
    text = run.origin.text
    places = (run.name, text.name, run.config.cell, run.state, run.origin.group)
    return any(word in place.casefold() for place in places)


def _compares_words(
    get: Callable[[RunRecord], str], holds: Callable[[Any, Any], bool], value: str, run: RunRecord
) -> bool:
    return holds(get(run).casefold(), value)


def _compares(
    get: Callable[[RunRecord], float | None],
    holds: Callable[[Any, Any], bool],
    value: float,
    run: RunRecord,
) -> bool:
    """Compare a number; one that is not known holds for nothing."""
    known = get(run)
    return known is not None and holds(known, value)


def _compares_field(name: str, holds: Callable[[Any, Any], bool], value: str) -> Test:
    """Compare a hyperparameter; the value need not be in its range."""
    get = partial(_field, name)
    if SPECS[name].kind is str:
        return partial(_compares_words, get, holds, value.casefold())
    return partial(_compares, get, holds, _number(name, value))


def _field(name: str, run: RunRecord) -> Any:
    return getattr(run.config, name)


def _number(name: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise StoreError(f"{name} is compared with a number, not {safe_line(value)!r}.") from None

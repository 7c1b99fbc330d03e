"""What a checkpoint holds besides arrays, as JSON; read back, every value is checked."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

import numpy as np

from tui_charrnn.engine.checkpoint import GENERATORS, Checkpoint
from tui_charrnn.engine.checkpoint_seal import Flaw, shown
from tui_charrnn.engine.config import SPECS, ConfigError, TrainConfig
from tui_charrnn.engine.events import Validation, event_from_json

MOST_BYTES: Final = 1 << 16
"""Of the JSON text; 2 kB are usual."""

LONGEST_TEXT_NAME: Final = 10_000
"""Characters."""

LONGEST_REASON: Final = 150
"""Characters that are told of what is wrong with an event."""

MOST_DIGITS: Final = 40
"""Of a whole number: the generators have some of 128 bits."""

COUNTS: Final[Mapping[str, int]] = {
    "events": 10**12,
    "iteration": 10**9,
    "position": 10**14,
    "passes": 10**9,
}
"""The whole numbers of a checkpoint, with what none of them is above: see `TrainConfig`."""

NAMES: Final = (
    "config", "text", "sha256", *COUNTS, "elapsed", "smooth_loss", "learning_rate", "generators",
    "best", "owes_validation",
)  # fmt: skip

SHA256: Final = re.compile(r"[0-9a-f]{64}")

NOT_FINITE: Final = ("nan", "inf", "-inf")


def unsound(detail: str) -> Flaw:
    """Return the flaw of a file that is whole, but whose content makes no sense."""
    return Flaw(f"is no sound checkpoint: {detail}")


def to_json(checkpoint: Checkpoint) -> bytes:
    """Return all that is no array. Numbers and texts come back the same to the last bit."""
    best = checkpoint.best
    meta = {
        "config": checkpoint.config.as_dict(),
        "text": checkpoint.text,
        "sha256": checkpoint.sha256,
        **{name: int(getattr(checkpoint, name)) for name in COUNTS},
        "elapsed": _written(checkpoint.elapsed),
        "smooth_loss": _written(checkpoint.smooth_loss),
        "learning_rate": _written(checkpoint.learning_rate),
        "generators": checkpoint.generators,
        "best": None if best is None else best.as_json(),
        "owes_validation": checkpoint.owes_validation,
    }
    # not escaped, since two surrogates side by side would come back as one character
    return json.dumps(meta, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")


def _written(number: float) -> float | str:
    number = float(number)
    return number if math.isfinite(number) else str(number)


def from_json(data: bytes) -> dict[str, Any]:
    """Return those arguments of a `Checkpoint` that are no arrays.

    Raises:
        Flaw: naming the first value that none can have.
    """
    try:
        return _checked(_object("its meta", _parsed(data), NAMES))
    except RecursionError:
        raise unsound("its meta is nested too deeply") from None


def _parsed(data: bytes) -> Any:
    try:
        text = data.decode("utf-8", "surrogatepass")
        return json.loads(text, parse_int=_integer, parse_constant=_no_constant)
    except ValueError as error:
        raise unsound(f"its meta is no JSON that it can have: {error}") from None


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a whole number of {len(digits):,} digits")
    return int(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"the number {name}")


def _object(where: str, value: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return a value that is an object with exactly these names."""
    if not isinstance(value, dict):
        raise unsound(f"{where} is no JSON object")
    for name in names:
        if name not in value:
            raise unsound(f"{where} lacks {name}")
    for name in value.keys() - {*names}:
        raise unsound(f"{where} has the unknown entry {shown(name)}")
    return value


def _checked(meta: dict[str, Any]) -> dict[str, Any]:
    counts = {name: _count(name, meta[name]) for name in COUNTS}
    config = _config(meta["config"])
    return {
        "config": config,
        "text": _text(meta["text"]),
        "sha256": _sha256(meta["sha256"]),
        **counts,
        "elapsed": _elapsed(meta["elapsed"]),
        "smooth_loss": _number("smooth_loss", meta["smooth_loss"]),
        "learning_rate": _learning_rate(meta["learning_rate"]),
        "generators": _generators(meta["generators"], config.seed),
        "best": None if meta["best"] is None else _best(meta["best"], counts["iteration"]),
        "owes_validation": _truth("owes_validation", meta["owes_validation"]),
    }


def _config(values: Any) -> TrainConfig:
    """Return the config; a hyperparameter that is younger than the file has its default."""
    if not isinstance(values, dict):
        raise unsound("its config is no JSON object")
    for name in values.keys() - SPECS.keys():
        raise Flaw(
            f"was made by a newer charrnn-tui: this one does not know its hyperparameter "
            f"{shown(name)}"
        )
    try:
        return TrainConfig(**values)
    except ConfigError as error:
        raise unsound(f"in its config, {str(error).rstrip('.')}") from None


def _count(name: str, value: Any) -> int:
    most = COUNTS[name]
    if type(value) is not int or not 0 <= value <= most:
        raise unsound(f"its {name} must be a whole number from 0 to {most:,}, not {shown(value)}")
    return value


def _number(name: str, value: Any) -> float:
    if type(value) in (int, float) or value in NOT_FINITE:
        return float(value)
    raise unsound(f"its {name} must be a number, not {shown(value)}")


def _truth(name: str, value: Any) -> bool:
    if type(value) is not bool:
        raise unsound(f"its {name} must be true or false, not {shown(value)}")
    return value


def _elapsed(value: Any) -> float:
    seconds = _number("elapsed", value)
    if not 0 <= seconds < math.inf:
        raise unsound(f"its elapsed must be seconds from 0 on, not {seconds}")
    return seconds


def _learning_rate(value: Any) -> float:
    try:
        return float(SPECS["learning_rate"].check(value))
    except ConfigError as error:
        raise unsound(f"its {str(error).rstrip('.')}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise unsound(f"its text must be a name, not {shown(value)}")
    if len(value) > LONGEST_TEXT_NAME:
        raise unsound(
            f"the name of its text has {len(value):,} characters, at most {LONGEST_TEXT_NAME:,} "
            f"can be"
        )
    return value


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise unsound(f"its sha256 must be 64 hexadecimal digits, not {shown(value)}")
    return value


def _generators(value: Any, seed: int) -> dict[str, Mapping[str, Any]]:
    if isinstance(value, dict):
        value = {**_younger_generators(seed), **value}
    states = _object("its table of generators", value, GENERATORS)
    return {name: _generator(name, states[name]) for name in GENERATORS}


def _younger_generators(seed: int) -> dict[str, Mapping[str, Any]]:
    """Return the generators that older files lack, as no run of theirs had used them."""
    place = 1 + GENERATORS.index("dropout")
    return {"dropout": np.random.default_rng([seed, place]).bit_generator.state}


def _generator(name: str, state: Any) -> Mapping[str, Any]:
    """Return the state of a generator, if NumPy takes it as it is."""
    generator = np.random.PCG64(0)
    try:
        generator.state = state
        taken = generator.state == state
    except (TypeError, ValueError, LookupError, OverflowError):
        taken = False
    if not taken:
        raise unsound(f"the state of its generator {name} is none of PCG64")
    return cast(Mapping[str, Any], generator.state)


def _best(value: Any, iteration: int) -> Validation:
    """Return the best validation, which was made after one of `iteration` updates."""
    try:
        best = event_from_json(value) if isinstance(value, dict) else None
    except ValueError as error:
        raise unsound(
            f"in its best validation, {str(error)[:LONGEST_REASON].rstrip('.')}"
        ) from None
    if not isinstance(best, Validation) or not best.is_best:
        raise unsound(f"its best validation is none: {shown(value)}")
    if not 0 <= best.iteration < iteration:
        raise unsound(
            f"its best validation is of iteration {shown(best.iteration)}, but it has {iteration:,}"
        )
    if not math.isfinite(best.bits_per_character):
        raise unsound(f"its best validation has {best.bits_per_character} bits per character")
    return best

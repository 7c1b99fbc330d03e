"""Checkpoints as arrays by name, and back: every array is checked before it is read."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np

from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.checkpoint_archive import Spec
from tui_charrnn.engine.checkpoint_meta import MOST_BYTES, from_json, to_json, unsound
from tui_charrnn.engine.checkpoint_seal import shown
from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.engine.optimizers import OPTIMIZERS
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import canonical_shapes, state_shape
from tui_charrnn.engine.vocabulary import CODE_POINTS

META: Final = "meta"
VOCABULARY: Final = "vocabulary"
STATE: Final = "state"
PARAMETERS: Final = "parameters"
BEST: Final = "best"

MOST_TOLD: Final = 10**27
"""From which on a number is not written out."""

UTF_32: Final = f"utf-32-{sys.byteorder[0]}e"
"""Of an array of code points."""

KINDS: Final[Mapping[str, str]] = {"float32": "<f4", "float64": "<f8"}


def _slot(name: str) -> str:
    return f"optimizer/{name}"


def to_members(checkpoint: Checkpoint) -> dict[str, Array]:
    """Return the arrays of the file, by name: views of those of the checkpoint, where they can."""
    groups = {PARAMETERS: checkpoint.parameters}
    groups |= {_slot(name): arrays for name, arrays in checkpoint.optimizer.items()}
    if checkpoint.best_parameters is not None:
        groups[BEST] = checkpoint.best_parameters
    return {
        META: np.frombuffer(to_json(checkpoint), np.uint8),
        VOCABULARY: np.array([ord(char) for char in checkpoint.chars], np.uint32),
        STATE: checkpoint.state,
        **{f"{group}/{name}": a for group, arrays in groups.items() for name, a in arrays.items()},
    }


def from_members(specs: Mapping[str, Spec], read: Callable[[str], Array]) -> Checkpoint:
    """Return the checkpoint that `to_members` made these arrays of.

    Args:
        specs: type and shape of each.
        read: returns one of them.

    Raises:
        Flaw: if anything is missing, unknown, or not as a run could have left it.
    """
    _check_spec(specs, META, "|u1", MOST_BYTES)
    _check_spec(specs, VOCABULARY, "<u4", CODE_POINTS)
    meta = from_json(read(META).tobytes())
    codes = _codes(read(VOCABULARY))
    config: TrainConfig = meta["config"]
    _check_count(specs, config, len(codes))
    groups = _groups(config, best=meta["best"] is not None)
    names = list(canonical_shapes(config, len(codes)))
    _check_specs(specs, _expected(config, len(codes), groups))

    def group(prefix: str) -> dict[str, Array]:
        return {name: _finite(f"{prefix}/{name}", read(f"{prefix}/{name}")) for name in names}

    return Checkpoint(
        **meta,
        chars=tuple(codes.tobytes().decode(UTF_32, "surrogatepass")),
        state=_finite(STATE, read(STATE)),
        parameters=group(PARAMETERS),
        optimizer={name: group(_slot(name)) for name in OPTIMIZERS[config.optimizer].SLOTS},
        best_parameters=group(BEST) if BEST in groups else None,
    )


def _groups(config: TrainConfig, *, best: bool) -> list[str]:
    """Return what holds an array for every parameter."""
    slots = [_slot(name) for name in OPTIMIZERS[config.optimizer].SLOTS]
    return [PARAMETERS, *slots, *([BEST] if best else [])]


def _expected(config: TrainConfig, vocab_size: int, groups: Iterable[str]) -> dict[str, Spec]:
    """Return what the arrays of such a run are, those aside that tell which run it is."""
    kind = KINDS[config.dtype]
    shapes = canonical_shapes(config, vocab_size)
    return {
        STATE: Spec(kind, state_shape(config)),
        **{f"{group}/{name}": Spec(kind, shapes[name]) for group in groups for name in shapes},
    }


def _check_spec(specs: Mapping[str, Spec], name: str, kind: str, most: int) -> None:
    """Refuse a vector that is missing, of another type, or too long."""
    spec = specs.get(name)
    if spec is None:
        raise unsound(f"it lacks the array {name}")
    if spec.kind != kind or len(spec.shape) != 1:
        raise unsound(f"its array {name} is {spec}, but must be a vector of {kind}")
    if spec.shape[0] > most:
        raise unsound(f"its array {name} has {spec.shape[0]:,} elements, at most {most:,} can be")


def _check_count(specs: Mapping[str, Spec], config: TrainConfig, vocab_size: int) -> None:
    """Refuse a config that is of another model, before the shapes of that are looked at."""
    prefix = f"{PARAMETERS}/"
    held = sum(math.prod(specs[name].shape) for name in specs if name.startswith(prefix))
    wanted = parameter_count(config, vocab_size)
    if held != wanted:
        layers = f"{config.layers} layers of " if config.layers > 1 else ""
        raise unsound(
            f"it holds {held:,} parameters, but a {config.cell} with {layers}hidden_size "
            f"{_told(config.hidden_size)} and {vocab_size:,} characters has {_told(wanted)}"
        )


def _told(number: int) -> str:
    """Return a number that a file may have made very long."""
    return f"{number:,}" if number < MOST_TOLD else f"over {MOST_TOLD:,}"


def _check_specs(specs: Mapping[str, Spec], expected: Mapping[str, Spec]) -> None:
    for name, spec in expected.items():
        if name not in specs:
            raise unsound(f"it lacks the array {name}")
        if specs[name] != spec:
            raise unsound(f"its array {name} is {specs[name]}, but must be {spec}")
    for name in specs:
        if name not in expected and name not in (META, VOCABULARY):
            raise unsound(f"it has the unknown array {shown(name)}")


def _codes(codes: Array) -> Array:
    """Return the code points of a vocabulary; as texts they would take twenty times the memory.

    So they become that only when it is known that the arrays are of a model that has so many.
    """
    if len(codes) < 2:
        raise unsound(f"its vocabulary has {len(codes)} characters, at least 2 are needed")
    if codes.max() >= CODE_POINTS:
        raise unsound(f"its vocabulary has the code point {codes.max():,}, which no character has")
    if np.any(codes[1:] <= codes[:-1]):
        raise unsound("its vocabulary is not in the order of the code points")
    return codes


def _finite(name: str, values: Array) -> Array:
    if not np.isfinite(values).all():
        raise unsound(f"its array {name} has values that are not finite")
    return values

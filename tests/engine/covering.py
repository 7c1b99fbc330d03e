"""Runs in which every value of every choice meets every value of every other, in few runs.

All combinations would be over 150,000 runs. What goes wrong in one of them goes wrong mostly for
one value or for two that meet, and every two of them meet here.

Source: Cohen, Dalal, Fredman, Patton, The AETG system: an approach to testing based on
combinatorial design (1997), without its chance.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from tests.engine.support import CELLS
from tui_charrnn.engine.config import SPECS

FACTORS: Mapping[str, tuple[Any, ...]] = {
    "optimizer": SPECS["optimizer"].choices,
    "cell": CELLS,
    "layers": (1, 2, 3),
    "initialization": SPECS["initialization"].choices,
    "schedule": SPECS["schedule"].choices,
    "dropout": (0.0, 0.3),
    "dtype": SPECS["dtype"].choices,
    "batch_size": (1, 8),
    "clip_by": SPECS["clip_by"].choices,
    "warmup": (0, 11),
    "patience": (0, 5),
    "prime": ("", "the owl "),
    "top_k": (0, 4),
    "top_p": (1.0, 0.8),
    "watch_every": (0, 5),
}
"""The values of each hyperparameter."""

Row = dict[str, Any]
Pair = tuple[tuple[str, Any], tuple[str, Any]]


def is_possible(row: Mapping[str, Any]) -> bool:
    """Dropout acts between layers."""
    return not (row.get("layers") == 1 and row.get("dropout"))


def pairs() -> Iterator[Pair]:
    """Every two values that can meet."""
    for (one, ones), (other, others) in itertools.combinations(FACTORS.items(), 2):
        for pair in itertools.product(ones, others):
            if is_possible(dict(zip((one, other), pair, strict=True))):
                yield (one, pair[0]), (other, pair[1])


def covering_rows() -> list[Row]:
    """Begin each row with two values that have not met yet; add those that meet most such ones."""
    missing, rows = dict.fromkeys(pairs()), []
    while missing:
        row: Row = dict(next(iter(missing)))
        for name in FACTORS:
            if name not in row:
                row[name] = max(
                    (v for v in FACTORS[name] if is_possible({**row, name: v})),
                    key=lambda value, name=name: _gain(missing, row, name, value),
                )
        rows.append({name: row[name] for name in FACTORS})
        for pair in itertools.combinations(rows[-1].items(), 2):
            missing.pop(pair, None)
    return rows


def _gain(missing: Mapping[Pair, None], row: Row, name: str, value: Any) -> int:
    """Return how many pairs that are missing a value makes with those that are there."""
    made = (name, value)
    return sum((made, other) in missing or (other, made) in missing for other in row.items())


ROWS = covering_rows()


def name_of(row: Row) -> str:
    """What a test of it is called."""
    return "-".join(str(row[name]) for name in ("cell", "layers", "optimizer", "schedule"))

"""What a process of its own is told to train: a new run, or one of the store that goes on.

An order travels as JSON. It is checked where it arrives, as what somebody else has written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import Value
from tui_charrnn.runs.catalogue import reloadable
from tui_charrnn.runs.detached.errors import DetachError


@dataclass(frozen=True, slots=True)
class NewRun:
    """Train a new run.

    Attributes:
        config: the hyperparameters.
        source: what loads the text: a name of the catalogue or a path.
        encoding: of the text.
        store: the file of the store that keeps the run.
        name: of the run; empty lets the store find one.
    """

    config: TrainConfig
    source: str
    encoding: str
    store: Path
    name: str = ""


@dataclass(frozen=True, slots=True)
class GoingOn:
    """Go on with a run from its last checkpoint.

    Attributes:
        run_id: its number in the store.
        store: the file of the store.
        changes: hyperparameters that it has from now on, by name.
    """

    run_id: int
    store: Path
    changes: Mapping[str, Value] = field(default_factory=dict)


Order = NewRun | GoingOn


def to_json(order: Order) -> bytes:
    """Return an order as one line; paths in it hold in any folder."""
    store = os.path.abspath(order.store)
    if isinstance(order, GoingOn):
        row: dict[str, Any] = {"run_id": order.run_id, "changes": dict(order.changes)}
    else:
        row = {
            "config": order.config.as_dict(),
            "source": reloadable(order.source),
            "encoding": order.encoding,
            "name": order.name,
        }
    return json.dumps({**row, "store": store}).encode("ascii") + b"\n"


def from_json(line: bytes) -> Order:
    """Return the order that `to_json` made this line of.

    Raises:
        DetachError: if it is none.
        ConfigError: if a hyperparameter is out of its range.
    """
    try:
        row = json.loads(line)
        store = Path(row["store"])
        if "run_id" in row:
            return GoingOn(int(row["run_id"]), store, dict(row["changes"]))
        config = TrainConfig(**row["config"])
        source, encoding, name = (str(row[key]) for key in ("source", "encoding", "name"))
        return NewRun(config, source, encoding, store, name)
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise DetachError(f"What is to be trained cannot be read: {error}.") from None

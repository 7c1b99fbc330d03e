"""Runs as rows of the table `runs`, there and back."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.events import Event, Started, Step, Stopped, Validation
from tui_charrnn.runs.store import surroundings
from tui_charrnn.runs.store.processes import Process
from tui_charrnn.runs.store.records import Origin, RunRecord, State, TextIdentity

COLUMNS = (
    "id, name, created, state, message, collection, cell_key, config, text, parameter_count, "
    "train_characters, validation_characters, iteration, characters, elapsed, smooth_loss, "
    "validation_bits, best_bits, best_iteration, versions, machine, host, pid, process_start"
)
"""What `record` reads."""


@dataclass(slots=True)
class Standing:
    """The columns of a run that change while it is recorded; losses as in `RunRecord`."""

    state: State = "running"
    message: str = ""
    parameter_count: int = 0
    train_characters: int = 0
    validation_characters: int = 0
    iteration: int = 0
    characters: int = 0
    elapsed: float = 0.0
    smooth_loss: float | None = None
    validation_bits: float | None = None
    best_bits: float | None = None
    best_iteration: int | None = None

    def apply(self, steps: list[Step], others: Iterable[Event]) -> None:
        """Take in what came since: all updates first, as only the last one counts."""
        if steps:
            last = steps[-1]
            self.iteration, self.characters = last.iteration + 1, last.characters
            self.elapsed, self.smooth_loss = last.elapsed, last.smooth_loss
        for event in others:
            self._apply(event)

    def _apply(self, event: Event) -> None:
        match event:
            case Started():
                self.parameter_count = event.parameter_count
                self.train_characters = event.train_characters
                self.validation_characters = event.validation_characters
            case Validation():
                self.validation_bits = event.bits_per_character
                if event.is_best:
                    self.best_bits, self.best_iteration = event.bits_per_character, event.iteration
            case Stopped():
                self.state, self.message = event.outcome, event.message
                self.iteration, self.elapsed = event.iteration, event.elapsed
                self.smooth_loss = event.smooth_loss

    def columns(self) -> dict[str, Any]:
        """Return the values that SQLite takes."""
        return {name: bindable(value) for name, value in asdict(self).items()}


def bindable(value: Any) -> Any:
    """Return what SQLite can hold: it knows no lone surrogates, and makes nan a NULL."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, float) and math.isnan(value):
        return "nan"
    return value


def first_columns(origin: Origin, process: Process) -> dict[str, Any]:
    """Return the columns of a run that are known before it starts, but for its name."""
    values = {
        "created": datetime.now(UTC).isoformat(timespec="microseconds"),
        **columns_of_config(origin.config),
        "corpus": origin.text.name,
        "collection": origin.group,
        "cell_key": origin.cell_key,
        "text": json.dumps(asdict(origin.text)),  # ASCII: a file may have any name
        "versions": json.dumps(surroundings.versions()),
        "machine": json.dumps(surroundings.machine()),
        **columns_of_process(process),
    }
    return {name: bindable(value) for name, value in values.items()}


def columns_of_config(config: TrainConfig) -> dict[str, Any]:
    """Return the columns that tell the hyperparameters of a run."""
    return {
        "cell": config.cell,
        "hidden_size": config.hidden_size,
        "seed": config.seed,
        "iterations": config.iterations,
        "config": json.dumps(config.as_dict()),
    }


def columns_of_process(process: Process) -> dict[str, Any]:
    """Return the columns that tell which process records a run."""
    return {
        "host": bindable(process.host),
        "pid": process.pid,
        "process_start": process.start,
    }


def insert(connection: sqlite3.Connection, table: str, values: dict[str, Any]) -> int:
    """Add a row; return its number."""
    marks = ", ".join("?" * len(values))
    names = ", ".join(values)
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"
    return connection.execute(statement, tuple(values.values())).lastrowid or 0


def update_run(
    connection: sqlite3.Connection,
    run_id: int,
    values: dict[str, Any],
    owner: Process | None = None,
) -> bool:
    """Change columns of a run; return whether it is still there, and still the owner's if given."""
    wanted = {"id": run_id, **(columns_of_process(owner) if owner else {})}
    changes = ", ".join(f"{name} = ?" for name in values)
    condition = " AND ".join(f"{name} = ?" for name in wanted)
    statement = f"UPDATE runs SET {changes} WHERE {condition}"
    return connection.execute(statement, (*values.values(), *wanted.values())).rowcount > 0


def row_of(connection: sqlite3.Connection, run_id: int) -> sqlite3.Row | None:
    """Return the row of a run, None if there is none; the connection makes rows with names."""
    query = f"SELECT {COLUMNS} FROM runs WHERE id = ?"
    row: sqlite3.Row | None = connection.execute(query, (run_id,)).fetchone()
    return row


def record(row: sqlite3.Row) -> RunRecord:
    """Return a run as the store knows it; one whose process is gone was interrupted.

    Raises:
        ValueError: if it has a hyperparameter that this program does not know.
    """
    return RunRecord(
        id=row["id"],
        name=row["name"],
        created=datetime.fromisoformat(row["created"]),
        state=_state(row),
        message=row["message"],
        origin=_origin(row),
        parameter_count=row["parameter_count"],
        train_characters=row["train_characters"],
        validation_characters=row["validation_characters"],
        iteration=row["iteration"],
        characters=row["characters"],
        elapsed=row["elapsed"],
        smooth_loss=_real(row["smooth_loss"]),
        validation_bits=_real(row["validation_bits"]),
        best_bits=_real(row["best_bits"]),
        best_iteration=row["best_iteration"],
        versions=json.loads(row["versions"]),
        machine=json.loads(row["machine"]),
    )


def _real(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def _origin(row: sqlite3.Row) -> Origin:
    text = TextIdentity(**json.loads(row["text"]))
    return Origin(_config(row["config"]), text, row["collection"], row["cell_key"])


@lru_cache(maxsize=4096)
def _config(text: str) -> TrainConfig:
    """Read hyperparameters; a list of runs is read again and again."""
    values = json.loads(text)
    try:
        return TrainConfig(**values)
    except TypeError as error:
        raise ValueError(str(error)) from None


def process_of(row: sqlite3.Row) -> Process:
    """Return which process records a run, or did."""
    return Process(row["host"], row["pid"], row["process_start"])


def _state(row: sqlite3.Row) -> State:
    state: State = row["state"]
    return "interrupted" if state == "running" and process_of(row).gone else state


def is_live(row: sqlite3.Row) -> bool:
    """Whether a run is being recorded on this machine, as far as can be told."""
    process = process_of(row)
    return row["state"] == "running" and process.here and not process.gone

"""The columns of the table of runs: what stands in them, and how they are sorted."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tui_charrnn.runs import wording
from tui_charrnn.runs.run_listing import row
from tui_charrnn.runs.store import RunRecord
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.status import MARKS

SIGNS = {
    "running": MARKS["training"], "finished": MARKS["finished"], "stopped": MARKS["stopped"],
    "failed": MARKS["failed"], "interrupted": "╳",
}  # fmt: skip
"""A sign for each state, those of the status pane where they mean the same."""


@dataclass(frozen=True, slots=True)
class RunsColumn:
    """A column of the table.

    Attributes:
        key: names it.
        heading: stands above it.
        value: what it is sorted by, numbers where it has numbers; None where nothing is known.
        numeric: whether it is set to the right.
        falling: whether the greatest comes first when it is chosen.
    """

    key: str
    heading: str
    value: Callable[[RunRecord], Any]
    numeric: bool = True
    falling: bool = False


def natural(text: str) -> tuple[str | tuple[int, str], ...]:
    """Return what puts gru-2 before gru-10, however long the numbers are."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return tuple(_number(part) if index % 2 else part for index, part in enumerate(parts))


def _number(digits: str) -> tuple[int, str]:
    """Return what sorts digits by their value; Python reads no more than some thousands."""
    digits = digits.lstrip("0")
    return len(digits), digits


COLUMNS: tuple[RunsColumn, ...] = (
    RunsColumn("id", "id", lambda run: run.id, falling=True),
    RunsColumn("name", "name", lambda run: natural(run.name), numeric=False),
    RunsColumn("state", "", lambda run: run.state, numeric=False),
    RunsColumn("cell", "cell", lambda run: run.config.cell, numeric=False),
    RunsColumn("hidden", "hidden", lambda run: (run.config.hidden_size, run.config.layers)),
    RunsColumn("text", "text", lambda run: natural(run.origin.text.name), numeric=False),
    RunsColumn("smooth", "smooth", lambda run: run.smooth_bits),
    RunsColumn("best", "best", lambda run: run.best_bits),
    RunsColumn("iterations", "iterations", lambda run: run.iteration, falling=True),
    RunsColumn("speed", "chars/s", lambda run: run.speed, falling=True),
    RunsColumn("parameters", "parameters", lambda run: run.parameter_count),
    RunsColumn("time", "time", lambda run: run.elapsed),
    RunsColumn("started", "started", lambda run: run.created, numeric=False, falling=True),
    RunsColumn("rate", "rate", lambda run: run.config.learning_rate),
    RunsColumn("length", "length", lambda run: run.config.seq_length),
    RunsColumn("batch", "batch", lambda run: run.config.batch_size),
    RunsColumn("seed", "seed", lambda run: run.config.seed),
    RunsColumn(
        "group",
        "group",
        lambda run: natural(run.origin.group) if run.origin.group else None,
        numeric=False,
    ),
)
"""All columns but that of the marks, the important ones first: on a narrow screen they are seen."""


def texts(run: RunRecord) -> dict[str, str]:
    """Return what the cells of a run say, by the keys of their columns."""
    per_second = run.speed
    return {
        **row(run),
        "state": SIGNS[run.state],
        "speed": wording.UNKNOWN if per_second is None else wording.speed(per_second),
        "parameters": wording.count(run.parameter_count),
        "rate": wording.rate(run.config.learning_rate),
        "length": wording.count(run.config.seq_length),
        "batch": wording.count(run.config.batch_size),
        "seed": str(run.config.seed),
        "group": safe_line(run.origin.group),
    }


@dataclass(frozen=True, slots=True)
class Sorting:
    """Which of `COLUMNS` the rows are sorted by, and whether the greatest comes first."""

    column: int = 0
    falling: bool = True

    @classmethod
    def by(cls, column: int) -> Sorting:
        """Return the sorting by a column, in its usual direction."""
        return cls(column, COLUMNS[column].falling)

    def next(self) -> Sorting:
        """Return the sorting by the next column, in its usual direction."""
        return Sorting.by((self.column + 1) % len(COLUMNS))

    def reverse(self) -> Sorting:
        """Return the sorting by the same column the other way round."""
        return Sorting(self.column, not self.falling)

    def order(self, runs: Iterable[RunRecord]) -> list[RunRecord]:
        """Return the runs in order; those of which nothing is known in the column come last."""
        known: list[tuple[Any, int, RunRecord]] = []
        unknown: list[RunRecord] = []
        for run in runs:
            value = COLUMNS[self.column].value(run)
            if value is None or (isinstance(value, float) and not math.isfinite(value)):
                unknown.append(run)
            else:
                known.append((value, run.id, run))
        known.sort(key=lambda each: each[:2], reverse=self.falling)
        return [run for _, _, run in known] + unknown

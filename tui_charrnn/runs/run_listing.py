"""The runs of the store as tables for a terminal or a file."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from tui_charrnn.engine.config import SPECS, Value
from tui_charrnn.runs import wording
from tui_charrnn.runs.store.records import RunRecord
from tui_charrnn.safe_text import safe_line

GAP: Final = 2
"""Columns between two columns of the table."""

NUMERIC: Final = frozenset({"id", "hidden", "iterations", "smooth", "best", "time"})
"""Columns that are set to the right."""

FIRST_TO_GO: Final = ("started", "time", "hidden", "text", "best", "smooth", "cell")
"""Columns that are left out, in this order, where a terminal has no room for all."""

WORDS: Final = frozenset({"name", "text"})
LONGEST_WORD: Final = 14
"""Columns that a name or a text may take where they are short of room."""

NOTE: Final = (
    "smooth: smooth loss, best: best validation, both in bits per character\n"
    "`charrnn-tui runs show RUN` tells more, `charrnn-tui runs --help` what else there is"
)


def listing(runs: Sequence[RunRecord], width: int | None) -> str:
    """Return a table with a line for each run; no control codes.

    Args:
        runs: in the order of the lines.
        width: columns of the terminal; None for a file, where nothing is left out.
    """
    rows = [row(run) for run in runs]
    columns = _fitting(rows, width) if width else [*rows[0]]
    return f"{_table(rows, columns, width)}\n\n{NOTE}" if width else _table(rows, columns, width)


def row(run: RunRecord) -> dict[str, str]:
    """Return what the table shows of a run, by the heads of its columns."""
    config = run.config
    return {
        "id": str(run.id),
        "name": safe_line(run.name),
        "state": run.state,
        "cell": config.cell,
        "hidden": wording.units(config),
        "text": safe_line(run.origin.text.name),
        "iterations": _made(run),
        "smooth": wording.bits(run.smooth_bits),
        "best": wording.bits(run.best_bits),
        "time": wording.duration(run.elapsed),
        "started": when(run.created),
    }


def _made(run: RunRecord) -> str:
    """Write the updates made, and of how many where some are missing."""
    made, total = wording.count(run.iteration), wording.count(run.config.iterations)
    return made if made == total else f"{made}/{total}"


def when(moment: datetime) -> str:
    """Write a date and time of day of this time zone: `2026-05-01 14:03`."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _fitting(rows: Sequence[Mapping[str, str]], width: int) -> list[str]:
    """Return the columns for which there is room, long words being cut."""
    columns = [*rows[0]]
    for name in FIRST_TO_GO:
        widths = [_width(rows, column) + GAP for column in columns]
        if sum(widths) - GAP <= width:
            break
        columns.remove(name)
    return columns


def _width(rows: Sequence[Mapping[str, str]], column: str) -> int:
    width = max(cell_len(text) for text in (column, *(row[column] for row in rows)))
    return min(width, LONGEST_WORD) if column in WORDS else width


def _table(rows: Sequence[Mapping[str, str]], columns: Sequence[str], width: int | None) -> str:
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False)
    for name in columns:
        table.add_column(
            name,
            justify="right" if name in NUMERIC else "left",
            no_wrap=True,
            max_width=LONGEST_WORD if width and name in WORDS else None,
            overflow="ellipsis",
        )
    for values in rows:
        table.add_row(*(values[name] for name in columns))
    return _printed(table, width or sum(_width_of_all(rows, name) for name in columns))


def _width_of_all(rows: Sequence[Mapping[str, str]], column: str) -> int:
    return GAP + max(cell_len(text) for text in (column, *(row[column] for row in rows)))


def _printed(table: Table, width: int) -> str:
    console = Console(
        file=io.StringIO(), color_system=None, width=width, markup=False, highlight=False,
        emoji=False,
    )  # fmt: skip
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def details(run: RunRecord) -> str:
    """Return all that is known of a run, a line each; no control codes."""
    facts = {**_outcome(run), **_text(run), **_hyperparameters(run), **_surroundings(run)}
    width = max(map(len, facts))
    lines = [f"{name:<{width}}  {safe_line(value)}" for name, value in facts.items() if value]
    return "\n".join(lines)


def _outcome(run: RunRecord) -> dict[str, str]:
    best = f"{wording.bits(run.best_bits)} bits/char"
    if run.best_iteration is not None:
        best += f", after {wording.count(run.best_iteration + 1)} iterations"
    made, total = wording.count(run.iteration), wording.count(run.config.iterations)
    return {
        "id": str(run.id),
        "name": run.name,
        "state": run.state,
        "message": run.message,
        "started": when(run.created),
        "belongs to": run.origin.group,
        "iterations made": f"{made} of {total}",
        "training time": wording.duration(run.elapsed),
        "characters read": wording.count(run.characters),
        "speed": f"{wording.speed(run.speed)} chars/s" if run.speed is not None else "",
        "smooth loss": f"{wording.bits(run.smooth_bits)} bits/char",
        "last validation": f"{wording.bits(run.validation_bits)} bits/char",
        "best validation": best,
        "parameters": wording.count(run.parameter_count),
    }


def _text(run: RunRecord) -> dict[str, str]:
    text = run.origin.text
    return {
        "text": text.name,
        "text from": text.source,
        "text encoding": text.encoding,
        "text characters": wording.count(text.characters),
        "trained on": wording.count(run.train_characters),
        "held out": wording.count(run.validation_characters),
        "vocabulary": wording.count(text.vocab_size),
        "entropy floor": "" if text.entropy is None else f"{wording.bits(text.entropy)} bits/char",
        "text sha256": text.sha256,
    }


def _hyperparameters(run: RunRecord) -> dict[str, str]:
    return {name: _value(name, value) for name, value in run.config.as_dict().items()}


def _value(name: str, value: Value) -> str:
    """Write a hyperparameter; a text is quoted, since it may have spaces at its ends."""
    return repr(value) if SPECS[name].is_text and value else f"{value}"


def _surroundings(run: RunRecord) -> dict[str, str]:
    return {**run.versions, **run.machine}

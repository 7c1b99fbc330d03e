"""What it takes to make the runs again: commands, versions, machines."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable

from tui_charrnn.engine.config import FIELDS, Value
from tui_charrnn.runs import wording
from tui_charrnn.runs.report.loading import Run
from tui_charrnn.runs.store.records import RunRecord
from tui_charrnn.safe_text import safe_line


def commands(runs: Iterable[Run]) -> str:
    """Return the command of every run on a line, after one that names the run."""
    return "\n".join(f"{_comment(run)}\n{command(run.record)}" for run in runs)


def command(record: RunRecord) -> str:
    """Return the command that trains a run again: its flags but for defaults."""
    text, values = record.origin.text, record.config.as_dict()
    words = ["charrnn-tui", "train", "--corpus", text.source]
    if text.encoding != "utf-8":
        words += ["--encoding", text.encoding]
    for spec in FIELDS:
        if spec.name == "cell" or values[spec.name] != spec.default:
            name, value = f"--{spec.name.replace('_', '-')}", _exact(values[spec.name])
            words += [f"{name}={value}"] if spec.is_text else [name, value]  # it may begin with -
    return shlex.join(words)


def _exact(value: Value) -> str:
    """Write a value so that the same is read again."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _comment(run: Run) -> str:
    parts = [safe_line(run.record.name)]
    if run.record.state != "finished":
        made = wording.count(run.record.iteration)
        parts.append(f"which was {run.record.state} after {made} iterations")
    if run.rate_changes:
        parts.append("whose learning rate was changed by hand, which the command does not do")
    return f"# {', '.join(parts)}"


def surroundings(runs: Iterable[Run]) -> list[tuple[str, str]]:
    """Return every machine with its versions, and how many runs were made there."""
    places = Counter(_place(run.record) for run in runs)
    return [(place, _runs(number)) for place, number in places.items()]


def _runs(number: int) -> str:
    return f"{wording.count(number)} run{'s' * (number != 1)}"


def _place(record: RunRecord) -> str:
    facts = {**record.machine, **record.versions}
    return ", ".join(f"{name} {value}" for name, value in facts.items()) or "not known"

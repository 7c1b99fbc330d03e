"""Runs of the store as a file that other programs read."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import sys
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Final, TextIO

from tui_charrnn.runs.jsonl import STDOUT, OutputError
from tui_charrnn.runs.store import RunStore, StoreError
from tui_charrnn.runs.store.opening import is_the_store
from tui_charrnn.safe_text import safe_line

COLUMNS: Final = (
    "iteration", "loss", "smooth_loss", "bits_per_character", "smooth_bits_per_character",
    "elapsed", "characters", "epoch", "learning_rate",
)  # fmt: skip
"""Of the CSV, in this order; one row an update, with the names and units of `Step`."""


FORMATS: Final = ("csv", "jsonl")


def write_csv(store: RunStore, run_ids: Sequence[int], out: TextIO) -> None:
    """Write every update as a row of figures, below a row with their names.

    Where there are several runs, the first column is the id of the run.

    Raises:
        StoreError: if a run cannot be read.
    """
    writer = csv.writer(out, lineterminator="\n")
    several = len(run_ids) > 1
    writer.writerow(("run", *COLUMNS) if several else COLUMNS)
    for run_id in run_ids:
        points = store.points(run_id)
        columns = [points[name].tolist() for name in COLUMNS]
        rows = zip(*([repeat(run_id, len(points))] if several else []), *columns, strict=True)
        writer.writerows(rows)


def write_jsonl(store: RunStore, run_ids: Sequence[int], out: TextIO) -> None:
    """Write every event as a line of JSON, as `train --jsonl` did while the run was made.

    Several runs follow each other; each begins with a `Started` of iteration 0, and one of a later
    iteration tells where a run went on.

    Raises:
        StoreError: if a run cannot be read.
    """
    for run_id in run_ids:
        for event in store.events(run_id):
            out.write(json.dumps(event.as_json(), allow_nan=False) + "\n")


def export(store: RunStore, run_ids: Sequence[int], form: str, name: str) -> None:
    """Write runs to a file, which is there as a whole or not at all, or to standard output.

    Args:
        store: has the runs.
        run_ids: their numbers.
        form: one of `FORMATS`.
        name: path of the file, `-` for standard output.

    Raises:
        OutputError: if it cannot be written; an older file of that name is then untouched.
        StoreError: if a run cannot be read, or if the file is the store.
    """
    if is_the_store(name, store.path):
        raise StoreError(f"The run store {safe_line(name)} cannot be written over.")
    with output(name) as out:
        {"csv": write_csv, "jsonl": write_jsonl}[form](store, run_ids, out)


@contextlib.contextmanager
def output(name: str) -> Iterator[TextIO]:
    """Yield what a file, which is replaced when all is written, or standard output is written to.

    Raises:
        OutputError: if it cannot be written; an older file of that name is then untouched.
    """
    try:
        if name == STDOUT:
            yield sys.stdout
            sys.stdout.flush()
            return
        with _replacing(Path(os.path.realpath(name))) as out:
            yield out
    except OSError as error:
        raise OutputError(name, error) from None


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """Write to a file beside the path, and put it in its place when all is written."""
    if path.exists() and not path.is_file():  # a device, which cannot be replaced; or a folder
        with path.open("w", encoding="utf-8") as out:
            yield out
        return
    other = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with other.open("x", encoding="utf-8", newline="") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        other.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            other.unlink()
        raise

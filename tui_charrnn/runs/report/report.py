"""From runs to a folder: `report.md` with its charts, and `report.html`, which stands alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import tui_charrnn
from tui_charrnn.runs.report import folder
from tui_charrnn.runs.report.blocks import Block, Chart
from tui_charrnn.runs.report.content import Content
from tui_charrnn.runs.report.drawing import check_library
from tui_charrnn.runs.report.errors import ReportError
from tui_charrnn.runs.report.grouping import Findings, LeftOut, arrange
from tui_charrnn.runs.report.html import html
from tui_charrnn.runs.report.loading import load
from tui_charrnn.runs.report.markdown import markdown
from tui_charrnn.runs.store.records import RunRecord

if TYPE_CHECKING:
    from tui_charrnn.runs.store.store import RunStore


def write_report(
    records: Sequence[RunRecord],
    store: RunStore,
    out: Path,
    *,
    force: bool = False,
    command: str = "",
) -> Path:
    """Write a report on some runs; may be called in any thread.

    Args:
        records: of the runs, in any order; those that are neither finished nor stopped are named
            in it and left out.
        store: where their events are.
        out: the folder, made if it is not there.
        force: whether the files of an older report in it may be replaced.
        command: that asked for it, for the report to tell.

    Returns:
        The path of `report.html`.

    Raises:
        ReportError: if the charts cannot be drawn, no run is left, or it cannot be written.
        StoreError: if the store cannot be read.
    """
    out = Path(os.path.expanduser(out))  # unlike pathlib's, it takes any `~`
    folder.check(out, force)
    check_library()
    findings = read(records, store)
    now = datetime.now(UTC)
    blocks = Content(findings, command, now, tui_charrnn.__version__).blocks()
    folder.write(out, _files(blocks))
    return out / "report.html"


def read(records: Sequence[RunRecord], store: RunStore) -> Findings:
    """Read runs and put them side by side.

    Raises:
        ReportError: if none of them has anything to tell.
        StoreError: if the store cannot be read.
    """
    if not records:
        raise ReportError("There are no runs to report on.")
    ended = [record for record in records if record.state in ("finished", "stopped")]
    left_out = [LeftOut(one.name, _why(one)) for one in records if one not in ended]
    findings = arrange([load(record, store) for record in ended])
    all_left_out = (*left_out, *findings.left_out)
    if not findings.comparisons:
        first = all_left_out[0]
        raise ReportError(
            f"None of the runs has a result to report on: {first.name} was left out since "
            f"{first.reason}."
        )
    return replace(findings, left_out=all_left_out)


def _why(record: RunRecord) -> str:
    said = record.message.rstrip(".")
    return f"it {_states[record.state]}" + (f": {said}" if said else "")


_states = {
    "running": "is still running",
    "failed": "failed",
    "interrupted": "was interrupted",
}


def _files(blocks: Sequence[Block]) -> dict[str, str]:
    """Return the files of a report, the pages last: where they are, their charts are too."""
    pictures = {f"{one.name}.svg": one.svg for one in blocks if isinstance(one, Chart)}
    return {**pictures, "report.md": markdown(blocks), "report.html": html(blocks)}

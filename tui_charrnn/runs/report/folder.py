"""Writing a folder whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tui_charrnn.runs.report.errors import ReportError

CHART = re.compile(r"chart-\d\d+-[a-z-]+\.svg")
"""The charts of a report, so that those of an older one can be told from files of the user."""


def check(out: Path, force: bool) -> None:
    """Make sure that a report may be written to `out`, before any work is done.

    Raises:
        ReportError: if it is no folder, or one that holds something and `force` is false.
    """
    try:
        if not out.is_dir():
            if os.path.lexists(out):
                raise ReportError(f"{out} is there already and is no folder.")
        elif not force and any(out.iterdir()):
            raise ReportError(
                f"The folder {out} is not empty; with --force, the report's files in it are "
                f"replaced."
            )
    except (OSError, ValueError) as error:
        raise cannot_write(out, error) from None


def write(out: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder: all are complete before the first is at its place.

    A folder that is there keeps what else it holds, but for charts of an older report.

    Args:
        out: made if it is not there, and so are those above it.
        files: text by name.

    Raises:
        ReportError: if they cannot be written; an older report is then as it was.
    """
    made: Path | None = None
    try:
        out = out.resolve()
        with contextlib.suppress(FileExistsError):  # a file on the way is told of below
            out.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".report-", dir=out if out.is_dir() else out.parent))
        new = made / "report"
        new.mkdir()  # unlike the temporary folder, it may be entered by others
        for name, text in files.items():
            _write(new / name, text)
        _move(new, out, list(files))
    except (OSError, ValueError) as error:
        raise cannot_write(out, error) from None
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())  # some disks tell only now that they are full


def _move(new: Path, out: Path, names: list[str]) -> None:
    """Put a new folder at its place, or its files into the one that is there."""
    if not out.is_dir():
        new.rename(out)
        return
    for name in names:
        (new / name).replace(out / name)
    for path in out.iterdir():
        if CHART.fullmatch(path.name) and path.name not in names:
            path.unlink()


def cannot_write(out: Path, error: OSError | ValueError) -> ReportError:
    """Return the sentence that says why a report cannot be written."""
    code = error.errno if isinstance(error, OSError) else None
    reasons = {errno.ENOSPC: "the disk is full", errno.EDQUOT: "the disk quota is used up"}
    system = (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
    return ReportError(f"Cannot write the report to {out}: {reasons.get(code or 0, system)}.")

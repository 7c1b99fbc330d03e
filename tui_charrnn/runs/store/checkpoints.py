"""Checkpoints of runs: one file a run, in a folder beside the store.

That of run 17 of `runs.sqlite3` is `runs.sqlite3.checkpoints/17.npz`. It is never ahead of the
store: the events before it are safe on the disk first, so a record can always be cut back to it.
A file whose run is not in the store means nothing.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

from tui_charrnn.engine import checkpoint_file
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.checkpoint_file import CheckpointError
from tui_charrnn.runs.store.errors import StoreError
from tui_charrnn.safe_text import safe_line

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def path_of(store: Path, run_id: int) -> Path:
    """Return where the checkpoint of a run lies, whether there is one or not."""
    real = Path(os.path.realpath(store))  # a store has one folder, whatever links lead to it
    return real.with_name(f"{real.name}.checkpoints") / f"{run_id}.npz"


def exists(store: Path, run_id: int) -> bool:
    """Whether a run has a checkpoint, be it sound or not."""
    return path_of(store, run_id).is_file()


def save(store: Path, run_id: int, checkpoint: Checkpoint) -> None:
    """Write the checkpoint of a run in place of the one before; it is on the disk after that.

    Raises:
        StoreError: if it cannot be written; the one before is then untouched.
    """
    path = path_of(store, run_id)
    try:
        checkpoint_file.save(checkpoint, path)
    except CheckpointError as error:
        raise StoreError(str(error)) from None
    except OSError as error:
        said = "the disk is full" if error.errno in NO_ROOM else (error.strerror or str(error))
        raise StoreError(
            f"The checkpoint {safe_line(str(path))} cannot be written: {said.lower()}."
        ) from None


def load(store: Path, run_id: int) -> Checkpoint:
    """Read the checkpoint of a run.

    Raises:
        StoreError: if there is none, or it cannot be read.
    """
    if not exists(store, run_id):
        raise StoreError(f"Run {run_id} has no checkpoint to go on from.")
    try:
        return checkpoint_file.load(path_of(store, run_id))
    except CheckpointError as error:
        raise StoreError(str(error)) from None


def remove(store: Path, run_id: int) -> None:
    """Delete the checkpoint of a run that is not there any more, as far as that is possible.

    What a process left that was killed while it wrote one goes as well.
    """
    path = path_of(store, run_id)
    with contextlib.suppress(OSError):
        for each in (path, *path.parent.glob(f".{path.name}.*.tmp")):
            each.unlink(missing_ok=True)

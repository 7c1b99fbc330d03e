"""What the commands share that look at what a run has learned: its checkpoint, a text to read."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_charrnn.engine.checkpoint import Checkpoint

FILE = ".npz"
"""How the name of a checkpoint file ends."""


def checkpoint_of(reference: str, store: Path | None) -> Checkpoint:
    """Load the newest checkpoint of a run, or a file.

    Raises:
        CheckpointError: if the file is none.
        StoreError: if there is no such run, or no checkpoint of it.
    """
    from tui_charrnn.runs.store import RunStore  # noqa: PLC0415 - other commands stay quick

    if reference.endswith(FILE):
        return checkpoint_in(reference)
    with RunStore.open(store, create=False, read_only=True) as opened:
        return opened.checkpoint(opened.find(reference).id)


def checkpoint_in(file: str) -> Checkpoint:
    """Load a checkpoint file; `~` stands for the home folder.

    Raises:
        CheckpointError: if it is none.
    """
    from tui_charrnn.engine import checkpoint_file  # noqa: PLC0415

    return checkpoint_file.load(Path(os.path.expanduser(file)))


def typed_text(given: str, noun: str, longest: int) -> str:
    """Return a text that was given, or where that is `-`, what comes from standard input.

    Raises:
        ValueError: if that is no text, or has more characters than `longest`.
    """
    if given != "-":
        return given
    if sys.stdin is None:
        return ""
    with io.TextIOWrapper(sys.stdin.buffer, "utf-8") as stream:
        try:
            text = stream.read(longest + 1)
        except UnicodeDecodeError as error:
            raise ValueError(f"The {noun} is not UTF-8 text: {error.reason}.") from None
    if len(text) > longest:
        raise ValueError(f"The {noun} must have at most {longest:,} characters.")
    return text.removesuffix("\n")

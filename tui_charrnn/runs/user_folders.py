"""Folders in which this user keeps things of the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def own(folder: Callable[[str], Path]) -> Path | None:
    """Return a folder of this user, None for one who has no home.

    Args:
        folder: of `platformdirs`, such as its `user_data_path`.
    """
    try:
        path = folder("charrnn-tui")
    except RuntimeError:  # what newer versions of it say of no home; older ones return a `~`
        return None
    return path if path.is_absolute() else None

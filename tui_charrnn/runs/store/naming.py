"""Names of runs: unique, on one line, and never mistaken for a number."""

from __future__ import annotations

import difflib
import sqlite3
from typing import Final

from tui_charrnn.runs.store.errors import StoreError
from tui_charrnn.safe_text import safe_line

LONGEST: Final = 60
"""Characters of a name."""


def checked(name: str) -> str:
    """Return a name without the blanks around it.

    Raises:
        StoreError: if it cannot be one.
    """
    name = name.strip()
    if not 1 <= len(name) <= LONGEST:
        shown = f", not {len(name):,}" if name else ""
        raise StoreError(f"The name of a run has from 1 to {LONGEST} characters{shown}.")
    if name.isdecimal():
        raise StoreError(f"A run cannot be named {name}: a number alone stands for its id.")
    if name != safe_line(name):
        raise StoreError(f"A name has visible characters only, unlike {safe_line(name)!r}.")
    return name


def taken(connection: sqlite3.Connection, name: str, run_id: int = 0) -> bool:
    """Whether another run has this name; capitals make no difference."""
    query = "SELECT 1 FROM runs WHERE name = ? AND id <> ?"
    return connection.execute(query, (name, run_id)).fetchone() is not None


def free(connection: sqlite3.Connection, wanted: str) -> str:
    """Return the name, or the first of `name-2`, `name-3` ... that no run has."""
    name, number = wanted, 1
    while taken(connection, name):
        number += 1
        name = f"{wanted}-{number}"
    return name


def nearest(names: list[str], reference: str) -> str:
    """Return what the user may have meant, as the end of a sentence; empty if nothing is near."""
    lowered = {name.lower(): name for name in names}
    close = difflib.get_close_matches(reference.lower(), lowered, n=3, cutoff=0.5)
    return f"; the nearest names are {', '.join(lowered[name] for name in close)}" if close else ""

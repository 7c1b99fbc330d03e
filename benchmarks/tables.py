"""Tables of several benchmarks: in Markdown, under their titles."""

from __future__ import annotations

from collections.abc import Iterable

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

WORDS = {
    "cell", "dtype", "what", "library", "form", "torch form", "jax form", "fastest layouts",
}  # fmt: skip
"""Columns that hold words, and begin at the left."""


def columns(*names: str, left: Iterable[str] = ()) -> Table:
    """Return an empty table; its columns stand at the right, but for words and those in `left`."""
    table, words = Table(box=MARKDOWN), WORDS.union(left)
    for name in names:
        table.add_column(name, justify="left" if name in words else "right")
    return table


def show(console: Console, titled: Iterable[tuple[str, Table]]) -> None:
    """Print tables, each under its title."""
    for title, table in titled:
        console.print(f"\n{title}:\n", table, sep="\n")

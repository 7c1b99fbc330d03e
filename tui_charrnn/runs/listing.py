"""The catalogue as a table."""

from __future__ import annotations

import io

from rich.console import Console
from rich.table import Table

from tui_charrnn.runs import wording
from tui_charrnn.runs.catalogue import DEFAULT, Entry, catalogue

WIDE = 1000
"""Columns of a file or pipe: there, each text has a line of its own."""


def corpora(is_terminal: bool) -> str:
    """Return the texts that have a name, and how to use them; no control codes.

    Args:
        is_terminal: whether descriptions are wrapped to the width of the terminal.
    """
    console = Console(file=io.StringIO(), color_system=None, width=None if is_terminal else WIDE)
    with console.capture() as captured:
        console.print(_table())
    lines = [line.rstrip() for line in captured.get().splitlines()]
    return "\n".join([*lines, "", *_usage()])


def _table() -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("name", no_wrap=True)
    for heading in ("characters", "vocabulary", "entropy floor"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("description", overflow="fold")
    for entry in catalogue().values():
        table.add_row(*_row(entry))
    return table


def _row(entry: Entry) -> tuple[str, ...]:
    counts = (entry.characters, entry.vocabulary)
    floor = wording.bits(entry.entropy)
    return (
        entry.name,
        *(wording.UNKNOWN if value is None else wording.count(value) for value in counts),
        floor,
        entry.description,
    )


def _usage() -> list[str]:
    return [
        "entropy floor: the true entropy of the source in bits per character, which no",
        f"model beats. Without --corpus it is {DEFAULT}; the path of any text file or folder",
        "works in place of a name:",
        "",
        f"  charrnn-tui --corpus {DEFAULT}",
        "  charrnn-tui train --corpus novel.txt",
    ]

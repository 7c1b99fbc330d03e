"""A report as Markdown, its charts in files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tui_charrnn.runs.report.blocks import (
    Block,
    Chart,
    Code,
    Heading,
    Items,
    Paragraph,
    Table,
)
from tui_charrnn.safe_text import safe, safe_line

SPECIAL = re.compile(r"[\\`*\[\]<>|&~$#]|(?<![^\W_])_|_(?![^\W_])")
"""What Markdown takes for markup; an underscore inside a word is none."""


def markdown(blocks: Iterable[Block]) -> str:
    """Return the report; charts are SVG files by their names."""
    return "\n\n".join(map(_block, blocks)) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"{'#' * block.level} {_text(block.text)}"
        case Paragraph():
            return _text(block.text)
        case Items():
            return "\n".join(f"- **{_text(i.label)}**: {_text(i.text)}" for i in block.items)
        case Table():
            return _table(block)
        case Code():
            return _code(block.text)
        case Chart():
            return f"![{_text(block.alt)}]({block.name}.svg)"


def _text(text: str) -> str:
    return SPECIAL.sub(r"\\\g<0>", safe_line(text))


def _table(table: Table) -> str:
    rules = [":--" if index < table.words else "--:" for index in range(len(table.columns))]
    rows = [_row(table.columns), f"| {' | '.join(rules)} |", *map(_row, table.rows)]
    return "\n".join(rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(map(_text, cells))} |"


def _code(text: str) -> str:
    """Return the text between fences that are longer than any run of backticks in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{safe(text)}\n{fence}"

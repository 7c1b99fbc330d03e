"""The little of Markdown that the help texts use, in few widgets.

Textual's Markdown makes five of each paragraph, with their styles: half of what the help took.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from textual.content import Content
from textual.widgets import Static

MARKED: Final = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*")
"""Code and strong words."""

KINDS: Final = {"# ": "heading", "- ": "list"}
"""What a block is, by its begin; all else is text."""


def prose(text: str) -> Iterator[Static]:
    """Yield headings, paragraphs and lists: `# ` begins a heading, `- ` an item of a list.

    Code has the style of a component class `help--code` around it.
    """
    for kind, blocks in groupby(_blocks(inspect.cleandoc(text)), key=_kind):
        if kind == "list":
            lines = [_marked(f"• {block.removeprefix('- ')}") for block in blocks]
            yield Static(Content("\n").join(lines), classes=kind)
        else:
            paragraphs = [_marked(block.removeprefix("# ")) for block in blocks]
            yield Static(Content("\n\n").join(paragraphs), classes=kind)


def _blocks(text: str) -> Iterator[str]:
    """Yield headings, paragraphs and items, each in one line."""
    for block in re.split(r"\n\s*\n|\n(?=- )", text.strip()):
        yield " ".join(block.split())


def _kind(block: str) -> str:
    return KINDS.get(block[:2], "text")


def _marked(text: str) -> Content:
    """Return a text with its marks in the styles that they stand for."""
    content, end = Content(""), 0
    for found in MARKED.finditer(text):
        code, strong = found.groups()
        word = Content.styled(code, ".help--code") if code else Content.styled(strong, "bold")
        content += Content(text[end : found.start()]) + word
        end = found.end()
    return content + Content(text[end:])

"""What a report is made of, before it is written as Markdown or HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Heading:
    """A title; level 1 is that of the report."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a list, with a label that stands out."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of text; the first `words` columns hold words, the others numbers."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Code:
    """Text that is shown as it is: a sample, a command."""

    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture.

    Attributes:
        name: of its file, without an ending.
        alt: what it shows, for those who do not see it.
        svg: on a white ground, for a file of its own.
        inline: to be put into a page, whose colours it takes.
    """

    name: str
    alt: str
    svg: str
    inline: str


Block = Heading | Paragraph | Items | Table | Code | Chart

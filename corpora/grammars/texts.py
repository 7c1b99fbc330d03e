"""The texts that are shipped: which grammar writes each, how long, and from which seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import recall, symbols, tales
from .source import Source, Writer

HEADER = """\
# Written by generate.py: edit the grammars, not this file.
# entropy: what the choices of the grammar cost, in bits per character; no model can do better on
# text it has not seen, except by chance.
"""


@dataclass(frozen=True, slots=True)
class Text:
    """A text to write.

    Attributes:
        write: writes one piece; returns the bits in it that memory alone can save, if it knows.
        seed: of the drawn choices.
        least: characters after which no further piece is begun.
    """

    name: str
    title: str
    description: str
    write: Callable[[Source], float | None]
    seed: int
    least: int

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.name}.txt"


TEXTS = (
    Text(
        "tales",
        "Tales",
        "Tales of journeys and magic things, made up by a grammar: who the hero is, what was lost "
        "and which helper gave what comes back later, so a long memory pays.",
        tales.tale,
        seed=20240607,
        least=1_200_000,
    ),
    Text(
        "recall",
        "Recall",
        "One record a line: a key of four letters, a filler of 1 to 150 characters, the key again. "
        "Memory, not spelling, decides.",
        recall.record,
        seed=1997,
        least=1_000_000,
    ),
    Text(
        "symbols",
        "Symbols",
        "Chats in four languages with emoji, translations and formulas: accents, Chinese, skin "
        "tones and mathematical signs.",
        symbols.block,
        seed=109,
        least=130_000,
    ),
)


def generate(text: Text) -> tuple[str, dict[str, str | int | float]]:
    """Write a text; return it with its table in the catalogue."""
    source = Writer(text.seed)
    saved = 0.0
    while source.position < text.least:
        saved += text.write(source) or 0.0
    table: dict[str, str | int | float] = {
        "title": text.title,
        "description": text.description,
        "file": text.file,
        "characters": source.position,
        "vocabulary": len(set(source.text)),
        "entropy": _rounded(source.bits / source.position),
    }
    if saved:
        table["entropy_without_memory"] = _rounded((source.bits + saved) / source.position)
    return source.text, table


def _rounded(bits: float) -> float:
    return round(bits, 6)  # logarithms may differ in their last digits from machine to machine


def toml(tables: dict[str, dict[str, str | int | float]]) -> str:
    """Return the catalogue as TOML."""
    return HEADER + "".join(_section(name, table) for name, table in tables.items())


def _section(name: str, table: dict[str, str | int | float]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in table.items()]
    return "\n".join(["", f"[{name}]", *lines, ""])


def _value(value: str | int | float) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:_}" if value >= 1000 else f"{value}"

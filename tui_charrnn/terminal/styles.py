"""How a cell looks, as the parameters of SGR sequences, and the shortest way from one to another.

Source: ECMA-48, 8.3.117 (SELECT GRAPHIC RENDITION); the colours `38;5;n` and `38;2;r;g;b` of xterm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

PLAIN: Final = ""
"""The style that a terminal begins with."""

OFF: Final = {"1": "22", "2": "22", **{code: f"2{code}" for code in "345789"}}
"""What takes an attribute back; bold and dim go together."""

SEEN_ON_BLANKS: Final = {"4", "7", "9", "21", "53"}
"""Attributes that a blank shows: lines, and colours the other way round."""

LONG_COLOR: Final = {"5": 3, "2": 5}
"""How many parameters a colour has, by the second of them."""

REMEMBERED: Final = 4096
"""Styles and pairs of them that are kept: a screen has some dozens."""


@dataclass(frozen=True, slots=True)
class Look:
    """A style taken apart.

    Attributes:
        front: the parameters of the colour of the text, such as `38;5;12`; empty: the usual one.
        back: those of the colour behind it.
        attributes: bold and the like.
    """

    front: str = ""
    back: str = ""
    attributes: frozenset[str] = frozenset()


def joined(style: str, more: str) -> str:
    """Return a style with the parameters of one more sequence; 0 and none begin anew."""
    if more in ("", "0"):
        return PLAIN
    return f"{style};{more}" if style else more


@lru_cache(REMEMBERED)
def look(style: str) -> Look:
    """Return what the parameters of SGR sequences come to, after each other from a plain start."""
    front = back = ""
    attributes: set[str] = set()
    parameters = style.split(";") if style else []
    while parameters:
        code = parameters[0] or "0"
        length = LONG_COLOR.get(parameters[1], 1) if code in ("38", "48") and parameters[1:] else 1
        words, parameters = ";".join(parameters[:length]), parameters[length:]
        if code == "0":
            front = back = ""
            attributes.clear()
        elif code in ("38", "39") or "30" <= code <= "37" or _is_bright(code, "9"):
            front = "" if code == "39" else words
        elif code in ("48", "49") or "40" <= code <= "47" or _is_bright(code, "10"):
            back = "" if code == "49" else words
        elif code in OFF.values():
            attributes.difference_update(on for on, off in OFF.items() if off == code)
        else:
            attributes.add(code)
    return Look(front, back, frozenset(attributes))


def _is_bright(code: str, first: str) -> bool:
    return len(code) == len(first) + 1 and code.startswith(first) and code[-1] in "01234567"


@lru_cache(REMEMBERED)
def of_blank(style: str) -> Look:
    """Return what of a style is seen where there is no character."""
    seen = look(style)
    lines = seen.attributes & SEEN_ON_BLANKS
    return Look(seen.front if lines else "", seen.back, lines)


@lru_cache(REMEMBERED)
def change(before: str, after: str) -> str:
    """Return the shortest sequence that makes one style of another; empty if they look the same."""
    old, new = look(before), look(after)
    if old == new:
        return ""
    anew = ["0" if old != Look() else "", *sorted(new.attributes), new.front, new.back]
    ways = [anew] if old.attributes - OFF.keys() - new.attributes else [anew, _step(old, new)]
    words = min((";".join(filter(None, way)) for way in ways), key=len)
    return "\x1b[m" if words == "0" else f"\x1b[{words}m"


def _step(old: Look, new: Look) -> list[str]:
    """Return the parameters of what differs; every attribute that is lost can be taken back."""
    gone = {OFF[attribute] for attribute in old.attributes - new.attributes}
    kept = {attribute for attribute in old.attributes if OFF.get(attribute) not in gone}
    return [
        *sorted(gone),
        *sorted(new.attributes - kept),
        "" if new.front == old.front else new.front or "39",
        "" if new.back == old.back else new.back or "49",
    ]

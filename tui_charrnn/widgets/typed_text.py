r"""Text of several lines in a field of one line: a line end is shown and typed as `\n`."""

from __future__ import annotations

import re
from typing import Final

TYPED: Final = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
"""How characters are typed that a field of one line cannot show, or that stand for others."""

CHARACTERS: Final = {typed: character for character, typed in TYPED.items()}


def to_line(text: str) -> str:
    """Return how a text is typed in one line."""
    return "".join(TYPED.get(character, character) for character in text)


def from_line(line: str) -> str:
    r"""Return the text that was typed; a backslash before any other character is itself."""
    return re.sub(r"\\[\\ntr]", lambda typed: CHARACTERS[typed.group()], line)

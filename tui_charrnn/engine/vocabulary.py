"""Vocabulary: the distinct characters of a text, and the ids that a net knows them by."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tui_charrnn.engine.parameters import Array

CODE_POINTS = 0x110000
"""How many characters there can be at all."""


class Vocabulary:
    """The characters that a net can read and write.

    Attributes:
        name: of the text that they come from.
        chars: sorted by code point; the place of each is its id.
    """

    def __init__(self, name: str, chars: tuple[str, ...]) -> None:
        """Number the characters in their order."""
        self.name = name
        self.chars = chars
        self._id_of = {char: identifier for identifier, char in enumerate(chars)}

    @property
    def vocab_size(self) -> int:
        """The number of distinct characters."""
        return len(self.chars)

    def first_unknown(self, text: str) -> str | None:
        """Return the first character of a text that the vocabulary does not have, if any."""
        return next((char for char in text if char not in self._id_of), None)

    def encode(self, text: str) -> Array:
        """Return the ids of a text, (N,), in the smallest dtype that holds them.

        Raises:
            ValueError: naming the first character that the vocabulary does not have.
        """
        unknown = self.first_unknown(text)
        if unknown is not None:
            raise ValueError(f"The character {unknown!r} does not occur in {self.name}.")
        return np.array([self._id_of[char] for char in text], dtype_for(self.vocab_size))

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of some ids."""
        return "".join([self.chars[identifier] for identifier in ids])


def dtype_for(count: int) -> type[np.unsignedinteger]:
    """Return the smallest unsigned dtype that tells `count` values apart."""
    return np.uint8 if count <= 2**8 else np.uint16 if count <= 2**16 else np.uint32

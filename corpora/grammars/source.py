"""Where choices come from: drawn at random while writing, or found in the text while reading."""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import Generic, TypeVar

T = TypeVar("T")


class GrammarError(ValueError):
    """A grammar that leaves a choice hidden, or a text that the grammar cannot have written."""


class Options(Generic[T]):
    """What there is to choose from: texts, what each of them means, and how likely it is.

    No text begins with another one, so whatever follows, the chosen one can be told from the text.

    Attributes:
        texts: what is written for each option.
        values: what each option means to the grammar.
        weights: how likely each option is, in proportion to their sum.
        bits: -log2 of the probability of each option.
    """

    def __init__(
        self, texts: Sequence[str], values: Sequence[T], weights: Sequence[int] | None = None
    ) -> None:
        """Keep the options, equally likely unless integer weights are given.

        Raises:
            GrammarError: if one text begins with another.
        """
        refuse_prefixes(texts)
        self.texts = texts
        self.values = values
        self.weights = list(weights or [1] * len(texts))
        self._ends = list(accumulate(self.weights))
        self.bits = [math.log2(self._ends[-1] / weight) for weight in self.weights]

    def at(self, fraction: float) -> int:
        """Return the place of the option at this fraction, [0, 1), of all the weight."""
        return bisect_right(self._ends, fraction * self._ends[-1])


def plain(*texts: str) -> Options[str]:
    """Return equally likely options that mean what they say."""
    return Options(texts, texts)


def refuse_prefixes(texts: Iterable[str]) -> None:
    """Check that no text begins with another; neighbours suffice once they are sorted.

    Raises:
        GrammarError: naming the two that clash.
    """
    for first, second in pairwise(sorted(texts)):
        if second.startswith(first):
            raise GrammarError(f"{first!r} cannot be told from the beginning of {second!r}.")


class Source(ABC):
    """Follows a grammar.

    Attributes:
        position: characters written or read so far.
        bits: the sum of -log2 p over all choices so far.
    """

    def __init__(self) -> None:
        """Begin at the beginning."""
        self.position = 0
        self.bits = 0.0

    def pick(self, options: Options[T]) -> T:
        """Choose, write the text of what was chosen, and return what it means."""
        place = self._choose(options)
        self.bits += options.bits[place]
        self.say(options.texts[place])
        return options.values[place]

    @abstractmethod
    def say(self, text: str) -> None:
        """Write a text that leaves no choice."""

    @abstractmethod
    def _choose(self, options: Options[T]) -> int:
        """Return the place of the chosen option."""


class Writer(Source):
    """Draws each choice; the same seed writes the same text on every Python and machine."""

    def __init__(self, seed: int) -> None:
        """Begin an empty text."""
        super().__init__()
        # of all its methods, the sequence of random() alone is promised to stay as it is
        self._draw = random.Random(seed).random
        self._pieces: list[str] = []

    @property
    def text(self) -> str:
        """What was written."""
        return "".join(self._pieces)

    def say(self, text: str) -> None:
        """Write a text that leaves no choice."""
        self._pieces.append(text)
        self.position += len(text)

    def _choose(self, options: Options[T]) -> int:
        return options.at(self._draw())


class Reader(Source):
    """Finds each choice in a text, which shows that the text has no other reading."""

    def __init__(self, text: str) -> None:
        """Begin at the first character of a text."""
        super().__init__()
        self._text = text

    @property
    def finished(self) -> bool:
        """Whether the whole text has been read."""
        return self.position == len(self._text)

    def say(self, text: str) -> None:
        """Read a text that leaves no choice.

        Raises:
            GrammarError: if something else is there.
        """
        if not self._text.startswith(text, self.position):
            raise GrammarError(f"Not {text!r} but {self._ahead()} at character {self.position}.")
        self.position += len(text)

    def _choose(self, options: Options[T]) -> int:
        text, position = self._text, self.position
        found = [i for i, option in enumerate(options.texts) if text.startswith(option, position)]
        if len(found) != 1:
            raise GrammarError(
                f"{len(found)} options fit {self._ahead()} at character {self.position}."
            )
        return found[0]

    def _ahead(self) -> str:
        return repr(self._text[self.position : self.position + 40])

"""Recall: a key is said, a filler of varying length follows, and the key must be said again.

    bkdt --..-.- bkdt

The key is 4 letters out of 20, all equally likely (17.3 bits), so nothing but the memory of the
first mention tells the second. The filler is noise: 1 to 150 characters, each one of two, 1 bit.
A length of n has a probability in proportion to 1 / n: short fillers are common, so that a net
finds out what this is about, and there are as many from 10 to 20 characters as from 70 to 140, so
that it shows how far the net remembers. There is nothing else to know, and nothing to spell.

A model that knows all this by heart, but remembers nothing over the filler, pays for the second
mention what the first one cost: 17.3 bits a record more, which makes `entropy_without_memory` in
the catalogue, about a third above the floor. (It cannot count the filler either, so it even pays a
little more.) How far below that figure a model gets is how much it remembers.
"""

from __future__ import annotations

import math
from functools import cache

from .source import Options, Source, plain

LETTER = plain(*"bcdfghjklmnpqrstvwxz")
LENGTH = 4
"""Letters of a key."""

NOISE = ".-"
LONGEST = 150
"""Characters of the longest filler."""


def record(source: Source) -> float:
    """Write one record, a line; return the bits of its key."""
    before = source.bits
    key = "".join([source.pick(LETTER) for _ in range(LENGTH)])
    cost = source.bits - before
    source.say(" ")
    filler(source)
    source.say(f"{key}\n")
    return cost


def filler(source: Source) -> None:
    """Write 1 to LONGEST characters of noise and a space."""
    said = 0
    while source.pick(_next(said)):
        said += 1


LENGTHS = [0, *(math.lcm(*range(1, 25)) // n for n in range(1, LONGEST + 1))]
"""How likely each length of the filler is: in proportion to 1 / n, in whole numbers."""


@cache
def _next(said: int) -> Options[bool]:
    """Return one more character or the end of the filler, as likely as they are after so many."""
    end, longer = LENGTHS[said], sum(LENGTHS[said + 1 :])
    weights = {char: (True, longer) for char in NOISE} | {" ": (False, end * len(NOISE))}
    possible = {text: option for text, option in weights.items() if option[1]}
    return Options(list(possible), *zip(*possible.values(), strict=True))

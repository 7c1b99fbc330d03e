"""The lexicons that the tales choose their words from, by the names that the rules use."""

from __future__ import annotations

from . import deeds, people, things
from .template import Lexicon

NAMES = {
    "airs": deeds.AIRS,
    "animals": people.ANIMALS,
    "bags": deeds.BAGS,
    "barriers": deeds.BARRIERS,
    "colours": things.COLOURS,
    "counts": deeds.COUNTS,
    "days": deeds.DAYS,
    "digits": "0 1 2 3 4 5 6 7 8 9",
    "did": deeds.DID,
    "feelings": people.FEELINGS,
    "flowers": things.FLOWERS,
    "foes": people.LADIES + people.LORDS,
    "foe_names": people.FOE_NAMES,
    "foods": things.FOODS,
    "heads": things.HEADS,
    "hours": deeds.HOURS,
    "kin": people.LADY_KIN + people.LORD_KIN,
    "looks": things.LOOKS,
    "manners": people.MANNERS,
    "matters": deeds.MATTERS,
    "near": deeds.NEAR,
    "names": people.GIRLS + people.BOYS,
    "nodded": people.NODDED,
    "nonzero": "1 2 3 4 5 6 7 8 9",
    "places": things.PLACES,
    "rulers": people.RULERS,
    "said": people.SAID,
    "seasons": deeds.SEASONS,
    "sights": things.SIGHTS,
    "stirred": deeds.STIRRED,
    "syllables": " ".join(first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"),
    "tails": things.TAILS,
    "tastes": things.TASTES,
    "things": things.THINGS,
    "took": deeds.TOOK,
    "trades": people.TRADES,
    "traits": people.TRAITS,
    "trees": things.TREES,
    "uses": " ".join(use.replace(" ", "_") for use in deeds.USES),
    "vessels": things.VESSELS,
    "weathers": deeds.WEATHERS,
    "went": deeds.WENT,
    "where": deeds.WHERE,
    "works": deeds.WORKS,
}

LEXICONS = {name: Lexicon(words) for name, words in NAMES.items()}


SPELLING = {"digits", "nonzero", "syllables", "heads", "tails"}
"""Lexicons of pieces that are no words."""


def vocabulary() -> set[str]:
    """Return the different words of all lexicons and names, those of several words taken apart."""
    lists = [words for name, words in NAMES.items() if name not in SPELLING]
    return {part for words in lists for word in words.split() for part in word.split("_")}

"""Sentences with slots, the form in which the tales are written down.

A rule is a list of sentences, one of which is chosen. In a sentence

- `{name}` stands for something already said, kept in the notes of the tale;
- `[animal]` chooses a word from a lexicon, or a sentence from another rule;
- `[animal=friend]` chooses a word that no earlier note holds, and keeps it as the note `friend`;
- `[a animal]` puts the right article before the word;
- `[many animal]` writes the word in the plural, `[title animal]` with capitals, `[titles animal]`
  both.

What a sentence says before its first slot tells it from the others of its rule; `Options` refuses
rules where it does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from .source import Options, Source

Notes = dict[str, str]

SLOT = re.compile(r"\[(?:(a|title|titles|many) )?([a-z_]+)(?:=([a-z_]+))?\]")

SILENT_H = ("heir", "honest", "hour")
SAID_YOU = ("unicorn", "useful", "usual", "one-")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a sentence where something is chosen."""

    form: str
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence: its first words, then slots, each with the words that follow it."""

    lead: str
    rest: tuple[tuple[Slot, str], ...]


def split(words: str) -> tuple[str, ...]:
    """Part words at white space; an underscore stands for a space in a word."""
    return tuple(word.replace("_", " ") for word in words.split())


class Lexicon:
    """Words to choose from, none the beginning of another."""

    def __init__(self, words: str) -> None:
        """Take words as `split` does."""
        self.words = split(words)
        self._all = {"": self._options("", self.words)}

    def options(self, form: str = "", without: frozenset[str] = frozenset()) -> Options[str]:
        """Return the words in one of the forms, without those that were used already."""
        if without.isdisjoint(self.words):
            if form not in self._all:
                self._all[form] = self._options(form, self.words)
            return self._all[form]
        return self._options(form, [word for word in self.words if word not in without])

    @staticmethod
    def _options(form: str, words: Sequence[str]) -> Options[str]:
        return Options([FORMS[form](word) for word in words], words)


class Grammar:
    """Lexicons and rules by name."""

    def __init__(self, lexicons: Mapping[str, Lexicon], rules: Mapping[str, Sequence[str]]) -> None:
        """Keep them; the names of both share the slots."""
        self._lexicons = lexicons
        self._rules = {name: [parse(text) for text in texts] for name, texts in rules.items()}
        self._fixed = {
            name: _by_lead(sentences, {})
            for name, sentences in self._rules.items()
            if not any("{" in sentence.lead for sentence in sentences)
        }

    def tell(self, source: Source, rule: str, notes: Notes) -> Sentence:
        """Choose a sentence of a rule, fill its slots, and return it."""
        sentence = source.pick(self._fixed.get(rule) or _by_lead(self._rules[rule], notes))
        for slot, words in sentence.rest:
            self.fill(source, slot, notes)
            source.say(words.format_map(notes))
        return sentence

    def fill(self, source: Source, slot: Slot, notes: Notes) -> None:
        """Choose what a slot stands for, and keep it if the slot has a name for it."""
        if slot.name in self._rules:
            self.tell(source, slot.name, notes)
        elif slot.note:
            used = frozenset(notes.values())
            notes[slot.note] = source.pick(self._lexicons[slot.name].options(slot.form, used))
        else:
            source.pick(self._lexicons[slot.name].options(slot.form))


@cache
def parse(text: str) -> Sentence:
    """Take a sentence apart at its slots."""
    lead, *parts = SLOT.split(text)
    slots = (
        (Slot(form or "", name, note or ""), words)
        for form, name, note, words in zip(*[iter(parts)] * 4, strict=True)
    )
    return Sentence(lead, tuple(slots))


IRREGULAR = {
    "calf": "calves",
    "carp": "carp",
    "knife": "knives",
    "deer": "deer",
    "loaf": "loaves",
    "louse": "lice",
    "man": "men",
    "moose": "moose",
    "mouse": "mice",
    "potato": "potatoes",
    "salmon": "salmon",
    "scarf": "scarves",
    "tomato": "tomatoes",
    "trout": "trout",
    "bag of marbles": "bags of marbles",
}


def _by_lead(sentences: Sequence[Sentence], notes: Notes) -> Options[Sentence]:
    return Options([sentence.lead.format_map(notes) for sentence in sentences], sentences)


def with_article(word: str) -> str:
    """Return a word with its indefinite article."""
    vowel = word.startswith(("a", "e", "i", "o", "u", *SILENT_H)) and not word.startswith(SAID_YOU)
    return f"an {word}" if vowel else f"a {word}"


def title(word: str) -> str:
    """Return a word, or each of several, with a capital."""
    return " ".join(part[0].upper() + part[1:] for part in word.split(" "))


def plural(word: str) -> str:
    """Return the plural of a regular noun."""
    for single, several in IRREGULAR.items():
        if word.endswith(single):
            return word.removesuffix(single) + several
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


FORMS: dict[str, Callable[[str], str]] = {
    "": str,
    "a": with_article,
    "title": title,
    "titles": lambda word: title(plural(word)),
    "many": plural,
}

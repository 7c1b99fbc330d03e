"""Symbols: two people chat in one of four languages, with formulas and translations in between.

About 120 different characters, for what most texts never show: accented Latin, Chinese, emoji with
skin tones, mathematical signs. There is a lot to learn: each speaker keeps one face and skin tone,
a chat keeps its language, answers take up the noun of the question, words agree in gender,
translations are always the same, and products, roots, derivatives and integrals are right.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

from .formulas import FORMULAS
from .languages import LANGUAGES, Language
from .source import Options, Source, plain

TONES = "🏻🏼🏽🏾🏿"
SPEAKERS = tuple(face + tone for face in "👩👨" for tone in TONES)
HANDS = "👋👍🙏"
MOODS = plain(*"😀😢🎉❤")

GREETINGS = Options(
    [greeting for language in LANGUAGES for greeting in language.greetings],
    [language for language in LANGUAGES for _ in language.greetings],
)
"""The first line of a chat, which says its language."""

THINGS = Options(
    [noun for language in LANGUAGES for noun in language.nouns],
    [(language, thing) for language in LANGUAGES for thing in range(len(language.nouns))],
)
"""Nouns of all languages, and which thing each of them means."""


def block(source: Source) -> None:
    """Write a chat, a formula or a translation, and an empty line."""
    source.pick(BLOCKS)(source)


def chat(source: Source, first: str) -> None:
    """Go on with a chat whose first speaker has been shown already."""
    language = source.pick(GREETINGS)
    source.say("\n")
    second = source.pick(plain(*[speaker for speaker in SPEAKERS if speaker != first]))
    source.say(" ")
    source.pick(plain(*language.greetings))
    source.say("\n")
    while source.pick(_going_on(first)):
        exchange(source, language, second)


@cache
def _going_on(speaker: str) -> Options[bool]:
    """Another question by this speaker, or the end of the chat."""
    return Options([f"{speaker} ", "\n"], [True, False], [2, 1])


def exchange(source: Source, language: Language, answering: str) -> None:
    """Ask something, answer it, and show what the one who answers feels."""
    after = source.pick(language.asking)
    thing = source.pick(language.phrases)
    source.say(f"{after}\n{answering} ")
    source.pick(plain(*[answer.format(thing) for answer in language.answers]))
    source.say(" ")
    react(source, tone=answering[-1])


def react(source: Source, tone: str) -> None:
    """Show hands of the speaker's own skin tone, or a mood, one to three times."""
    signs = [*(hand + tone for hand in HANDS), *MOODS.texts]
    sign = source.pick(plain(*signs))
    source.pick(_times(sign))


@cache
def _times(sign: str) -> Options[str]:
    """A sign up to three times in all; the end of the line tells how often."""
    return plain("\n", f"{sign}\n", f"{sign}{sign}\n")


def translation(source: Source) -> None:
    """Write a thing in one language, then in all the others."""
    said, thing = source.pick(THINGS)
    for language in LANGUAGES:
        if language is not said:
            source.say(f" → {language.nouns[thing]}")
    source.say("\n\n")


def formula(source: Source, rest: Callable[[Source], None]) -> None:
    """Go on with a formula that has begun."""
    rest(source)
    source.say("\n\n")


BLOCKS: Options[Callable[[Source], None]] = Options(
    [*(f"{speaker} " for speaker in SPEAKERS), *FORMULAS.texts, "≈ "],
    [
        *(partial(chat, first=speaker) for speaker in SPEAKERS),
        *(partial(formula, rest=rest) for rest in FORMULAS.values),
        translation,
    ],
    [14] * len(SPEAKERS) + FORMULAS.weights + [40],
)
"""What a block begins with, and how it goes on."""

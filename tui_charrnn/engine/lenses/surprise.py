"""Surprise: what each character of a text cost the net that read it, and what it expected instead.

    p_t = softmax(y_{t-1})        bits_t = -log2 p_t[id_t]

y_{t-1} are the logits after the characters before. The first character comes before anything was
read, so nothing predicted it and it costs nothing that could be told. The mean over all others is
the loss of the net on this text, in bits per character. Rank 1 has the character that was held for
the likeliest.

Source: Shannon, Prediction and entropy of printed English (1951).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.trace import trace
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.parameters import Array

EXPECTED: Final = 5
"""Of the likeliest characters, so many are told."""

BLOCK: Final = 2**20
"""Scores that are worked on at a time: a text of 2,000 characters can have a million others."""


@dataclass(frozen=True, slots=True, eq=False)
class Surprise:
    """What a text of T characters cost, and what was expected, K of V characters at each place.

    Attributes:
        ids: (T,) the characters.
        bits: (T,) that each cost; nan for the first.
        ranks: (T,) of each among the V, by probability, from 1; 0 for the first.
        expected: (T + 1, K) ids of the likeliest at each place, the likeliest first, the last row
            for what would come after the text; nothing is expected at the first place: zeros.
        probabilities: (T + 1, K) of these; zeros at the first place.
    """

    ids: Array
    bits: Array
    ranks: Array
    expected: Array
    probabilities: Array

    @property
    def mean_bits(self) -> float:
        """What a character cost in the mean, the first left out; nan where it is alone."""
        return float(self.bits[1:].mean()) if len(self.bits) > 1 else math.nan


def surprise(model: CharModel, ids: Array) -> Surprise:
    """Let a net read a text from a state of zeros, and tell what surprised it.

    Args:
        model: reads.
        ids: (T,) at least one.
    """
    read = trace(model, ids)
    length, vocab = read.logits.shape
    kept = min(EXPECTED, vocab)
    found = Surprise(
        ids=read.ids,
        bits=np.full(length, np.nan),
        ranks=np.zeros(length, np.intp),
        expected=np.zeros((length + 1, kept), np.intp),
        probabilities=np.zeros((length + 1, kept)),
    )
    rows = max(1, BLOCK // vocab)
    for first in range(0, length, rows):
        _judge(read.logits[first : first + rows], first + 1, found)
    return found


@np.errstate(over="ignore", under="ignore")
def _judge(logits: Array, first: int, found: Surprise) -> None:
    """Fill in what is known of some places, (N, V), of which the first is number `first`."""
    scores = np.nan_to_num(logits.astype(np.float64))  # as `sampling.draw` does
    scores -= scores.max(axis=1, keepdims=True)
    scores -= np.log(np.exp(scores).sum(axis=1, keepdims=True))
    places = np.arange(first, first + len(scores))
    best = np.argsort(-scores, axis=1, kind="stable")[:, : found.expected.shape[1]]
    found.expected[places] = best
    found.probabilities[places] = np.exp(np.take_along_axis(scores, best, axis=1))
    came = places[places < len(found.ids)]  # nobody knows what comes after the text
    scores = scores[: len(came)]
    paid = np.take_along_axis(scores, found.ids[came, np.newaxis], axis=1)
    found.bits[came] = -paid[:, 0] / math.log(2)
    found.ranks[came] = 1 + (scores > paid).sum(axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A text that a net has read.

    Attributes:
        text: of T characters.
        chars: (V) that the net knows, by their ids.
        surprise: what it cost.
    """

    text: str
    chars: tuple[str, ...]
    surprise: Surprise

    def expected(self, place: int) -> tuple[tuple[str, float], ...]:
        """Return the likeliest characters at a place and their probabilities; T is the end."""
        if place == 0:
            return ()
        found, chances = self.surprise.expected[place], self.surprise.probabilities[place]
        return tuple(
            (self.chars[each], float(chance)) for each, chance in zip(found, chances, strict=True)
        )

    def as_json(self) -> dict[str, Any]:
        """Return what each character cost, and what was expected in its place and after all."""
        surprise = self.surprise
        return {
            "text": self.text,
            "mean_bits": _plain(surprise.mean_bits),
            "characters": [
                {
                    "character": char,
                    "bits": _plain(float(surprise.bits[place])),
                    "rank": int(surprise.ranks[place]) or None,
                    "expected": self._chances(place),
                }
                for place, char in enumerate(self.text)
            ],
            "expected_next": self._chances(len(self.text)),
        }

    def _chances(self, place: int) -> list[dict[str, Any]]:
        chances = self.expected(place)
        return [{"character": char, "probability": _plain(chance)} for char, chance in chances]


def _plain(value: float) -> float | str:
    """Return a number as JSON can hold it, to eight places; nan becomes a word."""
    return round(value, 8) if math.isfinite(value) else str(value)


def compute(subject: Subject, text: str, options: LensOptions) -> Reading:
    """Let a net read a text, and tell what surprised it.

    Raises:
        ValueError: if there is no text, or the net does not know one of its characters.
    """
    ids = subject.vocabulary.encode(text)
    if not len(ids):
        raise ValueError("The text must have at least 1 character, not 0.")
    return Reading(text, subject.vocabulary.chars, surprise(subject.model, ids))

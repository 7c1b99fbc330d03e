"""Play: a text that is drawn character by character, and from any of them on once more.

Each character comes with the probability that it had, the likeliest ones that could have stood in
its place, and what the net knew after it. So a text can be forked anywhere at once: what is before
is shared, not read again, and temperature, top-k and top-p may be others from there on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from tui_charrnn.engine.control import SampleRequest
from tui_charrnn.engine.lenses.options import LONGEST_TEXT, LensOptions, check_text
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.sampling import cold_start, distribution, draw

SHOWN: Final = 5
"""Of the likeliest characters, so many are told."""

MOST_DRAWN: Final = LONGEST_TEXT
"""Characters that are drawn after a prompt."""

MOST_TEXTS: Final = 10
"""Texts of one play that are kept."""


class Chance(NamedTuple):
    """A character, and the probability that it is drawn."""

    char: str
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Where the net stands after a character: its state (W,) and its logits (V,) for the next."""

    state: Array
    logits: Array


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """One character of a text.

    Attributes:
        char: it.
        probability: that it had, as it was drawn.
        likeliest: at the most `SHOWN` characters that could have come, the likeliest first.
        request: with the temperature, top-k and top-p that it was drawn by.
        chosen: whether a person put it there; its probability may then be 0.
        after: where the net stands after it.
    """

    char: str
    probability: float
    likeliest: tuple[Chance, ...]
    request: SampleRequest
    chosen: bool
    after: Moment

    def as_json(self) -> dict[str, Any]:
        """Return all but the net's state, as plain values."""
        return {
            "character": self.char,
            "probability": self.probability,
            "chosen": self.chosen,
            "temperature": self.request.temperature,
            "top_k": self.request.top_k,
            "top_p": self.request.top_p,
            "likeliest": [
                {"character": char, "probability": chance} for char, chance in self.likeliest
            ],
        }


class Drawing:
    """A text that is being drawn.

    Attributes:
        subject: the net.
        prompt: what it read first.
        first: the character that it read where there is no prompt, else empty; not part of the
            text.
        seed: of the text that this one, or what it was forked from, began as.
        drawn: the characters after the prompt.
    """

    def __init__(self, subject: Subject, prompt: str = "", seed: int = 0) -> None:
        """Read the prompt, or as `charrnn-tui sample` a random character, from a state of zeros.

        Raises:
            ValueError: if the prompt is too long, or has a character that the net does not know.
        """
        check_text(prompt)
        self.subject, self.prompt, self.seed = subject, prompt, seed
        self.drawn: list[Drawn] = []
        self._rng = np.random.default_rng(seed)
        zeros = zero_state(subject.model.config)
        ids, state = cold_start(subject.vocabulary, prompt, zeros, self._rng)
        self.first = "" if prompt else subject.vocabulary.decode(ids)
        for identifier in ids:
            logits, state = subject.model.step(identifier, state)
        self._start = Moment(state, logits)

    @property
    def text(self) -> str:
        """The characters that were drawn."""
        return "".join(drawn.char for drawn in self.drawn)

    @property
    def is_full(self) -> bool:
        """Whether no more characters can be drawn."""
        return len(self.drawn) >= MOST_DRAWN

    def moment(self, place: int) -> Moment:
        """Return where the net stands before the drawn character at a place; after all: the end."""
        return self.drawn[place - 1].after if place else self._start

    def likeliest(self, request: SampleRequest) -> tuple[Chance, ...]:
        """Return the likeliest next characters, and the probabilities that they would have."""
        return self._likeliest(self._probabilities(request))

    def _probabilities(self, request: SampleRequest) -> Array:
        """Return those of all next characters: (V,)."""
        logits = self.moment(len(self.drawn)).logits
        return distribution(logits, request.temperature, request.top_k, request.top_p)

    def _likeliest(self, probabilities: Array) -> tuple[Chance, ...]:
        """Return the first of the next characters; the net's own order counts where they tie."""
        scores = np.nan_to_num(self.moment(len(self.drawn)).logits.astype(np.float64))
        order = np.lexsort((-scores, -probabilities))[:SHOWN]
        chars = self.subject.vocabulary.chars
        return tuple(Chance(chars[place], float(probabilities[place])) for place in order)

    def draw(self, request: SampleRequest) -> Drawn:
        """Draw one more character by the temperature, top-k and top-p of a request.

        Raises:
            ValueError: if the text is full.
        """
        numbers = request.temperature, request.top_k, request.top_p
        return self._add(draw(self.moment(len(self.drawn)).logits, self._rng, *numbers), request)

    def choose(self, char: str, request: SampleRequest) -> Drawn:
        """Put a character where one would have been drawn by a request.

        Raises:
            ValueError: if the text is full, or the net does not know the character.
        """
        return self._add(int(self.subject.vocabulary.encode(char)[0]), request, chosen=True)

    def _add(self, identifier: int, request: SampleRequest, chosen: bool = False) -> Drawn:
        if self.is_full:
            raise ValueError(f"At the most {MOST_DRAWN:,} characters are drawn.")
        probabilities = self._probabilities(request)
        logits, state = self.subject.model.step(identifier, self.moment(len(self.drawn)).state)
        added = Drawn(
            char=self.subject.vocabulary.chars[identifier],
            probability=float(probabilities[identifier]),
            likeliest=self._likeliest(probabilities),
            request=request,
            chosen=chosen,
            after=Moment(state, logits),
        )
        self.drawn.append(added)
        return added

    def fork(self, place: int) -> Drawing:
        """Return a text that shares what is before the drawn character at a place.

        It goes on by chance in another way; the same forks of the same text go on alike.
        """
        fork = object.__new__(Drawing)
        fork.subject, fork.prompt, fork.first = self.subject, self.prompt, self.first
        fork.seed, fork._start = self.seed, self._start
        fork.drawn = self.drawn[:place]
        fork._rng = self._rng.spawn(1)[0]
        return fork

    def as_json(self) -> dict[str, Any]:
        """Return the text with all its probabilities as plain values."""
        return {
            "prompt": self.prompt,
            "first": self.first,
            "seed": self.seed,
            "text": self.text,
            "drawn": [drawn.as_json() for drawn in self.drawn],
        }


def compute(subject: Subject, text: str, options: LensOptions) -> Drawing:
    """Draw a text after a prompt, as long as asked for; without a text, the request has the prompt.

    Raises:
        ValueError: if it would be too long, or the net does not know a character of the prompt.
    """
    drawing = Drawing(subject, text or options.request.prompt, options.seed)
    for _ in range(options.request.length):
        drawing.draw(options.request)
    return drawing


class Texts:
    """The texts of one play: the one that is drawn on, and those that it was forked from.

    Attributes:
        all: the oldest first.
        current: the one that is drawn on.
    """

    def __init__(self, drawing: Drawing) -> None:
        """Begin with one."""
        self.all, self.current = [drawing], drawing

    @property
    def number(self) -> int:
        """The place of the current text, from 1."""
        return self.all.index(self.current) + 1

    def add(self, drawing: Drawing) -> None:
        """Go on with another text; the oldest are forgotten where they are many."""
        self.current = drawing
        self.all = [*self.all, drawing][-MOST_TEXTS:]

    def fork(self, place: int) -> Drawing:
        """Go on with a fork of the current text."""
        self.add(self.current.fork(place))
        return self.current

    def turn(self, step: int) -> Drawing:
        """Go to another text, so many further, and round."""
        self.current = self.all[(self.number - 1 + step) % len(self.all)]
        return self.current

"""Drawing characters from a model, one after the other."""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np

from tui_charrnn.engine.control import SampleRequest, TrainControl
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.vocabulary import Vocabulary

PATIENCE = 64
"""Characters read or drawn between two looks at whether the run is to stop."""


class Reader(Protocol):
    """What is needed of a net on its way through a text."""

    def read(self, identifier: int) -> None:
        """Go on by one character."""
        ...

    def logits(self) -> Array:
        """Return the scores (V,) of the next character; they may be overwritten later."""
        ...


class Predictor(Protocol):
    """What is needed of a model: that it can be sent through a text."""

    vocab_size: int

    def reader(self, state: Array) -> Reader:
        """Return the net at a state (W,), which is not changed."""
        ...


def chooser(
    vocab_size: int, temperature: float, top_k: int = 0, top_p: float = 1.0
) -> Callable[[Array, float], int]:
    """Return what chooses one of V ids: given their scores (V,), that which a uniform falls upon.

    The uniform number is from [0, 1), and of no account at temperature 0. For the other numbers
    see `draw`. What is returned has buffers of its own, and allocates nothing where all ids are
    drawn from.
    """
    weights, cumulative = np.empty((2, vocab_size))
    weigh = _weigher(weights, temperature, top_k, top_p)
    accumulate, sums, last = np.add.accumulate, cumulative.data, vocab_size - 1

    def choose(logits: Array, uniform: float) -> int:
        likeliest = weigh(logits)
        if temperature == 0:
            return likeliest
        accumulate(weights, 0, None, cumulative)
        place = bisect_right(sums, uniform * sums[last])
        return place if place < last else last

    return choose


def _weigher(
    weights: Array, temperature: float, top_k: int, top_p: float
) -> Callable[[Array], int]:
    """Return what sets `weights` (V,) to that which the probabilities are in proportion to.

    It is given the scores (V,), and returns the likeliest id; that is all at temperature 0.
    """
    scores, largest = np.empty_like(weights), np.empty(())
    copy, subtract, divide, exp = np.copyto, np.subtract, np.divide, np.exp
    argmax, item, fill, is_finite = scores.argmax, scores.item, largest.fill, math.isfinite
    is_limited = 0 < top_k < len(weights) or top_p < 1

    def weigh(logits: Array) -> int:
        copy(scores, logits)
        likeliest = int(argmax())  # one that is nan, if any is
        best = item(likeliest)
        if not is_finite(best):
            np.nan_to_num(scores, copy=False)
            likeliest = int(argmax())
            best = item(likeliest)
        if temperature == 0:
            return likeliest
        fill(best)
        subtract(scores, largest, weights)
        if temperature != 1:
            divide(weights, temperature, weights)
        exp(weights, weights)
        if is_limited:
            weights[~_kept(scores, weights, top_k, top_p)] = 0
        return likeliest

    return weigh


def draw(
    logits: Array,
    rng: np.random.Generator,
    temperature: float,
    top_k: int = 0,
    top_p: float = 1.0,
) -> int:
    """Draw an id from softmax(logits / temperature); at 0 take the likeliest.

    The temperature acts first, then `top_k`, then `top_p` on the probabilities of what is left,
    which sum to 1 again. Among equally likely ids the lower ones stay.

    Args:
        logits: (V,) scores; the largest is subtracted first, so that no exponential overflows.
        rng: where the randomness comes from; exactly one number is used unless temperature is 0.
        temperature: 1 draws as the model predicts, less is bolder, more is wilder.
        top_k: draw from exactly so many of the likeliest, or from all where there are no more;
            0: from all.
        top_p: draw from the nucleus: as few of the likeliest as have at least this probability
            together (Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration");
            1: from all.
    """
    with _quiet():
        choose = chooser(len(logits), temperature, top_k, top_p)
        return choose(logits, rng.random() if temperature else 0.0)


def distribution(logits: Array, temperature: float, top_k: int = 0, top_p: float = 1.0) -> Array:
    """Return the probabilities (V,), float64, by which `draw` chooses: they sum to 1.

    At a temperature of 0 the likeliest id has all of it.
    """
    weights = np.zeros(len(logits))
    with _quiet():
        likeliest = _weigher(weights, temperature, top_k, top_p)(logits)
        if temperature == 0:
            weights[likeliest] = 1
        probabilities: Array = weights / weights.sum()
    return probabilities


def _quiet() -> np.errstate:
    return np.errstate(over="ignore", under="ignore", invalid="ignore")


def _kept(scores: Array, weights: Array, top_k: int, top_p: float) -> Array:
    """Return which ids (V,) are drawn from; those of `weights` that grow with `scores`."""
    count = min(top_k or len(scores), len(scores))
    if top_p < 1:
        likeliest = np.partition(weights, -count)[-count:] if count < len(weights) else weights
        cumulative = np.cumsum(np.sort(likeliest)[::-1])
        count = 1 + int(np.searchsorted(cumulative, top_p * cumulative[-1]))
    bound = np.partition(scores, -count)[-count]
    kept: Array = scores > bound
    equal = np.flatnonzero(scores == bound)
    kept[equal[: count - np.count_nonzero(kept)]] = True
    return kept


class Sampler:
    """Draws the ids that follow on others, for as long as they are asked for.

    The weights of the model must not change meanwhile.
    """

    def __init__(
        self,
        model: Predictor,
        start: tuple[int, Array],
        rng: np.random.Generator,
        temperature: float,
        top_k: int = 0,
        top_p: float = 1.0,
    ) -> None:
        """Stand before the first character.

        Args:
            model: what predicts.
            start: the id to read first, and the state (W,) to read it from, which is not changed.
            rng: where the randomness comes from.
            temperature: see `draw`.
            top_k: see `draw`.
            top_p: see `draw`.
        """
        self._unread, state = start
        self._reader, self._rng, self._is_greedy = model.reader(state), rng, temperature == 0
        self._choose = chooser(model.vocab_size, temperature, top_k, top_p)

    def read(self, ids: Iterable[int]) -> None:
        """Read some ids more, as if they had been drawn."""
        with _quiet():
            for identifier in ids:
                self._reader.read(self._unread)
                self._unread = identifier

    def take(self, count: int) -> list[int]:
        """Draw so many ids."""
        uniforms = [0.0] * count if self._is_greedy else self._rng.random(count).tolist()
        read, logits, choose = self._reader.read, self._reader.logits, self._choose
        drawn, identifier = [], self._unread
        with _quiet():
            for uniform in uniforms:
                read(identifier)
                identifier = choose(logits(), uniform)
                drawn.append(identifier)
        self._unread = identifier
        return drawn


def generate(
    model: Predictor,
    start: tuple[Sequence[int], Array],
    rng: np.random.Generator,
    temperature: float,
    top_k: int = 0,
    top_p: float = 1.0,
) -> Iterator[int]:
    """Read some ids, then draw others one by one, as `Sampler` does.

    Args:
        model: what predicts.
        start: the ids to read first, at least one, which are not returned, and the state (W,) to
            read them from, which is not changed.
        rng: where the randomness comes from; what is not asked for uses none of it.
        temperature: see `draw`.
        top_k: see `draw`.
        top_p: see `draw`.
    """
    (first, *others), state = start
    sampler = Sampler(model, (first, state), rng, temperature, top_k, top_p)
    sampler.read(others)
    while True:
        yield from sampler.take(1)


def draw_text(
    model: Predictor,
    vocabulary: Vocabulary,
    request: SampleRequest,
    rng: np.random.Generator,
    start: tuple[Sequence[int], Array],
    control: TrainControl,
) -> str | None:
    """Return the text that `draw_parts` draws; None if the run is asked to stop before."""
    drawing = draw_parts(model, vocabulary, request, rng, start, control)
    while True:
        try:
            next(drawing)
        except StopIteration as end:
            text: str | None = end.value
            return text


def draw_parts(
    model: Predictor,
    vocabulary: Vocabulary,
    request: SampleRequest,
    rng: np.random.Generator,
    start: tuple[Sequence[int], Array],
    control: TrainControl,
) -> Generator[str, None, str | None]:
    """Draw the text that is asked for, and tell of it on the way where somebody watches.

    Which characters are drawn does not depend on who watches.

    Args:
        model: what predicts.
        vocabulary: of the model.
        request: length, temperature, top-k and top-p.
        rng: where the randomness comes from.
        start: the ids to read first, at least one, and the state (W,) to read them from.
        control: looked at every `PATIENCE` characters, those that are read among them.

    Yields:
        What was drawn since the part before, after every `control.part_interval` seconds of
        drawing; the rest of the text is not yielded.

    Returns:
        The text, a shorter one where it was asked to be cut; None if the run is asked to stop
        before it is whole.
    """
    (first, *others), state = start
    numbers = request.temperature, request.top_k, request.top_p
    sampler = Sampler(model, (first, state), rng, *numbers)
    for place in range(0, len(others), PATIENCE):  # a prompt may be long
        if control.stopping:
            return None
        sampler.read(others[place : place + PATIENCE])
    drawn: list[int] = []
    told, since = 0, time.monotonic()
    control.wants_cut()  # one that came too late for the sample before
    while len(drawn) < request.length:
        if control.stopping:
            return None
        if drawn and control.wants_cut():
            break
        if told < len(drawn) and time.monotonic() - since >= control.part_interval:
            part, told = vocabulary.decode(drawn[told:]), len(drawn)
            yield part
            since = time.monotonic()
        drawn.extend(sampler.take(min(PATIENCE, request.length - len(drawn))))
    return vocabulary.decode(drawn)


def cold_start(
    vocabulary: Vocabulary, prompt: str, zeros: Array, rng: np.random.Generator
) -> tuple[Sequence[int], Array]:
    """Return what a sample starts from without a run: a prompt, or a random character.

    Args:
        vocabulary: of the model.
        prompt: read first, if any.
        zeros: (W,) the state before it.
        rng: draws the character, as the notebook's last samples do.

    Raises:
        ValueError: naming a character of the prompt that the vocabulary does not have.
    """
    if prompt:
        return vocabulary.encode(prompt).tolist(), zeros
    return [int(rng.integers(vocabulary.vocab_size))], zeros

"""Drawing characters from a model, one after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui_charrnn.engine.control import SampleRequest, TrainControl
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.vocabulary import Vocabulary

PATIENCE = 64
"""Characters read or drawn between two looks at whether the run is to stop."""


class Predictor(Protocol):
    """What is needed of a model: the state after a character, and the scores of the next one."""

    def step(self, identifier: int, state: Array) -> tuple[Array, Array]:
        """Return the logits (V,) of the next character and the new state (W,)."""
        ...


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
    weights = _weights(logits, temperature, top_k, top_p)
    if temperature == 0:
        return int(np.argmax(weights))
    cumulative = np.cumsum(weights)
    place = np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right")
    return min(int(place), len(weights) - 1)


def distribution(logits: Array, temperature: float, top_k: int = 0, top_p: float = 1.0) -> Array:
    """Return the probabilities (V,), float64, by which `draw` chooses: they sum to 1.

    At a temperature of 0 the likeliest id has all of it.
    """
    weights = _weights(logits, temperature, top_k, top_p)
    probabilities: Array = weights / weights.sum()
    return probabilities


def _weights(logits: Array, temperature: float, top_k: int, top_p: float) -> NDArray[np.float64]:
    """Return what the probabilities (V,) of `draw` are proportional to, 1 for the likeliest."""
    scores: Array = logits.astype(np.float64)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if not math.isfinite(scores.sum()):  # cheaper than to look at each of them
            scores = np.nan_to_num(scores)
        if temperature == 0:
            return _greedy(scores)
        weights: NDArray[np.float64] = np.exp((scores - scores.max()) / temperature)
        if 0 < top_k < len(weights) or top_p < 1:
            weights[~_kept(scores, weights, top_k, top_p)] = 0
    return weights


def _greedy(scores: Array) -> NDArray[np.float64]:
    weights = np.zeros(len(scores))
    weights[np.argmax(scores)] = 1
    return weights


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


def generate(
    model: Predictor,
    start: tuple[Sequence[int], Array],
    rng: np.random.Generator,
    temperature: float,
    top_k: int = 0,
    top_p: float = 1.0,
) -> Iterator[int]:
    """Read some ids, then draw others for as long as they are asked for.

    Args:
        model: what predicts.
        start: the ids to read first, at least one, which are not returned, and the state (W,) to
            read them from, which is not changed.
        rng: where the randomness comes from.
        temperature: see `draw`.
        top_k: see `draw`.
        top_p: see `draw`.
    """
    seed_ids, state = start
    for identifier in seed_ids:
        logits, state = model.step(identifier, state)
    while True:
        identifier = draw(logits, rng, temperature, top_k, top_p)
        yield identifier
        logits, state = model.step(identifier, state)


def draw_text(
    model: Predictor,
    vocabulary: Vocabulary,
    request: SampleRequest,
    rng: np.random.Generator,
    start: tuple[Sequence[int], Array],
    control: TrainControl,
) -> str | None:
    """Draw the text that is asked for; None if the run is asked to stop before it is whole.

    Args:
        model: what predicts.
        vocabulary: of the model.
        request: length, temperature, top-k and top-p.
        rng: where the randomness comes from.
        start: the ids to read first, at least one, and the state (W,) to read them from.
        control: looked at every `PATIENCE` characters, those that are read among them.
    """
    seed_ids, state = start
    for place, identifier in enumerate(seed_ids[:-1]):  # a prompt may be long
        if place % PATIENCE == 0 and control.stopping:
            return None
        _, state = model.step(identifier, state)
    numbers = request.temperature, request.top_k, request.top_p
    stream = generate(model, (seed_ids[-1:], state), rng, *numbers)
    drawn: list[int] = []
    while len(drawn) < request.length:
        if control.stopping:
            return None
        drawn.extend(islice(stream, min(PATIENCE, request.length - len(drawn))))
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

"""Drawing characters from a model, one after the other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

import numpy as np

from tui_charrnn.engine.control import SampleRequest, TrainControl
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.vocabulary import Vocabulary

PATIENCE = 64
"""Characters read or drawn between two looks at whether the run is to stop."""


class Predictor(Protocol):
    """What is needed of a model: the state after a character, and the scores of the next one."""

    def step(self, identifier: int, state: Array) -> tuple[Array, Array]:
        """Return the logits (V,) of the next character and the new state (H,)."""
        ...


def draw(logits: Array, rng: np.random.Generator, temperature: float) -> int:
    """Draw an id from softmax(logits / temperature); at 0 take the likeliest.

    Args:
        logits: (V,) scores; the largest is subtracted first, so that no exponential overflows.
        rng: where the randomness comes from; exactly one number is used unless temperature is 0.
        temperature: 1 draws as the model predicts, less is bolder, more is wilder.
    """
    scores = logits.astype(np.float64)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        if not math.isfinite(scores.sum()):  # cheaper than to look at each of them
            scores = np.nan_to_num(scores)
        if temperature == 0:
            return int(np.argmax(scores))
        cumulative = np.cumsum(np.exp((scores - scores.max()) / temperature))
    place = np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right")
    return min(int(place), len(scores) - 1)


def generate(
    model: Predictor,
    seed_ids: Sequence[int],
    rng: np.random.Generator,
    state: Array,
    temperature: float,
) -> Iterator[int]:
    """Read `seed_ids`, then draw ids for as long as they are asked for.

    Args:
        model: what predicts.
        seed_ids: at least one id, read from `state` on but not returned.
        rng: where the randomness comes from.
        state: (H,) hidden state to start from; it is not changed.
        temperature: see `draw`.
    """
    for identifier in seed_ids:
        logits, state = model.step(identifier, state)
    while True:
        identifier = draw(logits, rng, temperature)
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
        request: length and temperature.
        rng: where the randomness comes from.
        start: the ids to read first, at least one, and the state (H,) to read them from.
        control: looked at every `PATIENCE` characters, those that are read among them.
    """
    seed_ids, state = start
    for place, identifier in enumerate(seed_ids[:-1]):  # a prompt may be long
        if place % PATIENCE == 0 and control.stopping:
            return None
        _, state = model.step(identifier, state)
    stream = generate(model, seed_ids[-1:], rng, state, request.temperature)
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
        zeros: (H,) the state before it.
        rng: draws the character, as the notebook's last samples do.

    Raises:
        ValueError: naming a character of the prompt that the vocabulary does not have.
    """
    if prompt:
        return vocabulary.encode(prompt).tolist(), zeros
    return [int(rng.integers(vocabulary.vocab_size))], zeros

"""Top-k and top-p by sorting, cumulating and looping, written from their definitions.

Nothing of the engine is imported here. Source of top-p: Holtzman et al., "The Curious Case of
Neural Text Degeneration" (2020), equations 2 and 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def likeliest_first(logits: Sequence[float]) -> list[int]:
    """Return all ids, the likeliest first, of equal ones the lower first."""
    return sorted(range(len(logits)), key=lambda identifier: (-logits[identifier], identifier))


def kept(logits: Sequence[float], temperature: float, top_k: int, top_p: float) -> list[int]:
    """Return the ids that are drawn from, the likeliest first."""
    order = likeliest_first(logits)
    if temperature == 0:
        return order[:1]
    if top_k > 0:
        order = order[:top_k]
    if top_p >= 1:
        return order
    probabilities = softmax([logits[identifier] / temperature for identifier in order])
    nucleus, cumulated = [], 0.0
    for identifier, probability in zip(order, probabilities, strict=True):
        nucleus.append(identifier)
        cumulated += probability
        if cumulated >= top_p:
            break
    return nucleus


def distribution(
    logits: Sequence[float], temperature: float, top_k: int, top_p: float
) -> list[float]:
    """Return the probability of every id."""
    ids = kept(logits, temperature, top_k, top_p)
    shares = softmax([logits[i] / temperature if temperature else 0.0 for i in ids])
    found = dict(zip(ids, shares, strict=True))
    return [found.get(identifier, 0.0) for identifier in range(len(logits))]


def softmax(scores: Sequence[float]) -> list[float]:
    """Return exp(scores) over their sum."""
    largest = max(scores)
    weights = [math.exp(score - largest) for score in scores]
    return [weight / sum(weights) for weight in weights]

"""The update rules for one weight alone, written from what they mean: slow, and easy to check.

Nothing of the engine is imported here, and nothing is carried from one update to the next: every
decaying mean is summed up anew from all gradients until then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

Numbers = Sequence[float]


def decaying_sum(values: Numbers, decay: float) -> float:
    """The last value, the one before it times the decay, the one before that times its square."""
    return math.fsum(decay**age * value for age, value in enumerate(reversed(values)))


def adagrad(weight: float, gradients: Numbers, rates: Numbers) -> float:
    """The weight after an update for each gradient."""
    for t, rate in enumerate(rates):
        squares = math.fsum(g * g for g in gradients[: t + 1])
        weight -= rate * gradients[t] / math.sqrt(squares + 1e-8)
    return weight


def rmsprop(weight: float, gradients: Numbers, rates: Numbers, decay_rate: float) -> float:
    for t, rate in enumerate(rates):
        squares = [g * g for g in gradients[: t + 1]]
        mean_square = (1 - decay_rate) * decaying_sum(squares, decay_rate)
        weight -= rate * gradients[t] / (math.sqrt(mean_square) + 1e-8)
    return weight


def adam(weight: float, gradients: Numbers, rates: Numbers, beta1: float, beta2: float) -> float:
    return adamw(weight, gradients, rates, beta1, beta2, 0)


def adamw(
    weight: float,
    gradients: Numbers,
    rates: Numbers,
    beta1: float,
    beta2: float,
    weight_decay: float,
) -> float:
    """Both means are true means: their shares add up to 1, however few gradients there were."""
    for t, rate in enumerate(rates):
        seen, ones = gradients[: t + 1], [1.0] * (t + 1)
        mean = decaying_sum(seen, beta1) / decaying_sum(ones, beta1)
        mean_square = decaying_sum([g * g for g in seen], beta2) / decaying_sum(ones, beta2)
        weight -= rate * weight_decay * weight
        weight -= rate * mean / (math.sqrt(mean_square) + 1e-8)
    return weight


def sgd(weight: float, gradients: Numbers, rates: Numbers, momentum: float) -> float:
    for t, rate in enumerate(rates):
        weight -= rate * decaying_sum(gradients[: t + 1], momentum)
    return weight


RULES = {
    "adagrad": (adagrad, ()),
    "rmsprop": (rmsprop, ("decay_rate",)),
    "adam": (adam, ("beta1", "beta2")),
    "adamw": (adamw, ("beta1", "beta2", "weight_decay")),
    "sgd": (sgd, ("momentum",)),
}
"""The rules by the name that a config has for them, each with the fields that it reads."""

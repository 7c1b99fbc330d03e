"""Learning-rate schedules: the factor on the base rate at each update.

Warm-up comes first: over its w updates the factor rises along a line, 1/w, 2/w, ..., 1. From its
end on the schedule counts its own updates, n = iteration - w (n = iteration without warm-up):

    constant  1
    step      decay_factor ^ floor(n / decay_every)
    cosine    final_rate + (1 - final_rate) (1 + cos(pi n / N)) / 2,  n from 0 to N

N is what makes the last update of the run, number `iterations`, the one at the final rate; a run
that is made longer later has another N from then on, and any update beyond keeps the final rate.

Sources: Goyal et al., Accurate, large minibatch SGD (2017), section 2.2, for the warm-up;
Loshchilov and Hutter, SGDR: stochastic gradient descent with warm restarts (2017), equation 5
without restarts.
"""

from __future__ import annotations

import math

from tui_charrnn.engine.config import TrainConfig


def rate_factor(config: TrainConfig, iteration: int) -> float:
    """Return what the base learning rate is multiplied by, from 0 to 1.

    It is 0 only where a cosine ends at a `final_rate` of 0, or a power gets too small for a float.

    Args:
        config: has the schedule.
        iteration: updates made before this one.
    """
    if iteration < config.warmup:
        return (iteration + 1) / config.warmup
    made = iteration - config.warmup
    if config.schedule == "step":
        return config.decay_factor ** (made // config.decay_every)
    if config.schedule == "cosine":
        return _cosine(made, config.iterations - 1 - config.warmup, config.final_rate)
    return 1.0


def _cosine(made: int, last: int, final: float) -> float:
    """Return the factor after `made` updates of half a cosine; update `last` has the final one."""
    if made >= last:
        return final
    return final + (1 - final) * (1 + math.cos(math.pi * made / last)) / 2

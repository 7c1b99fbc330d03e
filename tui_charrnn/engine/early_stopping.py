"""Early stopping: a run is over when its validation has not got better for a while.

Source: Prechelt, Early stopping - but when? (1998), the criterion of successive failures.
"""

from __future__ import annotations

from tui_charrnn.engine.config import TrainConfig


def is_exhausted(config: TrainConfig, iteration: int, best: int | None) -> bool:
    """Tell whether `patience` validations have passed without a better one.

    Args:
        config: has `patience` and `eval_every`.
        iteration: updates made.
        best: the number of the update after which the best validation was made; None without
            one, as of a run that has no text to validate on: there is nothing to wait for.
    """
    if best is None or not config.patience or not config.eval_every:
        return False
    return (iteration - (best + 1)) // config.eval_every >= config.patience

"""What all contenders are given: sizes, the weights to start from, the windows to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.contenders import Size
from tui_charrnn.engine import TrainConfig, build_model

Array = npt.NDArray[Any]
Named = dict[str, Array]
"""Arrays by name."""

GATES: Final = {"rnn": "", "gru": "zr"}
"""The gates of a cell, as they are stacked; the part that is no gate is `h`, the last one."""

EPSILON: Final = 1e-8
"""Of Adagrad."""


@dataclass(frozen=True)
class Task:
    """One comparison.

    Attributes:
        size: cell, H, T and V.
        batch: B.
        threads: that each contender may compute on.
    """

    size: Size
    batch: int
    threads: int

    @property
    def config(self) -> TrainConfig:
        """The run of the engine that the others do as well; it keeps and tells nothing more.

        It computes on several threads by sharing its streams out among so many processes.
        """
        config = self.size.config("float32", self.batch)
        return config.replace(checkpoint_seconds=0, processes=self.threads)

    def weights(self) -> Named:
        """Return the parameters that all start with, under their canonical names."""
        return build_model(self.config, self.size.vocab).parameters()


class Windows:
    """The text in consecutive windows, as the engine reads it."""

    def __init__(self, task: Task) -> None:
        """Stand at the start."""
        ids = task.size.corpus().ids
        length = len(ids) // task.batch
        self._rows = ids[: length * task.batch].reshape(task.batch, length).astype(np.int32)
        self._steps, self._position = task.size.seq_length, 0

    def next(self) -> tuple[Array, Array, bool]:
        """Return inputs and targets, (T, B) each, and whether a new pass begins with them."""
        if self._position + self._steps + 1 >= self._rows.shape[1]:
            self._position = 0
        start, stop = self._position, self._position + self._steps
        self._position = stop
        return self._rows[:, start:stop].T, self._rows[:, start + 1 : stop + 1].T, start == 0


def stacked(cell: str, named: Named) -> Named:
    """Put the parts of a cell side by side, gates first, as the peers compute them.

    Returns:
        embed (V, KH) and bias (KH) of all K parts, gates (2H, H) where there are any, Whh (H, H),
        Why (V, H), by (V).
    """
    parts = [*GATES[cell], "h"]
    arrays = {
        "embed": np.concatenate([named[f"Wx{part}"].T for part in parts], axis=1),
        "bias": np.concatenate([named[f"b{part}"] for part in parts]),
        **{name: named[name] for name in ("Whh", "Why", "by")},
    }
    if GATES[cell]:
        arrays["gates"] = np.concatenate([named[f"Wh{part}"] for part in GATES[cell]])
    return {name: np.ascontiguousarray(value) for name, value in arrays.items()}


def unstacked(cell: str, arrays: Named) -> Named:
    """Return what `stacked` made these of."""
    parts, hidden = [*GATES[cell], "h"], len(arrays["Whh"])
    named = {name: arrays[name] for name in ("Whh", "Why", "by")}
    for place, part in enumerate(parts):
        span = slice(place * hidden, (place + 1) * hidden)
        named[f"Wx{part}"], named[f"b{part}"] = arrays["embed"][:, span].T, arrays["bias"][span]
        if part != "h":
            named[f"Wh{part}"] = arrays["gates"][span]
    return named

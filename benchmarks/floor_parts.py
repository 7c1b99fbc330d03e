"""Where the time of an update goes: the engine's own parts, timed while it trains.

Methods of the engine are replaced, for as long as it is watched, by ones that stop the time; what
is told of each is its own, without the parts that it calls. A part is a whole pass over a window,
so that stopping the time costs nothing that could be seen.
"""

from __future__ import annotations

import contextlib
import math
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest import mock

import numpy as np

from benchmarks.contenders import Size
from tui_charrnn.engine import build_model, learner, train
from tui_charrnn.engine.events import Step
from tui_charrnn.engine.layer import LayerPass
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.optimizers import OPTIMIZERS
from tui_charrnn.engine.output import OutputLayer

REST: Final = "rest"
"""What an update has beside the parts: its window, checks on it, the event."""

Seconds = dict[str, float]
"""By part."""


class Stopwatch:
    """Adds up the time of parts, each without those inside it."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.taken: Seconds = {}
        self._inner = [0.0]

    def watched(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with its time counted for a part."""

        def timed(*arguments: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            start = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                whole = time.perf_counter() - start
                own = whole - self._inner.pop()
                self._inner[-1] += whole
                self.taken[part] = self.taken.get(part, 0.0) + own

        return timed


@contextlib.contextmanager
def watching(model: CharModel, watch: Stopwatch) -> Iterator[None]:
    """Time the parts of the updates of a model that has read a window already."""
    (scan,) = map(type, model.last_scans())
    rule = OPTIMIZERS[model.config.optimizer]
    parts = (
        (LayerPass, "forward", "input rows"),
        (scan, "forward", "forward"),
        (OutputLayer, "backpropagate", "output layer"),
        (scan, "backward", "back"),
        (LayerPass, "backward", "input gradients"),
        (learner, "clip", "clip, update"),
        (rule, "update", "clip, update"),
    )
    with contextlib.ExitStack() as stack:
        for owner, name, part in parts:
            timed = watch.watched(part, getattr(owner, name))
            stack.enter_context(mock.patch.object(owner, name, timed))
        yield


def parts_of_an_update(size: Size, batch: int, budget: float) -> Seconds:
    """Return the median seconds of each part of an update, one of them `REST`; they train.

    Args:
        size: cell, H, T and V.
        batch: B.
        budget: in seconds, twice: the pass back is split by measurements of its own.
    """
    config, corpus = size.config("float32", batch).replace(checkpoint_seconds=0), size.corpus()
    model = build_model(config, corpus.vocab_size)
    events = train(config, corpus, model)
    while not isinstance(next(events), Step):
        pass
    found: list[Seconds] = []
    stop = time.perf_counter() + budget
    while len(found) < 3 or time.perf_counter() < stop:
        watch = Stopwatch()
        with watching(model, watch):
            watch.watched(REST, lambda: next(events))()
        found.append(watch.taken)
    medians = {part: statistics.median(each[part] for each in found) for part in found[0]}
    share = weights_share(model, budget)
    medians["weight gradients"] = share * medians["back"]
    medians["back"] -= medians["weight gradients"]
    return medians


def weights_share(model: CharModel, budget: float) -> float:
    """Return how much of the pass back goes into the gradients of the recurrent weights.

    The pass is made with and without them, in turn; the least times count, since the difference of
    two is told.
    """
    (scan,) = model.last_scans()
    (layer,) = model._layers
    d_hidden = np.zeros_like(scan.hidden[1:])
    least = {True: math.inf, False: math.inf}
    stop, made = time.perf_counter() + budget, 0
    while made < 3 or time.perf_counter() < stop:
        for is_with in (True, False):
            d_hidden.fill(0.01)
            start = time.perf_counter()
            scan.backward(layer.weights, layer.gradients if is_with else None, d_hidden)
            least[is_with] = min(least[is_with], time.perf_counter() - start)
        made += 1
    return max(0.0, 1 - least[False] / least[True])


def cost_of_calls(size: Size, batch: int, budget: float) -> Seconds:
    """Return the parts of an update in which each array is so small that only its calls cost time.

    Args:
        size: its cell and T count.
        batch: one stream, or several, which other calls are made for.
        budget: in seconds.
    """
    small = Size(size.cell, 8, size.seq_length, 8)
    return parts_of_an_update(small, min(batch, 2), budget)

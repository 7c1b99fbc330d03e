"""Stretches: the updates of a run in little memory, however many they are.

The first updates have a place each. Later ones share it with their neighbours: a stretch keeps the
least and the greatest loss of its updates, so that no spike is lost, and where the last of them
lies. It reaches over less than a `FINENESS`-th of the run before it, in updates and in seconds.
That is less than a column of a chart, whether its axis is linear or logarithmic, and a run twice as
long needs at most 2 `FINENESS` stretches more: a thousand million updates fit into 7 MB.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from tui_charrnn.engine.events import Step
from tui_charrnn.runs.thinning import Floats, Integers

FINENESS: Final = 2048
"""Stretches between a moment of the run and the one twice as late; a power of two."""

FIRST_ROOM: Final = 1024
"""Stretches that there is room for at first; the room doubles whenever it is used up."""

MANY: Final = 20
"""Updates that are taken in faster as arrays than one by one."""

POINT: Final = np.dtype(
    [
        ("iteration", np.int64),
        ("characters", np.int64),
        ("elapsed", np.float64),
        ("loss", np.float64),
        ("smooth_loss", np.float64),
    ]
)
"""What is kept of an update."""

Points = NDArray[Any]
"""(n,) structured, with the fields of a `Step` that are kept."""

Thing = TypeVar("Thing")


def cell(x: float) -> float:
    """Return what two x have in common if they agree in their leading binary digits.

    Whole numbers below 2 `FINENESS` have a cell each; from there on to twice as much there are
    always `FINENESS` cells.
    """
    mantissa, exponent = math.frexp(x)
    return exponent + math.floor(mantissa * 2 * FINENESS) / (2 * FINENESS)


def cells(x: Floats) -> Floats:
    """Return the cell of every x: (n,)."""
    mantissa, exponent = np.frexp(x)
    found: Floats = exponent + np.floor(mantissa * (2 * FINENESS)) / (2 * FINENESS)
    return found


class Stretches:
    """The updates of one run, in order.

    All arrays are views; in their last place they follow the updates that come.

    Attributes:
        updates: how many there are.
    """

    def __init__(self) -> None:
        """Begin without updates."""
        self.updates = 0
        self._begun = 0.0  # seconds, at the first update
        self._last = (math.nan, math.nan)  # cells of the newest stretch
        self._length = 0
        self._counts = np.empty((2, FIRST_ROOM), np.int64)  # rows: iteration, characters
        self._reals = np.empty((4, FIRST_ROOM), np.float64)  # least, greatest, smoothed, seconds

    @property
    def iterations(self) -> Integers:
        """Of the last update of every stretch: (n,)."""
        return self._counts[0, : self._length]

    @property
    def characters(self) -> Integers:
        """Read up to and with the last update of every stretch: (n,)."""
        return self._counts[1, : self._length]

    @property
    def loss(self) -> Floats:
        """The least and the greatest loss of every stretch: (2, n)."""
        return self._reals[:2, : self._length]

    @property
    def smooth_loss(self) -> Floats:
        """The smoothed loss after the last update of every stretch: (n,)."""
        return self._reals[2, : self._length]

    @property
    def elapsed(self) -> Floats:
        """The seconds of training after the last update of every stretch: (n,)."""
        return self._reals[3, : self._length]

    def add(self, step: Step) -> None:
        """Take in one update."""
        if not self.updates:
            self._begun = step.elapsed
        place = cell(self.updates), cell(step.elapsed - self._begun)
        least = greatest = step.loss
        if place == self._last:
            self._length -= 1
            least, greatest = self._with_last(least, greatest)
        self._make_room(1)
        self._counts[:, self._length] = step.iteration, step.characters
        self._reals[:, self._length] = least, greatest, step.smooth_loss, step.elapsed
        self._length += 1
        self.updates, self._last = self.updates + 1, place

    def add_all(self, steps: Sequence[Step]) -> None:
        """Take in updates in a row; many at a time cost less each."""
        if len(steps) < MANY:
            for step in steps:
                self.add(step)
            return
        points = np.empty(len(steps), POINT)
        points["iteration"] = [step.iteration for step in steps]
        points["characters"] = [step.characters for step in steps]
        points["elapsed"] = [step.elapsed for step in steps]
        points["loss"] = [step.loss for step in steps]
        points["smooth_loss"] = [step.smooth_loss for step in steps]
        self.extend(points)

    def extend(self, points: Points) -> None:
        """Take in many updates; the stretches are those that `add` would have made of them.

        Args:
            points: of their fields `iteration`, `characters`, `elapsed`, `loss` and `smooth_loss`
                are copied.
        """
        if not len(points):
            return
        if not self.updates:
            self._begun = points["elapsed"][0].item()
        numbers = np.arange(self.updates, self.updates + len(points), dtype=np.float64)
        places = np.stack([cells(numbers), cells(points["elapsed"] - self._begun)])
        news = np.append(True, (np.diff(places) != 0).any(axis=0))
        starts = np.flatnonzero(news)
        self._append(points, starts, joined=(*places[:, 0].tolist(),) == self._last)
        self.updates += len(points)
        self._last = places[0, -1].item(), places[1, -1].item()

    def _append(self, points: Points, starts: Integers, joined: bool) -> None:
        """Add the stretches that begin at these points, the first joined to the newest or not."""
        ends = np.append(starts[1:], len(points)) - 1
        least = np.minimum.reduceat(points["loss"], starts)
        greatest = np.maximum.reduceat(points["loss"], starts)
        if joined:
            self._length -= 1
            least[0], greatest[0] = self._with_last(least[0], greatest[0])
        self._make_room(len(starts))
        new = slice(self._length, self._length + len(starts))
        self._counts[:, new] = points["iteration"][ends], points["characters"][ends]
        self._reals[:2, new] = least, greatest
        self._reals[2:, new] = points["smooth_loss"][ends], points["elapsed"][ends]
        self._length += len(starts)

    def _with_last(self, least: float, greatest: float) -> tuple[float, float]:
        """Return the bounds of a loss, and of the stretch whose place it takes."""
        low, high = self._reals[:2, self._length].tolist()
        return min(low, least), max(high, greatest)

    def _make_room(self, more: int) -> None:
        """Double the room until so many more fit; views handed out before keep the old arrays."""
        while self._counts.shape[1] < self._length + more:
            self._counts = np.concatenate([self._counts, np.empty_like(self._counts)], axis=1)
            self._reals = np.concatenate([self._reals, np.empty_like(self._reals)], axis=1)


class Sparse(Generic[Thing]):
    """Things in order, such as validations: the first ones all, later the last of a stretch.

    Attributes:
        kept: those that are left.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.kept: list[Thing] = []
        self._taken = 0

    def add(self, thing: Thing) -> None:
        """Take in one more; it may take the place of the one before."""
        if self._taken and cell(self._taken) == cell(self._taken - 1):
            self.kept.pop()
        self.kept.append(thing)
        self._taken += 1

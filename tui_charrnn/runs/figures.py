"""The figures of a run, the same ones wherever they are shown: status pane, progress bar, lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tui_charrnn.runs import wording
from tui_charrnn.runs.progress import RunProgress

GAP = "  "
"""Between two figures."""

ROUNDING = 1e-9
"""What a percentage may have lost as a float: far less than an update of the longest run."""


class Ranked(Protocol):
    """What takes some columns, and goes by its rank where there is no room for all."""

    @property
    def rank(self) -> int:
        """Those of the last ranks go first."""

    @property
    def width(self) -> int:
        """Columns that it takes, without a gap."""


R = TypeVar("R", bound=Ranked)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name; where there is no room for all, those of the last ranks go."""

    rank: int
    label: str
    value: str

    @property
    def width(self) -> int:
        """Columns that it takes."""
        return len(self.label) + 1 + len(self.value)


def done(progress: RunProgress) -> str:
    """Return what is done of all, always as wide: `1,200 / 10,000  12%`.

    A run with a time limit tells both: `1,200 / 10,000  0:42 / 1:00  70%`; the percentage is that
    of the bound which is nearer.
    """
    if not progress.iterations:
        return ""
    parts = [_of(wording.count(progress.iteration), wording.count(progress.iterations))]
    if progress.time_limit:
        used = min(progress.elapsed, progress.time_limit)  # the last update may end beyond it
        parts.append(_of(wording.duration(used), wording.duration(progress.time_limit)))
    return f"{GAP.join(parts)} {percent(progress):3}%"


def _of(made: str, total: str) -> str:
    return f"{made:>{len(total)}} / {total}"


def percent(progress: RunProgress) -> int:
    """Return how much is done in whole percent: 100 is said when all is done."""
    return int(progress.fraction * 100 + ROUNDING)


def figures(progress: RunProgress, rate: float) -> list[Figure]:
    """Return epoch, losses, speed and times in the order of reading, as far as they are known.

    Args:
        progress: where the run stands; its losses are written in bits per character.
        rate: the learning rate.
    """
    speed, left = progress.characters_per_second, progress.seconds_left
    known = [
        (1, "smooth", wording.bits(progress.bits or 0), progress.bits is not None),
        (4, "valid", wording.bits(progress.validation_bits or 0), progress.validation_bits),
        (6, "epoch", f"{progress.epoch:.2f}", progress.iteration),
        (7, "rate", f"{rate:.3g}", rate),  # a schedule makes numbers with any amount of digits
        (3, "chars/s", wording.speed(speed or 0), speed and progress.state == "training"),
        (5, "time", wording.duration(progress.elapsed), progress.iteration),
        (2, "left", wording.duration(left or 0), left is not None and progress.active),
    ]
    return [Figure(rank, label, value) for rank, label, value, shown in known if shown]


def fitting(known: Sequence[R], width: int) -> list[R]:
    """Return what fits into `width` columns side by side with gaps between, in its order."""
    room, kept = width + len(GAP), list[R]()
    for each in sorted(known, key=lambda each: each.rank):
        room -= each.width + len(GAP)
        if room >= 0:
            kept.append(each)
    return [each for each in known if each in kept]

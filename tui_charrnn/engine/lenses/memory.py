"""Gradient memory: how far back the loss of one character reaches, now and at earlier moments.

What is measured is told in `engine/gradient_memory.py`. Now, it is measured on the text that the
lens is given; what comes from earlier moments was measured while the run trained, on the text that
was held out from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from tui_charrnn.engine.events import Event, GradientMemory
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject

MOST_MOMENTS: Final = 5
"""Moments that one picture shows, the present one included: more lines would not be told apart."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What was measured of one net.

    Attributes:
        now: on the weights that the net has.
        earlier: on those that it had, rising; about evenly spread over the logarithm of iterations.
    """

    now: GradientMemory
    earlier: tuple[GradientMemory, ...]

    @property
    def all(self) -> tuple[GradientMemory, ...]:
        """All of them, the newest first."""
        return (self.now, *reversed(self.earlier))

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"now": self.now.as_json(), "earlier": [each.as_json() for each in self.earlier]}


def compute(subject: Subject, text: str, options: LensOptions) -> Memory:
    """Measure a net on a text, and choose among the moments at which it was measured before.

    Args:
        subject: nothing in it changes.
        text: at least two characters.
        options: of its moments, those before the present one count.

    Raises:
        ValueError: if the text is too short, or has a character that the net does not know.
    """
    if len(text) < 2:
        raise ValueError(f"The text must have at least 2 characters, not {len(text)}.")
    ids = subject.vocabulary.encode(text)
    now = measure(subject.model, ids, iteration=subject.iteration)
    return Memory(now, chosen(options.moments, subject.iteration))


def chosen(events: Iterable[Event], iteration: int) -> tuple[GradientMemory, ...]:
    """Return measurements from before an iteration, rising, at most `MOST_MOMENTS` - 1 of them.

    They are those nearest to moments that are each later than the one before by the same factor,
    from the first one known to the iteration.
    """
    known = {
        event.iteration: event
        for event in events
        if isinstance(event, GradientMemory) and 0 < event.iteration < iteration
    }
    if not known:
        return ()
    first, last = math.log(min(known)), math.log(iteration)
    wanted = [first + (last - first) * k / (MOST_MOMENTS - 1) for k in range(MOST_MOMENTS - 1)]
    nearest = {min(known, key=lambda at: abs(math.log(at) - moment)) for moment in wanted}
    return tuple(known[at] for at in sorted(nearest))

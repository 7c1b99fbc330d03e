"""The events of a run as they travel: updates packed as in the store, all others as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from tui_charrnn.engine.events import Event, Step, Stopped
from tui_charrnn.runs.store import points


@dataclass(frozen=True, slots=True)
class PackedEvents:
    """Events in order: updates in a row as one chunk of `points`, between them the others."""

    parts: tuple[bytes | Event, ...]

    def __iter__(self) -> Iterator[Event]:
        """Yield the events as they came."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield from points.unpack(part)
            else:
                yield part


def pack(events: Iterable[Event]) -> PackedEvents:
    """Make events small; the best parameters of the last one are left out."""
    parts: list[bytes | Event] = []
    for are_steps, group in groupby(events, lambda event: isinstance(event, Step)):
        if are_steps:
            parts.append(points.pack([event for event in group if isinstance(event, Step)]))
        else:
            parts += map(_without_parameters, group)
    return PackedEvents(tuple(parts))


def _without_parameters(event: Event) -> Event:
    return replace(event, best_parameters=None) if isinstance(event, Stopped) else event

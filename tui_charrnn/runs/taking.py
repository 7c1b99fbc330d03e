"""Taking in a batch of events: the updates in it many at a time, the rest one by one.

A small net makes thousands of updates a second; what is done for each of them by itself is time
that its trainer does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tui_charrnn.engine.events import Event, Step


def parted(events: Sequence[Event]) -> Iterator[Sequence[Step] | Event]:
    """Yield the events in order; in place of updates that follow one another, all of them."""
    start = 0
    for at, event in enumerate(events):
        if type(event) is not Step:
            if start < at:
                yield events[start:at]  # type: ignore[misc] # all of them are updates
            yield event
            start = at + 1
    if start < len(events):
        yield events[start:]  # type: ignore[misc]

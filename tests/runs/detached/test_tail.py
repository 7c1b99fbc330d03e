"""What is kept for visitors: no more than they and the store still need."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.runs.detached.support import Place, wait_for
from tests.runs.store.support import CORPUS, TEXT, origin, training
from tui_charrnn.engine.events import Event, event_from_json
from tui_charrnn.runs.detached.stored import StoredEvents
from tui_charrnn.runs.detached.tail import Tail
from tui_charrnn.runs.store import RunStore


@pytest.fixture
def events() -> Iterator[Event]:
    assert TEXT.name == CORPUS.name
    return training()


def test_events_are_there_until_they_are_stored_and_nobody_waits_for_them(events) -> None:
    stored = 12
    tail = Tail(10, lambda: (stored, "no room"))
    first = [next(events) for _ in range(8)]
    for event in first:
        tail.put(event)
    assert (tail.base, tail.stored, tail.end, tail.problem) == (10, 10, 18, "")
    tail.forget(before=15)
    assert (tail.base, tail.stored, tail.end, tail.problem) == (12, 12, 18, "no room")
    stored = 18
    tail.forget(before=15)
    assert (tail.base, tail.stored, tail.end) == (15, 18, 18)
    assert len(tail._rows) == 3
    rows = tail.rows(16, most=10**6)
    assert [event_from_json(json.loads(row)) for row in rows] == first[6:]
    assert tail.rows(16, most=1) == rows[:1]
    assert tail.rows(18, most=1) == []


def test_no_weights_are_kept(events) -> None:
    tail = Tail(0, lambda: (0, ""))
    for event in events:
        tail.put(event)
    assert not any(getattr(row, "checkpoint", None) for row in tail._rows)
    assert not any(getattr(row, "best_parameters", None) for row in tail._rows)


def test_what_is_in_the_store_is_counted_while_it_grows(place: Place, events) -> None:
    with RunStore.open(place.store) as store:
        recorder = store.record(origin())
        recorder.take(next(events))
        wait_for(lambda: recorder.run_id)
        run_id = recorder.run_id
        assert run_id is not None
        count = StoredEvents(place.store, run_id)
        told = 1
        for event in events:
            recorder.take(event)
            told += 1
            if told % 10 == 0:
                wait_for(lambda told=told: count() == told)
        recorder.close()
        assert count() == told == len(list(store.events(run_id)))
        assert StoredEvents(place.store, run_id)() == told
        assert StoredEvents(place.store, run_id + 1)() == 0

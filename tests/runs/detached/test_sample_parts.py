"""Visitors of a detached run see a sample while it is drawn; the events have the same numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.detached.support import ENDLESS, Place, Visit, wait_for
from tests.runs.store.support import same
from tui_charrnn.engine import SampleRequest, TrainControl
from tui_charrnn.engine.events import Event, Sample, SamplePart, Step, Stopped, event_from_json
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.runs.detached import folder, messages
from tui_charrnn.runs.detached.desk import Desk
from tui_charrnn.runs.detached.reception import Reception
from tui_charrnn.runs.detached.tail import Tail
from tui_charrnn.runs.detached.way import Way, way_to

SLOW = ENDLESS.replace(hidden_size=300)
LONGEST = SampleRequest("the ", 100_000)


def text_of(visit: Visit) -> str:
    """Return what the parts that a visitor took say together."""
    text = ""
    for event in visit.taken:
        if isinstance(event, SamplePart):
            assert len(text) + len(event.text) == event.drawn
            text += event.text
    return text


def test_all_visitors_see_it_grow_also_late_ones_and_any_may_cut_it(place: Place) -> None:
    launched = place.begin(SLOW)
    one = place.visit(launched.run_id)
    one.control.request_sample(LONGEST)
    for _ in range(2):
        part = one.until(SamplePart)
    assert (part.prompt, part.length, part.requested) == ("the ", 100_000, True)
    late = place.visit(launched.run_id)
    late.until(SamplePart)
    late.control.cut_sample()
    samples = [visit.until(Sample) for visit in (one, late)]
    assert samples[0] == samples[1]
    assert len(samples[0].text) < 100_000
    for visit in (one, late):
        assert len(text_of(visit)) >= part.drawn
        assert samples[0].text.startswith(text_of(visit))
    before = samples[0].iteration
    assert one.until(Step).iteration == before
    one.control.stop()
    for visit in (one, late):
        visit.until(Stopped)
        assert visit.is_over()
    kept = place.events(launched.run_id)
    assert samples[0] in kept
    for visit in (one, late):
        lasting = [event for event in visit.taken if not isinstance(event, SamplePart)]
        assert same(kept[: visit.attached.hello.events] + lasting, kept)
        assert visit.attached._place == len(kept)
        assert visit.told == []
    assert one.control.next_request() == LONGEST  # which somebody else has cut


def test_who_is_shown_out_meanwhile_sees_all_of_it_again(place: Place) -> None:
    launched = place.begin(SLOW)
    visit = place.visit(launched.run_id)
    visit.control.request_sample(LONGEST)
    visit.until(SamplePart)
    way = visit.attached._way
    way.close()
    wait_for(lambda: visit.attached._way is not way)
    while (part := visit.until(SamplePart)).drawn != len(part.text):
        pass
    visit.control.cut_sample()
    sample = visit.until(Sample)
    assert sample.text.startswith(part.text)
    visit.until(Step)
    visit.control.stop()
    visit.until(Stopped)
    lasting = [event for event in visit.taken if not isinstance(event, SamplePart)]
    kept = place.events(launched.run_id)
    assert same(kept[: visit.attached.hello.events] + lasting, kept)


def test_parts_are_lines_of_their_own_and_wait_for_no_answer(place: Place) -> None:
    """Whoever does not know them looks for `events` and `problem` only, and finds neither."""
    launched = place.begin(SLOW)
    asking = place.visit(launched.run_id)
    way = way_to(place.store, launched.run_id)
    asking.control.request_sample(LONGEST)
    rows, parts = way.messages(), 0
    while parts < 3:
        row = next(rows)
        if "events" in row:
            way.acknowledge()
            continue
        assert row.keys() == {"part"}
        assert isinstance(event_from_json(row["part"]), SamplePart)
        parts += 1
    asking.control.cut_sample()
    kinds: list[str] = []
    while "Sample" not in kinds:
        row = next(rows)
        kinds = [event["event"] for event in row.get("events", ())]
        if kinds:
            way.acknowledge()
    way.close()


# ------------------------------------------------------------------------ without a process


@pytest.fixture
def reception(sockets: Path) -> Iterator[Reception]:
    tail = Tail(7, lambda: (7, ""))
    desk = Desk(TrainControl(), Vocabulary("owls", ("o", "w", "l")))
    reception = Reception(1, folder.folder() / "1.sock", tail, desk)
    yield reception
    reception.finish()


def drawn(text: str, of: str) -> SamplePart:
    return SamplePart(
        iteration=3, text=text, smooth_loss=float("nan"), temperature=1.0, drawn=len(of), length=99
    )


def sample(text: str) -> Sample:
    return Sample(iteration=3, text=text, smooth_loss=1.0, temperature=1.0)


def come_in(reception: Reception) -> Way:
    way = Way(folder.connect(reception._path))
    way._socket.settimeout(60)
    return way


def test_a_part_waits_for_the_events_before_it(reception: Reception) -> None:
    way = come_in(reception)
    rows = way.messages()
    reception.put(sample("owl"))
    assert [row["text"] for row in next(rows)["events"]] == ["owl"]
    reception.put(sample("low"))  # which waits until the first is acknowledged
    reception.show(drawn("w", "w"))
    time.sleep(0.2)
    way.acknowledge()
    assert [row["text"] for row in next(rows)["events"]] == ["low"]
    assert next(rows)["part"]["text"] == "w"
    way.close()


def test_all_of_a_sample_is_there_for_who_comes_late_and_nothing_of_the_one_before(
    reception: Reception,
) -> None:
    whole = [sample("owl"), sample("low")]
    reception.show(drawn("o", "o"))
    reception.show(drawn("\ud800", "o\ud800"))
    way = come_in(reception)
    rows = way.messages()
    first = event_from_json(next(rows)["part"])
    assert (first.text, first.drawn) == ("o\ud800", 2)
    reception.show(drawn("l", "o\ud800l"))
    second = event_from_json(next(rows)["part"])
    assert (second.text, second.drawn) == ("l", 3)
    for event in whole:
        reception.put(event)
    taken: list[Event] = []
    while len(taken) < 2:
        taken += [event_from_json(row) for row in next(rows)["events"]]
        way.acknowledge()
    assert taken == whole
    reception.show(drawn("w", "w"))
    assert event_from_json(next(rows)["part"]).text == "w"
    way.close()


def test_a_part_is_one_line_of_ascii() -> None:
    line = messages.part_line(drawn("\n\x1b\ud800猫", "\n\x1b\ud800猫"))
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert event_from_json(json.loads(line)["part"]).text == "\n\x1b\ud800猫"

"""A sample that is told of while it is drawn is the sample that is not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from tests.engine.resuming import CORPUS, LIVELY, Life, assert_same_end, disturb, essence, joined
from tests.engine.support import lively_model, only, small
from tui_charrnn.engine import SampleRequest, TrainControl, build_model, sampling, train
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.events import Event, Paused, Sample, SamplePart, Snapshot, Step, Stopped
from tui_charrnn.engine.sampling import PATIENCE, cold_start, draw_parts, draw_text

LONG = LIVELY.replace(sample_length=5 * PATIENCE + 7)


class Clock:
    """Stands where the clock of the drawing stands; every look at it takes a while."""

    def __init__(self, seconds: float) -> None:
        self.now, self._seconds = 0.0, seconds

    def monotonic(self) -> float:
        self.now += self._seconds
        return self.now


def watched(
    config: TrainConfig, *acts, interval: float = 0.0, start: Checkpoint | None = None
) -> Life:
    """Run, or go on, while somebody watches the samples."""
    control, model = TrainControl(), build_model(config, CORPUS.vocab_size)
    control.part_interval = interval
    events = []
    for event in train(config, CORPUS, model, control, start):
        events.append(event)
        for act in acts:
            act(event, control)
    return Life(events, model)


def lasting(events: list[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, SamplePart)]


def drawing(length: int, control: TrainControl) -> Iterator[str]:
    model, rng = lively_model(small(), CORPUS.vocab_size), np.random.default_rng(1)
    start = cold_start(CORPUS, "the owl", np.zeros(12), rng)
    return draw_parts(model, CORPUS, SampleRequest(length=length), rng, start, control)


def outcome(drawing: Iterator[str]) -> tuple[list[str], str | None]:
    """Return the parts that are yielded, and what is returned."""
    parts: list[str] = []
    while True:
        try:
            parts.append(next(drawing))
        except StopIteration as end:
            return parts, end.value


# ------------------------------------------------------------------------ when parts are told


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(2**-9, []), (0.25, [3, 3, 3]), (0.5, [2, 2, 2, 2]), (0.75, [1] * 9), (9.0, [1] * 9)],
)
def test_parts_are_told_after_so_much_time_of_drawing(
    monkeypatch: pytest.MonkeyPatch, seconds: float, expected: list[int]
) -> None:
    """In pieces of `PATIENCE` characters, of which the last one is never told by itself."""
    monkeypatch.setattr(sampling, "time", Clock(seconds))
    control = TrainControl()
    control.part_interval = 0.75
    parts, text = outcome(drawing(10 * PATIENCE, control))
    assert [len(part) / PATIENCE for part in parts] == expected
    assert text is not None
    assert len(text) == 10 * PATIENCE
    assert text.startswith("".join(parts))


def test_the_time_that_whoever_is_told_takes_is_no_time_of_drawing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock, control = Clock(0.25), TrainControl()
    monkeypatch.setattr(sampling, "time", clock)
    control.part_interval, sizes = 0.75, []
    for part in drawing(20 * PATIENCE, control):
        sizes.append(len(part) // PATIENCE)
        clock.now += 100.0
    assert sizes == [3] * 6


@pytest.mark.parametrize("length", [1, PATIENCE - 1, PATIENCE])
def test_a_short_sample_has_no_parts(length: int) -> None:
    control = TrainControl()
    control.part_interval = 0.0
    parts, text = outcome(drawing(length, control))
    assert (parts, len(text or "")) == ([], length)


def test_nobody_is_told_who_does_not_watch() -> None:
    assert not only(
        SamplePart, watched(LONG, disturb, interval=TrainControl().part_interval).events
    )


# ------------------------------------------------------------------------ what they say


def test_parts_are_the_sample_in_order_and_say_what_it_will_say() -> None:
    def ask(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 20:
            control.request_sample(SampleRequest("owl", 300, 0.5, 3, 0.9))

    events = watched(LONG, ask).events
    samples = only(Sample, events)
    assert {len(sample.text) for sample in samples} == {LONG.sample_length, 300}
    gathered: list[SamplePart] = []
    for event, following in pairwise(events):
        if not isinstance(event, SamplePart):
            assert isinstance(event, Sample) or not gathered
            gathered = []
            continue
        gathered.append(event)
        text = "".join(part.text for part in gathered)
        assert len(text) == event.drawn < event.length
        assert isinstance(following, (SamplePart, Sample))
        if isinstance(following, Sample):
            assert following.text.startswith(text)
            assert event.length == len(following.text)
            row = following.as_json() | {"event": "SamplePart", "text": event.text}
            mine = event.as_json()
            assert {mine.pop("drawn"), mine.pop("length")} == {event.drawn, event.length}
            assert mine.pop("elapsed") <= row.pop("elapsed")
            assert mine == row


def test_the_samples_of_a_pause_are_told_of_as_well() -> None:
    def ask(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 3:
            control.pause()
            control.request_sample(SampleRequest(length=3 * PATIENCE))
        if isinstance(event, Paused):
            control.request_sample(SampleRequest(length=4 * PATIENCE))
        if isinstance(event, Sample) and len(event.text) == 4 * PATIENCE:
            control.resume()

    events = watched(LIVELY.replace(sample_every=0), ask).events
    kinds = [type(event) for event in events if event.iteration == 4]
    assert kinds[:9] == [SamplePart] * 2 + [Sample, Paused, Snapshot] + [SamplePart] * 3 + [Sample]
    parts = only(SamplePart, events)
    assert len({part.elapsed for part in parts}) == 1  # of the training, which waits


# ------------------------------------------------------------------------ what they change


def test_who_watches_changes_nothing() -> None:
    alone, seen = watched(LONG, disturb, interval=np.inf), watched(LONG, disturb)
    assert only(SamplePart, seen.events)
    assert lasting(seen.events) == alone.events
    assert_same_end(seen, alone)
    for kept, other in zip(only(Snapshot, seen.events), only(Snapshot, alone.events), strict=True):
        assert kept.checkpoint.events == other.checkpoint.events
        assert alone.events[kept.checkpoint.events - 1] == other


@pytest.mark.parametrize("place", ["in the middle of a sample", "after it"])
def test_a_run_that_was_watched_goes_on_as_one_that_was_not(place: str) -> None:
    """Whoever watches, before or after: to the last bit, and with the same numbers of events."""
    wanted = SamplePart if place == "in the middle of a sample" else Sample

    def stop(event: Event, control: TrainControl) -> None:
        if isinstance(event, wanted) and event.iteration == 28:
            control.stop()

    whole = watched(LONG, disturb, interval=np.inf)
    first = watched(LONG, disturb, stop)
    for interval in (0.0, np.inf):
        second = watched(LONG, disturb, interval=interval, start=first.checkpoint)
        again = Life(lasting(second.events), second.model)
        cut = Life(lasting(first.events), first.model)
        assert essence(joined(cut, again)) == essence(whole.events)
        assert_same_end(again, whole)
    assert first.checkpoint.events == len(cut.events) - 1
    assert bool([s for s in only(Sample, cut.events) if s.iteration == 28]) == (wanted is Sample)


# ------------------------------------------------------------------------ a sample that is cut


def test_a_cut_keeps_what_is_drawn_and_the_run_goes_on() -> None:
    """It is the sample that would have come, had only so much been asked for."""
    asked = SampleRequest("owl", 100_000, 0.5)

    def ask(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration in (20, 21):
            control.request_sample(asked if event.iteration == 20 else SampleRequest(length=50))
        if isinstance(event, SamplePart) and event.drawn == 3 * PATIENCE:
            control.cut_sample()

    def ask_for_less(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration in (20, 21):
            length = 4 * PATIENCE if event.iteration == 20 else 50
            less = SampleRequest("owl", length, 0.5)
            control.request_sample(less if event.iteration == 20 else SampleRequest(length=50))

    config = LIVELY.replace(sample_every=0)
    cut, less = watched(config, ask), watched(config, ask_for_less)
    assert lasting(cut.events) == lasting(less.events)
    assert only(Stopped, cut.events)[0].outcome == "finished"
    assert_same_end(cut, less)


def test_a_cut_that_comes_too_late_is_none() -> None:
    control = TrainControl()
    control.cut_sample()
    control.part_interval = 0.0
    assert len(outcome(drawing(3 * PATIENCE, control))[1] or "") == 3 * PATIENCE
    assert not control.wants_cut()


def test_without_a_watcher_the_whole_text_is_returned() -> None:
    model, rng = lively_model(small(), CORPUS.vocab_size), np.random.default_rng(1)
    start = cold_start(CORPUS, "the owl", np.zeros(12), rng)
    request, control = SampleRequest(length=5 * PATIENCE), TrainControl()
    control.part_interval = 0.0
    text = draw_text(model, CORPUS, request, rng, start, control)
    assert text == outcome(drawing(5 * PATIENCE, control))[1]

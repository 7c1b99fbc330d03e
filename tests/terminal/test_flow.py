"""When a frame may go: at most one is on its way, but for what a person is waiting for."""

from __future__ import annotations

import pytest

from tui_charrnn.terminal.flow import (
    BURST,
    FIRST,
    HURRY,
    LATE,
    LOST,
    LOW,
    NORMAL,
    WINDOW,
    Flow,
)


@pytest.fixture
def flow() -> Flow:
    """Of a terminal that is known to answer; the time is 0, and no frame has gone for long."""
    made = Flow()
    assert made.send(100, -10)
    made.answer()
    return made


def test_a_terminal_that_has_never_answered_is_asked_once_and_given_time_only() -> None:
    flow = Flow()
    assert flow.wait(0) == 0
    assert flow.send(50, 0)
    assert flow.wait(0) == pytest.approx(NORMAL.interval)
    assert flow.wait(NORMAL.interval) == 0
    assert not flow.send(50, NORMAL.interval)
    assert flow.is_due(FIRST)
    assert not flow.is_due(FIRST + 0.01)


def test_a_first_answer_that_comes_late_counts() -> None:
    flow = Flow()
    flow.send(100, 0)
    assert not flow.is_due(FIRST + 1)
    flow.answer()
    assert flow.send(100, 10)
    assert flow.wait(11) > 0


def test_no_frame_goes_before_the_last_one_has_been_seen(flow) -> None:
    assert flow.send(300, 0)
    assert flow.wait(1) == pytest.approx(LATE - 1)
    flow.answer()
    assert flow.wait(1) == 0


def test_frames_that_nobody_asked_for_keep_their_interval() -> None:
    flow = Flow(LOW)
    flow.send(300, 0)
    flow.answer()
    assert flow.wait(0.25) == pytest.approx(LOW.interval - 0.25)
    flow.hurry(0.25)
    assert flow.wait(0.25) == 0


@pytest.mark.parametrize("pace", [NORMAL, LOW])
def test_large_frames_come_as_seldom_as_the_rate_wants_it(pace) -> None:
    flow, now, written = Flow(pace), 0.0, 0
    while now < 60:
        flow.send(5000, now)
        written, now = written + 5000, now + flow.wait(now)
    assert 0.9 * pace.rate * 60 < written <= pace.rate * 60 + BURST + 5000
    assert pace.rate < (8000 if pace is NORMAL else 2000)


def test_what_a_person_waits_for_goes_at_once_up_to_a_bound(flow) -> None:
    flow.send(WINDOW // 2, 0)
    flow.hurry(0.1)
    assert flow.wait(0.1) == 0
    flow.send(WINDOW // 2, 0.1)
    assert flow.wait(0.2) > 0
    flow.answer()
    assert flow.wait(0.2) == 0
    assert flow.wait(0.1 + HURRY) > 0


def test_a_terminal_that_stops_to_answer_gets_a_frame_from_time_to_time(flow) -> None:
    flow.send(300, 0)
    assert flow.wait(LATE - 0.01) > 0
    assert flow.wait(LATE) == 0
    flow.send(300, LATE)
    assert flow.wait(LATE + 1) == pytest.approx(LATE - 1)
    for _ in range(2):
        flow.answer()
    assert flow.wait(LATE + 1) == 0


def test_answers_that_are_lost_hold_up_nothing_for_good(flow) -> None:
    flow.send(300, 0)
    assert flow.is_due(LOST)
    assert not flow.is_due(LOST + 0.01)
    flow.send(300, 20)
    flow.answer()
    assert flow.wait(20 + NORMAL.interval) == 0
    flow.answer()  # one more than was asked for
    assert flow.send(300, 21)
    assert flow.wait(21.5) > 0

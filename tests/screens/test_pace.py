"""Pace: the longer a drawing takes, the more seldom it is made."""

from __future__ import annotations

import math

import pytest

from tui_charrnn.widgets.pace import LONGEST, SPARING, Pace


class Times:
    """A clock, and a thread's work, that a test moves on."""

    def __init__(self, share: float = 0.01) -> None:
        self.now, self.worked = 100.0, 7.0
        self.pace = Pace(share, clock=lambda: self.now, work=lambda: self.worked)

    def draw(self, seconds: float) -> None:
        with self.pace.drawing():
            self.worked += seconds


def test_the_first_two_drawings_do_not_wait() -> None:
    times = Times()
    assert times.pace.wait() == 0
    times.draw(0.5)  # it had to load what draws
    assert times.pace.wait() == 0


@pytest.mark.parametrize("order", [(0.5, 0.004), (0.004, 0.5)])
def test_the_quicker_of_the_last_two_counts(order: tuple[float, float]) -> None:
    times = Times()
    for seconds in order:
        times.draw(seconds)
    assert times.pace.wait() == pytest.approx(0.4)
    times.now += 0.3
    assert times.pace.wait() == pytest.approx(0.1)
    times.now += 0.2
    assert times.pace.wait() == 0


def test_drawing_takes_its_share_of_the_time() -> None:
    times = Times(share=0.02)
    start, worked = times.now, times.worked
    for _ in range(1000):
        times.now += times.pace.wait()
        times.draw(0.01)
        times.now += 0.01
    assert (times.worked - worked) / (times.now - start) == pytest.approx(0.02, rel=0.05)


def test_no_picture_is_older_than_the_longest_wait() -> None:
    times = Times()
    for _ in range(3):
        times.draw(10.0)
    assert times.pace.wait() == LONGEST


def test_where_bytes_are_dear_it_is_drawn_every_few_seconds_however_quickly() -> None:
    times = Times()
    assert times.pace.wait(sparing=True) == 0  # the first picture of all
    times.draw(0.0)
    assert times.pace.wait(sparing=True) == SPARING
    times.now += SPARING
    assert times.pace.wait(sparing=True) == 0


def test_a_hurry_is_granted_seldom() -> None:
    times = Times()
    assert times.pace.may_hurry()
    times.now += SPARING - 0.01
    assert not times.pace.may_hurry()
    times.now += 0.02
    assert times.pace.may_hurry()


def test_a_share_without_bound_never_waits() -> None:
    times = Times(share=math.inf)
    for _ in range(3):
        times.draw(1.0)
        assert times.pace.wait() == 0

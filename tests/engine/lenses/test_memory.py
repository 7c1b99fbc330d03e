"""The lens Gradient memory: what is measured now, and which moments are chosen."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.lenses.test_weights import CHARS, TEXT, look, subject
from tests.engine.support import CELLS
from tui_charrnn.engine.events import GradientMemory
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.engine.lenses.memory import MOST_MOMENTS, chosen, compute
from tui_charrnn.engine.lenses.options import LensOptions


def at(*iterations: int) -> tuple[GradientMemory, ...]:
    return tuple(GradientMemory(iteration=n, norms=(1.0, n / 1e6), windows=3) for n in iterations)


def chosen_of(*iterations: int, now: int) -> list[int]:
    return [event.iteration for event in chosen(at(*iterations), now)]


@pytest.mark.parametrize("cell", CELLS)
def test_now_is_measured_on_the_text(cell: str) -> None:
    net = subject(cell, layers=2, iteration=64)
    found = compute(net, TEXT, LensOptions(moments=(look(5), *at(8, 16, 64, 128))))
    ids = np.array([CHARS.index(char) for char in TEXT])
    assert found.now == measure(net.model, ids, iteration=64)
    assert len(found.now.norms) == net.model.config.seq_length
    assert [event.iteration for event in found.earlier] == [8, 16]
    assert [event.iteration for event in found.all] == [64, 16, 8]


def test_a_short_text_has_few_lags() -> None:
    found = compute(subject(), TEXT[:7], LensOptions())
    assert len(found.now.norms) == 3
    assert found.earlier == ()


def test_few_moments_are_all_chosen() -> None:
    assert chosen_of(now=900) == []
    assert chosen_of(100, now=900) == [100]
    assert chosen_of(100, 200, 400, now=450) == [100, 200, 400]


def test_many_moments_are_thinned_evenly_on_a_logarithmic_axis() -> None:
    powers = [1000 * 2**k for k in range(13)]
    assert chosen_of(*powers, now=1000 * 2**12) == [1000, 8000, 64_000, 512_000]
    assert chosen_of(*range(1, 10_001), now=10_001) == [1, 10, 100, 1000]
    assert chosen_of(1, 2, 30, 100, 1000, now=10_000) == [1, 30, 100, 1000]  # 30 is 3 times 10


def test_what_is_now_or_later_or_before_all_updates_is_no_earlier_moment() -> None:
    assert chosen_of(0, 10, 20, 30, now=20) == [10]
    assert chosen_of(0, now=0) == []


@given(st.lists(st.integers(0, 10**9), max_size=40), st.integers(0, 10**9))
def test_chosen_moments_are_few_rising_and_known(iterations: list[int], now: int) -> None:
    found = chosen_of(*iterations, now=now)
    assert found == sorted(set(found))
    assert set(found) <= {n for n in iterations if 0 < n < now}
    assert len(found) <= MOST_MOMENTS - 1
    assert bool(found) == any(0 < n < now for n in iterations)


def test_the_later_measurement_of_one_moment_counts() -> None:
    first, second = at(5, 5)
    other = GradientMemory(iteration=5, norms=(9.0,), windows=1)
    assert chosen((first, second, other), 10) == (other,)


def test_as_json_is_plain() -> None:
    wrong = GradientMemory(iteration=3, norms=(math.inf, 0.5, math.nan), windows=2)
    found = compute(subject(), TEXT, LensOptions(moments=(wrong,)))
    row = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert row == found.as_json()
    assert row["earlier"][0]["norms"] == ["inf", 0.5, "nan"]
    assert row["now"]["norms"] == list(found.now.norms)


@pytest.mark.parametrize(
    ("text", "problem"), [("", "2 characters, not 0"), ("a", "2 characters, not 1"), ("a€", "'€'")]
)
def test_texts_that_will_not_do(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        compute(subject(), text, LensOptions())

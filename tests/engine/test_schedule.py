"""The factor on the learning rate, against values worked out by hand."""

from __future__ import annotations

import itertools

import pytest

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.schedule import rate_factor

SCHEDULES = SPECS["schedule"].choices

STEP = TrainConfig(schedule="step", decay_every=10, decay_factor=0.5, iterations=100)
COSINE = TrainConfig(schedule="cosine", final_rate=0.2, iterations=9)


def factors(config: TrainConfig, count: int) -> list[float]:
    return [rate_factor(config, iteration) for iteration in range(count)]


@pytest.mark.parametrize("iteration", [0, 1, 999, 10**9, 10**12])
def test_constant_is_exactly_one(iteration: int) -> None:
    assert rate_factor(TrainConfig(), iteration) == 1.0


@pytest.mark.parametrize(
    ("iteration", "factor"),
    [(0, 1), (9, 1), (10, 0.5), (19, 0.5), (20, 0.25), (99, 2**-9), (100, 2**-10), (10**9, 0)],
)
def test_step_halves_every_ten_updates(iteration: int, factor: float) -> None:
    assert rate_factor(STEP, iteration) == factor


def test_step_by_a_factor_of_one_changes_nothing() -> None:
    assert set(factors(STEP.replace(decay_factor=1, decay_every=1), 50)) == {1.0}


@pytest.mark.parametrize(
    ("iteration", "factor"),
    # 0.2 + 0.4 (1 + cos(n 22.5°)): the cosines are 1, 0.923880, 0.707107, 0, -0.707107, -1
    [(0, 1), (1, 0.969552), (2, 0.882843), (4, 0.6), (6, 0.317157), (8, 0.2), (9, 0.2), (999, 0.2)],
)
def test_cosine_falls_to_the_final_rate_at_the_last_update(iteration: int, factor: float) -> None:
    assert rate_factor(COSINE, iteration) == pytest.approx(factor, abs=1e-6)


def test_a_cosine_that_ends_at_nothing_ends_there_and_stays() -> None:
    config = COSINE.replace(final_rate=0)
    assert all(factor > 0 for factor in factors(config, 8))
    assert [rate_factor(config, n) for n in (8, 9, 10**6)] == [0, 0, 0]


def test_a_run_that_is_made_longer_has_a_longer_cosine() -> None:
    longer = COSINE.replace(iterations=17)
    assert rate_factor(longer, 8) == pytest.approx(0.6)
    assert rate_factor(longer, 16) == 0.2


def test_the_only_update_of_a_run_is_its_last() -> None:
    assert factors(COSINE.replace(iterations=1), 2) == [0.2, 0.2]


# ------------------------------------------------------------------------------- warm-up


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_up_rises_in_equal_steps_from_above_nothing_to_all(schedule: str) -> None:
    config = TrainConfig(schedule=schedule, warmup=4, decay_every=1, iterations=50)
    assert factors(config, 5) == [0.25, 0.5, 0.75, 1.0, 1.0]


def test_the_longest_warm_up_never_yields_nothing() -> None:
    assert rate_factor(TrainConfig(warmup=10**9), 0) == 1e-9


def test_constant_is_exactly_one_from_the_end_of_the_warm_up_on() -> None:
    assert set(factors(TrainConfig(warmup=3), 100)[2:]) == {1.0}


def test_steps_are_counted_from_the_end_of_the_warm_up() -> None:
    config = STEP.replace(warmup=5)
    assert [rate_factor(config, n) for n in (4, 5, 14, 15, 24, 25)] == [1, 1, 1, 0.5, 0.5, 0.25]


def test_the_cosine_lasts_from_the_end_of_the_warm_up_to_the_end_of_the_run() -> None:
    config = COSINE.replace(warmup=4, iterations=13)
    assert factors(config, 14)[4:] == pytest.approx([*factors(COSINE, 9), 0.2])


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_run_shorter_than_its_warm_up_never_gets_to_the_schedule(schedule: str) -> None:
    config = TrainConfig(schedule=schedule, warmup=10, iterations=5)
    assert factors(config, 5) == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert 0 < rate_factor(config, 10) <= 1  # gone on with, for more iterations


@pytest.mark.parametrize("warmup", [0, 7])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_after_the_warm_up_a_rate_never_rises(schedule: str, warmup: int) -> None:
    config = TrainConfig(schedule=schedule, warmup=warmup, decay_every=9, iterations=100)
    made = factors(config, 150)
    assert all(0 < factor <= 1 for factor in made)
    assert all(a < b for a, b in itertools.pairwise(made[:warmup]))
    assert all(a >= b for a, b in itertools.pairwise(made[warmup:]))
    different = {"constant": 1, "step": (149 - warmup) // 9 + 1, "cosine": 100 - warmup}
    assert len(set(made[warmup:])) == different[schedule]

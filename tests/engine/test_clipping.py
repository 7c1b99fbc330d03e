"""Gradients are bounded by value or by norm, and what is no number is not hidden."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests import naive
from tests.engine.support import OWLS, run, small, stopped
from tui_charrnn.engine import Corpus, TrainConfig, build_model
from tui_charrnn.engine.optimizers import clip, clipped_share, gradient_norm
from tui_charrnn.engine.parameters import Array

BY_VALUE = TrainConfig(clip_by="value", clip=5)
BY_NORM = TrainConfig(clip_by="norm", clip=5)


def clipped(gradients: Array, config: TrainConfig) -> Array:
    copy = gradients.copy()
    clip(copy, config)
    assert copy.dtype == gradients.dtype
    return copy


def test_by_value_it_is_element_by_element() -> None:
    gradients = np.array([-7.0, -5.0, -0.1, 0.0, 4.9, 5.1, math.inf, math.nan])
    plain = {"g": gradients.copy()}
    naive.clip(plain, 5)
    given = clipped(gradients, BY_VALUE)
    np.testing.assert_array_equal(given, [-5, -5, -0.1, 0, 4.9, 5, 5, math.nan])
    np.testing.assert_array_equal(given, plain["g"])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_by_norm_the_direction_stays(dtype: str) -> None:
    gradients = np.array([6.0, -8.0], dtype)
    np.testing.assert_allclose(clipped(gradients, BY_NORM), [3, -4], rtol=1e-6)
    long: Array = np.random.default_rng(1).standard_normal(40_000).astype(dtype)
    short = clipped(long, BY_NORM)
    assert np.linalg.norm(short.astype("float64")) == pytest.approx(5, rel=1e-5)
    np.testing.assert_allclose(short * (np.linalg.norm(long) / 5), long, rtol=1e-5)


@pytest.mark.parametrize("gradients", [[3.0, -4.0], [0.0, 0.0], [4.9, 0.5], [1e-200, 0.0]])
def test_by_norm_what_is_within_the_bound_stays_to_the_last_bit(gradients: list[float]) -> None:
    given = np.array(gradients)
    assert clipped(given, BY_NORM).tobytes() == given.tobytes()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_by_norm_one_bad_element_makes_all_bad(bad: float) -> None:
    assert np.isnan(clipped(np.array([1.0, bad, 2.0]), BY_NORM)).all()


@pytest.mark.parametrize("where", [0, 1, 2])
def test_by_value_nan_stays(where: int) -> None:
    gradients = np.array([9.0, 9.0, 9.0])
    gradients[where] = math.nan
    assert np.isnan(clipped(gradients, BY_VALUE)).tolist() == [n == where for n in range(3)]


def test_by_norm_float32_gradients_whose_squares_overflow_are_shortened() -> None:
    gradients = np.array([3e30, -4e30, 0], "float32")
    assert gradient_norm(gradients) == pytest.approx(5e30)
    np.testing.assert_allclose(clipped(gradients, BY_NORM), [3, -4, 0], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_norm(dtype: str) -> None:
    assert gradient_norm(np.array([2, -3, 6], dtype)) == pytest.approx(7, rel=1e-6)
    assert gradient_norm(np.zeros(3, dtype)) == 0
    assert gradient_norm(np.array([1, -math.inf], dtype)) == math.inf
    assert math.isnan(gradient_norm(np.array([math.inf, math.nan], dtype)))


# ------------------------------------------------------------------------ how much of it


def test_by_value_the_share_is_of_the_elements_over_the_bound() -> None:
    gradients = np.array([-7.0, -5.0, -0.1, 0.0, 5.0, 5.1, 4.9, 99.0])
    before = gradients.copy()
    assert clipped_share(gradients, BY_VALUE) == 3 / 8
    assert clipped_share(clipped(gradients, BY_VALUE), BY_VALUE) == 0
    assert gradients.tobytes() == before.tobytes()


def test_by_norm_the_share_is_all_or_nothing() -> None:
    assert clipped_share(np.array([3.0, 4.0]), BY_NORM) == 0
    assert clipped_share(np.array([3.0, 4.1]), BY_NORM) == 1
    assert clipped_share(np.array([0.0, math.nan]), BY_NORM) == 1


@pytest.mark.parametrize("config", [BY_VALUE, BY_NORM])
def test_the_share_is_a_plain_number(config: TrainConfig) -> None:
    gradients = np.random.default_rng(0).standard_normal(1000).astype("float32") * 3
    assert type(clipped_share(gradients, config)) is float


# ------------------------------------------------------------------------------ in a run


@pytest.mark.parametrize("clip_by", ["value", "norm"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_run_notices_a_weight_that_is_no_number(clip_by: str, value: float) -> None:
    corpus, config = Corpus.from_text(OWLS * 3), small(clip_by=clip_by)
    model = build_model(config, corpus.vocab_size)
    parameters = model.parameters()
    parameters["Why"][:] = value
    model.load_parameters(parameters)
    end = stopped(run(config, corpus, model))
    assert (end.outcome, end.iteration) == ("failed", 0)

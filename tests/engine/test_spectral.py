"""The spectral radius against numpy's eigenvalues, and where these are no help."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.spectral import spectral_radius

CLOSE = 0.005
"""How far from the exact one the radius may be, as a share of it."""


def exact(matrix: Array) -> float:
    return float(np.abs(np.linalg.eigvals(matrix)).max())


def gaussian(size: int, seed: int = 5) -> Array:
    return np.random.default_rng(seed).standard_normal((size, size)) / size**0.5


def orthogonal(size: int, seed: int = 3) -> Array:
    return np.linalg.qr(gaussian(size, seed))[0]


def in_another_basis(matrix: Array) -> Array:
    basis = gaussian(len(matrix), 8) + 2 * np.eye(len(matrix))
    return basis @ matrix @ np.linalg.inv(basis)


def rotation(angle: float) -> Array:
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1, 2, 3, 17, 64, 200])
def test_against_the_eigenvalues(size: int, dtype: type) -> None:
    for seed in range(5):
        matrix = (1.7 * gaussian(size, seed)).astype(dtype)
        assert spectral_radius(matrix) == pytest.approx(exact(matrix), rel=CLOSE)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.sampled_from([1e-200, 1e-3, 1.0, 1e200]))
def test_against_the_eigenvalues_of_any_scale(seed: int, size: int, scale: float) -> None:
    matrix = scale * gaussian(size, seed)
    assert spectral_radius(matrix) == pytest.approx(scale * exact(matrix / scale), rel=CLOSE)


@pytest.mark.parametrize("angle", [0.1, math.pi / 2, math.pi / 4, math.pi / 2**20, 1.0])
@pytest.mark.parametrize("radius", [0.3, 1.0, 4.0])
def test_a_complex_pair_and_its_cancelling_traces(radius: float, angle: float) -> None:
    assert spectral_radius(radius * rotation(angle)) == pytest.approx(radius, rel=CLOSE)


def test_many_eigenvalues_of_the_same_size() -> None:
    assert spectral_radius(1.3 * orthogonal(60)) == pytest.approx(1.3, rel=CLOSE)
    cycle = np.roll(np.eye(48), 1, axis=0)  # all 48th roots of 1: no power but the 48th has a trace
    assert spectral_radius(0.7 * cycle) == pytest.approx(0.7, rel=CLOSE)


def test_a_matrix_without_any_eigenvectors_but_one() -> None:
    block = 0.9 * np.eye(40) + np.eye(40, k=1)
    assert spectral_radius(block) == pytest.approx(0.9, rel=CLOSE)


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9])
def test_nearly_defective(gap: float) -> None:
    block = np.array([[1.0, 1.0], [gap**2, 1.0]])  # eigenvalues 1 ± gap
    wide = np.zeros((30, 30))
    wide[:2, :2] = block
    wide[2:, 2:] = 0.4 * gaussian(28)
    assert spectral_radius(in_another_basis(wide)) == pytest.approx(1 + gap, rel=CLOSE)


def test_far_from_normal() -> None:
    matrix = 0.5 * np.eye(20) + 30 * np.eye(20, k=1)  # norm 60 times its radius
    assert spectral_radius(matrix) == pytest.approx(0.5, rel=CLOSE)


def test_nothing_and_what_comes_to_nothing() -> None:
    assert spectral_radius(np.zeros((7, 7), np.float32)) == 0
    assert spectral_radius(np.eye(100, k=1) * 5) == 0
    assert spectral_radius(np.array([[0.0]])) == 0


def test_nilpotent_up_to_rounding_is_as_small_as_numpy_has_it() -> None:
    matrix = in_another_basis(np.eye(6, k=1))
    assert spectral_radius(matrix) < 0.02
    assert exact(matrix) < 0.02


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite(wrong: float) -> None:
    matrix = gaussian(5)
    matrix[2, 3] = wrong
    assert math.isnan(spectral_radius(matrix))


def test_the_matrix_stays_as_it_is() -> None:
    matrix = gaussian(20)
    before = matrix.copy()
    matrix.flags.writeable = False
    spectral_radius(matrix)
    assert (matrix == before).all()

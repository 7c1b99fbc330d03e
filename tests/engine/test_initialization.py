"""The weights that a net starts with: their size, their shape, and that none has changed."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from tests.engine.support import CELLS, small
from tui_charrnn.engine import TrainConfig, build_model
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.parameters import Array

LAYERS = pytest.mark.parametrize("layers", [1, 2, 3])

INITIALIZATIONS = SPECS["initialization"].choices


def parameters(config: TrainConfig, vocab: int = 40) -> dict[str, Array]:
    return build_model(config, vocab).parameters()


def recurrent(found: dict[str, Array]) -> list[str]:
    return [name for name in found if name.startswith("Wh") and name != "Why"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@LAYERS
@pytest.mark.parametrize("cell", CELLS)
def test_normal_ones_are_those_that_the_seed_has_always_drawn(
    cell: str, layers: int, dtype: str
) -> None:
    """One matrix after the other, in the order of the names; biases draw nothing."""
    config = small(cell=cell, layers=layers, dtype=dtype, seed=5)
    rng = np.random.default_rng(5)
    for name, value in parameters(config).items():
        if value.ndim == 2:
            expected = (rng.standard_normal(value.shape) * 0.01).astype(dtype)
            assert value.tobytes() == expected.tobytes(), name


@pytest.mark.parametrize(
    ("cell", "digest"),
    [("rnn", "3431b72a27b9c9fe"), ("gru", "f9782ce048d84b71")],
)
def test_a_seed_makes_the_net_of_the_first_release(cell: str, digest: str) -> None:
    """Of what NumPy draws, and of the order in which it is asked."""
    found = parameters(TrainConfig(cell=cell, hidden_size=16, dtype="float64"))
    content = b"".join(name.encode() + value.tobytes() for name, value in found.items())
    assert hashlib.sha256(content).hexdigest()[:16] == digest


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@LAYERS
@pytest.mark.parametrize("cell", CELLS)
def test_scaled_ones_keep_the_size_of_what_goes_in(cell: str, layers: int, dtype: str) -> None:
    config = small(cell=cell, layers=layers, hidden_size=128, initialization="scaled", dtype=dtype)
    for name, value in parameters(config).items():
        if value.ndim == 2:
            scaled = value.astype(np.float64).ravel() * np.sqrt(value.shape[1])
            assert abs(scaled.mean()) < 5 / np.sqrt(scaled.size), name
            assert abs(scaled.var() - 1) < 5 * np.sqrt(2 / scaled.size), name
            within = np.mean(np.abs(scaled) < 1)
            assert abs(within - 0.6827) < 5 * 0.466 / np.sqrt(scaled.size), name  # normal


@pytest.mark.parametrize(("dtype", "error"), [("float32", 1e-6), ("float64", 1e-12)])
@LAYERS
@pytest.mark.parametrize("cell", CELLS)
def test_recurrent_matrices_can_be_orthogonal(
    cell: str, layers: int, dtype: str, error: float
) -> None:
    config = small(
        cell=cell, layers=layers, hidden_size=64, initialization="orthogonal", dtype=dtype
    )
    found = parameters(config)
    assert len(recurrent(found)) == layers * {"rnn": 1, "gru": 3, "lstm": 4}[cell]
    for name in recurrent(found):
        q = found[name].astype(np.float64)
        np.testing.assert_allclose(q @ q.T, np.eye(64), atol=error, err_msg=name)
        np.testing.assert_allclose(q.T @ q, np.eye(64), atol=error, err_msg=name)
    for name in found.keys() - set(recurrent(found)):
        value = found[name]
        if value.ndim == 2:  # all others are scaled ones
            spread = value.std() * np.sqrt(value.shape[1])
            assert abs(spread - 1) < 5 / np.sqrt(2 * value.size), name


def test_every_orthogonal_matrix_is_as_likely() -> None:
    """What a QR decomposition leaves alone has a corner that is negative each time."""
    corners = np.array([
        parameters(small(cell="rnn", hidden_size=2, initialization="orthogonal", seed=seed), 2)[
            "Whh"
        ]
        for seed in range(400)
    ])  # fmt: skip
    assert np.abs(corners.mean(axis=0)).max() < 5 * np.sqrt(0.5 / 400)
    rotations = np.mean(np.linalg.det(corners) > 0)
    assert abs(rotations - 0.5) < 5 * 0.5 / np.sqrt(400)


@pytest.mark.parametrize("initialization", INITIALIZATIONS)
@LAYERS
@pytest.mark.parametrize("cell", CELLS)
def test_biases_start_at_0_and_forget_gates_at_1(
    cell: str, layers: int, initialization: str
) -> None:
    found = parameters(small(cell=cell, layers=layers, initialization=initialization))
    biases = {name: value for name, value in found.items() if value.ndim == 1}
    forget = {name for name in biases if name.startswith("bf")}
    tails = ["", "2", "3"][:layers]
    assert forget == ({f"bf{tail}" for tail in tails} if cell == "lstm" else set())
    for name, value in biases.items():
        assert (value == (1 if name in forget else 0)).all(), name


@pytest.mark.parametrize("initialization", INITIALIZATIONS)
@pytest.mark.parametrize("cell", CELLS)
def test_no_two_matrices_are_alike_and_the_seed_says_which(cell: str, initialization: str) -> None:
    config = small(
        cell=cell, layers=3, hidden_size=5, initialization=initialization, dtype="float32"
    )
    found = parameters(config, 5)  # all of one shape
    matrices = {value.tobytes() for value in found.values() if value.ndim == 2}
    assert len(matrices) == 6 * {"rnn": 1, "gru": 3, "lstm": 4}[cell] + 1
    again = parameters(config.replace(learning_rate=7, batch_size=4, dropout=0.2), 5)
    other = parameters(config.replace(seed=43), 5)
    for name, value in found.items():
        assert value.tobytes() == again[name].tobytes()
        assert value.ndim == 1 or value.tobytes() != other[name].tobytes()


@pytest.mark.parametrize("initialization", INITIALIZATIONS)
def test_the_smallest_net_of_all_has_weights(initialization: str) -> None:
    found = parameters(small(cell="lstm", hidden_size=1, initialization=initialization), 2)
    assert all(np.isfinite(value).all() for value in found.values())
    assert all(value.all() for name, value in found.items() if value.ndim == 2)
    if initialization == "orthogonal":
        assert {abs(float(found[name][0, 0])) for name in recurrent(found)} == {1.0}

"""What is true of the LSTM alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.engine.support import lively_model, small
from tui_charrnn.engine import CharModel, build_model
from tui_charrnn.engine.parameters import Array

STATE = np.array([0.25, -0.5, 2.5, -4.0])
"""Hidden state and cell state of two units; the latter knows no bound."""

FAR = 1000.0


def net(**values: object) -> CharModel:
    """All weights and biases are 0, those aside that are given."""
    model = build_model(small(cell="lstm", hidden_size=2), 3)
    zeros = {name: np.zeros_like(p) for name, p in model.parameters().items()}
    model.load_parameters({**zeros, **values})
    return model


def both(value: float) -> Array:
    return np.full(2, value)


def after(model: CharModel, state: Array = STATE, length: int = 1) -> Array:
    """The state after some characters; a single step and a window agree about it."""
    ids = np.arange(length) % 3
    _, window = model.loss(ids, ids, state)
    stepped = state
    for identifier in ids.tolist():
        _, stepped = model.step(identifier, stepped)
    np.testing.assert_allclose(stepped, window, rtol=1e-13)
    return window


def test_with_forget_gate_open_and_input_gate_shut_it_remembers_for_ever() -> None:
    model = net(bf=both(FAR), bi=both(-FAR), bo=both(FAR), bg=both(3.0))
    state = after(model, length=500)
    np.testing.assert_array_equal(state[2:], STATE[2:])
    np.testing.assert_array_equal(state[:2], np.tanh(STATE[2:]))


def test_with_forget_gate_shut_it_knows_nothing_any_more() -> None:
    state = after(net(bf=both(-FAR), bi=both(FAR), bo=both(FAR), bg=both(0.5)))
    np.testing.assert_allclose(state[2:], both(math.tanh(0.5)), rtol=1e-15)
    np.testing.assert_allclose(state[:2], both(math.tanh(math.tanh(0.5))), rtol=1e-15)


def test_with_output_gate_shut_it_says_nothing_but_remembers() -> None:
    state = after(net(bf=both(FAR), bo=both(-FAR)))
    np.testing.assert_array_equal(state, [0, 0, *STATE[2:]])


def test_the_cell_state_adds_up_beyond_one() -> None:
    model = net(bf=both(FAR), bi=both(FAR), bo=both(FAR), bg=np.array([FAR, -FAR]))
    state = after(model, np.zeros(4), length=30)
    np.testing.assert_allclose(state, [1, -1, 30, -30], rtol=1e-12)


@pytest.mark.parametrize("x", [-30.0, -3.0, -0.5, 0.0, 0.5, 3.0, 30.0])
def test_gates_in_between_are_sigmoids(x: float) -> None:
    gate = 1 / (1 + math.exp(-x))
    for name, cell in (
        ("bf", gate * STATE[2:] + 0.5 * math.tanh(1)),
        ("bi", 0.5 * STATE[2:] + gate * math.tanh(1)),
        ("bo", 0.5 * STATE[2:] + 0.5 * math.tanh(1)),
    ):
        state = after(net(**{"bg": both(1.0), name: both(x)}))
        np.testing.assert_allclose(state[2:], cell, rtol=1e-14)
        let_out = gate if name == "bo" else 0.5
        np.testing.assert_allclose(state[:2], let_out * np.tanh(cell), rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("part", ["i", "f", "o", "g"])
def test_each_part_reads_the_character_and_the_hidden_state(part: str) -> None:
    plain = after(net(bg=both(1.0)), length=2)
    recurrent = net(bg=both(1.0), **{f"Wh{part}": np.array([[0.0, 2.0], [0.0, 0.0]])})
    assert set(np.flatnonzero(after(recurrent, length=2) != plain)) <= {0, 2}  # of the first unit
    assert after(recurrent, length=2)[0] != plain[0]
    reading = net(bg=both(1.0), **{f"Wx{part}": np.array([[0.0, 9.0, 9.0], [0.0, 0.0, 0.0]])})
    np.testing.assert_array_equal(after(reading)[[0, 2]], after(net(bg=both(1.0)))[[0, 2]])
    assert after(reading, length=2)[0] != plain[0]  # the second character has a weight


def test_no_part_reads_the_cell_state() -> None:
    """There are no peepholes."""
    model = lively_model(small(cell="lstm", hidden_size=2), 3)
    gates = []
    for state in (STATE, STATE * [1, 1, -3, 9]):
        model.loss(np.array([0]), np.array([0]), state)
        gates.append({name: g.copy() for name, g in model.last_scans()[0].gates.items()})
    for name, gate in gates[0].items():
        np.testing.assert_array_equal(gate, gates[1][name])


def test_a_fresh_one_remembers_and_a_forgetful_one_does_not() -> None:
    """The forget gate starts at sigmoid(1), 0.73, and not at one half."""
    model = build_model(small(cell="lstm", hidden_size=8), 5)
    ids = np.array([0, 1, 2])
    model.loss(ids, ids, model.initial_state())
    (scan,) = model.last_scans()
    np.testing.assert_allclose(scan.gates["forget"], 1 / (1 + math.exp(-1)), atol=0.02)
    for name in ("input", "output"):
        np.testing.assert_allclose(scan.gates[name], 0.5, atol=0.02)


@pytest.mark.parametrize("layers", [1, 3])
def test_hidden_states_stay_within_one_whatever_the_cell_state(layers: int) -> None:
    config = small(cell="lstm", layers=layers)
    model = lively_model(config, 5, scale=4.0)
    ids = np.random.default_rng(0).integers(0, 5, 400)
    model.loss(ids, ids, model.initial_state())
    for scan in model.last_scans():
        assert np.abs(scan.hidden).max() <= 1
        assert scan.cells is not None
    assert max(np.abs(scan.cells).max() for scan in model.last_scans()) > 2

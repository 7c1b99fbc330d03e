"""Gates and memory lengths against the equations, character by character."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.engine.support import lively_model, small
from tests.hostile.strangers import STEADY
from tui_charrnn.engine import TrainConfig, build_model
from tui_charrnn.engine.config import ConfigError
from tui_charrnn.engine.lenses.gates import Gates, compute, memory_lengths
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.vocabulary import Vocabulary

TEXT = "the owl saw the fox and the fox saw the owl."

VOCABULARY = Vocabulary("owls", tuple(sorted(set(TEXT))))

UNIT_VALUES = st.floats(0, 1, width=16)


def subject(cell: str, **changes: object) -> Subject:
    """A net with lively weights."""
    model = lively_model(small(cell=cell, **changes), VOCABULARY.vocab_size)
    return Subject("owl", model, VOCABULARY, 7)


def sigmoid(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))


def gru_by_hand(p: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the gates (T, H) by the equations of `gru`."""
    h, rows = np.zeros(len(p["bz"])), []
    for x in VOCABULARY.encode(TEXT):
        z = sigmoid(p["Wxz"][:, x] + p["Whz"] @ h + p["bz"])
        r = sigmoid(p["Wxr"][:, x] + p["Whr"] @ h + p["br"])
        h = (1 - z) * h + z * np.tanh(p["Wxh"][:, x] + p["Whh"] @ (r * h) + p["bh"])
        rows.append((z, r))
    update, reset = np.array(rows).swapaxes(0, 1)
    return {"update": update, "reset": reset}


def lstm_by_hand(p: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the gates (T, H) by the equations of `lstm`."""
    h, c, rows = np.zeros(len(p["bi"])), np.zeros(len(p["bi"])), []
    for x in VOCABULARY.encode(TEXT):
        i, f, o, g = (p[f"Wx{k}"][:, x] + p[f"Wh{k}"] @ h + p[f"b{k}"] for k in "ifog")
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        rows.append((sigmoid(i), sigmoid(f), sigmoid(o)))
    admit, forget, output = np.array(rows).swapaxes(0, 1)
    return {"input": admit, "forget": forget, "output": output}


def mean_length(lost: list[float]) -> float:
    """Return the mean of 1/p, of which none counts for more than there are characters."""
    total = 0.0
    for part in lost:
        total += min(1 / part, len(lost)) if part > 0 else len(lost)
    return total / len(lost)


@pytest.mark.parametrize(("cell", "by_hand"), [("gru", gru_by_hand), ("lstm", lstm_by_hand)])
def test_gates_and_lengths_are_those_of_the_equations(cell: str, by_hand) -> None:
    net = subject(cell, hidden_size=6)
    wanted = by_hand(net.model.parameters())
    found = compute(net, TEXT, LensOptions())
    assert set(found.gates) == set(wanted)
    for name, values in wanted.items():
        assert found.gates[name][0] == pytest.approx(values, abs=1e-9)
        assert found.means(name)[0] == pytest.approx(values.mean(axis=0), abs=1e-9)
    for unit in range(6):
        lost = wanted["update"] if cell == "gru" else 1 - wanted["forget"]
        length = mean_length(lost[:, unit].tolist())
        assert found.lengths[0, unit] == pytest.approx(length, rel=1e-6)
    assert np.diff(found.lengths[0][found.order(1)]).max() <= 0


@STEADY
@given(arrays(np.float32, (2, 5, 3), elements=UNIT_VALUES))
def test_lengths_are_those_of_a_plain_loop(gate: np.ndarray) -> None:
    for layer in range(2):
        for unit in range(3):
            values = gate[layer, :, unit].astype(np.float64)
            update = memory_lengths({"reset": gate * 0, "update": gate})[layer, unit]
            assert update == pytest.approx(mean_length(values.tolist()))
            forget = memory_lengths({"input": gate * 0, "forget": gate})[layer, unit]
            assert forget == pytest.approx(mean_length((1 - values).tolist()))
            assert 1 <= update <= 5 + 1e-9


def test_a_gate_that_stands_still_has_the_length_of_its_value() -> None:
    gate = np.full((1, 1000, 1), 0.05)
    assert memory_lengths({"update": gate})[0, 0] == pytest.approx(20)
    assert memory_lengths({"forget": 1 - gate})[0, 0] == pytest.approx(20)


def test_what_is_never_lost_is_at_the_bound_and_one_such_moment_counts_for_little() -> None:
    gate = np.full((1, 100, 3), 0.5)
    gate[0, :, 0] = 0
    gate[0, 7, 1] = 0
    lengths = memory_lengths({"update": gate})
    assert lengths[0].tolist() == pytest.approx([100, 2.98, 2])
    found = Gates("x" * 100, 1, {"update": gate}, lengths)
    assert [found.is_at_bound(1, unit) for unit in range(3)] == [True, False, False]
    assert found.order(1).tolist() == [0, 1, 2]


def test_a_unit_that_keeps_all_and_one_that_keeps_nothing() -> None:
    model = build_model(TrainConfig(cell="gru", hidden_size=2), VOCABULARY.vocab_size)
    weights = {name: np.zeros_like(value) for name, value in model.parameters().items()}
    weights["bz"] = np.array([30.0, -200.0])
    model.load_parameters(weights)
    found = compute(Subject("x", model, VOCABULARY, 1), TEXT, LensOptions())
    assert found.lengths[0].tolist() == [1, len(TEXT)]
    assert found.order(1).tolist() == [1, 0]
    assert found.is_at_bound(1, 1)


def test_an_rnn_has_none() -> None:
    with pytest.raises(ValueError, match=r"^An RNN has no gates\.$"):
        compute(subject("rnn"), TEXT, LensOptions())


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_upper_layers_are_there_too(cell: str) -> None:
    net = subject(cell, layers=2, hidden_size=4)
    found = compute(net, TEXT, LensOptions(layer=2))
    assert found.layer == 2
    assert found.lengths.shape == (2, 4)
    assert not np.allclose(found.lengths[0], found.lengths[1])
    row = json.loads(json.dumps(found.as_json(), allow_nan=False))
    order = found.order(2).tolist()
    assert [each["unit"] for each in row["units"] if each["layer"] == 2] == order
    assert row["longest_memory"] == len(TEXT)
    for name, gate in found.gates.items():
        assert list(row["gates"][name]) == list(map(str, order))
        assert row["gates"][name]["3"] == pytest.approx(gate[1, :, 3], abs=1e-6)
    first = row["units"][0]
    best = int(found.order(1)[0])
    assert first["memory_length"] == pytest.approx(found.lengths[0, best], abs=1e-6)
    assert first["means"].keys() == found.gates.keys()
    assert math.isclose(
        first["means"][name], float(found.gates[name][0, :, best].mean()), abs_tol=1e-6
    )


def test_a_layer_that_the_net_does_not_have_is_one_sentence() -> None:
    with pytest.raises(ConfigError, match=r"^layer must be 1 for this net, not 3\.$"):
        compute(subject("gru"), TEXT, LensOptions(layer=3))

"""Units and what they react to, against loops, and with nets whose units are known."""

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
from tui_charrnn.engine import CharModel, TrainConfig, build_model
from tui_charrnn.engine.config import ConfigError
from tui_charrnn.engine.lenses.neurons import (
    CELL,
    HIDDEN,
    activations,
    compute,
    correlations,
    looking_at,
    neurons,
    reactions,
)
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.reactions import measured
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.trace import Trace, trace
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.vocabulary import Vocabulary

TEXT = 'The owl said "go home" and\nthe fox said "I am, at last" and went.\n'

VOCABULARY = Vocabulary("owls", tuple(sorted(set(TEXT))))


def subject(**changes: object) -> Subject:
    """A net with lively weights."""
    model = lively_model(small(**changes), VOCABULARY.vocab_size)
    return Subject("owl", model, VOCABULARY, 7)


def switch_of_quotes() -> Subject:
    """A GRU whose unit 2 turns over at each quotation mark and keeps what it has in between."""
    model = build_model(TrainConfig(cell="gru", hidden_size=4), VOCABULARY.vocab_size)
    weights = {name: np.zeros_like(value) for name, value in model.parameters().items()}
    mark = VOCABULARY.chars.index('"')
    weights["bz"][2], weights["Wxz"][2, mark] = -20, 40  # shut, but at the mark
    weights["br"][2], weights["bh"][2], weights["Whh"][2, 2] = 20, 2, -8
    weights["Wxh"][1] = np.linspace(-1, 1, VOCABULARY.vocab_size)  # another one that moves
    model.load_parameters(weights)
    return Subject("switch", model, VOCABULARY, 1)


def pearson_by_hand(one: list[float], other: list[float]) -> float:
    """Return r as the equation says, by loops; nan where there is none."""
    count = len(one)
    mean_one, mean_other = math.fsum(one) / count, math.fsum(other) / count
    both = squares_one = squares_other = 0.0
    for a, x in zip(one, other, strict=True):
        both += (a - mean_one) * (x - mean_other)
        squares_one += (a - mean_one) ** 2
        squares_other += (x - mean_other) ** 2
    if max(one) - min(one) < 1e-4 or max(other) == min(other):
        return math.nan
    return both / math.sqrt(squares_one * squares_other)


@STEADY
@given(
    units=arrays(np.float64, (2, 6, 3), elements=st.floats(-1, 1, width=16)),
    feature=arrays(np.float64, 6, elements=st.sampled_from([0.0, 1.0, 5.0])),
)
def test_correlations_are_those_of_a_plain_loop(units: np.ndarray, feature: np.ndarray) -> None:
    found = correlations(units, feature)
    for layer in range(2):
        for unit in range(3):
            wanted = pearson_by_hand(units[layer, :, unit].tolist(), feature.tolist())
            assert found[layer, unit] == pytest.approx(wanted, abs=1e-9, nan_ok=True)


def test_correlations_agree_with_numpy_on_many_characters() -> None:
    rng = np.random.default_rng(3)
    units = np.tanh(rng.standard_normal((1, 2000, 50))).astype(np.float32)
    feature = (rng.random(2000) < 0.1).astype(np.float64)
    wanted = np.corrcoef(units[0].T.astype(np.float64), feature)[-1, :-1]
    assert correlations(units, feature)[0] == pytest.approx(wanted, abs=1e-12)


def test_what_stands_still_or_is_no_number_has_no_correlation() -> None:
    units = np.zeros((1, 5, 5), np.float32)
    units[0, :, 0] = 0.1  # its mean in floats is not 0.1
    units[0, :, 1] = [1, 1, 1, 1, 0.99995]
    units[0, :, 2] = [0, np.nan, 0, 1, 0]
    units[0, :, 3] = [0, 1, 0, 0, 1]
    units[0, :, 4] = [0, -1, 0, 0, -1]
    found = correlations(units, np.array([0.0, 1, 0, 0, 1]))[0]
    assert np.isnan(found[:3]).all()
    assert found[3:].tolist() == pytest.approx([1, -1])
    assert np.isnan(correlations(units, np.ones(5))).all()


def test_the_best_come_first_and_nothing_that_is_nan_is_among_them() -> None:
    units = np.zeros((2, 4, 3))
    feature = np.array([0.0, 0, 1, 1])
    units[0, :, 1] = [0, 0.1, 0.5, 0.9]
    units[1, :, 0] = [0, 0, -1, -1]
    units[1, :, 2] = [0.5, 0, 0, 0]
    found = reactions(units, {"line": feature})
    assert [(each.layer, each.unit) for each in found] == [
        (2, 0), (1, 1), (2, 2), (1, 0), (1, 2), (2, 1)
    ]  # fmt: skip
    assert found[0].r == pytest.approx(-1)
    assert [math.isnan(each.r) for each in found] == [False] * 3 + [True] * 3
    assert [each.to for each in found] == ["line"] * 3 + [""] * 3


def test_of_several_features_each_unit_tells_the_strongest() -> None:
    units = np.zeros((1, 4, 3))
    units[0, :, 0] = [0, 1, 0, 1]
    units[0, :, 1] = [1, 1, 0, 0]
    features = {
        "still": np.ones(4), "ends": np.array([0.0, 1, 0, 1]), "half": np.array([0.0, 0, 1, 1])
    }  # fmt: skip
    found = reactions(units, features)
    assert [(each.unit, round(each.r, 9), each.to) for each in found[:2]] == [
        (0, 1, "ends"), (1, -1, "half")
    ]  # fmt: skip
    assert (found[2].to, math.isnan(found[2].r)) == ("", True)


def test_without_a_feature_the_units_are_in_their_order() -> None:
    found = reactions(np.random.default_rng(1).random((2, 5, 3)), {})
    assert [(each.layer, each.unit) for each in found] == [
        (layer, unit) for layer in (1, 2) for unit in range(3)
    ]
    assert all(math.isnan(each.r) and each.to == "" for each in found)


def states_by_steps(model: CharModel, text: str) -> np.ndarray:
    """Return the state (W,) after each character, by the path that sampling takes."""
    state, states = zero_state(model.config), []
    for identifier in VOCABULARY.encode(text):
        _, state = model.step(int(identifier), state)
        states.append(state)
    return np.array(states)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_activations_are_the_states_that_sampling_goes_through(cell: str, layers: int) -> None:
    net = subject(cell=cell, layers=layers, hidden_size=5)
    parts = 2 if cell == "lstm" else 1
    states = states_by_steps(net.model, TEXT).reshape(len(TEXT), layers, parts, 5)
    found = compute(net, TEXT, LensOptions())
    assert found.activations == pytest.approx(states[:, :, 0].swapaxes(0, 1), abs=1e-9)
    assert (np.abs(found.activations) <= 1).all()
    assert found.has_cells == (cell == "lstm")
    assert found.activation(layers, 3) == pytest.approx(states[:, -1, 0, 3], abs=1e-9)
    traced = trace(net.model, VOCABULARY.encode(TEXT))
    if cell == "lstm":
        cells = np.tanh(states[:, :, 1].swapaxes(0, 1))
        assert activations(traced, CELL) == pytest.approx(cells, abs=1e-9)
        assert not np.allclose(cells, found.activations)
    else:
        assert activations(traced, CELL) is traced.hidden
        assert neurons(traced, TEXT, {}, view=CELL).view == HIDDEN


@pytest.mark.parametrize("reacts_to", ["", "quotes", "line", "upper", "vowel", "said|went"])
def test_the_correlations_of_a_net_are_those_of_a_plain_loop(reacts_to: str) -> None:
    net = subject(cell="gru", layers=2, hidden_size=4)
    found = compute(net, TEXT, LensOptions(reacts_to=reacts_to))
    features = measured(TEXT, reacts_to)
    assert len(found.reactions) == 8
    strengths = [abs(each.r) for each in found.reactions]
    assert strengths == sorted(strengths, reverse=True)
    for each in found.reactions:
        unit = found.activations[each.layer - 1, :, each.unit].tolist()
        by_hand = {
            word: pearson_by_hand(unit, values.tolist()) for word, values in features.items()
        }
        assert each.r == pytest.approx(by_hand[each.to], abs=1e-9)
        assert abs(each.r) == pytest.approx(max(map(abs, by_hand.values())), abs=1e-9)


def test_a_unit_that_knows_of_quotes_is_found_with_its_sign() -> None:
    found = compute(switch_of_quotes(), TEXT, LensOptions(reacts_to="quotes"))
    assert (found.layer, found.unit) == (1, 2)
    assert found.reactions[0].r > 0.9
    by_any = compute(switch_of_quotes(), TEXT, LensOptions())
    assert (by_any.unit, by_any.reactions[0].to) == (2, "quotes")
    inside = measured(TEXT, "quotes")["quotes"] == 1
    assert (found.activation(1, 2)[inside] > 0.9).all()
    assert (found.activation(1, 2)[~inside] < 0.1).all()


def test_the_unit_worth_looking_at() -> None:
    net = subject(cell="rnn", layers=2, hidden_size=4)
    best = compute(net, TEXT, LensOptions(layer=2))
    assert best.layer == 2
    assert best.unit == next(each.unit for each in best.reactions if each.layer == 2)
    chosen = compute(net, TEXT, LensOptions(layer=2, unit=3))
    assert (chosen.layer, chosen.unit) == (2, 3)
    assert looking_at(chosen, 1, 0).as_json()["activations"][0] == pytest.approx(
        chosen.activations[0, 0, 0], abs=1e-6
    )
    assert chosen.reaction(2, 3).unit == 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (LensOptions(layer=2), "layer must be 1 for this net, not 2."),
        (LensOptions(unit=12), "unit must be from 0 to 11 for this net, not 12."),
    ],
)
def test_what_a_net_does_not_have_is_one_sentence(options: LensOptions, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        compute(subject(cell="rnn"), TEXT, options)
    assert str(caught.value) == says


def test_a_character_that_the_net_does_not_know_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="The character 'Z' does not occur in owls"):
        compute(subject(), "Z", LensOptions())


def test_nothing_in_the_net_changes() -> None:
    net = subject(cell="lstm")
    before = net.model.weights.flat.copy()
    compute(net, TEXT, LensOptions())
    assert np.array_equal(net.model.weights.flat, before)


def test_json_holds_all_of_it_plainly() -> None:
    found = compute(switch_of_quotes(), TEXT, LensOptions(reacts_to="quotes"))
    row = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert (row["text"], row["view"], row["reacts_to"]) == (TEXT, "hidden", "quotes")
    assert (row["layer"], row["unit"]) == (1, 2)
    assert row["activations"] == pytest.approx(found.activation(1, 2), abs=1e-6)
    assert row["reactions"][0] == {
        "layer": 1, "unit": 2, "r": round(found.reactions[0].r, 6), "reacts_to": "quotes"
    }  # fmt: skip
    assert row["reactions"][-1]["r"] == "nan"


def test_numbers_that_are_none_become_words() -> None:
    hidden = np.full((1, 2, 1), np.nan)
    broken = Trace(np.arange(2), hidden, {}, None, hidden, hidden)
    found = neurons(broken, "ab", {"line": np.array([1.0, 2.0])})
    assert found.as_json()["activations"] == ["nan", "nan"]
    assert found.as_json()["reactions"][0]["r"] == "nan"

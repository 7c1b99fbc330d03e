"""Surprise: bits, ranks and what was expected, against plain arithmetic on single steps."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from tui_charrnn.engine import CharModel, TrainConfig, build_model
from tui_charrnn.engine.lenses import surprise as lens
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.surprise import compute, surprise
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.vocabulary import Vocabulary

CHARS = tuple("\n abcdefg")
IDS = np.array([2, 5, 1, 8, 8, 0, 3, 2, 2, 7, 6, 1, 4])


def net(cell: str = "gru", vocab: int = len(CHARS), **changes) -> CharModel:
    """Return a net whose predictions differ: its weights are 30 times those of a new one."""
    config = TrainConfig(cell=cell, hidden_size=7, seq_length=5, dtype="float64", **changes)
    model = build_model(config, vocab)
    model.load_parameters({name: 30 * value for name, value in model.parameters().items()})
    return model


def predictions(model: CharModel, ids) -> list[np.ndarray]:
    """Return the probabilities after each character, from one step after the other."""
    state, found = zero_state(model.config), []
    for identifier in ids:
        logits, state = model.step(int(identifier), state)
        odds = np.exp(logits)
        found.append(odds / odds.sum())
    return found


@pytest.mark.parametrize(("cell", "layers"), [("rnn", 1), ("gru", 1), ("gru", 2), ("lstm", 3)])
def test_against_single_steps(cell: str, layers: int) -> None:
    model = net(cell, layers=layers)
    found, chances = surprise(model, IDS), predictions(model, IDS)
    assert math.isnan(found.bits[0])
    assert found.ranks[0] == 0
    for place in range(1, len(IDS)):
        before, came = chances[place - 1], IDS[place]
        assert found.bits[place] == pytest.approx(-math.log2(before[came]))
        assert found.ranks[place] == 1 + sum(before > before[came])
    for place, before in enumerate(chances, 1):
        best = sorted(range(len(CHARS)), key=lambda each: -before[each])[:5]
        assert found.expected[place].tolist() == best
        assert found.probabilities[place] == pytest.approx(before[best])
    assert not found.probabilities[0].any()


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_mean_is_the_loss_of_the_net(cell: str) -> None:
    model = net(cell)
    loss, _, _ = model.loss_and_gradients(IDS[:-1], IDS[1:], model.initial_state())
    assert surprise(model, IDS).mean_bits == pytest.approx(loss / (len(IDS) - 1) / math.log(2))


def test_a_long_text_is_worked_on_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    model = net()
    whole = surprise(model, IDS)
    monkeypatch.setattr(lens, "BLOCK", 2 * len(CHARS) + 1)  # two rows, the last block with one
    cut = surprise(model, IDS)
    for name in ("bits", "ranks", "expected", "probabilities"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name))


def test_a_net_that_knows_nothing_pays_the_same_for_all() -> None:
    model = build_model(TrainConfig(hidden_size=3), 3)
    model.load_parameters({name: 0 * value for name, value in model.parameters().items()})
    found = surprise(model, np.array([2, 0, 1]))
    assert found.bits[1:] == pytest.approx([math.log2(3)] * 2)
    assert found.ranks.tolist() == [0, 1, 1]  # none is likelier than another
    assert found.expected[1:].tolist() == [[0, 1, 2]] * 3
    assert found.mean_bits == pytest.approx(math.log2(3))


def test_one_character_alone_costs_nothing_that_could_be_told() -> None:
    found = surprise(net(), IDS[:1])
    assert math.isnan(found.mean_bits)
    assert found.expected.shape == (2, 5)
    assert found.probabilities[1].sum() > 0


def test_weights_that_have_run_away_are_no_error() -> None:
    model = net("rnn")
    wild = model.parameters()
    wild["by"][:] = [np.nan, np.inf, -np.inf, 1e308, -1e308, 0, 1, 2, 3]
    model.load_parameters(wild)
    found = surprise(model, IDS)
    assert not np.isnan(found.bits[1:]).any()
    assert found.expected[1:, 0].tolist() == [1] * len(IDS)
    json.dumps(reading(model, "ab").as_json(), allow_nan=False)


def test_nothing_in_the_net_changes() -> None:
    model = net()
    weights, gradients = model.weights.flat.copy(), model.gradients.flat.copy()
    first = surprise(model, IDS)
    np.testing.assert_array_equal(model.weights.flat, weights)
    np.testing.assert_array_equal(model.gradients.flat, gradients)
    np.testing.assert_array_equal(surprise(model, IDS).bits, first.bits)


def reading(model: CharModel, text: str) -> lens.Reading:
    subject = Subject("gru-1", model, Vocabulary("owls", CHARS), 10)
    return compute(subject, text, LensOptions())


def test_what_is_told_of_a_text() -> None:
    found = reading(net(), "a\nb")
    assert found.expected(0) == ()
    assert len(found.expected(3)) == 5
    char, chance = found.expected(1)[0]
    assert (CHARS.index(char), chance) == (
        found.surprise.expected[1, 0],
        found.surprise.probabilities[1, 0],
    )
    told = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert [each["character"] for each in told["characters"]] == ["a", "\n", "b"]
    first, second, _ = told["characters"]
    assert (first["bits"], first["rank"], first["expected"]) == ("nan", None, [])
    assert second["bits"] == pytest.approx(found.surprise.bits[1], abs=1e-8)
    assert second["rank"] == found.surprise.ranks[1]
    assert second["expected"][0]["character"] == char
    assert second["expected"][0]["probability"] == pytest.approx(chance, abs=1e-8)
    assert len(told["expected_next"]) == 5
    assert told["mean_bits"] == pytest.approx(found.surprise.mean_bits, abs=1e-8)


def test_texts_that_cannot_be_read() -> None:
    with pytest.raises(ValueError, match=r"^The text must have at least 1 character, not 0\.$"):
        reading(net(), "")
    with pytest.raises(ValueError, match=r"^The character 'x' does not occur in owls\.$"):
        reading(net(), "abx")

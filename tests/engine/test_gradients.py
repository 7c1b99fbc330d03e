"""Every gradient element of both cells against a central difference of the loss."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.support import CELLS, lively_model, small
from tui_charrnn.engine import CharModel
from tui_charrnn.engine.cell import ONE_HOT_LIMIT
from tui_charrnn.engine.parameters import Array

STEP = 1e-5
"""Leaves an error of about 1e-10 in a difference of losses of about 10."""


class Case:
    """A model, a window from a state that is not zero, and its gradients."""

    def __init__(self, cell: str, vocab: int, lead: tuple[int, ...], hidden: int = 4) -> None:
        config = small(cell=cell, hidden_size=hidden, batch_size=lead[0] if lead else 1)
        self.model: CharModel = lively_model(config, vocab)
        rng = np.random.default_rng(5)
        ids = rng.integers(0, vocab, (*lead, 8))
        self.inputs, self.targets = ids[..., :-1], ids[..., 1:]
        self.state = rng.standard_normal((*lead, hidden)) * 0.5
        self.parameters = self.model.parameters()
        _, self.gradients, _ = self.model.loss_and_gradients(self.inputs, self.targets, self.state)

    def loss(self) -> float:
        self.model.load_parameters(self.parameters)
        return self.model.loss(self.inputs, self.targets, self.state)[0]

    def difference(self, name: str, place: tuple[int, ...]) -> float:
        values = self.parameters[name]
        before = values[place]
        values[place] = before + STEP
        above = self.loss()
        values[place] = before - STEP
        below = self.loss()
        values[place] = before
        return (above - below) / (2 * STEP)

    def differences(self, name: str) -> Array:
        result = np.empty_like(self.parameters[name])
        for place in np.ndindex(result.shape):
            result[place] = self.difference(name, place)
        return result


@pytest.mark.parametrize("lead", [(), (2,)], ids=["one stream", "two streams"])
@pytest.mark.parametrize("cell", CELLS)
def test_every_element_of_every_parameter(cell: str, lead: tuple[int, ...]) -> None:
    case = Case(cell, 5, lead)
    assert list(case.gradients) == list(case.parameters)
    for name, gradient in case.gradients.items():
        numeric = case.differences(name)
        assert np.abs(numeric).max() > 1e-3, f"{name} takes no part in the loss"
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-8, err_msg=name)


@pytest.mark.parametrize("lead", [(), (2,)], ids=["one stream", "two streams"])
@pytest.mark.parametrize("cell", CELLS)
def test_the_embedding_of_a_vocabulary_too_large_for_one_hot_rows(
    cell: str, lead: tuple[int, ...]
) -> None:
    case = Case(cell, ONE_HOT_LIMIT + 40, lead, hidden=3)
    present = np.unique(case.inputs)
    absent = np.setdiff1d(np.arange(ONE_HOT_LIMIT + 40), present)
    for name in [name for name in case.gradients if name.startswith("Wx")]:
        gradient = case.gradients[name]
        assert not gradient[:, absent].any()
        numeric = [[case.difference(name, (h, v)) for v in present] for h in range(3)]
        np.testing.assert_allclose(gradient[:, present], numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("vocab", [ONE_HOT_LIMIT, ONE_HOT_LIMIT + 1])
@pytest.mark.parametrize("cell", CELLS)
def test_both_ways_to_sum_an_embeddings_gradient_at_their_border(cell: str, vocab: int) -> None:
    """A character that is read often: its rows add up, and dWxh sums to dbh in both ways."""
    case = Case(cell, vocab, (), hidden=3)
    inputs = np.array([7, vocab - 1, 7, 0, 7, vocab - 1, 7])
    _, gradients, _ = case.model.loss_and_gradients(inputs, case.targets, case.state)
    assert set(np.flatnonzero(gradients["Wxh"].any(axis=0))) == {0, 7, vocab - 1}
    np.testing.assert_allclose(gradients["Wxh"].sum(axis=1), gradients["bh"], rtol=1e-12)


@pytest.mark.parametrize("cell", CELLS)
def test_a_second_call_finds_nothing_left_over_from_the_first(cell: str) -> None:
    case = Case(cell, 5, ())
    arguments = (case.inputs, case.targets, case.state)
    case.model.loss_and_gradients(case.targets, case.inputs, case.state * 2)
    loss, gradients, after = case.model.loss_and_gradients(*arguments)
    kept = {name: g.copy() for name, g in gradients.items()}
    state = after.copy()
    case.model.loss_and_gradients(case.targets, case.inputs, case.state)
    assert loss == case.loss()
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient, case.gradients[name])
        np.testing.assert_array_equal(gradient, kept[name])  # a copy, not the live buffer
    np.testing.assert_array_equal(after, state)

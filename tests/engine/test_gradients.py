"""Every gradient element of every kind of net against a central difference of the loss."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.support import CELLS, NETS, dropout_of, lively_model, small
from tui_charrnn.engine import CharModel, TrainConfig, build_model
from tui_charrnn.engine.cell import FEW
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.parameters import Array

STEP = 1e-5
"""Leaves an error of about 1e-10 in a difference of losses of about 10."""


LEADS = pytest.mark.parametrize("lead", [(), (2,)], ids=["one stream", "two streams"])


def awake(config: TrainConfig, vocab: int) -> CharModel:
    """A model as it is initialised, but with biases, and with weights that are not tiny.

    So `normal` weights, N(0, 1) * 0.01, are taken fifty times.
    """
    model, rng = build_model(config, vocab), np.random.default_rng(9)
    larger = 50 if config.initialization == "normal" else 1
    model.load_parameters(
        {
            name: p * larger if p.ndim == 2 else rng.standard_normal(p.shape) * 0.5
            for name, p in model.parameters().items()
        }
    )
    return model


class Case:
    """A model, a window from a state that is not zero, and its gradients.

    What is dropped between layers is the same each time: the generator starts anew.
    """

    def __init__(self, model: CharModel, length: int = 7) -> None:
        self.model = model
        batch_size = model.config.batch_size
        lead = (batch_size,) if batch_size > 1 else ()
        rng = np.random.default_rng(5)
        ids = rng.integers(0, model.vocab_size, (*lead, length + 1))
        self.inputs, self.targets = ids[..., :-1], ids[..., 1:]
        self.state = rng.standard_normal(model.initial_state().shape) * 0.5
        self.parameters = model.parameters()
        self.gradients = self.of(self.inputs, self.targets, self.state)[1]

    @classmethod
    def lively(cls, cell: str, vocab: int, lead: tuple[int, ...], hidden: int = 4) -> Case:
        config = small(cell=cell, hidden_size=hidden, batch_size=lead[0] if lead else 1)
        return cls(lively_model(config, vocab))

    def of(self, *arguments: Array) -> tuple[float, dict[str, Array], Array]:
        dropout = dropout_of(self.model.config) if self.model.config.dropout else None
        return self.model.loss_and_gradients(*arguments, dropout)

    def loss(self) -> float:
        self.model.load_parameters(self.parameters)
        if self.model.config.dropout:
            return self.of(self.inputs, self.targets, self.state)[0]
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


@LEADS
@pytest.mark.parametrize("initialization", SPECS["initialization"].choices)
@pytest.mark.parametrize(("layers", "dropout"), NETS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_element_of_every_parameter(
    cell: str, layers: int, dropout: float, initialization: str, lead: tuple[int, ...]
) -> None:
    config = small(
        cell=cell, layers=layers, dropout=dropout, initialization=initialization, hidden_size=3,
        batch_size=lead[0] if lead else 1,
    )  # fmt: skip
    case = Case(awake(config, 4), length=4)
    assert list(case.gradients) == list(case.parameters)
    for name, gradient in case.gradients.items():
        numeric = case.differences(name)
        assert np.abs(numeric).max() > 1e-5, f"{name} takes no part in the loss"
        np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-9, err_msg=name)


@LEADS
@pytest.mark.parametrize("cell", CELLS)
def test_the_embedding_of_a_vocabulary_of_which_little_is_read(
    cell: str, lead: tuple[int, ...]
) -> None:
    case = Case.lively(cell, 300, lead, hidden=3)
    present = np.unique(case.inputs)
    absent = np.setdiff1d(np.arange(300), present)
    for name in [name for name in case.gradients if name.startswith("Wx")]:
        gradient = case.gradients[name]
        assert not gradient[:, absent].any()
        numeric = [[case.difference(name, (h, v)) for v in present] for h in range(3)]
        np.testing.assert_allclose(gradient[:, present], numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("few", [FEW, 0])
@pytest.mark.parametrize("cell", CELLS)
def test_both_ways_to_sum_an_embeddings_gradient(
    cell: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A character that is read often: its rows add up, and dWx sums to db in both ways."""
    monkeypatch.setattr("tui_charrnn.engine.cell.FEW", few)
    vocab = 40
    case = Case.lively(cell, vocab, (), hidden=3)
    inputs = np.array([7, vocab - 1, 7, 0, 7, vocab - 1, 7])
    _, gradients, _ = case.of(inputs, case.targets, case.state)
    for name in [name for name in gradients if name.startswith("Wx")]:
        assert set(np.flatnonzero(gradients[name].any(axis=0))) == {0, 7, vocab - 1}
        np.testing.assert_allclose(
            gradients[name].sum(axis=1), gradients[f"b{name[2:]}"], rtol=1e-11, atol=1e-15
        )


@LEADS
@pytest.mark.parametrize(("layers", "dropout"), NETS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_second_call_finds_nothing_left_over_from_the_first(
    cell: str, layers: int, dropout: float, lead: tuple[int, ...]
) -> None:
    config = small(
        cell=cell, layers=layers, dropout=dropout, hidden_size=3, batch_size=lead[0] if lead else 1
    )
    case = Case(lively_model(config, 5))
    arguments = (case.inputs, case.targets, case.state)
    case.of(case.targets, case.inputs, case.state * 2)
    case.model.loss(case.targets, case.inputs, case.state)  # which drops nothing
    loss, gradients, after = case.of(*arguments)
    kept = {name: g.copy() for name, g in gradients.items()}
    state = after.copy()
    case.of(case.targets, case.inputs, case.state)
    assert loss == case.loss()
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient, case.gradients[name])
        np.testing.assert_array_equal(gradient, kept[name])  # a copy, not the live buffer
    np.testing.assert_array_equal(after, state)

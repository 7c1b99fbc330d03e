"""The model's public face: names, shapes, initial weights, copies, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.support import (
    CELLS,
    CONTENT,
    assert_same_parameters,
    only,
    random_corpus,
    run,
    small,
)
from tui_charrnn.engine import TrainConfig, build_model
from tui_charrnn.engine.events import Step
from tui_charrnn.engine.registry import state_shape

H, V = 7, 5

SHAPES = {
    "rnn": {"Wxh": (H, V), "Whh": (H, H), "Why": (V, H), "bh": (H,), "by": (V,)},
    "gru": {
        "Wxz": (H, V), "Wxr": (H, V), "Wxh": (H, V),
        "Whz": (H, H), "Whr": (H, H), "Whh": (H, H),
        "bz": (H,), "br": (H,), "bh": (H,),
        "Why": (V, H), "by": (V,),
    },
    "lstm": {
        "Wxi": (H, V), "Wxf": (H, V), "Wxo": (H, V), "Wxg": (H, V),
        "Whi": (H, H), "Whf": (H, H), "Who": (H, H), "Whg": (H, H),
        "bi": (H,), "bf": (H,), "bo": (H,), "bg": (H,),
        "Why": (V, H), "by": (V,),
    },
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", CELLS)
def test_parameters_have_the_names_and_shapes_of_the_field(cell: str, dtype: str) -> None:
    model = build_model(small(cell=cell, hidden_size=H, dtype=dtype), V)
    ids = np.array([0, 1, 2])
    _, gradients, state = model.loss_and_gradients(ids, ids, model.initial_state())
    for arrays in (model.parameters(), gradients):
        assert {name: array.shape for name, array in arrays.items()} == SHAPES[cell]
        assert {array.dtype.name for array in arrays.values()} == {dtype}
    assert (state.shape, state.dtype.name) == (((2 if cell == "lstm" else 1) * H,), dtype)
    assert model.parameter_count == sum(p.size for p in model.parameters().values())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("cell", CELLS)
def test_initial_weights_are_normal_times_a_hundredth_and_biases_zero(
    cell: str, dtype: str
) -> None:
    model = build_model(TrainConfig(cell=cell, hidden_size=128, dtype=dtype), 100)
    for name, value in model.parameters().items():
        if name.startswith("b"):
            assert (value == (name == "bf")).all()
            continue
        scaled = value.astype(np.float64).ravel() * 100
        n = scaled.size
        assert abs(scaled.mean()) < 5 / np.sqrt(n), name
        assert abs(scaled.std() - 1) < 5 / np.sqrt(2 * n), name
        within = np.mean(np.abs(scaled) < 1)
        assert abs(within - 0.6827) < 5 * 0.466 / np.sqrt(n), name  # normal, not uniform


@pytest.mark.parametrize("cell", CELLS)
def test_weights_come_from_the_seed_alone(cell: str) -> None:
    config = small(cell=cell, seed=3)
    assert_same_parameters(
        build_model(config, 9).parameters(),
        build_model(config.replace(learning_rate=7, clip=1, batch_size=4), 9).parameters(),
    )
    other = build_model(config.replace(seed=4), 9).parameters()
    name = f"Wh{CONTENT[cell]}"
    assert not np.array_equal(other[name], build_model(config, 9).parameters()[name])


def test_no_two_weight_matrices_are_alike() -> None:
    parameters = build_model(small(cell="gru", hidden_size=5), 5).parameters()
    matrices = [value for name, value in parameters.items() if name.startswith("W")]
    assert len({value.tobytes() for value in matrices}) == len(matrices) == 7


@pytest.mark.parametrize("cell", CELLS)
def test_parameters_are_copies_in_both_directions(cell: str) -> None:
    model = build_model(small(cell=cell), V)
    taken = model.parameters()
    for value in taken.values():
        value.fill(3)
    assert not any((p == 3).any() for p in model.parameters().values())
    model.load_parameters(taken)
    for value in taken.values():
        value.fill(4)
    assert all((p == 3).all() for p in model.parameters().values())


@pytest.mark.parametrize("cell", CELLS)
def test_parameters_taken_before_training_do_not_change_with_it(cell: str) -> None:
    model = build_model(small(cell=cell), V)
    taken = model.parameters()
    kept = {name: value.copy() for name, value in taken.items()}
    run(small(cell=cell, iterations=2), random_corpus(50, V), model)
    assert_same_parameters(taken, kept)
    assert not np.array_equal(model.parameters()["Why"], taken["Why"])


@pytest.mark.parametrize("cell", CELLS)
def test_parameters_survive_a_round_trip_bit_for_bit(cell: str) -> None:
    one = build_model(small(cell=cell, seed=1), V)
    other = build_model(small(cell=cell, seed=2), V)
    other.load_parameters(one.parameters())
    assert_same_parameters(one.parameters(), other.parameters())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Wh": None}, "Parameter Wh[hg] is missing."),
        ({"Wxq": np.zeros(3)}, "Parameter Wxq is not in this model."),
        ({"Why": np.zeros((V, 3))}, r"Parameter Why has shape \(5, 3\), \(5, 12\) is needed."),
        ({"b": np.zeros((12, 1))}, r"Parameter b[hg] has shape \(12, 1\), \(12,\) is needed."),
        ({"by": 0.0}, r"Parameter by has shape \(\), \(5,\) is needed."),
    ],
)
@pytest.mark.parametrize("cell", CELLS)
def test_wrong_parameters_are_named_and_leave_the_model_as_it_was(
    cell: str, change: dict[str, object], message: str
) -> None:
    model = build_model(small(cell=cell), V)
    before = model.parameters()
    change = {n + CONTENT[cell] if n in ("Wh", "b") else n: p for n, p in change.items()}
    given = {**{name: p + 1 for name, p in before.items()}, **change}
    given = {name: p for name, p in given.items() if p is not None}
    with pytest.raises(ValueError, match=message):
        model.load_parameters(given)
    assert_same_parameters(model.parameters(), before)


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        ([0, 5], [0, 1], "ids must be from 0 to 4"),
        ([0, 1], [-1, 1], "ids must be from 0 to 4"),
        ([0, 1], [0, 1, 2], r"inputs have shape \(2,\), targets \(3,\)"),
        ([0.5, 1], [0, 1], "ids must be integers"),
        ([], [], "ids must be integers"),
        (0, 0, "ids must be integers"),
    ],
)
def test_ids_that_cannot_be_read_are_refused(inputs: object, targets: object, message: str) -> None:
    model = build_model(small(), V)
    with pytest.raises(ValueError, match=message):
        model.loss_and_gradients(np.array(inputs), np.array(targets), model.initial_state())


def test_states_have_an_axis_for_streams_only_where_there_are_several() -> None:
    assert build_model(small(), V).initial_state().shape == (12,)
    state = build_model(small(batch_size=3), V).initial_state()
    assert state.shape == (3, 12)
    assert not state.any()


@pytest.mark.parametrize("cell", CELLS)
def test_a_batch_is_its_streams_one_by_one(cell: str) -> None:
    """Losses and gradients add up over the streams, each with a state of its own."""
    config, rng = small(cell=cell, batch_size=4), np.random.default_rng(1)
    model = build_model(config, V)
    ids, state = rng.integers(0, V, (4, 10)), rng.standard_normal(state_shape(config))
    loss, gradients, after = model.loss_and_gradients(ids[:, :-1], ids[:, 1:], state)
    alone = [model.loss_and_gradients(i[:-1], i[1:], s) for i, s in zip(ids, state, strict=True)]
    assert loss == pytest.approx(sum(each[0] for each in alone), rel=1e-13)
    np.testing.assert_allclose(after, [each[2] for each in alone], rtol=1e-11, atol=1e-15)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(
            gradient, sum(each[1][name] for each in alone), rtol=1e-9, atol=1e-12
        )


def test_the_smallest_model_of_all_can_be_trained() -> None:
    config = small(hidden_size=1, seq_length=1, iterations=3)
    assert len(only(Step, run(config, random_corpus(2, 2)))) == 3


@pytest.mark.parametrize("vocab", [-1, 0, 1])
def test_fewer_than_two_characters_are_no_vocabulary(vocab: int) -> None:
    with pytest.raises(ValueError, match=f"vocab_size must be at least 2, not {vocab}."):
        build_model(small(), vocab)

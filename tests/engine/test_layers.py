"""Several layers: the engine and a plain per-character loop agree, one by one and in training."""

from __future__ import annotations

import numpy as np
import pytest

from tests import naive, naive_layers
from tests.engine.support import (
    CELLS,
    NETS,
    dropout_of,
    lively_model,
    masks_of,
    only,
    random_corpus,
    run,
    small,
)
from tui_charrnn.engine import TrainConfig, build_model
from tui_charrnn.engine.events import Step
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import canonical_shapes, state_shape, state_size, zero_state

H, V = 5, 6

PARTS = {"rnn": "h", "gru": "zrh", "lstm": "ifog"}


def net(cell: str, layers: int, **changes: object) -> TrainConfig:
    return small(cell=cell, layers=layers, hidden_size=H, **changes)


def window(config: TrainConfig, length: int = 9) -> tuple[Array, Array, Array]:
    """Inputs, targets and a state that is not zero."""
    rng = np.random.default_rng(2)
    ids = rng.integers(0, V, (config.batch_size, length + 1)).squeeze()
    return ids[..., :-1], ids[..., 1:], rng.standard_normal(state_shape(config))


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize(("layers", "dropout"), NETS)
@pytest.mark.parametrize("cell", CELLS)
def test_loss_gradients_and_state_are_those_of_the_plain_loop(
    cell: str, layers: int, dropout: float, batch_size: int
) -> None:
    config = net(cell, layers, dropout=dropout, batch_size=batch_size)
    model, arguments = lively_model(config, V, scale=1.0), window(config)
    masks = masks_of(config, arguments[0].T.shape, np.random.default_rng(3)) if dropout else None
    loss, gradients, after = model.loss_and_gradients(*arguments, dropout_of(config))
    expected = naive_layers.loss_and_gradients(cell, model.parameters(), *arguments, masks)
    assert loss == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(after, expected[2], rtol=1e-12, atol=1e-13)
    assert list(gradients) == list(expected[1])
    largest = max(np.abs(gradient).max() for gradient in expected[1].values())
    for name, gradient in gradients.items():
        np.testing.assert_allclose(
            gradient, expected[1][name], rtol=1e-12, atol=1e-12 * largest, err_msg=name
        )


@pytest.mark.parametrize("cell", CELLS)
def test_with_one_layer_both_plain_loops_say_the_same(cell: str) -> None:
    """The one that was written for a single layer is the notebook's."""
    config = net(cell, 1)
    parameters, arguments = lively_model(config, V, scale=1.0).parameters(), window(config)
    one = naive.loss_and_gradients(cell, parameters, *arguments)
    other = naive_layers.loss_and_gradients(cell, parameters, *arguments)
    assert one[0] == pytest.approx(other[0], rel=1e-13)
    np.testing.assert_allclose(one[2], other[2], rtol=1e-13)
    for name, gradient in one[1].items():
        np.testing.assert_allclose(gradient, other[1][name], rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize(("layers", "dropout"), NETS[1:])
@pytest.mark.parametrize("cell", CELLS)
def test_fifteen_updates_of_a_deep_net(
    cell: str, layers: int, dropout: float, batch_size: int
) -> None:
    """Also where what is dropped comes from: a generator of the seed, window after window."""
    config = net(cell, layers, dropout=dropout, batch_size=batch_size, iterations=15, seq_length=6)
    corpus = random_corpus(batch_size * 50, V)
    model = lively_model(config, V)
    parameters = model.parameters()
    plain = naive.NaiveRun(
        cell=cell, parameters=parameters, ids=corpus.ids, vocab_size=V, seq_length=6,
        learning_rate=0.1, batch_size=batch_size,
    )  # fmt: skip
    rng, rows = np.random.default_rng([config.seed, 3]), np.array(plain.streams)
    states, losses = np.zeros((batch_size, state_size(config))), []
    for _ in range(15):
        if plain.p + 7 >= plain.length:
            plain.p, states = 0, np.zeros_like(states)
        ids = rows[:, plain.p : plain.p + 7].astype(int)
        lead = (6, batch_size) if batch_size > 1 else (6,)
        masks = masks_of(config, lead, rng).reshape(layers - 1, 6, batch_size, H)
        loss, gradients, states = naive_layers.loss_and_gradients(
            cell, parameters, ids[:, :-1], ids[:, 1:], states, masks
        )
        naive.clip(gradients, 5)
        naive.adagrad(parameters, gradients, plain.memories, 0.1)
        losses.append(loss / batch_size)
        plain.p += 6
    steps = only(Step, run(config, corpus, model))
    np.testing.assert_allclose([step.loss for step in steps], losses, rtol=1e-9)
    for name, value in model.parameters().items():
        np.testing.assert_allclose(value, parameters[name], rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_upper_layers_have_their_number_behind_the_name(cell: str, layers: int) -> None:
    config = net(cell, layers)
    expected: dict[str, tuple[int, ...]] = {}
    for layer in range(1, layers + 1):
        tail = "" if layer == 1 else f"{layer}"
        for part in PARTS[cell]:
            expected[f"Wx{part}{tail}"] = (H, V if layer == 1 else H)
            expected[f"Wh{part}{tail}"] = (H, H)
            expected[f"b{part}{tail}"] = (H,)
    expected |= {"Why": (V, H), "by": (V,)}
    model = build_model(config, V)
    shapes = {name: value.shape for name, value in model.parameters().items()}
    assert shapes == canonical_shapes(config, V) == expected
    assert list(shapes)[-2:] == ["Why", "by"]
    assert model.parameter_count == sum(int(np.prod(shape)) for shape in expected.values())


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_a_state_is_layer_after_layer_the_hidden_and_the_cell_state(cell: str, layers: int) -> None:
    for batch_size in (1, 3):
        config = net(cell, layers, batch_size=batch_size)
        model, arguments = lively_model(config, V), window(config)
        _, after = model.loss(*arguments)
        parts = []
        for scan in model.last_scans():
            parts.append(scan.hidden[-1])
            assert (scan.cells is not None) == (cell == "lstm")
            if scan.cells is not None:
                parts.append(scan.cells[-1])
        np.testing.assert_array_equal(after, np.concatenate(parts, axis=-1))
        assert after.shape == arguments[2].shape == model.initial_state().shape
        assert after.shape[-1] == state_size(config) == layers * H * (2 if cell == "lstm" else 1)
        assert zero_state(config).shape == (state_size(config),)
        starts = [scan.hidden[0] for scan in model.last_scans()]
        step = H * (2 if cell == "lstm" else 1)
        np.testing.assert_array_equal(np.array(starts[-1]), arguments[2][..., -step:][..., :H])


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_steps_one_by_one_are_a_window(cell: str, layers: int) -> None:
    """What sampling does, and `read`, against what training does."""
    config = net(cell, layers)
    model = lively_model(config, V, scale=1.0)
    inputs, targets, state = window(config)
    loss, after = model.loss(inputs, targets, state)
    kept, nats, stepped = state.copy(), 0.0, state
    for identifier, target in zip(inputs.tolist(), targets.tolist(), strict=True):
        logits, stepped = model.step(identifier, stepped)
        nats -= np.log(naive.softmax(logits)[target])
    assert nats == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(stepped, after, rtol=1e-11, atol=1e-14)
    np.testing.assert_array_equal(model.read(inputs, state), after)
    np.testing.assert_array_equal(state, kept)


@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_a_batch_is_its_streams_one_by_one(cell: str, layers: int) -> None:
    config = net(cell, layers, batch_size=4)
    model = lively_model(config, V)
    inputs, targets, state = window(config)
    loss, gradients, after = model.loss_and_gradients(inputs, targets, state)
    alone = [model.loss_and_gradients(*each) for each in zip(inputs, targets, state, strict=True)]
    assert loss == pytest.approx(sum(each[0] for each in alone), rel=1e-13)
    np.testing.assert_allclose(after, [each[2] for each in alone], rtol=1e-11, atol=1e-15)
    for name, gradient in gradients.items():
        total = sum(each[1][name] for each in alone)
        np.testing.assert_allclose(gradient, total, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("batch_size", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_float32_stays_near_float64(cell: str, batch_size: int) -> None:
    config = net(cell, 3, batch_size=batch_size, dropout=0.4)
    exact, arguments = lively_model(config, V), window(config)
    model = lively_model(config.replace(dtype="float32"), V)
    assert {p.dtype.name for p in model.parameters().values()} == {"float32"}
    loss, gradients, after = model.loss_and_gradients(*arguments)
    wanted = exact.loss_and_gradients(*arguments)
    assert after.dtype.name == gradients["Whh3" if cell != "lstm" else "Whg3"].dtype.name
    assert after.dtype.name == "float32"
    assert loss == pytest.approx(wanted[0], rel=1e-5)
    np.testing.assert_allclose(after, wanted[2], rtol=1e-3, atol=1e-5)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(gradient, wanted[1][name], rtol=1e-3, atol=1e-4, err_msg=name)


def test_no_scan_before_a_window_was_read() -> None:
    with pytest.raises(ValueError, match=r"^No window was read\.$"):
        build_model(net("gru", 2), V).last_scans()

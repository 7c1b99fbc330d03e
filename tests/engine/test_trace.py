"""All that goes on in a net while it reads: as when it reads step by step, and nothing changes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.resuming import CORPUS, LIVELY, live
from tests.engine.support import CELLS, lively_model, small
from tests.naive_layers import Reading
from tui_charrnn.engine import CharModel, build_model
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.trace import Trace, trace
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import state_shape, state_size

V, H, T = 7, 5, 11

GATES = {
    "rnn": {},
    "gru": {"update": "z", "reset": "r"},
    "lstm": {"input": "i", "forget": "f", "output": "o"},
}
"""Their letters in the equations."""

LAYERS = pytest.mark.parametrize("layers", [1, 2, 3])


def net(cell: str, layers: int, **changes: object) -> CharModel:
    return lively_model(small(cell=cell, layers=layers, hidden_size=H, **changes), V, scale=1.0)


def text(length: int = T) -> Array:
    return np.random.default_rng(4).integers(0, V, length)


def fields(found: Trace) -> list[Array]:
    arrays = [found.ids, found.hidden, *found.gates.values(), found.logits, found.state]
    return arrays if found.cells is None else [*arrays, found.cells]


@pytest.mark.parametrize("starts", ["from zeros", "from a state"])
@LAYERS
@pytest.mark.parametrize("cell", CELLS)
def test_it_is_what_the_equations_make(cell: str, layers: int, starts: str) -> None:
    model, ids = net(cell, layers), text()
    size = state_size(model.config)
    state = None if starts == "from zeros" else np.random.default_rng(1).standard_normal(size)
    found = trace(model, ids, state)
    before = np.zeros(size) if state is None else state
    plain = Reading(cell, model.parameters(), ids.tolist(), before)
    assert found.hidden.shape == (layers, T, H)
    assert (found.logits.shape, found.state.shape) == ((T, V), (size,))
    assert list(found.gates) == list(GATES[cell])
    assert (found.cells is not None) == (cell == "lstm")
    np.testing.assert_array_equal(found.ids, ids)
    np.testing.assert_allclose(found.state, plain.after, rtol=1e-11, atol=1e-14)
    for t, steps in enumerate(plain.steps):
        for layer, step in enumerate(steps):
            close = {"rtol": 1e-10, "atol": 1e-14}
            np.testing.assert_allclose(found.hidden[layer, t], step["h"].ravel(), **close)
            for name, letter in GATES[cell].items():
                assert found.gates[name].shape == (layers, T, H)
                np.testing.assert_allclose(
                    found.gates[name][layer, t], step[letter].ravel(), **close
                )
            if found.cells is not None:
                np.testing.assert_allclose(found.cells[layer, t], step["c"].ravel(), **close)
        scores = plain.why @ steps[-1]["h"] + plain.by
        np.testing.assert_allclose(found.logits[t], scores.ravel(), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@LAYERS
@pytest.mark.parametrize("cell", CELLS)
def test_it_is_what_single_steps_make(cell: str, layers: int, dtype: str) -> None:
    """In the precision of the net; read in two pieces it is the same."""
    model, ids = net(cell, layers, dtype=dtype), text(30)
    found = trace(model, ids)
    assert {array.dtype.name for array in fields(found)[1:]} == {dtype}
    state, error = np.zeros(state_size(model.config), dtype), 1e-4 if dtype == "float32" else 1e-11
    for place, identifier in enumerate(ids.tolist()):
        logits, state = model.step(identifier, state)
        np.testing.assert_allclose(found.logits[place], logits, rtol=error, atol=error)
    np.testing.assert_allclose(found.state, state, rtol=error, atol=error)
    first = trace(model, ids[:13])
    second = trace(model, ids[13:], first.state)
    np.testing.assert_allclose(second.state, found.state, rtol=error, atol=error)
    np.testing.assert_allclose(
        np.concatenate([first.hidden, second.hidden], axis=1), found.hidden, rtol=error, atol=error
    )


@LAYERS
@pytest.mark.parametrize("cell", CELLS)
def test_nothing_in_the_model_changes_and_nothing_is_shared_with_it(cell: str, layers: int) -> None:
    model, ids, state = net(cell, layers, batch_size=1), text(), np.ones(layers * H * 2)
    state = state[: state_size(model.config)]
    model.backpropagate(ids[:-1], ids[1:], state)
    live = [model.weights.flat, model.gradients.flat, state]
    live += [scan.hidden for scan in model.last_scans()]
    live += [gate for scan in model.last_scans() for gate in scan.gates.values()]
    before, scans = [array.tobytes() for array in live], list(model.last_scans())
    found = trace(model, ids[:-1], state)
    assert [array.tobytes() for array in live] == before
    assert list(model.last_scans()) == scans
    kept = [array.copy() for array in fields(found)]
    model.backpropagate(ids[1:], ids[:-1], state * 2)
    trace(model, ids[1:])
    for array, copy in zip(fields(found), kept, strict=True):
        np.testing.assert_array_equal(array, copy)
        assert not any(np.shares_memory(array, other) for other in [*live, ids])


def test_a_net_of_many_streams_reads_one_text() -> None:
    many, one = net("lstm", 2, batch_size=8), net("lstm", 2)
    for array, other in zip(fields(trace(many, text())), fields(trace(one, text())), strict=True):
        np.testing.assert_array_equal(array, other)
    assert state_shape(many.config)[0] == 8


def test_a_text_of_one_character() -> None:
    found = trace(net("gru", 2), np.array([3], np.uint16))
    assert found.hidden.shape == (2, 1, H)
    assert found.ids.tolist() == [3]


# ----------------------------------------------------------------------------- subjects


@LAYERS
@pytest.mark.parametrize("cell", CELLS)
def test_a_subject_is_the_net_of_a_checkpoint(cell: str, layers: int) -> None:
    config = LIVELY.replace(cell=cell, layers=layers, iterations=25)
    life = live(config)
    subject = Subject.of("owls 3", life.checkpoint)
    assert (subject.name, subject.iteration) == ("owls 3", 25)
    assert subject.vocabulary.chars == CORPUS.chars
    ids = subject.vocabulary.encode("the owl")
    np.testing.assert_array_equal(trace(subject.model, ids).logits, trace(life.model, ids).logits)
    before = subject.model.weights.flat.copy()
    live(config.replace(iterations=30), start=life.checkpoint)
    np.testing.assert_array_equal(subject.model.weights.flat, before)


def test_the_best_of_a_checkpoint_is_of_its_own_moment() -> None:
    checkpoint = live(LIVELY.replace(iterations=25)).checkpoint
    assert checkpoint.best is not None
    subject = Subject.of("owls", checkpoint, best=True)
    assert subject.iteration == checkpoint.best.iteration + 1
    for name, value in subject.model.parameters().items():
        np.testing.assert_array_equal(value, checkpoint.best_parameters[name])
    none = live(LIVELY.replace(iterations=5, eval_every=0)).checkpoint
    with pytest.raises(ValueError, match=r"^The run has validated nothing, so there are no best"):
        Subject.of("owls", none, best=True)


def test_it_depends_on_weights_and_text_alone() -> None:
    config = small(cell="gru", hidden_size=H)
    one, other = (build_model(config, V) for _ in range(2))
    for array, same in zip(fields(trace(one, text())), fields(trace(other, text())), strict=True):
        assert array.tobytes() == same.tobytes()

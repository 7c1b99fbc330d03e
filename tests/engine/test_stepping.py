"""Nets on their way through a text, and the characters drawn from them in pieces of any length."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from tests.engine.support import CELLS, lively_model, small
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.sampling import Sampler, draw, generate

VOCAB = 9
NUMBERS = [(0.0, 0, 1.0), (1.0, 0, 1.0), (0.7, 0, 1.0), (1.3, 4, 1.0), (1.0, 0, 0.8), (2.0, 5, 0.9)]
"""Temperature, top-k and top-p."""


@pytest.mark.parametrize(("dtype", "error"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_character_by_character_is_the_window_as_a_whole(
    cell: str, layers: int, dtype: str, error: float
) -> None:
    model = lively_model(small(cell=cell, layers=layers, dtype=dtype), VOCAB)
    ids = np.random.default_rng(5).integers(VOCAB, size=30)
    state = np.linspace(-0.9, 0.9, len(zero_state(model.config))).astype(dtype)
    kept = state.copy()
    reader, passes = model.reader(state), model.passed(ids, state)
    scores = model.logits_of(passes.scans[-1].hidden[1:])
    for place, identifier in enumerate(ids.tolist()):
        reader.read(identifier)
        np.testing.assert_allclose(reader.logits(), scores[place], rtol=error, atol=error)
    np.testing.assert_allclose(reader.state, passes.last_state(), rtol=error, atol=error)
    assert (reader.logits().dtype, reader.state.dtype) == (dtype, dtype)
    np.testing.assert_array_equal(state, kept)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_nothing_is_left_behind_from_one_step_to_the_next(cell: str, layers: int) -> None:
    """One reader gives to the last bit what a new one for every character gives."""
    model = lively_model(small(cell=cell, layers=layers, dtype="float32"), VOCAB)
    state = zero_state(model.config)
    reader, other = model.reader(state), model.reader(state)
    for identifier in (3, 1, 4, 1, 5, 3, 3, 8):
        logits, state = model.step(identifier, state)
        before = logits.tobytes(), state.tobytes()
        reader.read(identifier)
        other.read(2)  # a net of the same model on another way
        other.logits()
        assert (reader.logits().tobytes(), reader.state.tobytes()) == before
        assert (logits.tobytes(), state.tobytes()) == before


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize("cell", CELLS)
def test_ids_are_those_of_one_draw_after_the_other(
    cell: str, numbers: tuple[float, int, float]
) -> None:
    """However many are asked for at a time; and only what is drawn uses random numbers."""
    model = lively_model(small(cell=cell, layers=2), VOCAB)
    state, rng, expected = zero_state(model.config), np.random.default_rng(6), []
    for seed in (2, 7):
        logits, state = model.step(seed, state)
    used = [rng.bit_generator.state]
    for _ in range(40):
        expected.append(draw(logits, rng, *numbers))
        used.append(rng.bit_generator.state)
        logits, state = model.step(expected[-1], state)
    assert numbers[0] == 0 or len(set(expected)) > 2
    for pieces in ([40], [1, 0, 2, 37], [7] * 5):
        rng = np.random.default_rng(6)
        sampler = Sampler(model, (2, zero_state(model.config)), rng, *numbers)
        sampler.read([7])
        drawn: list[int] = []
        for count in pieces:
            drawn += sampler.take(count)
            assert drawn == expected[: len(drawn)]
            assert rng.bit_generator.state == used[len(drawn)]
    rng = np.random.default_rng(6)
    stream = generate(model, ([2, 7], zero_state(model.config)), rng, *numbers)
    assert list(islice(stream, 11)) == expected[:11]
    assert rng.bit_generator.state == used[11]


def test_what_is_read_in_between_counts() -> None:
    model = lively_model(small(), VOCAB)
    zeros = zero_state(model.config)
    sampler = Sampler(model, (1, zeros), np.random.default_rng(0), 0)
    first = sampler.take(3)
    sampler.read([4, 5])
    whole = Sampler(model, (1, zeros), np.random.default_rng(0), 0)
    whole.read([*first, 4, 5])
    assert sampler.take(9) == whole.take(9)


def test_scores_that_are_no_numbers_raise_no_alarm() -> None:
    model = lively_model(small(), VOCAB)
    parameters = model.parameters()
    parameters["by"][:] = [np.nan, np.inf, -np.inf, *range(6)]
    model.load_parameters(parameters)
    with np.errstate(all="raise"):
        assert model.sample(0, 5, np.random.default_rng(0)) == [1] * 5
        assert model.step(0, zero_state(model.config))[0][1] == np.inf

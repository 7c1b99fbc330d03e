"""The update rules agree with their equations, weight by weight, and remember all they must."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from tests.engine.support import OWLS, assert_same_parameters, only, run, small, stopped
from tests.naive_optimizers import RULES
from tui_charrnn.engine import Corpus, TrainConfig, build_model
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.events import Step
from tui_charrnn.engine.optimizers import BLOCK_BYTES, OPTIMIZERS, Optimizer, clip
from tui_charrnn.engine.parameters import Array

NAMES = SPECS["optimizer"].choices
BLOCK = BLOCK_BYTES // 8
SIZES = (1, 7, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 3)
UPDATES = 60

CONSTANTS = (
    {},
    {"decay_rate": 0.5, "beta1": 0.5, "beta2": 0.9, "weight_decay": 2.0, "momentum": 0.99},
    {"decay_rate": 0.0, "beta1": 0.0, "beta2": 0.0, "weight_decay": 0.0, "momentum": 0.0},
)
"""Those of the defaults, others, and the lowest that are allowed."""

TRIED = [
    *((size, CONSTANTS[0]) for size in SIZES),
    *((size, constants) for size in (7, SIZES[-1]) for constants in CONSTANTS[1:]),
]
"""The borders of blocks do not depend on the constants."""


class Rule:
    """An optimizer with its two vectors, and what they are before each update."""

    def __init__(self, name: str, size: int, dtype: str = "float64", **constants: float) -> None:
        self.config = TrainConfig(optimizer=name, **constants)
        rng = np.random.default_rng(size)
        self.parameters: Array = rng.standard_normal(size).astype(dtype)
        self.first = self.parameters.astype("float64")
        # gradients of every size, some of them zero, as those of characters that were not read
        scale = 10 ** rng.uniform(-6, 1, (UPDATES, size)) * (rng.random((UPDATES, size)) > 0.1)
        self.given: Array = (rng.standard_normal((UPDATES, size)) * scale).astype(dtype)
        self.rates = 10 ** rng.uniform(-4, -1, UPDATES)
        self.gradients: Array = np.empty(size, dtype)
        self.optimizer = self.fresh()

    def fresh(self) -> Optimizer:
        return OPTIMIZERS[self.config.optimizer](self.parameters, self.gradients, self.config)

    def update(self, start: int = 0, stop: int = UPDATES) -> None:
        for iteration in range(start, stop):
            self.gradients[:] = self.given[iteration]
            self.optimizer.update(float(self.rates[iteration]), iteration)

    def expected(self, place: int) -> float:
        rule, names = RULES[self.config.optimizer]
        constants = [getattr(self.config, name) for name in names]
        given = self.given[:, place].astype("float64").tolist()
        return rule(float(self.first[place]), given, self.rates.tolist(), *constants)


def places(size: int) -> list[int]:
    """Both sides of every border between two blocks, and some in between."""
    borders = {0, BLOCK - 1, BLOCK, 2 * BLOCK - 1, 2 * BLOCK, size - 1}
    inner = np.random.default_rng(3).integers(size, size=4).tolist()
    return sorted(place for place in borders | set(inner) if place < size)


def test_every_rule_of_the_config_is_there_and_no_other() -> None:
    assert tuple(OPTIMIZERS) == tuple(RULES) == NAMES


@pytest.mark.parametrize(("size", "constants"), TRIED)
@pytest.mark.parametrize("name", NAMES)
def test_60_updates_of_changing_rates(name: str, size: int, constants: dict[str, float]) -> None:
    rule = Rule(name, size, **constants)
    rule.update()
    for place in places(size):
        np.testing.assert_allclose(
            rule.parameters[place], rule.expected(place), rtol=1e-12, atol=1e-12
        )


@pytest.mark.parametrize("name", NAMES)
def test_float32_stays_float32_and_near(name: str) -> None:
    rule = Rule(name, 50, "float32")
    rule.update()
    assert {vector.dtype for vector in rule.optimizer.state.values()} == {np.dtype("float32")}
    np.testing.assert_allclose(
        rule.parameters, [rule.expected(place) for place in range(50)], rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_no_element_depends_on_its_place(name: str, dtype: str) -> None:
    """Turned round, other elements lie in the blocks: all come to the same, to the last bit."""
    one, other = (Rule(name, 2 * BLOCK + 3, dtype) for _ in range(2))
    other.parameters[:] = one.parameters[::-1].copy()
    other.given = one.given[:, ::-1]
    one.update(0, 5)
    other.update(0, 5)
    assert one.parameters.tobytes() == other.parameters[::-1].tobytes()
    for slot, vector in one.optimizer.state.items():
        assert vector.tobytes() == other.optimizer.state[slot][::-1].tobytes()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_another_one_goes_on_from_the_state_to_the_last_bit(name: str, dtype: str) -> None:
    whole, broken = (Rule(name, BLOCK + 3, dtype) for _ in range(2))
    whole.update()
    broken.update(0, 23)
    kept = {slot: vector.copy() for slot, vector in broken.optimizer.state.items()}
    assert tuple(kept) == OPTIMIZERS[name].SLOTS
    assert all(vector.any() for vector in kept.values())
    broken.optimizer = broken.fresh()
    for slot, vector in broken.optimizer.state.items():
        assert not vector.any()
        np.copyto(vector, kept[slot])
    broken.update(23)
    assert broken.parameters.tobytes() == whole.parameters.tobytes()
    for slot, vector in whole.optimizer.state.items():
        assert vector.tobytes() == broken.optimizer.state[slot].tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_only_read_and_no_memory_is_taken(name: str) -> None:
    rule = Rule(name, 3 * BLOCK)
    rule.update(0, 2)
    before = rule.gradients.copy()
    tracemalloc.start()
    rule.optimizer.update(0.1, 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < BLOCK  # bytes: an eighth of one block
    assert rule.gradients.tobytes() == before.tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_without_gradients_only_weight_decay_moves_a_weight(name: str) -> None:
    rule = Rule(name, 9)
    rule.given[:] = 0
    rule.update()
    kept = np.prod(1 - 0.01 * rule.rates) if name == "adamw" else 1
    np.testing.assert_allclose(rule.parameters, rule.first * kept, rtol=1e-12)


def test_the_first_step_of_adam_is_the_rate_whatever_the_gradient() -> None:
    """The correction makes up for means that began as zeros."""
    for size in (1e-3, 1.0, 1e3):
        parameters, gradients = np.zeros(2), np.array([size, -size])
        OPTIMIZERS["adam"](parameters, gradients, TrainConfig(optimizer="adam")).update(0.25, 0)
        np.testing.assert_allclose(parameters, [-0.25, 0.25], rtol=1e-4)


def test_weight_decay_takes_no_more_than_the_whole_weight() -> None:
    config = TrainConfig(optimizer="adamw", weight_decay=100)
    parameters, gradients = np.array([3.0, -2.0]), np.zeros(2)
    OPTIMIZERS["adamw"](parameters, gradients, config).update(1000, 0)
    np.testing.assert_array_equal(parameters, [0, 0])


@pytest.mark.parametrize("name", NAMES)
def test_the_billionth_update_is_one_like_others(name: str) -> None:
    rule = Rule(name, 5)
    rule.gradients[:] = 1
    rule.optimizer.update(0.1, 10**9)
    assert np.isfinite(rule.parameters).all()
    assert (rule.parameters < rule.first).all()


# ------------------------------------------------------------------------------ in a run


@pytest.mark.parametrize("clip_by", ["value", "norm"])
@pytest.mark.parametrize("name", NAMES)
def test_a_run_clips_and_updates_as_the_equations_say(name: str, clip_by: str) -> None:
    """Windows, gradients, clipping and rule once more, with nothing of the trainer."""
    corpus = Corpus.from_text(OWLS * 3)
    config = small(
        optimizer=name, clip_by=clip_by, clip=0.05, iterations=6, learning_rate=0.05, cell="rnn"
    )
    model, plain = (build_model(config, corpus.vocab_size) for _ in range(2))
    first, given, state = plain.weights.flat.copy(), [], plain.initial_state()
    rule, names = RULES[name]
    constants = [getattr(config, field) for field in names]
    for n in range(6):
        window = corpus.ids[9 * n : 9 * n + 10].astype(np.intp)
        _, state = plain.backpropagate(window[:-1], window[1:], state)
        gradients = plain.gradients.flat.copy()
        clip(gradients, config)
        assert not np.array_equal(gradients, plain.gradients.flat)
        given.append(gradients)
        columns = np.array(given).T.tolist()
        rates = [0.05] * (n + 1)
        plain.weights.flat[:] = [
            rule(weight, column, rates, *constants)
            for weight, column in zip(first.tolist(), columns, strict=True)
        ]
    events = run(config, corpus, model)
    assert stopped(events).outcome == "finished"
    for parameter, value in model.parameters().items():
        np.testing.assert_allclose(value, plain.parameters()[parameter], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_every_rule_learns_to_spell(name: str, dtype: str) -> None:
    rates = {"adagrad": 0.1, "rmsprop": 0.01, "adam": 0.02, "adamw": 0.02, "sgd": 0.01}
    config = small(optimizer=name, learning_rate=rates[name], iterations=300, dtype=dtype)
    steps = only(Step, run(config, Corpus.from_text(OWLS * 10)))
    assert np.mean([step.bits_per_character for step in steps[-20:]]) < 1
    assert steps[0].bits_per_character > 3.5


@pytest.mark.parametrize("name", NAMES)
def test_the_highest_rate_leaves_finite_weights_behind(name: str) -> None:
    config = small(
        optimizer=name, learning_rate=1000, clip=1e6, weight_decay=100, iterations=100,
        dtype="float32",
    )  # fmt: skip
    corpus = Corpus.from_text(OWLS * 10)
    model = build_model(config, corpus.vocab_size)
    assert stopped(run(config, corpus, model)).outcome in ("finished", "failed")
    assert all(np.isfinite(p).all() for p in model.parameters().values())


def test_two_runs_of_the_same_seed_are_the_same() -> None:
    corpus = Corpus.from_text(OWLS * 10)
    for name in NAMES:
        config = small(optimizer=name, iterations=20)
        models = [build_model(config, corpus.vocab_size) for _ in range(2)]
        for model in models:
            run(config, corpus, model)
        assert_same_parameters(*(model.parameters() for model in models))

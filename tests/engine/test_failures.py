"""A loss that is no number any more stops the run, and the last finite parameters are kept."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.engine.support import (
    CELLS,
    CONTENT,
    assert_same_parameters,
    lively_model,
    only,
    random_corpus,
    run,
    small,
    stopped,
)
from tui_charrnn.engine import CharModel, Corpus, build_model
from tui_charrnn.engine.events import Step, Validation

CORPUS = random_corpus(200, 6)


def spoiled(model: CharModel, name: str, place: object, value: float) -> CharModel:
    parameters = model.parameters()
    parameters[name][place] = value
    model.load_parameters(parameters)
    return model


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["Wx", "Wh", "Why", "b", "by"])
@pytest.mark.parametrize("cell", CELLS)
def test_a_weight_that_is_no_number_stops_the_run_at_once(
    cell: str, name: str, value: float
) -> None:
    config = small(cell=cell)
    name = name if name.endswith("y") else f"{name}{CONTENT[cell]}"
    model = spoiled(lively_model(config, 6), name, slice(None), value)
    before = model.parameters()
    events = run(config, CORPUS, model)
    end = stopped(events)
    if end.outcome == "failed":
        assert re.search(r"The (loss|gradient) became (nan|inf) at iteration 0;", end.message)
        assert not only(Step, events)
        assert end.iteration == 0
        assert_same_parameters(model.parameters(), before)
    else:  # an infinite bias only saturates its units
        assert name in (f"b{CONTENT[cell]}", f"Wx{CONTENT[cell]}")
        assert not np.isnan(value)
        assert all(np.isfinite(step.loss) for step in only(Step, events))


@pytest.mark.parametrize("batch_size", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_the_iteration_is_named_and_what_was_learned_before_is_kept(
    cell: str, batch_size: int
) -> None:
    """A character first read in the fourth window has a weight that is no number."""
    text = ("abcd" * 25)[: 3 * 9 + 1] + "z" + "abcd" * 8
    corpus = Corpus.from_text(text * batch_size, "trap")
    config = small(cell=cell, batch_size=batch_size, iterations=30)
    name, place = f"Wx{CONTENT[cell]}", (0, corpus.chars.index("z"))
    model = spoiled(build_model(config, 5), name, place, np.nan)
    healthy = spoiled(build_model(config, 5), name, place, np.nan)
    first = only(Step, run(config.replace(iterations=3), corpus, healthy))
    events = run(config, corpus, model)
    end = stopped(events)
    assert end.outcome == "failed"
    assert end.message.startswith("The loss became nan at iteration 3; the parameters from before")
    assert end.iteration == 3
    assert end.smooth_loss == first[-1].smooth_loss
    assert only(Step, events) == first
    assert_same_parameters(model.parameters(), healthy.parameters())


@pytest.mark.parametrize("cell", CELLS)
def test_the_largest_learning_rate_leaves_finite_parameters_behind(cell: str) -> None:
    """It may fail or not, but it neither warns nor leaves numbers that are none."""
    config = small(cell=cell, dtype="float32", learning_rate=1000, iterations=200, clip=1e6)
    model = build_model(config, 6)
    events = run(config, CORPUS, model)
    assert stopped(events).outcome in ("finished", "failed")
    assert all(np.isfinite(step.loss) for step in only(Step, events))
    assert all(np.isfinite(p).all() for p in model.parameters().values())


@pytest.mark.parametrize("cell", CELLS)
def test_weights_near_the_end_of_the_range_overflow_and_are_kept(cell: str) -> None:
    config = small(cell=cell, dtype="float32")
    model = build_model(config, 6)
    largest = np.finfo("float32").max
    model.load_parameters({n: np.full(p.shape, largest) for n, p in model.parameters().items()})
    before = model.parameters()
    end = stopped(run(config, CORPUS, model))
    assert end.outcome == "failed"
    assert "at iteration 0;" in end.message
    assert_same_parameters(model.parameters(), before)


def test_a_failure_keeps_the_best_validated_parameters() -> None:
    text = "abcd" * 30 + "z" + "abcd" * 30 + "ab" * 20
    corpus = Corpus.from_text(text, "trap")
    config = small(iterations=60, validation_fraction=0.2, eval_every=2)
    model = spoiled(build_model(config, 5), "Wxh", (0, corpus.chars.index("z")), np.nan)
    events = run(config, corpus, model)
    end, validations = stopped(events), only(Validation, events)
    assert end.outcome == "failed"
    best = min(validations, key=lambda v: v.bits_per_character)
    assert (end.best_iteration, end.best_bits_per_character) == (
        best.iteration,
        best.bits_per_character,
    )
    assert set(end.best_parameters) == set(model.parameters())


def test_a_validation_that_is_no_number_is_never_the_best() -> None:
    """The held-out tail begins with a character whose weight is no number, then all is well."""
    corpus = Corpus.from_text("abcd" * 20 + "z" + "abcd" * 4 + "abc", "trap")
    config = small(iterations=6, validation_fraction=0.2, eval_every=2)
    model = spoiled(build_model(config, 5), "Wxh", (0, corpus.chars.index("z")), np.nan)
    events = run(config, corpus, model)
    end = stopped(events)
    assert end.outcome == "finished"
    assert [v.is_best for v in only(Validation, events)] == [False] * 3
    assert all(np.isnan(v.bits_per_character) for v in only(Validation, events))
    assert (end.best_iteration, end.best_parameters) == (None, None)

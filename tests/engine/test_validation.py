"""The held-out tail: how it is read, when, and what it decides."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests import naive
from tests.engine.support import (
    CELLS,
    OWLS,
    assert_same_parameters,
    lively_model,
    only,
    random_corpus,
    run,
    small,
    stopped,
)
from tui_charrnn.engine import Corpus, TrainControl, build_model, train
from tui_charrnn.engine.events import Step, Validation
from tui_charrnn.engine.validation import stream_count, validate, window_shapes


def cut(ids: np.ndarray, count: int) -> list[np.ndarray]:
    length = len(ids) // count
    return [ids[n * length : (n + 1) * length] for n in range(count)]


@pytest.mark.parametrize("characters", [2, 3, 64, 65, 66, 129, 999, 1000, 1100, 1777])
@pytest.mark.parametrize("cell", CELLS)
def test_bits_per_character_are_those_of_the_plain_loop(cell: str, characters: int) -> None:
    """One stream for every 500 characters, whatever the windows in which they are read."""
    config = small(cell=cell, eval_length=0)
    model = lively_model(config, 8)
    ids = random_corpus(2000, 8).ids[:characters]
    result = validate(model, ids, config, TrainControl())
    rows = cut(ids, max(1, characters // 500))
    assert result is not None
    expected = naive.validation_bits(cell, model.parameters(), rows)
    assert result[0] == pytest.approx(expected, rel=1e-12)
    assert result[1] == sum(len(row) - 1 for row in rows)


def test_eval_length_reads_the_first_so_many_held_out_characters() -> None:
    model = lively_model(small(), 8)
    ids = random_corpus(2000, 8).ids
    config = small(eval_length=300)
    part = validate(model, ids, config, TrainControl())
    assert part == validate(model, ids[:300], small(eval_length=0), TrainControl())
    assert part != validate(model, ids[:301], small(eval_length=0), TrainControl())
    assert part == validate(model, np.append(ids[:300], [0] * 50), config, TrainControl())


@pytest.mark.parametrize("ids", [[], [3]])
def test_fewer_than_two_characters_say_nothing(ids: list[int]) -> None:
    result = validate(lively_model(small(), 8), np.array(ids, int), small(), TrainControl())
    assert result is None


def test_a_run_that_is_to_stop_does_not_finish_a_validation() -> None:
    control = TrainControl()
    control.stop()
    ids = random_corpus(2000, 8).ids
    assert validate(lively_model(small(), 8), ids, small(), control) is None


@pytest.mark.parametrize("characters", [2, 63, 66, 500, 1000, 1777, 16_000, 50_000, 10**6])
def test_window_shapes_tell_how_the_characters_are_read(characters: int) -> None:
    (count, usual), (same_count, last) = window_shapes(characters)
    predicted = characters // count - 1
    assert count == same_count == stream_count(characters) <= 32
    assert 1 <= last <= usual <= 64
    assert (predicted - last) % usual == 0


def test_untrained_nets_only_guess() -> None:
    config = small(eval_length=0)
    ids = random_corpus(2000, 8).ids
    result = validate(build_model(config, 8), ids, config, TrainControl())
    assert result is not None
    assert result[0] == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize("cell", CELLS)
def test_the_held_out_tail_is_never_trained_on(cell: str) -> None:
    """Another tail gives the same training, bit for bit, and another validation."""
    config = small(cell=cell, validation_fraction=0.3, eval_every=20, iterations=60)
    text = OWLS * 4
    held_out = int(len(text) * 0.3)
    tail = text[-held_out:][::-1]
    first, second = Corpus.from_text(text), Corpus.from_text(text[:-held_out] + tail)
    assert first.chars == second.chars
    models = [build_model(config, first.vocab_size) for _ in range(2)]
    one, other = run(config, first, models[0]), run(config, second, models[1])
    assert only(Step, one) == only(Step, other)
    assert_same_parameters(models[0].parameters(), models[1].parameters())
    bits = [[v.bits_per_character for v in only(Validation, events)] for events in (one, other)]
    assert all(a != b for a, b in zip(*bits, strict=True))


def test_the_tail_is_the_last_part_of_the_text() -> None:
    corpus = random_corpus(1005, 6)
    training, held_out = corpus.split(0.1)
    assert (len(training), len(held_out)) == (905, 100)
    np.testing.assert_array_equal(np.concatenate([training, held_out]), corpus.ids)
    for too_little in (0.0, 1 / 1005):
        training, held_out = corpus.split(too_little)
        assert (len(training), len(held_out)) == (1005, 0)


@pytest.mark.parametrize(
    ("every", "iterations"), [(5, [4, 9, 11]), (4, [3, 7, 11]), (12, [11]), (50, [11]), (0, [])]
)
def test_it_is_read_every_so_many_updates_and_at_the_end(every: int, iterations: list[int]) -> None:
    config = small(iterations=12, validation_fraction=0.2, eval_every=every)
    events = run(config, random_corpus(200, 6))
    validations = only(Validation, events)
    assert [v.iteration for v in validations] == iterations
    for validation in validations:
        before = events[events.index(validation) - 1]
        assert isinstance(before, Step)
        assert before.iteration == validation.iteration
        assert validation.characters == 39


@pytest.mark.parametrize("cell", CELLS)
def test_validation_changes_nothing_of_the_training(cell: str) -> None:
    corpus = random_corpus(300, 6)
    config = small(cell=cell, validation_fraction=0.2, iterations=20)
    plain = only(Step, run(config, corpus))
    assert only(Step, run(config.replace(eval_every=3), corpus)) == plain


@pytest.mark.parametrize("cell", CELLS)
def test_nothing_held_out_is_the_notebooks_way_whatever_eval_every_says(cell: str) -> None:
    corpus = random_corpus(120, 6)
    config = small(cell=cell, iterations=30, eval_every=1)
    events = run(config, corpus)
    assert not only(Validation, events)
    plain = naive.NaiveRun(
        cell=cell, parameters=build_model(config, 6).parameters(), ids=corpus.ids, vocab_size=6,
        seq_length=9, learning_rate=0.1,
    )  # fmt: skip
    for _ in range(30):
        plain.update()
    assert [s.loss for s in only(Step, events)] == pytest.approx(plain.losses, rel=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_the_best_parameters_are_those_of_the_lowest_validation(cell: str) -> None:
    """A net that learns noise by heart gets worse on other noise: the best is not the last."""
    corpus = random_corpus(120, 6)
    config = small(cell=cell, iterations=120, validation_fraction=0.4, eval_every=5)
    model, seen, validations = build_model(config, 6), {}, []
    for event in train(config, corpus, model):
        if isinstance(event, Validation):
            seen[event.iteration] = model.parameters()
            validations.append(event)
        last = event
    best = min(validations, key=lambda v: v.bits_per_character)
    assert best.iteration < 119
    end = stopped([last])
    assert (end.best_iteration, end.best_bits_per_character) == (
        best.iteration,
        best.bits_per_character,
    )
    assert_same_parameters(end.best_parameters, seen[best.iteration])
    again = build_model(config, 6)
    again.load_parameters(end.best_parameters)
    held_out = corpus.split(0.4)[1]
    assert validate(again, held_out, config, TrainControl()) == (
        best.bits_per_character,
        best.characters,
    )
    lowest = math.inf
    for validation in validations:
        assert validation.is_best == (validation.bits_per_character < lowest)
        lowest = min(lowest, validation.bits_per_character)

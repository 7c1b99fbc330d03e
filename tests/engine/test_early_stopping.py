"""A run is over when its validation has not got better for a while, and says so."""

from __future__ import annotations

import math

import pytest

from tests.engine.resuming import (
    Life,
    after_update,
    assert_same_end,
    essence,
    joined,
    live,
    stop_at,
)
from tests.engine.support import OWLS, only, small, stopped
from tui_charrnn.engine import Corpus, TrainConfig
from tui_charrnn.engine.early_stopping import is_exhausted
from tui_charrnn.engine.events import Step, Validation

OTHER = Corpus.from_text(OWLS * 10 + "".join(reversed(OWLS)) * 3, "turned")
"""Its end is read backwards: the better the rest is learned, the worse is the guess there."""

CONFIG = small(
    validation_fraction=0.2, eval_every=10, patience=3, iterations=2000, learning_rate=0.01,
    checkpoint_seconds=0,
)  # fmt: skip


def known(life: Life) -> list[tuple[int, bool]]:
    return [(event.iteration, event.is_best) for event in only(Validation, life.events)]


@pytest.fixture(scope="module")
def whole() -> Life:
    return live(CONFIG, corpus=OTHER)


@pytest.mark.parametrize(
    ("made", "best", "over"),
    [
        (10, None, False),
        (10_000, None, False),
        (10, 9, False),
        (39, 9, False),
        (40, 9, True),
        (41, 9, True),
        (35, 4, True),  # the best came at the end of a shorter run, which went on
        (34, 4, False),
    ],
)
def test_three_validations_without_a_better_one_are_enough(
    made: int, best: int | None, over: bool
) -> None:
    assert is_exhausted(CONFIG, made, best) is over
    assert not is_exhausted(CONFIG.replace(patience=0), made, best)
    assert not is_exhausted(CONFIG.replace(eval_every=0), made, best)


def test_it_ends_with_the_third_validation_after_the_best(whole: Life) -> None:
    end, validations = stopped(whole.events), known(whole)
    best = max(iteration for iteration, is_best in validations if is_best)
    assert validations[-3:] == [(best + 10, False), (best + 20, False), (best + 30, False)]
    assert (end.outcome, end.iteration, end.best_iteration) == ("finished", best + 31, best)
    assert 0 < validations.index((best, True)) < len(validations) - 3  # it got better, then worse
    assert end.iteration < CONFIG.iterations
    assert "No better validation in 3" in end.message
    assert end.best_parameters is not None
    assert whole.checkpoint.iteration == end.iteration
    assert all(math.isfinite(step.loss) for step in only(Step, whole.events))


def test_with_more_patience_it_goes_further(whole: Life) -> None:
    more = live(CONFIG.replace(patience=5), corpus=OTHER)
    assert stopped(more.events).iteration >= stopped(whole.events).iteration + 20
    assert only(Step, more.events)[: len(only(Step, whole.events))] == only(Step, whole.events)


@pytest.mark.parametrize(
    "changes", [{"patience": 0}, {"eval_every": 0}, {"validation_fraction": 0.0}]
)
def test_it_makes_every_update(changes: dict[str, float], whole: Life) -> None:
    made = stopped(whole.events).iteration + 20
    end = stopped(live(CONFIG.replace(iterations=made, **changes), corpus=OTHER).events)
    assert (end.outcome, end.iteration, end.message) == ("finished", made, "")


def test_a_held_out_text_too_short_to_be_read_is_not_waited_for() -> None:
    config = CONFIG.replace(validation_fraction=0.003, iterations=80)
    life = live(config, corpus=OTHER)
    assert not only(Validation, life.events)
    assert (stopped(life.events).iteration, stopped(life.events).message) == (80, "")


def test_what_gets_better_and_better_has_all_the_time() -> None:
    config = CONFIG.replace(patience=1, eval_every=20, iterations=100, learning_rate=0.02)
    life = live(config, corpus=Corpus.from_text(OWLS * 12))
    assert [is_best for _, is_best in known(life)] == [True] * 5
    assert (stopped(life.events).iteration, stopped(life.events).message) == (100, "")


# -------------------------------------------------------------------------------- going on


@pytest.mark.parametrize("back", [0, 5, 12, 35])
def test_a_run_that_is_broken_off_ends_where_it_would_have(back: int, whole: Life) -> None:
    last = stopped(whole.events).iteration - 1
    first = live(CONFIG, stop_at(after_update(last - back)), corpus=OTHER)
    assert (stopped(first.events).outcome, stopped(first.events).message) == ("stopped", "")
    second = live(CONFIG, start=first.checkpoint, corpus=OTHER)
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)


def test_the_end_waits_for_a_validation_that_was_broken_off(whole: Life) -> None:
    """Stopped while the last validation reads: what it would have come to is not known yet."""
    calls = 2 * len(known(whole))  # each reads the held-out text in two windows
    first = live(CONFIG, corpus=OTHER, cut_in=("loss", calls - 1))
    assert stopped(first.events).iteration == stopped(whole.events).iteration
    assert (stopped(first.events).outcome, stopped(first.events).message) == ("stopped", "")
    assert first.checkpoint.owes_validation
    second = live(CONFIG, start=first.checkpoint, corpus=OTHER)
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)


def test_with_more_patience_an_ended_one_goes_on_as_if_it_had_always_had_it(whole: Life) -> None:
    config = CONFIG.replace(patience=5)
    more = live(config, corpus=OTHER)
    second = live(config, start=whole.checkpoint, corpus=OTHER)
    assert only(Step, joined(whole, second)) == only(Step, more.events)
    assert_same_end(second, more)


def test_without_more_patience_an_ended_one_makes_no_update(whole: Life) -> None:
    again = live(CONFIG, start=whole.checkpoint, corpus=OTHER)
    assert not only(Step, again.events)
    assert stopped(again.events) == stopped(whole.events)


def test_time_and_iterations_end_it_as_before(whole: Life) -> None:
    made = stopped(whole.events).iteration - 5
    config: TrainConfig = CONFIG.replace(iterations=made)
    end = stopped(live(config, corpus=OTHER).events)
    assert (end.outcome, end.iteration, end.message) == ("finished", made, "")


def test_a_run_that_has_made_all_its_updates_is_not_told_as_over_early(whole: Life) -> None:
    last = stopped(whole.events)
    assert last.message
    exact = live(CONFIG.replace(iterations=last.iteration), corpus=OTHER)
    assert stopped(exact.events).outcome == "finished"
    assert stopped(exact.events).message == ""

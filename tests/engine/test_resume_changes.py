"""What of a run may change when it goes on, and what not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.resuming import CORPUS, LIVELY, after_update, disturb, live, stop_at
from tests.engine.support import only, stopped
from tui_charrnn.engine import ConfigError, Corpus, TrainConfig, train
from tui_charrnn.engine.config import FIELDS, FieldSpec
from tui_charrnn.engine.corpus import CorpusError
from tui_charrnn.engine.events import LearningRateChanged, Step

DEEP = LIVELY.replace(layers=2, batch_size=2)
"""So that something can be dropped between layers, and streams can be shared out."""


def other(spec: FieldSpec) -> Any:
    """A value that `DEEP` does not have."""
    value = getattr(DEEP, spec.name)
    if spec.choices:
        return next(choice for choice in spec.choices if choice != value)
    if spec.is_text:
        return "the owl"
    return value + 1 if spec.kind is int else value / 2 or 0.5


def changed(config: TrainConfig, spec: FieldSpec) -> TrainConfig:
    return config.replace(**{spec.name: other(spec)})


def test_the_fields_that_last_are_those_that_the_state_depends_on() -> None:
    assert {spec.name for spec in FIELDS if spec.lasting} == {
        "cell", "hidden_size", "layers", "initialization", "seq_length", "batch_size", "optimizer",
        "dtype", "seed", "validation_fraction", "training_characters",
    }  # fmt: skip


@pytest.mark.parametrize("spec", [s for s in FIELDS if s.lasting], ids=lambda spec: spec.name)
def test_a_hyperparameter_that_lasts_cannot_change(spec: FieldSpec) -> None:
    start = live(DEEP, stop_at(after_update(9))).checkpoint
    config = changed(DEEP, spec)
    before, now = getattr(DEEP, spec.name), getattr(config, spec.name)
    for refuse in (start.check_fits, lambda *given: train(*given, start=start)):
        with pytest.raises(ConfigError) as caught:
            refuse(config, CORPUS)
        assert caught.value.field == spec.name
        assert str(caught.value) == (
            f"{spec.name} cannot change when a run goes on: it is {before}, not {now}."
        )


@pytest.mark.parametrize("spec", [s for s in FIELDS if not s.lasting], ids=lambda spec: spec.name)
def test_any_other_hyperparameter_can_change(spec: FieldSpec) -> None:
    start = live(DEEP, stop_at(after_update(9))).checkpoint
    second = live(changed(DEEP, spec), start=start)
    assert stopped(second.events).outcome == "finished"
    assert only(Step, second.events)[0].iteration == 10


def test_another_text_is_refused_and_another_name_is_not() -> None:
    start = live(LIVELY, stop_at(after_update(9))).checkpoint
    ids = CORPUS.ids.copy()
    ids[450] = (ids[450] + 1) % CORPUS.vocab_size
    altered = Corpus("owls", CORPUS.chars, ids)
    for refuse in (start.check_fits, lambda *given: train(*given, start=start)):
        with pytest.raises(CorpusError) as caught:
            refuse(LIVELY, altered)
        assert str(caught.value) == (
            "owls is not the text that the run has read, or has changed since: its sha256 is "
            f"{altered.sha256()[:12]}…, not {CORPUS.sha256()[:12]}…."
        )
    renamed = Corpus("copy.txt", CORPUS.chars, CORPUS.ids)
    assert only(Step, live(LIVELY, start=start, corpus=renamed).events)


def test_a_new_learning_rate_takes_the_place_of_the_one_in_use() -> None:
    first = live(LIVELY, disturb, stop_at(after_update(20)))
    assert first.checkpoint.learning_rate == 0.05
    for config, rate in ((LIVELY, 0.05), (LIVELY.replace(learning_rate=0.3), 0.3)):
        second = live(config, start=first.checkpoint)
        assert second.events[0].learning_rate == rate
        assert {step.learning_rate for step in only(Step, second.events)} == {rate}
        changes = only(LearningRateChanged, second.events)
        expected = [(21, 0.05, rate)] if rate != 0.05 else []
        assert [(event.iteration, event.old, event.new) for event in changes] == expected

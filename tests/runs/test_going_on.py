"""What may go on, and with which bounds: real runs, ended by iterations, time or patience."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.support import OWLS
from tests.runs.store.support import recorded
from tui_charrnn.engine import ConfigError, Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.events import Event, Stopped, Validation
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.going_on import Stand, check_unfinished, extended, from_checkpoint, stand_of
from tui_charrnn.runs.store import Origin, RunStore, TextIdentity

CONFIG = TrainConfig(
    hidden_size=12, seq_length=9, learning_rate=0.05, iterations=2000, sample_every=0,
    validation_fraction=0.2, eval_every=10, patience=3,
)  # fmt: skip

STAND = Stand(iteration=50, elapsed=7.0, best_iteration=19)
"""Three validations since the best one."""


def refusal(config: TrainConfig, stand: Stand = STAND) -> str:
    with pytest.raises(ConfigError) as caught:
        check_unfinished(config, stand)
    assert str(caught.value).startswith(f"{caught.value.field} must be ")
    return str(caught.value)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A text whose end, which is held out, is read backwards: soon nothing gets better there."""
    path = tmp_path / "turned.txt"
    path.write_text(OWLS * 10 + OWLS[::-1] * 3)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore.open(tmp_path / "runs.sqlite3") as opened:
        yield opened


def keep(store: RunStore, text: Path, config: TrainConfig, stop_after: int | None = None) -> int:
    """Record a run; one that is stopped while a validation reads owes it."""
    corpus, control = Corpus.from_path(text), TrainControl()
    model = build_model(config, corpus.vocab_size)

    def events() -> Iterator[Event]:
        for event in train_to_the_end(config, corpus, model, control):
            yield event
            if event.iteration + 1 == stop_after:
                control.stop()

    return recorded(store, events(), Origin(config, TextIdentity.of(corpus, str(text))))


def test_what_has_something_left_to_do_goes_on() -> None:
    check_unfinished(CONFIG, Stand(50, 7.0, 20))
    check_unfinished(CONFIG, Stand(50, 7.0, None))
    check_unfinished(CONFIG, Stand(50, 7.0, 19, validated=False))
    for patience in (0, 4):
        check_unfinished(CONFIG.replace(patience=patience), STAND)


def test_what_has_not_is_refused_in_one_sentence() -> None:
    assert refusal(CONFIG) == (
        "patience must be 0 for no end or more than the 3 validations that the run has had "
        "without a better one, not 3."
    )
    assert "more than the 3 validations" in refusal(CONFIG.replace(patience=2))
    assert refusal(CONFIG.replace(iterations=50)).startswith("iterations must be more than the 50 ")
    assert refusal(CONFIG.replace(time_limit=6)).startswith("time_limit must be 0 for none or ")


def test_more_updates_take_away_only_the_bounds_that_are_used_up() -> None:
    config = CONFIG.replace(time_limit=60)
    assert extended(config, 500, STAND) == config.replace(iterations=500, patience=0)
    assert extended(config, 500, Stand(50, 60.0, 29)) == CONFIG.replace(iterations=500)
    check_unfinished(extended(config, 500, STAND), STAND)


def test_a_run_that_ended_early_is_finished_and_says_why(store: RunStore, text: Path) -> None:
    record = store.record_of(keep(store, text, CONFIG))
    *_, validated = store.events_of(record.id, Validation)
    (end,) = store.events_of(record.id, Stopped)
    assert isinstance(end, Stopped)
    assert (record.state, record.message) == ("finished", end.message)
    assert "No better validation in 3" in record.message
    assert record.iteration == validated.iteration + 1 < CONFIG.iterations
    kept = replace(stand_of(store.checkpoint(record.id)), elapsed=record.elapsed)
    assert stand_of(record) == kept


def test_it_goes_on_when_it_is_asked_for_more(store: RunStore, text: Path) -> None:
    run_id = keep(store, text, CONFIG)
    made = store.record_of(run_id).iteration
    with pytest.raises(ConfigError, match=r"^patience must be 0 for no end or more than the 3 "):
        from_checkpoint(store, run_id)
    job = from_checkpoint(store, run_id, made + 5).job
    assert (job.config.iterations, job.config.patience) == (made + 5, 0)
    assert job.start is not None
    model = build_model(job.config, job.corpus.vocab_size)
    *_, end = train_to_the_end(job.config, job.corpus, model, TrainControl(), job.start)
    assert isinstance(end, Stopped)
    assert (end.outcome, end.iteration, end.message) == ("finished", made + 5, "")


def test_one_whose_last_validation_was_broken_off_goes_on(store: RunStore, text: Path) -> None:
    """Until it is made, nobody knows whether it is the better one."""
    made = store.record_of(keep(store, text, CONFIG)).iteration
    run_id = keep(store, text, CONFIG, stop_after=made)
    assert (store.record_of(run_id).state, store.record_of(run_id).iteration) == ("stopped", made)
    assert not stand_of(store.checkpoint(run_id)).validated
    assert from_checkpoint(store, run_id).job.config == CONFIG

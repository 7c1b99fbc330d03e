"""Whatever a run is made of, one that is broken off and goes on is the one that never was."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.engine.covering import FACTORS, ROWS, Row, is_possible, name_of
from tests.engine.resuming import (
    LIVELY,
    after_update,
    assert_same_end,
    contents,
    disturb,
    disturb_again,
    essence,
    joined,
    live,
    stop_at,
)
from tests.engine.support import only, stopped
from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.checkpoint_file import load, save
from tui_charrnn.engine.config import FIELDS
from tui_charrnn.engine.events import GradientMemory, Health, Sample, Snapshot, Step, Validation

EVERY_ROW = pytest.mark.parametrize("row", ROWS, ids=name_of)


# --------------------------------------------------------------------------- the combinations


def test_every_two_values_that_can_meet_do_meet() -> None:
    met = {pair for row in ROWS for pair in itertools.combinations(row.items(), 2)}
    impossible = 0
    for one, other in itertools.combinations(FACTORS, 2):
        for pair in itertools.product(FACTORS[one], FACTORS[other]):
            if is_possible(dict(zip((one, other), pair, strict=True))):
                assert ((one, pair[0]), (other, pair[1])) in met
            else:
                impossible += 1
    assert impossible == 1  # dropout with a single layer
    assert len(ROWS) < 25


def test_every_choice_that_a_hyperparameter_has_occurs() -> None:
    assert set(FACTORS) <= {spec.name for spec in FIELDS}
    for spec in FIELDS:
        if spec.choices:
            assert {row[spec.name] for row in ROWS} == set(spec.choices), spec.name
    layers = next(spec for spec in FIELDS if spec.name == "layers")
    assert layers.minimum is not None
    assert layers.maximum is not None
    every = range(int(layers.minimum), int(layers.maximum) + 1)
    assert {row["layers"] for row in ROWS} == set(every)


# ------------------------------------------------------------------------------ to the last bit


def configured(row: Row, **changes: object) -> TrainConfig:
    return LIVELY.replace(learning_rate=0.02, **row).replace(**changes)


@EVERY_ROW
def test_400_updates_are_200_and_200_more(row: Row, tmp_path: Path) -> None:
    """By way of a file."""
    config = configured(
        row, iterations=400, sample_every=30, eval_every=50, decay_every=60,
        warmup=230 if row["warmup"] else 0, watch_every=40 if row["watch_every"] else 0,
    )  # fmt: skip
    whole = live(config, disturb)
    first = live(config, disturb, stop_at(after_update(199)))
    assert (stopped(first.events).outcome, first.checkpoint.iteration) == ("stopped", 200)
    save(first.checkpoint, tmp_path / "17.npz")
    start = load(tmp_path / "17.npz")
    assert contents(start) == contents(first.checkpoint)
    second = live(config, disturb, start=start)
    assert [step.iteration for step in only(Step, second.events)] == list(range(200, 400))
    assert {sample.requested for sample in only(Sample, second.events)} == {True, False}
    validated = [event.iteration for event in only(Validation, second.events)]
    assert validated == [199, 249, 299, 349, 399]  # the stop came before the first of them
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)
    rates = {step.learning_rate for step in only(Step, second.events)}
    assert (len(rates) > 5) == (row["schedule"] == "cosine" or row["warmup"] > 0)


@EVERY_ROW
def test_every_update_is_a_place_to_go_on_from(row: Row) -> None:
    """Also where a pass of the text is over, and where something is due."""
    config = configured(
        row, hidden_size=5, seq_length=11, iterations=16, checkpoint_every=1, sample_every=5,
        sample_length=6, eval_every=4, decay_every=3,
    )  # fmt: skip
    whole = live(config, disturb)
    snapshots = only(Snapshot, whole.events)
    assert [snapshot.iteration for snapshot in snapshots] == list(range(1, 17))
    for snapshot in snapshots[:-1]:
        start = snapshot.checkpoint
        second = live(config, disturb_again, start=start)
        assert whole.events[: start.events] + second.events[1:] == whole.events
        assert_same_end(second, whole)
    looks = [event.iteration for event in only(Health, whole.events)]
    reach = [event.iteration for event in only(GradientMemory, whole.events)]
    assert (looks, reach) == (([4, 9, 14], [5, 10]) if row["watch_every"] else ([], []))


@EVERY_ROW
def test_a_run_that_is_stopped_again_and_again(row: Row, tmp_path: Path) -> None:
    """Each time in another place of the schedule, and read from a file."""
    config = configured(row, hidden_size=6, iterations=40, decay_every=9)
    whole, lives = live(config, disturb), []
    for update in (5, 12, 19, 29, 33, None):
        start = None
        if lives:
            save(lives[-1].checkpoint, tmp_path / "17.npz")
            start = load(tmp_path / "17.npz")
        acts = [] if update is None else [stop_at(after_update(update))]
        lives.append(live(config, disturb_again, *acts, start=start))
    assert essence(joined(*lives)) == essence(whole.events)
    assert_same_end(lives[-1], whole)

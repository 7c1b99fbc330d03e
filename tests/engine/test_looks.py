"""Looks at a run while it goes on: copies that somebody asks for, and what is watched by itself."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import numpy as np
import pytest

from tests.engine.resuming import (
    CORPUS,
    LIVELY,
    Act,
    after_update,
    assert_same_end,
    contents,
    disturb,
    disturb_again,
    essence,
    live,
    plain,
    stop_at,
)
from tests.engine.support import CELLS, CONTENT, lively_model, only, random_corpus, small, stopped
from tui_charrnn.engine import Corpus, TrainControl, build_model, train
from tui_charrnn.engine.checkpoint_file import load, save
from tui_charrnn.engine.events import (
    Event,
    GradientMemory,
    Health,
    LearningRateChanged,
    Paused,
    Snapshot,
    Step,
    event_from_json,
)
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.engine.parts import judged_text

PLAIN = small(iterations=12, checkpoint_seconds=0)


def ask_after(*iterations: int, times: int = 1) -> Act:
    """Ask for a copy after some updates."""

    def act(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration in iterations:
            for _ in range(times):
                control.request_snapshot()

    return act


def kinds(events: list[Event]) -> list[str]:
    return [
        "Asked" if isinstance(event, Snapshot) and event.requested else type(event).__name__
        for event in events
    ]


def asked(events: list[Event]) -> list[Snapshot]:
    return [snapshot for snapshot in only(Snapshot, events) if snapshot.requested]


# ------------------------------------------------------------------- copies that are asked for


@pytest.mark.parametrize("times", [1, 5])
def test_a_copy_comes_before_the_next_update_and_once(times: int) -> None:
    events = live(PLAIN, ask_after(3, 6, 9, times=times)).events
    copies = asked(events)
    assert [copy.iteration for copy in copies] == [4, 7, 10]
    for copy in copies:
        place = events.index(copy)
        assert kinds(events[place - 1 : place + 2]) == ["Step", "Asked", "Step"]
        assert copy.checkpoint.events == place + 1
        assert copy.checkpoint.iteration == copy.iteration == events[place + 1].iteration
    assert kinds(events)[-3:] == ["Step", "Snapshot", "Stopped"]


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_it_is_the_run_of_that_moment_and_stays_it(cell: str, layers: int) -> None:
    config = LIVELY.replace(cell=cell, layers=layers, dropout=0.3 if layers > 1 else 0)
    control, model = TrainControl(), build_model(config, CORPUS.vocab_size)
    taken = []
    for event in train(config, CORPUS, model, control):
        ask_after(4, 11)(event, control)
        if isinstance(event, Snapshot) and event.requested:
            taken.append((event.checkpoint, contents(event.checkpoint)))
            assert plain(event.checkpoint.parameters) == plain(model.parameters())
    assert len(taken) == 2
    for checkpoint, before in taken:
        assert contents(checkpoint) == before


@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("cell", CELLS)
def test_asking_changes_nothing_and_a_run_goes_on_from_what_came(
    cell: str, batch_size: int
) -> None:
    config = LIVELY.replace(cell=cell, batch_size=batch_size, layers=2, dropout=0.3)
    quiet = live(config, disturb)
    seen = live(config, disturb, ask_after(*range(0, 60, 7)))
    assert len(asked(seen.events)) == 9
    assert essence(seen.events) == essence(quiet.events)
    assert_same_end(seen, quiet)
    for copy in asked(seen.events)[::4]:
        second = live(config, disturb_again, start=copy.checkpoint)
        kept = seen.events[: copy.checkpoint.events]
        assert essence(kept + second.events) == essence(quiet.events)
        assert_same_end(second, quiet)


def test_a_run_that_pauses_copies_itself_at_once() -> None:
    def ask_in_the_pause(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 5:
            control.pause()
        if isinstance(event, Paused):
            control.request_snapshot()
        if isinstance(event, Snapshot) and event.requested:
            control.resume()

    events = live(PLAIN, ask_in_the_pause).events
    place = next(n for n, event in enumerate(events) if isinstance(event, Paused))
    wanted = ["Paused", "Snapshot", "Asked", "Resumed", "Step"]
    assert kinds(events[place : place + 5]) == wanted
    assert essence(events) == essence(live(PLAIN).events)


def test_a_run_that_waits_is_woken_by_another_thread_each_time() -> None:
    """It does not look by itself: only what is asked for wakes it."""
    control = TrainControl()
    iterator = train(PLAIN, CORPUS, control=control)
    control.pause()
    events = list(itertools.islice(iterator, 3))
    assert kinds(events) == ["Started", "Paused", "Snapshot"]
    for _ in range(2):
        thread = threading.Timer(0.05, control.request_snapshot)
        thread.start()
        events.append(next(iterator))  # waits
        thread.join()
    control.resume()
    events += iterator
    assert kinds(events[3:6]) == ["Asked", "Asked", "Resumed"]
    assert stopped(events).outcome == "finished"


def test_a_run_that_is_to_stop_makes_the_copy_of_its_end_alone() -> None:
    events = live(PLAIN, ask_after(5), stop_at(after_update(5))).events
    assert kinds(events)[-3:] == ["Step", "Snapshot", "Stopped"]

    def stop_in_the_pause(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == 5:
            control.pause()
        if isinstance(event, Paused):
            control.request_snapshot()
            control.stop()

    events = live(PLAIN, stop_in_the_pause).events
    assert kinds(events)[-4:] == ["Paused", "Snapshot", "Snapshot", "Stopped"]


def test_asked_for_before_the_start_or_after_the_last_update_it_comes_too() -> None:
    control = TrainControl()
    control.request_snapshot()
    early = list(train(PLAIN, CORPUS, control=control))
    assert kinds(early[:3]) == ["Started", "Asked", "Step"]
    late = live(PLAIN, ask_after(11)).events
    assert kinds(late[-4:]) == ["Step", "Asked", "Snapshot", "Stopped"]
    assert plain(late[-3].checkpoint.parameters) == plain(late[-2].checkpoint.parameters)


def test_the_time_for_it_is_no_time_of_training() -> None:
    def be_slow(event: Event, control: TrainControl) -> None:
        if isinstance(event, Snapshot) and event.requested:
            threading.Event().wait(0.3)

    events = live(PLAIN.replace(time_limit=0.25), ask_after(2), be_slow).events
    (copy,) = asked(events)
    following = next(s for s in only(Step, events) if s.iteration == copy.iteration)
    assert following.elapsed < copy.elapsed + 0.3
    assert [event.elapsed for event in events] == sorted(event.elapsed for event in events)


def test_its_row_says_that_it_was_asked_for_and_nothing_of_the_weights() -> None:
    (copy,) = asked(live(PLAIN, ask_after(2)).events)
    row = copy.as_json()
    assert (row["requested"], "checkpoint" in row) == (True, False)
    assert event_from_json(row) == copy
    assert event_from_json({"event": "Snapshot", "iteration": 3}) == Snapshot(iteration=3)


# --------------------------------------------------------------------------- what is watched


@pytest.mark.parametrize(
    ("every", "looks", "reach"),
    [
        (0, [], []),
        (1, list(range(1, 21)), [1, 2, 4, 8, 16]),
        (3, [3, 6, 9, 12, 15, 18], [3, 6, 12]),
        (7, [7, 14], [7, 14]),
        (20, [20], [20]),
        (21, [], []),
    ],
)
def test_health_at_every_so_many_updates_and_its_reach_at_powers_of_two_of_it(
    every: int, looks: list[int], reach: list[int]
) -> None:
    events = live(PLAIN.replace(iterations=20, watch_every=every)).events
    assert [event.iteration + 1 for event in only(Health, events)] == looks
    assert [event.iteration for event in only(GradientMemory, events)] == reach
    for place, event in enumerate(events):
        if isinstance(event, Health):  # right after the update that it is of
            assert isinstance(events[place - 1], Step)
            assert events[place - 1].iteration == event.iteration
        if isinstance(event, GradientMemory):
            assert isinstance(events[place - 1], Health)
            assert not event.requested
    assert essence(live(PLAIN.replace(iterations=20, watch_every=0)).events) == [
        event for event in essence(events) if not isinstance(event, Health | GradientMemory)
    ]


@pytest.mark.parametrize("cell", CELLS)
def test_the_reach_is_measured_on_what_is_held_out_after_the_update(cell: str) -> None:
    config = PLAIN.replace(cell=cell, validation_fraction=0.2, watch_every=12)
    life = live(config)
    (memory,) = only(GradientMemory, life.events)
    assert memory.norms == measure(life.model, judged_text(config, CORPUS)).norms
    assert len(only(Health, life.events)[0].spectral_radii) == 1


def test_a_run_that_goes_on_is_watched_at_the_same_updates() -> None:
    config = PLAIN.replace(iterations=20, watch_every=4, checkpoint_every=1)
    whole = live(config)
    for snapshot in only(Snapshot, whole.events)[:-1]:
        start = snapshot.checkpoint
        second = live(config, start=start)
        assert whole.events[: start.events] + second.events[1:] == whole.events


@pytest.mark.parametrize("cell", CELLS)
def test_an_update_that_fails_is_not_told_of(cell: str) -> None:
    corpus = Corpus.from_text(("abcd" * 25)[: 3 * 9 + 1] + "z" + "abcd" * 8, "trap")
    config = PLAIN.replace(cell=cell, watch_every=1)
    model = lively_model(config, 5)
    spoiled = model.parameters()
    spoiled[f"Wx{CONTENT[cell]}"][0, corpus.chars.index("z")] = np.nan
    model.load_parameters(spoiled)
    events = list(train(config, corpus, model))
    assert stopped(events).outcome == "failed"
    assert [event.iteration for event in only(Health, events)] == [0, 1, 2]
    assert kinds(events)[-2:] == ["Snapshot", "Stopped"]


# ----------------------------------------------------------------- rates that a schedule changes


def set_after(iteration: int, rate: float) -> Act:
    def act(event: Event, control: TrainControl) -> None:
        if isinstance(event, Step) and event.iteration == iteration:
            control.set_learning_rate(rate)

    return act


@pytest.mark.parametrize("changes", [{"schedule": "cosine"}, {"warmup": 9}, {"warmup": 0}])
def test_a_rate_that_is_asked_for_is_that_of_the_next_update(changes: dict[str, object]) -> None:
    config = PLAIN.replace(iterations=30, **changes)
    events, usual = live(config, set_after(4, 0.03)).events, live(config).events
    (change,) = only(LearningRateChanged, events)
    rates, before = ([step.learning_rate for step in only(Step, e)] for e in (events, usual))
    assert (change.iteration, change.old, change.new) == (5, before[5], 0.03)
    assert rates[:5] == before[:5]
    assert rates[5:] == pytest.approx([rate * 0.03 / before[5] for rate in before[5:]])


def test_early_in_a_warm_up_no_rate_gets_beyond_all_bounds(tmp_path: Path) -> None:
    """Or the run could not be saved any more."""
    config = PLAIN.replace(warmup=1000, dtype="float64")
    life = live(config, set_after(1, 900.0), corpus=random_corpus(200, 5))
    (change,) = only(LearningRateChanged, life.events)
    assert change.new == pytest.approx(3.0)  # 1000 * 3 / 1000
    assert only(Step, life.events)[2].learning_rate == change.new
    assert life.checkpoint.learning_rate == 1000
    save(life.checkpoint, tmp_path / "1.npz")
    assert load(tmp_path / "1.npz").learning_rate == 1000


def test_where_a_cosine_has_come_to_nothing_no_rate_can_be_set() -> None:
    config = PLAIN.replace(schedule="cosine", final_rate=0)
    events = live(config, set_after(10, 0.5)).events
    assert only(Step, events)[11].learning_rate == 0
    assert [change.new for change in only(LearningRateChanged, events)] == [0]

"""Updates that are taken in many at a time leave what they leave one by one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.screens.support import sample, steps, validation
from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.events import Event, Step
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.runs.stretches import MANY
from tui_charrnn.runs.taking import parted

CONFIG = TrainConfig(seq_length=50, iterations=1_000_000)
MANY_STEPS = steps(CONFIG, 0, 6000)


def test_all_come_in_order() -> None:
    a, b, c, d = steps(CONFIG, 0, 4)
    drawn, valid = sample(CONFIG, 2, "owl"), validation(3, 2.0)
    assert list(parted(())) == []
    assert list(parted((a, b))) == [(a, b)]
    assert list(parted((drawn, valid))) == [drawn, valid]
    events = (drawn, a, b, valid, drawn, c, d)
    assert list(parted(events)) == [drawn, (a, b), valid, drawn, (c, d)]


def taken_one_by_one(events: list[Event]) -> tuple[RunProgress, LossHistory]:
    progress, history = RunProgress(iterations=1_000_000), LossHistory(50)
    for event in events:
        progress.apply(event)
        history.add(event)
    return progress, history


@given(st.lists(st.integers(1, 40 * MANY), min_size=1, max_size=8), st.integers(0, 4000))
def test_batches_of_any_size(sizes: list[int], first: int) -> None:
    events = MANY_STEPS[first : first + sum(sizes)]
    one_by_one = taken_one_by_one(events)
    progress, history = RunProgress(iterations=1_000_000), LossHistory(50)
    for size in sizes:
        batch, events = events[:size], events[size:]
        for news in parted(batch):
            assert not isinstance(news, Step)
            progress.apply_updates(news)
            history.add_updates(news)
    assert progress == one_by_one[0]
    assert len(history) == len(one_by_one[1])
    for name in ("iterations", "characters", "loss", "smooth_loss", "elapsed"):
        assert getattr(history, name).tolist() == getattr(one_by_one[1], name).tolist(), name


def test_the_newest_figures_are_those_of_the_last_that_counts() -> None:
    history = LossHistory(50)
    assert history.newest_validation is None
    assert history.newest_rate is None
    for event in (validation(1, 2.5), validation(2, 2.0), validation(3, float("inf"))):
        history.add(event)
    assert history.newest_validation == 2.0

"""What is done of a run and what is left of it, with and without a limit of time."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tui_charrnn.engine import Corpus, TrainConfig, train
from tui_charrnn.engine.events import Event, Started, Step, Stopped
from tui_charrnn.runs.console import bar, summary
from tui_charrnn.runs.figures import done, figures, percent
from tui_charrnn.runs.progress import RunProgress


def started(iterations: int, time_limit: float) -> Started:
    config = TrainConfig(iterations=iterations, time_limit=time_limit)
    return Started(
        iteration=0, config=config, corpus="owls", vocab_size=5, train_characters=1000,
        validation_characters=0, parameter_count=9,
    )  # fmt: skip


def step(made: int, elapsed: float) -> Step:
    return Step(
        iteration=made - 1, elapsed=elapsed, loss=1.0, smooth_loss=8.0, bits_per_character=2.0,
        smooth_bits_per_character=2.25, characters=10 * made, epoch=0.0, learning_rate=0.5,
    )  # fmt: skip


def after(iterations: int, time_limit: float, *events: Event) -> RunProgress:
    progress = RunProgress(state="starting")
    for event in (started(iterations, time_limit), *events):
        progress.apply(event)
    return progress


@pytest.mark.parametrize(
    ("iterations", "time_limit", "made", "elapsed", "fraction", "left"),
    [
        (100, 0, 25, 5.0, 0.25, 15.0),
        (100, 60, 25, 5.0, 0.25, 15.0),
        (100, 10, 25, 5.0, 0.5, 5.0),
        (10**9, 10, 1, 2.5, 0.25, 7.5),
        (100, 10, 50, 10.5, 1.0, 0.0),
        (100, 60, 100, 5.0, 1.0, 0.0),
    ],
)
def test_what_is_done_and_left_follows_the_bound_that_is_nearer(
    iterations: int, time_limit: float, made: int, elapsed: float, fraction: float, left: float
) -> None:
    progress = after(iterations, time_limit, step(made, elapsed))
    assert progress.fraction == pytest.approx(fraction)
    assert progress.seconds_left == pytest.approx(left)


def test_the_limit_tells_what_is_left_before_there_is_a_speed() -> None:
    assert after(100, 30).seconds_left == 30
    assert after(100, 0).seconds_left is None
    labels = {figure.label: figure.value for figure in figures(after(100, 30), 0.0)}
    assert labels["left"] == "0:30"


@pytest.mark.parametrize(
    ("iterations", "time_limit", "made", "elapsed", "text"),
    [
        (10_000, 0, 1200, 9.0, " 1,200 / 10,000  12%"),
        (10_000, 60, 1200, 3.0, " 1,200 / 10,000  0:03 / 1:00  12%"),
        (10_000, 60, 1200, 42.0, " 1,200 / 10,000  0:42 / 1:00  70%"),
        (10_000, 3600, 9_999, 42.0, " 9,999 / 10,000     0:42 / 1:00:00  99%"),
        (10_000, 60, 1200, 60.5, " 1,200 / 10,000  1:00 / 1:00 100%"),
        (10_000, 60, 1200, 59.99, " 1,200 / 10,000  0:59 / 1:00  99%"),
    ],
)
def test_what_is_done_in_words(
    iterations: int, time_limit: float, made: int, elapsed: float, text: str
) -> None:
    assert done(after(iterations, time_limit, step(made, elapsed))) == text


def test_nothing_is_done_before_the_start() -> None:
    assert done(RunProgress()) == ""
    assert done(after(100, 60)) == "  0 / 100  0:00 / 1:00   0%"


@given(
    iterations=st.integers(1, 10**9),
    limit=st.floats(0.001, 1e6),
    part=st.floats(0, 1),
    elapsed=st.floats(0, 2e6),
)
def test_what_is_done_is_always_as_wide(
    iterations: int, limit: float, part: float, elapsed: float
) -> None:
    made = max(1, int(iterations * part))
    for time_limit in (0.0, limit):
        width = len(done(after(iterations, time_limit)))
        assert len(done(after(iterations, time_limit, step(made, elapsed)))) == width


@given(iterations=st.integers(1, 10**9), part=st.floats(0, 1))
def test_percent_is_whole_and_exact(iterations: int, part: float) -> None:
    made = max(1, int(iterations * part))
    assert percent(after(iterations, 0, step(made, 1.0))) == made * 100 // iterations


def test_every_percent_of_a_hundred() -> None:
    made = range(1, 101)
    assert [percent(after(100, 0, step(count, 1.0))) for count in made] == list(made)
    assert percent(after(10**9, 0, step(10**9 - 1, 1.0))) == 99


def test_a_run_that_is_stopped_while_it_validates_is_not_all_done() -> None:
    """Its limit is over by then, but no update came after it."""
    stopped = Stopped(iteration=5, elapsed=11.0, outcome="stopped", smooth_loss=1.0)
    progress = after(100, 10, step(5, 9.0), stopped)
    assert percent(progress) == 90


def track_of(progress: RunProgress) -> int:
    """Columns of the progress bar that are filled."""
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=120, color_system=None)
    console.print(bar(progress, 120))
    return file.getvalue().count("━")


@pytest.mark.parametrize(("made", "elapsed", "part"), [(50, 1.0, 0.5), (10, 7.5, 0.75)])
def test_the_bar_is_as_long_as_what_is_done(made: int, elapsed: float, part: float) -> None:
    whole = track_of(after(100, 10, step(100, 1.0)))
    assert whole > 60
    filled = track_of(after(100, 10, step(made, elapsed)))
    assert filled == pytest.approx(whole * part, abs=1)


def test_the_summary_tells_the_limit() -> None:
    stopped = Stopped(iteration=50, elapsed=10.2, outcome="finished", smooth_loss=1.0)
    for limit, words in ((10, "time 0:10 of 0:10, 49 chars/s"), (0, "time 0:10, 49 chars/s")):
        progress = after(100, limit, step(50, 10.1), stopped)
        assert summary(stopped, progress, 10).splitlines()[0] == (
            f"finished after 50 of 100 iterations, {words}"
        )


def test_a_real_run_that_ends_by_time() -> None:
    config = TrainConfig(hidden_size=4, seq_length=5, iterations=10**9, time_limit=0.05)
    progress, before = RunProgress(state="starting"), 0.0
    for event in train(config.replace(sample_every=0), Corpus.from_text("abcde" * 40)):
        progress.apply(event)
        assert before <= progress.fraction <= 1
        before = progress.fraction
    assert (progress.state, progress.fraction, progress.seconds_left) == ("finished", 1.0, 0.0)
    assert done(progress).endswith(" 100%")


@pytest.mark.parametrize(
    ("rate", "shown"), [(0.001, "0.001"), (0.0049941271, "0.00499"), (9.8765e-05, "9.88e-05")]
)
def test_a_rate_that_a_schedule_made_leaves_room_for_others(rate: float, shown: str) -> None:
    known = {figure.label: figure.value for figure in figures(RunProgress(), rate)}
    assert known == {"rate": shown}

"""Runs one after the other, with real trainers: what belongs to which run, and who is alive."""

from __future__ import annotations

import queue
import random
import threading
import time

import pytest

from tests.ptys import until
from tui_charrnn.engine import ConfigError, Corpus, SampleRequest, TrainConfig, memory
from tui_charrnn.engine.events import LearningRateChanged, Sample, Step, Stopped
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs.drawing import NotDrawn
from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.host import Batch
from tui_charrnn.runs.session import Job, TrainSession, next_rate
from tui_charrnn.runs.wording import sample_header

CORPUS = Corpus.from_text("the owl saw the fox and the fox saw the owl. " * 300, "owls")
CONFIG = TrainConfig(hidden_size=8, seq_length=10, iterations=1_000_000, eval_every=0)


class Screen:
    """Takes batches as the app does, one after the other."""

    def __init__(self) -> None:
        self.inbox: queue.Queue[Batch] = queue.Queue()
        self.session = TrainSession(self.inbox.put)
        self.shown: list = []

    def show_one(self, timeout: float = 60) -> None:
        batch = self.inbox.get(timeout=timeout)
        self.shown.extend(self.session.take(batch))
        self.session.acknowledge(batch)

    def show_until(self, done) -> None:
        deadline = time.monotonic() + 60
        while not done():
            assert time.monotonic() < deadline
            self.show_one()


@pytest.fixture
def screen():
    screen = Screen()
    yield screen
    assert screen.session.close(60)


def trainers() -> int:
    return sum(thread.name.startswith("trainer-") for thread in threading.enumerate())


def test_a_run_to_its_end_leaves_a_model_to_sample_from(screen: Screen) -> None:
    session = screen.session
    config = CONFIG.replace(iterations=30, eval_every=10)
    session.start(Job(config, CORPUS))
    screen.show_until(lambda: session.progress.state == "finished")
    assert session.model is not None
    session.sample(SampleRequest(prompt="the ", length=12))
    screen.show_until(lambda: isinstance(screen.shown[-1], Sample) and screen.shown[-1].requested)
    assert len(screen.shown[-1].text) == 12
    assert screen.shown[-1].iteration == 30
    assert session.has_best
    session.sample(SampleRequest(length=5, temperature=0), best=True)
    screen.show_until(lambda: len(screen.shown[-1].text) == 5)
    end = next(event for event in screen.shown if isinstance(event, Stopped))
    drawn = screen.shown[-1]
    assert drawn.best
    assert drawn.iteration == end.best_iteration + 1
    bits = bits_per_character(drawn.smooth_loss, config.seq_length)
    assert bits == pytest.approx(end.best_bits_per_character)
    assert sample_header(drawn, config.seq_length).split(" · ")[1].startswith("best validation ")


def test_a_sample_asked_for_too_late_for_the_run_is_drawn_from_its_model(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG.replace(iterations=20, eval_every=0), CORPUS))
    deadline = time.monotonic() + 60
    while session._thread.alive and screen.inbox.empty() and time.monotonic() < deadline:
        time.sleep(0.01)
    while session._thread.alive or not any(
        isinstance(event, Stopped) for batch in list(screen.inbox.queue) for event in batch.events
    ):
        # everything but the last batch is shown: for the screen, the run still goes on
        waiting = list(screen.inbox.queue)
        if waiting and not any(isinstance(e, Stopped) for e in waiting[0].events):
            screen.show_one()
        time.sleep(0.01)
        assert time.monotonic() < deadline
    assert session.active
    session.sample(SampleRequest(length=7))
    screen.show_until(lambda: isinstance(screen.shown[-1], Sample) and screen.shown[-1].requested)
    assert len(screen.shown[-1].text) == 7


def test_a_sample_that_cannot_be_drawn_is_said(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = screen.session
    session.start(Job(CONFIG.replace(iterations=20, eval_every=10), CORPUS))
    screen.show_until(lambda: session.progress.state == "finished")
    monkeypatch.setattr(memory, "machine_memory", lambda: 1)
    session.sample(SampleRequest(length=7), best=True)
    screen.show_until(lambda: isinstance(screen.shown[-1], NotDrawn))
    assert "of memory" in screen.shown[-1].message


def test_the_history_is_that_of_every_event_by_itself(screen: Screen) -> None:
    """Whatever comes between the updates of a batch."""
    session = screen.session
    config = CONFIG.replace(
        iterations=300, eval_every=7, sample_every=5, sample_length=3, schedule="cosine"
    )
    session.start(Job(config, CORPUS))
    screen.show_until(lambda: session.progress.state == "finished")
    wanted = LossHistory(config.seq_length, CORPUS.entropy)
    for event in screen.shown:
        wanted.add(event)
    found = session.history
    assert len(found) == len(wanted) == 300
    assert found.iterations.tolist() == wanted.iterations.tolist()
    assert found.characters.tolist() == wanted.characters.tolist()
    assert found.elapsed.tolist() == wanted.elapsed.tolist()
    assert found.loss.tolist() == wanted.loss.tolist()
    assert found.smooth_loss.tolist() == wanted.smooth_loss.tolist()
    assert found.validations == wanted.validations
    assert len(found.validations) > 40
    assert found.moments() == wanted.moments()
    last = [event for event in screen.shown if isinstance(event, Step)][-1]
    assert session.progress.smooth_loss == found.smooth_loss[-1] == last.smooth_loss


def test_a_stop_takes_back_a_restart(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG, CORPUS))
    screen.show_until(lambda: session.progress.iteration > 3)
    session.start(Job(CONFIG.replace(seed=7), CORPUS))
    session.stop()
    screen.show_until(lambda: session.progress.state == "stopped")
    assert session.job.config.seed == CONFIG.seed
    assert not session.active


def test_a_rate_that_was_never_used_is_not_shown_after_the_end(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG, CORPUS))
    session.pause()
    screen.show_until(lambda: session.progress.state == "paused")
    session.change_learning_rate(up=True)
    assert session.learning_rate == 0.002
    session.stop()
    screen.show_until(lambda: session.progress.state == "stopped")
    assert session.learning_rate == 0.001


def test_a_scheduled_rate_is_shown_as_it_changes_and_can_be_changed(screen: Screen) -> None:
    session = screen.session
    config = CONFIG.replace(schedule="step", decay_every=1, decay_factor=0.999, warmup=100)
    session.start(Job(config, CORPUS))
    assert session.learning_rate == pytest.approx(0.001 / 100)  # that of the first update
    screen.show_until(lambda: session.progress.iteration >= 100)
    session.pause()
    screen.show_until(lambda: session.progress.state == "paused")
    step = [event for event in screen.shown if isinstance(event, Step)][-1]
    assert session.learning_rate == step.learning_rate
    assert step.learning_rate == pytest.approx(0.001 * 0.999 ** (step.iteration - 100))
    session.change_learning_rate(up=True)
    asked = session.learning_rate
    assert asked == next_rate(step.learning_rate, up=True)
    session.resume()
    made = session.progress.iteration
    screen.show_until(lambda: session.progress.iteration > made + 50)
    (changed,) = (event for event in screen.shown if isinstance(event, LearningRateChanged))
    after = [event for event in screen.shown if isinstance(event, Step)][changed.iteration :]
    assert (changed.iteration, changed.new) == (step.iteration + 1, asked)
    assert [event.learning_rate for event in after] == pytest.approx(
        [asked * 0.999**n for n in range(len(after))]
    )
    assert session.learning_rate == after[-1].learning_rate < asked


def test_a_rate_that_the_schedule_came_to_by_itself_is_not_waited_for(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG.replace(schedule="step", decay_every=10, decay_factor=0.5), CORPUS))
    screen.show_until(lambda: session.progress.iteration >= 40)
    session.pause()
    screen.show_until(lambda: session.progress.state == "paused")
    half = screen.session.progress.learning_rate / 2
    session._asked_rate = half  # as if asked for while the screen had not heard of it
    session.resume()
    screen.show_until(lambda: session.progress.learning_rate < half)
    assert session.learning_rate == session.progress.learning_rate


def test_a_rate_that_is_more_than_a_warm_up_allows_is_not_waited_for(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG.replace(warmup=10**9), CORPUS))
    session.pause()
    screen.show_until(lambda: session.progress.state == "paused")
    for _ in range(30):
        session.change_learning_rate(up=True)
    asked, made = session.learning_rate, session.progress.iteration
    session.resume()
    screen.show_until(lambda: session.progress.iteration > made + 40)
    assert 0 < session.learning_rate == session.progress.learning_rate < asked


def test_a_rate_of_nothing_cannot_be_changed(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG.replace(schedule="step", decay_every=1, decay_factor=1e-200), CORPUS))
    screen.show_until(lambda: session.progress.iteration > 3)
    assert session.learning_rate == 0
    with pytest.raises(
        ConfigError, match=r"^learning_rate must be above 0 to be changed, but .*\.$"
    ):
        session.change_learning_rate(up=True)


def test_an_impossible_prompt_is_refused_and_nothing_is_asked(screen: Screen) -> None:
    screen.session.start(Job(CONFIG, CORPUS))
    screen.show_until(lambda: screen.session.progress.iteration > 0)
    with pytest.raises(ValueError, match="'Ω' does not occur in owls"):
        screen.session.sample(SampleRequest(prompt="Ω"))


def test_a_restart_waits_for_the_old_run_and_shows_nothing_of_it(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG, CORPUS))
    screen.show_until(lambda: session.progress.iteration > 3)
    session.start(Job(CONFIG.replace(seed=7), CORPUS))
    screen.show_until(lambda: session.job.config.seed == 7 and session.progress.iteration > 3)
    stop = next(i for i, event in enumerate(screen.shown) if isinstance(event, Stopped))
    after = [event for event in screen.shown[stop + 1 :]]
    assert after[0].config.seed == 7
    until(lambda: trainers() == 1)  # the old one outlives its last event by a moment


def test_a_thousand_keys_in_random_order_leave_at_most_one_trainer(screen: Screen) -> None:
    session, rng = screen.session, random.Random(3)
    keys = {
        "start": lambda: session.active or session.start(Job(CONFIG, CORPUS)),
        "restart": lambda: session.start(Job(CONFIG, CORPUS)),
        "pause": session.pause,
        "resume": session.resume,
        "stop": session.stop,
        "rate": lambda: session.change_learning_rate(rng.random() < 0.5),
        "sample": lambda: session.sample(SampleRequest(length=3)),
    }
    for _ in range(1000):
        keys[rng.choice(list(keys))]()
        while not screen.inbox.empty():
            screen.show_one()
        # one that ends, one that begins; a thread outlives its last event by a moment
        until(lambda: trainers() <= 2)
    session.stop()
    session._next = None
    screen.show_until(lambda: not session.active)
    until(lambda: trainers() == 0)


def test_closing_ends_a_paused_run_at_once(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG, CORPUS))
    session.pause()
    screen.show_until(lambda: session.progress.state == "paused")
    start = time.monotonic()
    assert session.close(10)
    assert time.monotonic() - start < 10


def test_a_trainer_steps_aside_for_a_key_and_carries_on(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG, CORPUS))
    screen.show_until(lambda: session.progress.iteration > 3)
    session.step_aside()
    time.sleep(0.05)  # what it was about to do is done
    while not screen.inbox.empty():
        screen.show_one()
    before = session.progress.iteration
    time.sleep(0.05)
    assert screen.inbox.empty()
    session.carry_on()
    screen.show_until(lambda: session.progress.iteration > before + 20)


def test_a_trainer_that_nobody_calls_back_goes_on_by_itself(screen: Screen) -> None:
    session = screen.session
    session.start(Job(CONFIG, CORPUS))
    screen.show_until(lambda: session.progress.iteration > 3)
    session.step_aside()
    before = session.progress.iteration
    screen.show_until(lambda: session.progress.iteration > before + 100)


@pytest.mark.parametrize(
    ("rate", "up", "down"),
    [
        (0.001, 0.002, 0.0005), (0.0015, 0.002, 0.001), (0.5, 1, 0.2), (1, 2, 0.5),
        (9.99, 20, 5), (0.00498, 0.01, 0.002), (0.00102, 0.002, 0.0005),  # 10 is hardly more
    ],
)  # fmt: skip
def test_rates_follow_a_series(rate: float, up: float, down: float) -> None:
    assert next_rate(rate, up=True) == up
    assert next_rate(rate, up=False) == down

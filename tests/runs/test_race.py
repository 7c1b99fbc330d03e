"""Real races: children that start together, are steered together, and fail alone."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.engine.support import OWLS, assert_same_parameters, only
from tests.runs.processes import is_gone
from tui_charrnn.engine import Corpus, SampleRequest, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.events import (
    Event,
    GradientMemory,
    LearningRateChanged,
    Paused,
    Sample,
    Snapshot,
    Started,
    Step,
    Stopped,
)
from tui_charrnn.runs.fairness import Comparison, contenders
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import Batch, Tap
from tui_charrnn.runs.race import Race

CORPUS = Corpus.from_text(OWLS * 60, "owls")
CONFIG = TrainConfig(
    hidden_size=8, seq_length=10, iterations=300, sample_every=0, eval_every=100,
    sample_length=20, learning_rate=0.05,
)  # fmt: skip
ENDLESS = CONFIG.replace(iterations=10**9, eval_every=0)


class Screen:
    """Takes batches as the app does, one after the other."""

    def __init__(self, configs: dict[str, TrainConfig], **options: object) -> None:
        self.inbox = queue.Queue[Batch]()
        self.race = Race(configs, CORPUS, self.inbox.put, **options)
        self.shown: dict[str, list[Event]] = {name: [] for name in configs}
        self.race.start()

    def show_one(self, timeout: float = 60) -> None:
        batch = self.inbox.get(timeout=timeout)
        name, events = self.race.take(batch)
        self.shown[name].extend(events)
        self.race.acknowledge(batch)

    def show_until(self, done: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            self.show_one(max(0.0, deadline - time.monotonic()))

    def has(self, kind: type[Event], *names: str) -> bool:
        """Whether an event of this kind was shown of each lane."""
        return all(only(kind, self.shown[name]) for name in names or self.shown)

    def pids(self) -> list[int]:
        return [lane.process.pid for lane in self.race.lanes.values()]


def both(config: TrainConfig) -> dict[str, TrainConfig]:
    return contenders(config, CORPUS.vocab_size, Comparison.HIDDEN_SIZE)


@pytest.fixture
def race() -> Iterator[Callable[..., Screen]]:
    screens: list[Screen] = []

    def race(configs: dict[str, TrainConfig] | None = None, **options: object) -> Screen:
        screens.append(Screen(configs or both(ENDLESS), **options))
        return screens[-1]

    yield race
    for screen in screens:
        assert screen.race.close(20)
        assert all(is_gone(pid, 10) for pid in screen.pids() if pid)


def test_each_lane_trains_what_it_would_train_alone(race: Callable[..., Screen]) -> None:
    heard: dict[str, list[Event]] = {"rnn": [], "gru": []}
    screen = race(both(CONFIG), tap=lambda name: heard[name].append)
    assert screen.race.active
    screen.show_until(lambda: not screen.race.active)
    assert screen.race.states == {"rnn": "finished", "gru": "finished"}
    for name, lane in screen.race.lanes.items():
        model = build_model(lane.config, CORPUS.vocab_size)
        wanted = list(train_to_the_end(lane.config, CORPUS, model, TrainControl()))
        assert screen.shown[name] == wanted
        assert heard[name] == wanted
        assert_same_parameters(lane.trainer.model.parameters(), model.parameters())
        assert len(lane.history) == lane.progress.iteration == 300
        assert [bits for _, bits in lane.history.validations][-1] == lane.progress.validation_bits


def test_a_pause_holds_all_and_a_resume_lets_all_go(race: Callable[..., Screen]) -> None:
    screen = race()
    screen.show_until(lambda: screen.has(Step))
    screen.race.pause()
    assert screen.race.pausing
    screen.show_until(lambda: screen.race.paused)
    assert screen.race.active
    assert screen.race.states == {"rnn": "paused", "gru": "paused"}
    time.sleep(0.2)
    assert screen.inbox.empty()
    made = {name: lane.progress.iteration for name, lane in screen.race.lanes.items()}
    screen.race.resume()
    assert not screen.race.pausing
    screen.show_until(
        lambda: all(lane.progress.iteration > made[n] for n, lane in screen.race.lanes.items())
    )
    assert not screen.race.paused
    screen.race.stop()
    screen.show_until(lambda: not screen.race.active)
    assert screen.race.states == {"rnn": "stopped", "gru": "stopped"}
    assert not screen.has(LearningRateChanged, "rnn")


def test_samples_and_gradients_come_of_all(race: Callable[..., Screen]) -> None:
    screen = race()
    screen.race.request_sample(SampleRequest(prompt="the ", length=7))
    screen.race.request_gradient_memory()
    screen.show_until(lambda: screen.has(Sample) and screen.has(GradientMemory))
    samples = [only(Sample, events)[0] for events in screen.shown.values()]
    assert [(len(sample.text), sample.requested) for sample in samples] == [(7, True)] * 2
    with pytest.raises(ValueError, match="'Ω' does not occur in owls"):
        screen.race.request_sample(SampleRequest(prompt="Ω"))


def test_what_ended_is_drawn_from_while_the_other_goes_on(race: Callable[..., Screen]) -> None:
    configs = both(ENDLESS)
    configs["rnn"] = configs["rnn"].replace(iterations=20)
    screen = race(configs)
    screen.show_until(lambda: screen.has(Stopped, "rnn"))
    made = len(screen.shown["rnn"])
    screen.race.request_sample(SampleRequest(length=9))
    screen.race.request_gradient_memory()
    screen.show_until(lambda: len(screen.shown["rnn"]) == made + 2 and screen.has(Sample, "gru"))
    sample, memory = sorted(screen.shown["rnn"][made:], key=lambda event: type(event) is not Sample)
    assert (sample.iteration, len(sample.text), sample.requested) == (20, 9, True)
    assert memory == only(GradientMemory, screen.shown["rnn"][:made])[-1]
    assert screen.race.states["gru"] == "training"


def test_a_child_that_is_killed_loses_alone(race: Callable[..., Screen]) -> None:
    screen = race()
    screen.show_until(lambda: screen.has(Step))
    os.kill(screen.race.lanes["gru"].process.pid, signal.SIGKILL)
    screen.show_until(lambda: screen.has(Stopped, "gru"))
    end = screen.shown["gru"][-1]
    assert end.message.startswith("The trainer process was killed (SIGKILL)")
    assert screen.race.states == {"rnn": "training", "gru": "failed"}
    made = screen.race.lanes["rnn"].progress.iteration
    screen.show_until(lambda: screen.race.lanes["rnn"].progress.iteration > made + 100)
    screen.race.pause()
    screen.show_until(lambda: screen.race.paused)
    shown = len(screen.shown["gru"])
    screen.race.request_sample(SampleRequest(length=4))  # nothing is left of it to draw from
    screen.show_until(lambda: screen.has(Sample, "rnn"))
    assert len(screen.shown["gru"]) == shown


def test_a_copy_of_a_net_is_kept_until_nobody_looks(race: Callable[..., Screen]) -> None:
    screen = race()
    lane = screen.race.lanes["gru"]
    screen.show_until(lambda: screen.has(Step))
    lane.request_snapshot()
    screen.show_until(lambda: lane.snapshot is not None)
    lane.request_snapshot()
    lane.drop_snapshot()
    copies = len(only(Snapshot, screen.shown["gru"]))
    screen.show_until(lambda: len(only(Snapshot, screen.shown["gru"])) > copies)
    assert lane.snapshot is None  # it has come too late


@pytest.mark.parametrize("change", [{"seq_length": 5000}, {"hidden_size": 10**9}])
def test_one_that_cannot_begin_holds_up_nobody(
    race: Callable[..., Screen], change: dict[str, int]
) -> None:
    configs = both(CONFIG)
    configs["gru"] = configs["gru"].replace(**change)
    screen = race(configs)
    screen.show_until(lambda: not screen.race.active)
    assert screen.race.states == {"rnn": "finished", "gru": "failed"}
    assert next(iter(change)) in screen.shown["gru"][-1].message


def test_all_are_loaded_before_any_trains(
    race: Callable[..., Screen], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = race()
    while screen.race.lanes["gru"].process.pid is None:
        time.sleep(0.001)
    slow = screen.race.lanes["gru"].process.pid
    os.kill(slow, signal.SIGSTOP)
    time.sleep(0.8)  # time enough for the other to load
    assert screen.inbox.empty()
    os.kill(slow, signal.SIGCONT)
    screen.show_until(lambda: screen.has(Step))
    assert all(type(events[0]) is Started for events in screen.shown.values())


def test_one_that_dies_before_the_start_holds_up_nobody(race: Callable[..., Screen]) -> None:
    screen = race(both(CONFIG))
    while screen.race.lanes["gru"].process.pid is None:
        time.sleep(0.001)
    os.kill(screen.race.lanes["gru"].process.pid, signal.SIGKILL)
    screen.show_until(lambda: not screen.race.active)
    assert screen.race.states == {"rnn": "finished", "gru": "failed"}


def test_a_stop_before_the_start(race: Callable[..., Screen]) -> None:
    screen = race()
    screen.race.stop()
    screen.show_until(lambda: not screen.race.active)
    assert screen.race.states == {"rnn": "stopped", "gru": "stopped"}


def test_batches_of_an_earlier_race_are_not_taken(race: Callable[..., Screen]) -> None:
    first, second = race(), race()
    batch = first.inbox.get(timeout=60)
    assert second.race.take(batch) == ("", ())
    second.race.acknowledge(batch)
    assert first.race.take(batch)[1] == batch.events


def test_a_tap_that_raises_costs_no_event(race: Callable[..., Screen]) -> None:
    def broken(name: str) -> Tap:
        return lambda event: 1 / 0

    screen = race(both(CONFIG), tap=broken)
    screen.show_until(lambda: not screen.race.active)
    assert [len(only(Step, events)) for events in screen.shown.values()] == [300, 300]


@pytest.mark.parametrize("when", ["before", "loading", "training", "paused"])
def test_closing_leaves_nothing(when: str) -> None:
    threads = threading.active_count()
    screen = Screen(both(ENDLESS)) if when != "before" else None
    if screen is None:
        assert Race(both(ENDLESS), CORPUS, lambda batch: None).close(0)
        return
    if when != "loading":
        screen.show_until(lambda: screen.has(Step))
    if when == "paused":
        screen.race.pause()
        screen.show_until(lambda: screen.has(Paused))
    start = time.monotonic()
    assert screen.race.close(0.5)
    assert time.monotonic() - start < 10
    assert all(is_gone(pid, 10) for pid in screen.pids())
    assert threading.active_count() == threads


def test_a_child_in_a_long_update_is_not_waited_for() -> None:
    heard: list[Event] = []
    config = ENDLESS.replace(
        cell="rnn", hidden_size=2500, seq_length=1, batch_size=1300, validation_fraction=0.0
    )
    screen = Screen({"huge": config}, tap=lambda name: heard.append)
    screen.show_until(lambda: screen.has(Started))
    assert screen.race.close(0.1)
    assert is_gone(screen.pids()[0], 10)
    assert [(event.outcome, event.message) for event in only(Stopped, heard)] == [("stopped", "")]


def test_a_race_against_the_clock_gives_all_the_same_time(race: Callable[..., Screen]) -> None:
    screen = race(contenders(CONFIG, CORPUS.vocab_size, Comparison.TIME, 0.5))
    screen.show_until(lambda: not screen.race.active)
    ends = [events[-1] for events in screen.shown.values()]
    assert [end.outcome for end in ends] == ["finished", "finished"]
    steps = [only(Step, events)[-1].elapsed for events in screen.shown.values()]
    assert all(0.5 <= seconds < 5 for seconds in steps)  # an update may be held up

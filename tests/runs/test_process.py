"""Real children: the same events as without one, steered, killed, and never left behind."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.engine.support import CELLS, OWLS, assert_same_parameters, only
from tests.runs.processes import is_gone, used_seconds
from tui_charrnn.engine import (
    Corpus,
    SampleRequest,
    TrainConfig,
    TrainControl,
    build_model,
)
from tui_charrnn.engine.events import (
    Event,
    GradientMemory,
    Health,
    LearningRateChanged,
    Paused,
    Resumed,
    Sample,
    Snapshot,
    Started,
    Step,
    Stopped,
    Validation,
)
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import Batch, TrainerThread, limit_blas
from tui_charrnn.runs.process import TrainerProcess, train_in_process
from tui_charrnn.runs.steering import Steering
from tui_charrnn.runs.wire import Command

ROOT = Path(__file__).parents[2]
CORPUS = Corpus.from_text(OWLS * 60, "owls")
CONFIG = TrainConfig(
    hidden_size=8, seq_length=10, iterations=300, sample_every=70, sample_length=20, eval_every=50,
    learning_rate=0.05,
)  # fmt: skip
ENDLESS = CONFIG.replace(iterations=10**9, sample_every=0, eval_every=0)


class Run:
    """A run in a child, its events taken by a thread into a queue."""

    def __init__(self, config: TrainConfig = ENDLESS, corpus: Corpus = CORPUS) -> None:
        self.control, self.process = TrainControl(), TrainerProcess()
        self.model = build_model(config, corpus.vocab_size)
        self.events = queue.Queue[Event]()
        self.taken: list[Event] = []
        self._events = self.process.train(config, corpus, self.model, self.control)
        self.thread = threading.Thread(target=self._work, daemon=True)
        self.thread.start()

    def _work(self) -> None:
        for event in self._events:
            self.events.put(event)

    def until(self, kind: type[Event], timeout: float = 60) -> Event:
        """Take the events up to the first of a kind, and return that."""
        while True:
            event = self.events.get(timeout=timeout)
            self.taken.append(event)
            if isinstance(event, kind):
                return event

    def close(self) -> None:
        self.process.kill()
        self.thread.join(60)
        assert not self.thread.is_alive()
        assert is_gone(self.process.pid, 10)


@pytest.fixture
def begin() -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def begin(*arguments: object) -> Run:
        runs.append(Run(*arguments))
        return runs[-1]

    yield begin
    for run in runs:
        run.close()


@pytest.mark.parametrize("cell", CELLS)
def test_a_child_does_exactly_what_would_be_done_here(cell: str) -> None:
    config = CONFIG.replace(cell=cell, watch_every=4)
    here, there = (build_model(config, CORPUS.vocab_size) for _ in range(2))
    wanted = list(train_to_the_end(config, CORPUS, here, TrainControl()))
    events = list(train_in_process(config, CORPUS, there, TrainControl()))
    assert events == wanted
    assert_same_parameters(there.parameters(), here.parameters())
    assert {type(event) for event in events} == {
        Started, Step, Sample, Validation, Snapshot, GradientMemory, Health, Stopped
    }  # fmt: skip
    assert_same_parameters(events[-1].best_parameters, wanted[-1].best_parameters)
    for snapshot, other in zip(only(Snapshot, events), only(Snapshot, wanted), strict=True):
        assert snapshot.checkpoint.events == other.checkpoint.events
        assert_same_parameters(snapshot.checkpoint.parameters, other.checkpoint.parameters)


def test_it_goes_on_from_the_model_that_it_is_given() -> None:
    config = CONFIG.replace(iterations=20, dtype="float64", batch_size=3)
    here, there = (build_model(config.replace(seed=5), CORPUS.vocab_size) for _ in range(2))
    wanted = list(train_to_the_end(config, CORPUS, here, TrainControl()))
    assert list(train_in_process(config, CORPUS, there, TrainControl())) == wanted
    assert_same_parameters(there.parameters(), here.parameters())


def test_the_model_is_final_when_the_end_is_told() -> None:
    config = CONFIG.replace(iterations=20)
    model = build_model(config, CORPUS.vocab_size)
    events = train_in_process(config, CORPUS, model, TrainControl())
    at_the_end = next(model.parameters() for event in events if isinstance(event, Stopped))
    assert_same_parameters(at_the_end, model.parameters())
    fresh = build_model(config, CORPUS.vocab_size).parameters()
    assert any(value.tobytes() != fresh[name].tobytes() for name, value in at_the_end.items())


@pytest.mark.parametrize("vocab", [2, 300, 70_000])
def test_texts_of_every_size_of_id_arrive(vocab: int) -> None:
    limit_blas()  # as in the child: sums of two threads are rounded in another order
    ids = np.arange(70_000) % vocab
    dtype = np.min_scalar_type(vocab - 1)
    corpus = Corpus("many", tuple(map(chr, range(0x10000, 0x10000 + vocab))), ids.astype(dtype))
    config = CONFIG.replace(iterations=3, hidden_size=2, sample_every=0, eval_every=0)
    here, there = (build_model(config, vocab) for _ in range(2))
    wanted = list(train_to_the_end(config, corpus, here, TrainControl()))
    assert list(train_in_process(config, corpus, there, TrainControl())) == wanted


def test_a_slow_parent_loses_nothing() -> None:
    config = CONFIG.replace(iterations=2000, sample_every=0, eval_every=0)
    model = build_model(config, CORPUS.vocab_size)
    events = []
    for event in train_in_process(config, CORPUS, model, TrainControl()):
        events.append(event)
        if event.iteration % 250 == 0:
            time.sleep(0.05)
    assert [step.iteration for step in only(Step, events)] == list(range(2000))


def test_a_pause_holds_the_child_still_and_costs_no_time(begin: Callable[..., Run]) -> None:
    run = begin()
    run.until(Step)
    run.control.pause()
    paused = run.until(Paused)
    assert only(Step, run.taken)[-1].iteration + 1 == paused.iteration
    run.until(Snapshot)
    before = used_seconds(run.process.pid)
    time.sleep(0.3)
    assert run.events.empty()
    assert used_seconds(run.process.pid) - before <= 0.05
    run.control.resume()
    assert run.until(Resumed).iteration == paused.iteration
    assert run.until(Step).iteration == paused.iteration


def test_what_is_asked_for_comes_at_once(begin: Callable[..., Run]) -> None:
    run = begin()
    run.until(Step)
    waits = []
    for length in (3, 4, 5, 6, 7):
        start = time.monotonic()
        run.control.request_sample(SampleRequest(prompt="the ", length=length))
        sample = run.until(Sample)
        waits.append(time.monotonic() - start)
        assert (len(sample.text), sample.prompt, sample.requested) == (length, "the ", True)
    assert min(waits) < 0.1  # the machine may be busy with something else for some of them
    run.control.request_gradient_memory()
    assert len(run.until(GradientMemory).norms) == ENDLESS.seq_length
    assert run.control.next_request() is None
    assert not run.control.wants_gradient_memory()


def test_a_rate_set_in_a_pause_is_used_from_the_first_step_on(begin: Callable[..., Run]) -> None:
    run = begin()
    for rate in (0.01, 0.02, 0.03, 0.04):
        run.control.pause()
        run.until(Paused)
        run.control.request_sample(SampleRequest(length=2))
        assert run.until(Sample).requested
        run.control.set_learning_rate(rate)
        run.control.resume()
        assert run.until(LearningRateChanged).new == rate
        assert run.until(Step).learning_rate == rate
        assert type(run.taken[-3]) is Resumed


def test_what_was_asked_for_before_the_start_is_done(begin: Callable[..., Run]) -> None:
    control = TrainControl()
    control.pause()
    control.request_sample(SampleRequest(length=5))
    control.set_learning_rate(0.5)
    events = train_in_process(ENDLESS, CORPUS, build_model(ENDLESS, CORPUS.vocab_size), control)
    first: list[Event] = []
    while not first or not isinstance(first[-1], Paused):
        first.append(next(events))
    assert [event.requested for event in only(Sample, first)] == [True]
    control.stop()
    assert [type(event) for event in events] == [Snapshot, Snapshot, Stopped]  # pause and end


@pytest.mark.parametrize(
    ("then", "wanted"),
    [
        ("resume", ["set_learning_rate", "request_sample", "resume"]),
        ("stop", ["set_learning_rate", "request_sample", "stop"]),
    ],
)
def test_what_is_asked_for_in_a_pause_is_there_before_its_end(then: str, wanted: list[str]) -> None:
    control, sent, complete = TrainControl(), [], threading.Event()

    def send(command: Command) -> None:
        sent.append(command.name)
        if command.name == "request_gradient_memory":
            control.set_learning_rate(0.1)
            control.request_sample(SampleRequest())
            getattr(control, then)()
        if command.name == then:
            complete.set()

    steering = Steering(control, send)
    control.pause()
    control.request_gradient_memory()
    steering.start()
    assert complete.wait(60)
    steering.end()
    assert sent == ["request_gradient_memory", "pause", *wanted]
    assert control.next_request() == SampleRequest()  # nobody served it


@pytest.mark.parametrize("paused", [False, True])
def test_a_stop_is_prompt_and_brings_the_weights(begin: Callable[..., Run], paused: bool) -> None:
    run = begin(ENDLESS.replace(eval_every=5))
    run.until(Validation)
    if paused:
        run.control.pause()
        run.until(Paused)
    start = time.monotonic()
    run.control.stop()
    end = run.until(Stopped)
    assert time.monotonic() - start < 10
    assert end.outcome == "stopped"
    assert end.iteration == only(Step, run.taken)[-1].iteration + 1
    assert end.best_parameters is not None
    again = build_model(run.model.config, CORPUS.vocab_size)
    limited = ENDLESS.replace(iterations=end.iteration)
    for _ in train_to_the_end(limited, CORPUS, again, TrainControl()):
        pass
    assert_same_parameters(run.model.parameters(), again.parameters())


def test_what_was_not_served_is_given_back(begin: Callable[..., Run]) -> None:
    """Whoever has the model then can draw it, as with a run that is trained here."""
    run = begin()
    run.until(Step)
    request = SampleRequest(length=100_000)
    run.control.request_sample(request)
    time.sleep(0.1)
    run.control.stop()
    run.until(Stopped)
    assert run.control.next_request() == request
    assert run.control.next_request() is None


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (
            signal.SIGKILL,
            "The trainer process was killed (SIGKILL); the system may have run out of memory.",
        ),
        (signal.SIGTERM, "The trainer process was killed (SIGTERM)."),
    ],
)
def test_a_killed_child_is_a_failed_run(
    begin: Callable[..., Run], number: int, message: str
) -> None:
    run = begin()
    run.until(Step)
    os.kill(run.process.pid, number)
    end = run.until(Stopped)
    last = only(Step, run.taken)[-1]
    assert (end.outcome, end.message) == ("failed", message)
    assert (end.iteration, end.smooth_loss) == (last.iteration + 1, last.smooth_loss)
    assert end.elapsed == last.elapsed
    assert not run.process.returned


def test_a_child_killed_in_a_pause_is_noticed(begin: Callable[..., Run]) -> None:
    run = begin()
    run.control.pause()
    run.until(Paused)
    os.kill(run.process.pid, signal.SIGKILL)
    assert run.until(Stopped).outcome == "failed"


def test_a_child_that_we_end_is_a_stopped_run(begin: Callable[..., Run]) -> None:
    run = begin()
    run.until(Step)
    run.process.kill()
    end = run.until(Stopped)
    assert (end.outcome, end.message) == ("stopped", "")
    assert end.iteration == only(Step, run.taken)[-1].iteration + 1


def test_a_trainer_thread_hosts_a_child_as_it_hosts_a_run() -> None:
    batches = queue.Queue[Batch]()
    config = CONFIG.replace(seq_length=9000)
    trainer = TrainerThread(1, config, CORPUS, batches.put, source=train_in_process)
    trainer.start()
    (end,) = batches.get(timeout=60).events
    assert end.outcome == "failed"
    assert end.message.startswith("owls has 2,430 characters to train on, but seq_length 9,000")
    trainer.abandon()
    assert trainer.join(60)


def test_closing_early_ends_the_child() -> None:
    trainer, control = TrainerProcess(), TrainControl()
    events = trainer.train(ENDLESS, CORPUS, build_model(ENDLESS, CORPUS.vocab_size), control)
    for _ in range(20):
        next(events)
    before = threading.active_count()
    events.close()
    assert is_gone(trainer.pid, 10)
    assert threading.active_count() == before - 1
    untouched = train_in_process(ENDLESS, CORPUS, build_model(ENDLESS, 20), control)
    untouched.close()


def test_no_descriptor_and_no_thread_is_left() -> None:
    config = CONFIG.replace(iterations=2)

    def count() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    before = count()
    for _ in range(3):
        model = build_model(config, CORPUS.vocab_size)
        list(train_in_process(config, CORPUS, model, TrainControl()))
    assert count() == before


def test_the_terminal_is_not_the_childs(begin: Callable[..., Run]) -> None:
    """What a terminal sends to its whole group ends no child, not even one that just starts."""
    run = begin()
    while run.process.pid is None:
        time.sleep(0.001)
    for _ in range(10):
        for number in (signal.SIGINT, signal.SIGHUP):
            os.kill(run.process.pid, number)
        time.sleep(0.03)
    first = run.until(Step)
    os.kill(run.process.pid, signal.SIGINT)
    run.control.pause()
    assert run.until(Paused).iteration > first.iteration
    where = [os.readlink(f"/proc/{run.process.pid}/fd/{number}") for number in (0, 1, 2)]
    assert where[:2] == [os.devnull] * 2
    assert where[2].startswith("pipe:")


def test_a_child_loads_no_screen_and_one_thread_of_blas() -> None:
    code = textwrap.dedent("""
        import sys
        from threadpoolctl import threadpool_info
        from tui_charrnn.runs import child
        child.limit_blas()
        heavy = {"textual", "plotext", "rich", "matplotlib", "distributed"} & set(sys.modules)
        pools = {p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"}
        print(sorted(heavy), pools)
    """)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[] {1}"


def test_a_module_of_the_working_directory_is_not_taken_for_one_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("numpy", "json", "signal"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('the wrong one')")
    monkeypatch.chdir(tmp_path)
    config = CONFIG.replace(iterations=2)
    model = build_model(config, CORPUS.vocab_size)
    events = list(train_in_process(config, CORPUS, model, TrainControl()))
    assert events[-1].outcome == "finished"

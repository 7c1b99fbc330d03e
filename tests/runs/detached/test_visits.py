"""Visitors of real processes: all see the same, and what one asks for is seen by all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runs.detached.support import CONFIG, CORPUS, ENDLESS, Place, wait_for
from tests.runs.processes import is_gone
from tests.runs.store.support import same
from tui_charrnn.engine import SampleRequest
from tui_charrnn.engine.checkpoint_file import save
from tui_charrnn.engine.events import (
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
from tui_charrnn.runs.detached import Attached, DetachError
from tui_charrnn.runs.host import Batch
from tui_charrnn.runs.past import past_of
from tui_charrnn.runs.session import Job, TrainSession
from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.store.checkpoints import path_of


def test_what_was_and_what_comes_is_the_run_to_the_last_digit(place: Place) -> None:
    launched = place.begin(CONFIG.replace(iterations=5000, eval_every=1000))
    early = place.visit(launched.run_id)
    while early.until(Step).iteration < 2000:
        pass
    late = place.visit(launched.run_id)
    assert 0 < late.attached.hello.events < 5000
    assert is_gone(launched.pid, 30)
    kept = place.events(launched.run_id)
    assert {type(event) for event in kept} == {
        Started, Step, Sample, Validation, Snapshot, GradientMemory, Health, Stopped
    }  # fmt: skip
    for visit in (early, late):
        visit.until(Stopped)
        assert visit.is_over()
        assert same(kept[: visit.attached.hello.events] + visit.taken, kept)
        assert visit.told == []


def test_the_model_of_an_ended_run_is_there_when_its_end_is_told(place: Place) -> None:
    launched = place.begin(ENDLESS.replace(eval_every=50, eval_length=200))
    visit = place.visit(launched.run_id)
    visit.until(Validation)
    visit.control.stop()
    end = visit.until(Stopped)
    with RunStore.open(place.store) as store:
        kept = store.checkpoint(launched.run_id)
    assert (end.outcome, end.iteration) == ("stopped", kept.iteration)
    assert (visit.model.weights.flat == kept.model().weights.flat).all()
    best = kept.best_parameters
    assert end.best_parameters.keys() == best.keys()
    assert all((end.best_parameters[name] == best[name]).all() for name in best)
    assert place.run(launched.run_id).state == "stopped"
    assert visit.told == []
    assert is_gone(launched.pid, 30)


@pytest.mark.parametrize("kept", ["nothing", "an earlier one"])
def test_a_model_that_was_not_kept_is_said(place: Place, patient_for, kept: str) -> None:
    patient_for(LINGER=0.1)
    launched = place.begin(ENDLESS.replace(checkpoint_every=20))
    visit = place.visit(launched.run_id)
    with RunStore.open(place.store) as store:
        wait_for(lambda: store.has_checkpoint(launched.run_id))
        earlier = store.checkpoint(launched.run_id)
    visit.hold()
    place.visit(launched.run_id).control.stop()
    assert is_gone(launched.pid, 30)
    path = path_of(place.store, launched.run_id)
    path.unlink()
    if kept == "an earlier one":
        save(earlier, path)
    visit.let_go()
    end = visit.until(Stopped)
    assert end.outcome == "stopped"
    assert end.iteration > earlier.iteration
    (told,) = visit.told
    if kept == "nothing":
        assert told.startswith("There is no model to draw from: ")
    else:
        wanted = f"The model is that after {earlier.iteration:,} updates: no later one is kept."
        assert told == wanted
        assert (visit.model.weights.flat == earlier.model().weights.flat).all()


def test_a_pause_from_one_is_seen_by_all(place: Place) -> None:
    launched = place.begin()
    one, other = place.visit(launched.run_id), place.visit(launched.run_id)
    for asking, watching in ((one, other), (other, one), (one, other)):
        asking.control.pause()
        iterations = {visit.until(Paused).iteration for visit in (one, other)}
        assert len(iterations) == 1
        assert watching.control.pausing
        watching.control.resume()
        assert {visit.until(Resumed).iteration for visit in (one, other)} == iterations
        assert not asking.control.pausing
    # nothing of what was seen is asked for again
    for visit in (one, other):
        while visit.until(Step).iteration < max(iterations) + 300:
            pass
    assert [type(e) for e in one.taken if isinstance(e, (Paused, Resumed))] == [Paused, Resumed] * 3


def test_who_comes_into_a_pause_sees_it(place: Place) -> None:
    """Also where all of it lies in the store, so that there is no news of it."""
    launched = place.begin()
    place.visit(launched.run_id).control.pause()
    wait_for(lambda: isinstance(place.events(launched.run_id)[-2:][0], Paused))
    kept = len(place.events(launched.run_id))
    wait_for(lambda: stored_of(place) == kept)
    late = place.visit(launched.run_id)
    assert late.attached.hello.paused
    wait_for(lambda: late.control.pausing)
    late.control.resume()
    assert late.until(Resumed)
    assert not late.control.pausing


def stored_of(place: Place) -> int:
    attached = Attached(place.store, 1)
    attached.leave()
    return attached.hello.events


def test_what_is_asked_for_is_done_and_all_see_it(place: Place) -> None:
    launched = place.begin()
    one, other = place.visit(launched.run_id), place.visit(launched.run_id)
    waits = []
    for length in (3, 4, 5, 6, 7):
        start = time.monotonic()
        one.control.request_sample(SampleRequest("the ", length, 0.5, top_k=3, top_p=0.9))
        sample = one.until(Sample)
        waits.append(time.monotonic() - start)
        assert (len(sample.text), sample.prompt, sample.requested) == (length, "the ", True)
        assert (sample.temperature, sample.top_k, sample.top_p) == (0.5, 3, 0.9)
        assert other.until(Sample) == sample
    assert min(waits) < 0.3  # the machine may be busy with something else for some of them
    other.control.set_learning_rate(0.25)
    for visit in (one, other):
        assert visit.until(LearningRateChanged).new == 0.25
        assert visit.until(Step).learning_rate == 0.25
    one.control.request_gradient_memory()
    memory = one.until(GradientMemory)
    assert len(memory.norms) == ENDLESS.seq_length
    assert other.until(GradientMemory) == memory
    other.control.stop()
    assert one.until(Stopped) == other.until(Stopped)
    for visit in (one, other):
        assert visit.is_over()
        assert visit.control.next_request() is None
        assert not visit.control.wants_gradient_memory()


def test_what_was_asked_for_too_late_can_be_drawn_here(place: Place) -> None:
    launched = place.begin()
    visit = place.visit(launched.run_id)
    visit.control.pause()
    visit.until(Paused)
    request = SampleRequest(length=100_000)
    visit.control.request_sample(request)
    visit.control.stop()
    visit.until(Stopped)
    assert visit.control.next_request() == request


@pytest.mark.parametrize("value", ["☃", "the \ud800"])
def test_a_prompt_that_the_net_cannot_read_is_said_and_harms_nothing(
    place: Place, value: str
) -> None:
    launched = place.begin()
    visit = place.visit(launched.run_id)
    visit.control.request_sample(SampleRequest(prompt=value))
    visit.control.request_sample(SampleRequest(prompt="the ", length=5))
    assert visit.until(Sample).prompt == "the "
    assert visit.told == [f"The character {value[-1]!r} does not occur in owls.txt."]


def test_a_prompt_without_end_is_not_even_sent(place: Place) -> None:
    launched = place.begin()
    visit = place.visit(launched.run_id)
    visit.control.request_sample(SampleRequest(prompt="a" * 70_000))
    visit.control.request_sample(SampleRequest(length=5))
    assert len(visit.until(Sample).text) == 5
    assert visit.told == ["The prompt is too long for a detached run."]


def test_who_leaves_stops_nothing(place: Place) -> None:
    launched = place.begin()
    visit, watching = place.visit(launched.run_id), place.visit(launched.run_id)
    visit.until(Step)
    visit.attached.leave()
    visit.control.stop()  # as an abandoned trainer thread does
    assert visit.is_over()
    assert not any(isinstance(event, Stopped) for event in visit.events.queue if event)
    reached = watching.until(Step).iteration
    while watching.until(Step).iteration < reached + 200:
        pass
    assert place.run(launched.run_id).state == "running"
    watching.attached.leave()
    late = place.visit(launched.run_id)
    while late.until(Step).iteration < reached + 200:
        pass


def test_who_leaves_before_looking_holds_nothing(place: Place) -> None:
    launched = place.begin()
    files = len(os.listdir("/proc/self/fd"))
    attached = Attached(place.store, launched.run_id)
    attached.leave()
    attached.leave()
    assert len(os.listdir("/proc/self/fd")) == files


class Shown:
    """The very class that the screen uses, on a run that began without it."""

    def __init__(self, place: Place, run_id: int) -> None:
        attached = Attached(place.store, run_id)
        with RunStore.open(place.store) as store:
            past = past_of(store, run_id, attached.hello.events)
        self.batches: list[Batch] = []
        self.session = TrainSession(self.batches.append)
        self.session.start(Job(attached.run.config, CORPUS, run_id=run_id), past, attached)

    def until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not holds():
            assert time.monotonic() < deadline
            while self.batches:
                batch = self.batches.pop(0)
                self.session.take(batch)
                self.session.acknowledge(batch)
            time.sleep(0.01)


def stands_still(pid: int) -> bool:
    """Whether every thread of a process was stopped."""
    stats = [task.joinpath("stat").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


@pytest.mark.parametrize("kept", [True, False])
def test_what_a_dead_process_left_is_what_was_kept(place: Place, kept: bool) -> None:
    launched = place.begin(ENDLESS.replace(checkpoint_every=20))
    shown = Shown(place, launched.run_id)
    session, path = shown.session, path_of(place.store, launched.run_id)
    with RunStore.open(place.store) as store:
        wait_for(lambda: store.has_checkpoint(launched.run_id))
        earlier = store.checkpoint(launched.run_id)
    shown.until(lambda: session.progress.iteration > earlier.iteration)
    os.kill(launched.pid, signal.SIGSTOP)  # it keeps nothing more, and nobody sees its end yet
    wait_for(lambda: stands_still(launched.pid))
    path.unlink()
    if kept:
        save(earlier, path)
    os.kill(launched.pid, signal.SIGKILL)
    assert is_gone(launched.pid, 30)
    shown.until(lambda: session.progress.state == "failed")
    if kept:
        assert session.model_iteration == earlier.iteration < session.progress.iteration
        assert (session.model.weights.flat == earlier.model().weights.flat).all()
    else:
        assert session.model is None  # and none that has learned nothing
    assert session.close(5)


def test_a_session_shows_and_steers_it_as_any_run(place: Place) -> None:
    launched = place.begin()
    wait_for(lambda: stored_of(place) > 100)
    shown = Shown(place, launched.run_id)
    session, shows = shown.session, shown.until

    before = session.progress.iteration
    assert before > 0
    shows(lambda: session.progress.iteration > before + 100)
    assert session.history.iterations[0] == 0
    session.pause()
    shows(lambda: session.progress.state == "paused")
    assert session.pausing
    session.change_learning_rate(up=True)
    session.resume()
    shows(lambda: session.progress.learning_rate == 0.1)
    session.stop()
    shows(lambda: session.progress.state == "stopped")
    session.sample(SampleRequest(prompt="the ", length=5))
    with RunStore.open(place.store) as store:
        kept = store.checkpoint(launched.run_id).model()
    assert (session.model.weights.flat == kept.weights.flat).all()
    assert session.close(5)


@pytest.mark.parametrize("state", ["finished", "interrupted", "absent"])
def test_a_run_that_is_not_detached_is_said(place: Place, state: str) -> None:
    if state == "absent":
        RunStore.open(place.store).close()
        wanted = f"There is no run 5 in {place.store}."
    else:
        launched = place.begin(CONFIG if state == "finished" else ENDLESS)
        if state == "interrupted":
            os.kill(launched.pid, 9)
        assert is_gone(launched.pid, 30)
        wanted = f"Run 1 (gru-1) is not running detached; it is {state}."
    with pytest.raises(DetachError) as caught:
        Attached(place.store, 5 if state == "absent" else 1)
    assert str(caught.value) == wanted

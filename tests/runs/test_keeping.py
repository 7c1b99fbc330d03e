"""Every run of the app is in the store as it was shown, or a sentence says why not."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.disks import fill
from tests.runs.store.support import CONFIG, CORPUS, same, trained, training, without_checkpoints
from tests.screens.support import loaded
from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine.events import Event, Snapshot, Started, Stopped
from tui_charrnn.runs import keeping
from tui_charrnn.runs.host import Batch, Refused
from tui_charrnn.runs.keeping import Keeper
from tui_charrnn.runs.session import Job, TrainSession
from tui_charrnn.runs.store import RunStore, StoreError, opening, recorder

JOB = Job(CONFIG, CORPUS, "/texts/owls.txt", "latin-1")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE", 0.1)
    monkeypatch.setattr(recorder, "INTERVAL", 0.05)
    monkeypatch.setattr(keeping, "LOOK_AFTER", 0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite3"


@pytest.fixture
def keep() -> Iterator[Callable[[Path], tuple[Keeper, list[str]]]]:
    keepers = []

    def keep(path: Path) -> tuple[Keeper, list[str]]:
        told: list[str] = []
        keepers.append(Keeper(path, told.append))
        return keepers[-1], told

    yield keep
    for keeper in keepers:
        keeper.close()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def state_in(path: Path) -> str:
    with RunStore.open(path, read_only=True) as store:
        return "".join(run.state for run in store.runs())


def test_a_run_is_in_the_store_soon_after_its_end(path: Path, keep, recorders) -> None:
    keeper, told = keep(path)
    events = trained()
    tap = keeper.tap(JOB, "race of today")
    for event in events:
        tap(event)
    until(lambda: path.exists() and state_in(path) == "finished")  # without `close`
    run = keeper.store().find("1")
    assert (run.origin.group, run.origin.text.source) == ("race of today", "/texts/owls.txt")
    assert run.origin.text.encoding == "latin-1"
    assert run.origin.text.sha256 == CORPUS.sha256()
    assert same(keeper.store().events(1), events)
    until(lambda: not recorders())  # nothing is left over of it
    assert (told, keeper.problem, keeper.close()) == ([], "", "")


@pytest.fixture
def recorders() -> Callable[[], list[threading.Thread]]:
    """Tell which threads that record were begun by the test."""
    before = threading.enumerate()

    def recorders() -> list[threading.Thread]:
        now = threading.enumerate()
        return [each for each in now if each.name == "recorder" and each not in before]

    return recorders


@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_of_the_app_is_kept_as_it_was_shown(path: Path, keep, seed: int) -> None:
    keeper, _ = keep(path)
    inbox: queue.Queue[Batch] = queue.Queue()
    session = TrainSession(inbox.put, tap=keeper.tap)
    session.start(Job(CONFIG.replace(seed=seed), CORPUS))
    shown: list[Event] = []
    while session.active:
        batch = inbox.get(timeout=60)
        shown += session.take(batch)
        session.acknowledge(batch)
    assert keeper.close() == ""
    with RunStore.open(path) as store:
        assert same(store.events(1), shown)
        assert store.record_of(1).smooth_loss == session.progress.smooth_loss
        assert store.history(1).smooth_loss.tolist() == session.history.smooth_loss.tolist()


async def test_a_run_of_the_train_screen_is_kept_as_it_was_shown(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tmp_path / "owls.txt"
    text.write_text("The owl saw the fox, and went home.\n" * 60)
    app = CharRNNApp(str(text), config=CONFIG, store=path)
    shown: list[Event] = []
    real = app.main_screen._show_events
    monkeypatch.setattr(app.main_screen, "_show_events", lambda e: shown.extend(e) or real(e))
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        await pilot.press("space")
        end = time.monotonic() + 60
        while app.main_screen.session.progress.state != "finished":
            assert time.monotonic() < end
            await pilot.pause(0.05)
        await pilot.press("q", "y")
        await pilot.pause()
    with RunStore.open(path) as store:
        run = store.record_of(1)
        assert same(store.events(1), shown)
        assert (run.origin.text.source, run.state) == (str(text), "finished")
        assert run.smooth_loss == app.main_screen.session.progress.smooth_loss


def test_two_runs_at_once(path: Path, keep) -> None:
    keeper, told = keep(path)
    runs = {name: trained(CONFIG.replace(cell=name)) for name in ("rnn", "gru")}
    ready = threading.Barrier(2)

    def record(name: str) -> None:
        tap = keeper.tap(Job(CONFIG.replace(cell=name), CORPUS), "race")
        ready.wait()
        for event in runs[name]:
            tap(event)

    threads = [threading.Thread(target=record, args=(name,)) for name in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert keeper.close() == ""
    assert told == []
    with RunStore.open(path) as store:
        kept = {run.config.cell: run.id for run in store.runs("group=race")}
        assert set(kept) == {"rnn", "gru"}
        for name, run_id in kept.items():
            assert same(store.events(run_id), runs[name])


def test_a_store_that_cannot_be_opened_is_told_once(path: Path, keep) -> None:
    path.write_text("no store, but something else that somebody wrote")
    keeper, told = keep(path)
    for _ in range(2):
        tap = keeper.tap(JOB)
        for event in trained():
            tap(event)
    assert told == [
        f"This run is not kept: The run store {path} is not a run store; it was left as it is."
    ]
    assert keeper.problem in told[0]
    with pytest.raises(StoreError, match="is not a run store"):
        keeper.store()
    path.unlink()
    tap = keeper.tap(JOB)
    for event in trained():
        tap(event)
    assert keeper.problem == ""
    assert keeper.close() == ""
    assert state_in(path) == "finished"
    assert len(told) == 1


def test_a_run_that_never_starts_is_not_kept(path: Path, keep) -> None:
    keeper, told = keep(path)
    tap = keeper.tap(JOB)
    tap(Stopped(iteration=0, elapsed=0.0, outcome="failed", smooth_loss=1.0, message="No memory."))
    keeper.close()
    assert not path.exists()
    assert told == []


def test_a_locked_store_is_told_once_and_gets_all_in_the_end(path: Path, keep) -> None:
    keeper, told = keep(path)
    keeper.store()
    events = trained()
    tap = keeper.tap(JOB)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        tap(events[0])
        until(lambda: state_of_first(keeper) == "running")
        other.execute("BEGIN IMMEDIATE")
        for event in events[1:]:  # the run ends, and nobody can write
            tap(event)
        until(lambda: told)
        time.sleep(0.5)
        assert told == [f"The run store {path} is locked by another program."]
        assert keeper.problem == told[0]
        other.execute("ROLLBACK")
    until(lambda: state_of_first(keeper) == "finished")  # while the app goes on
    assert same(keeper.store().events(1), events)
    until(lambda: keeper.problem == "")
    assert len(told) == 1


def state_of_first(keeper: Keeper) -> str:
    runs = keeper.store().runs()
    return runs[0].state if runs else ""


def test_a_full_disk_is_told_once_and_loses_nothing(small_disk: Path, keep) -> None:
    path = small_disk / "runs.sqlite3"
    keeper, told = keep(path)
    events = trained(CONFIG.replace(iterations=400))
    tap = keeper.tap(JOB)
    tap(events[0])
    until(lambda: path.exists() and state_of_first(keeper) == "running")
    ballast = fill(small_disk)
    for event in events[1:]:
        tap(event)
    until(lambda: told)
    time.sleep(0.3)
    assert told == [f"The run store {path} cannot be written: the disk is full."]
    ballast.unlink()
    assert keeper.close() == ""
    with RunStore.open(path) as store:
        assert same(store.events(1), events)


def test_closing_says_what_could_not_be_written(small_disk: Path, keep) -> None:
    path = small_disk / "runs.sqlite3"
    keeper, told = keep(path)
    events = trained(CONFIG.replace(iterations=400))
    tap = keeper.tap(JOB)
    tap(events[0])
    until(lambda: path.exists() and state_of_first(keeper) == "running")
    fill(small_disk)
    for event in events[1:]:
        tap(event)
    assert keeper.close() == f"The run store {path} cannot be written: the disk is full."
    assert len(told) <= 1


def test_nothing_happens_after_closing(path: Path, keep, recorders) -> None:
    keeper, told = keep(path)
    events = trained()
    early, late = keeper.tap(JOB), keeper.tap(JOB)
    for event in events[:20]:
        early(event)
    assert keeper.close() == ""
    for event in events[20:]:
        early(event)
    for event in events:  # of a trainer that nobody could stop
        late(event)
    assert keeper.close() == ""
    assert told == []
    with pytest.raises(StoreError, match="is closed"):
        keeper.store()
    with RunStore.open(path) as store:
        assert [run.state for run in store.runs()] == ["interrupted"]
        assert same(store.events(1), events[:20])
    assert not recorders()


def test_a_text_that_cannot_be_identified_costs_one_attempt_a_run(path: Path, keep) -> None:
    class Broken:
        calls = 0

        @property
        def name(self) -> str:
            self.calls += 1
            raise MemoryError

    keeper, _ = keep(path)
    corpus = Broken()
    tap = keeper.tap(Job(CONFIG, corpus))
    for event in trained():
        if isinstance(event, Started):
            with pytest.raises(MemoryError):
                tap(event)
        else:
            tap(event)
    assert corpus.calls == 1


def test_what_is_kept_tells_its_number_and_its_checkpoint(path: Path, keep) -> None:
    keeper, _ = keep(path)
    kept = keeper.tap(JOB)
    assert (kept.run_id, kept.saved, kept.problem) == (None, None, "")
    for event in trained():
        kept(event)
        if isinstance(event, Snapshot):
            assert (kept.run_id, kept.saved) == (1, event.iteration)
    until(lambda: state_in(path) == "finished")
    assert (kept.run_id, kept.saved, kept.problem) == (1, 60, "")
    assert keeper.store().checkpoint(1).iteration == 60


def test_a_run_that_cannot_be_kept_says_so_and_has_no_number(path: Path, keep) -> None:
    path.write_text("no store, but something else that somebody wrote")
    keeper, _ = keep(path)
    kept = keeper.tap(JOB)
    for event in trained():
        kept(event)
    assert (kept.run_id, kept.saved) == (None, None)
    assert "is not a run store" in keeper.problem


def test_a_run_that_has_just_ended_goes_on_at_once(path: Path, keep, monkeypatch) -> None:
    monkeypatch.setattr(keeping, "LOOK_AFTER", 60.0)  # nobody lets go of its recorder
    keeper, told = keep(path)
    first = trained()
    tap = keeper.tap(JOB)
    for event in first:
        tap(event)
    start = next(e.checkpoint for e in reversed(first) if isinstance(e, Snapshot))
    config = CONFIG.replace(iterations=90)
    kept, later = keeper.tap(Job(config, CORPUS, run_id=1, start=start)), []
    for event in training(config, start=start):
        kept(event)
        later.append(event)
        assert kept.run_id == 1
    assert (keeper.close(), told, kept.saved) == ("", [], 90)
    with RunStore.open(path) as store:
        (run,) = store.runs()
        assert (run.state, run.iteration, run.config) == ("finished", 90, config)
        assert run.origin.text.source == "/texts/owls.txt"
        assert same(store.events(1), [*without_checkpoints(first[: start.events]), *later])


def test_a_live_run_does_not_go_on_a_second_time(path: Path, keep) -> None:
    keeper, told = keep(path)
    events = trained(CONFIG.replace(checkpoint_every=5))
    live, place = keeper.tap(JOB), [isinstance(e, Snapshot) for e in events].index(True)
    for event in events[: place + 1]:
        live(event)
    second = keeper.tap(Job(CONFIG, CORPUS, run_id=1, start=events[place].checkpoint))
    with pytest.raises(Refused, match=r"^Run 1 is still running; stop it first\.$"):
        second(next(training(start=events[place].checkpoint)))
    assert (told, second.run_id) == ([], None)
    for event in events[place + 1 :]:
        live(event)
    assert keeper.close() == ""
    with RunStore.open(path) as store:
        assert same(store.events(1), events)
        assert len(store.runs()) == 1

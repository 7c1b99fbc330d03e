"""What was measured while a net trained comes to the lenses, wherever the net comes from."""

from __future__ import annotations

import time
from pathlib import Path

from tests.engine.support import OWLS
from tests.screens.lenses.stored import train_into
from tests.screens.lenses.support import CORPUS
from tui_charrnn.engine import Corpus, TrainConfig
from tui_charrnn.engine.events import GradientMemory, Health
from tui_charrnn.runs.host import Batch
from tui_charrnn.runs.past import past_of
from tui_charrnn.runs.race import Race
from tui_charrnn.runs.session import Job, TrainSession
from tui_charrnn.runs.store import RunStore
from tui_charrnn.screens.lenses.looking import Looking
from tui_charrnn.screens.lenses.nets import Nets, RaceNets, SessionNets, StoredNets

WATCHED = TrainConfig(
    hidden_size=8, seq_length=10, iterations=40, watch_every=10, sample_every=0, eval_every=0
)


def seen(nets: Nets) -> list[list[int]]:
    """Return the iterations of all looks and of all gradient memories of each net."""
    looking = Looking(nets, CORPUS)
    assert looking.refresh()
    looking.generate()
    subjects, _ = looking.prepare()
    assert len(subjects) == len(looking.moments)
    return [
        [event.iteration for event in moments if isinstance(event, kind)]
        for moments in looking.moments
        for kind in (Health, GradientMemory)
    ]


def follow(batches: list[Batch], followed: TrainSession | Race) -> None:
    """Take in all that comes until nothing is trained any more."""
    deadline = time.monotonic() + 60
    while followed.active or batches:
        assert time.monotonic() < deadline
        while batches:
            batch = batches.pop(0)
            followed.take(batch)
            followed.acknowledge(batch)
        time.sleep(0.01)


def test_of_a_run_of_the_store(tmp_path: Path) -> None:
    with RunStore.open(tmp_path / "runs.sqlite3") as store:
        changes = {"iterations": 40, "watch_every": 10, "eval_every": 0}
        run_id = train_into(store, CORPUS, "/nowhere", **changes)
        nets = StoredNets(store, [store.record_of(run_id)])
        assert seen(nets) == [[9, 19, 29, 39], [10, 20, 40]]
        past = past_of(store, run_id, 24)
        assert [event.iteration for event in past.history.moments()] == [9, 10, 19]


def test_of_a_run_here() -> None:
    batches: list[Batch] = []
    session = TrainSession(batches.append)
    session.start(Job(WATCHED, Corpus.from_text(OWLS * 10, "owls")))
    follow(batches, session)
    assert seen(SessionNets(session)) == [[9, 19, 29, 39], [10, 20, 40, 40]]
    session.close(10)


def test_of_a_race_in_processes_of_its_own() -> None:
    batches: list[Batch] = []
    configs = {cell: WATCHED.replace(cell=cell) for cell in ("rnn", "gru")}
    race = Race(configs, Corpus.from_text(OWLS * 10, "owls"), batches.append)
    race.start()
    follow(batches, race)
    assert seen(RaceNets(race)) == [[9, 19, 29, 39], [10, 20, 40, 40]] * 2
    race.close(10)

"""A run that is killed a hundred times, also in the midst of writing, comes out as if it were not.

The processes are real, and so is `kill -9`: each time another one goes on with the same run.
"""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.engine.support import assert_same_parameters, only
from tests.nursery import Nursery
from tests.ptys import DEADLINE, until
from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Event, Sample, Step, Stopped, Validation
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import limit_blas
from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.store.checkpoints import path_of

KILLS = 100
LONGEST_LIFE = 0.06
"""Seconds from the first update of a process to its end."""

INTERVAL = 10
"""Updates between two checkpoints."""

TEXT = "the owl saw the fox, and the fox saw the owl. " * 30
CONFIG = TrainConfig(
    hidden_size=10, seq_length=8, batch_size=2, learning_rate=0.1, iterations=10**9,
    # a sample before each update: with the first one that is told, it is known how far the run came
    sample_every=1, sample_length=3, eval_every=12, eval_length=50,
    checkpoint_every=INTERVAL, checkpoint_seconds=0,
)  # fmt: skip


class Killed:
    """The run, and what is known of it from outside."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self.store, self.events = folder / "runs.sqlite3", folder / "run.jsonl"
        self.said, self.text = folder / "said", folder / "owls.txt"
        self.text.write_text(TEXT)
        self.run_id, self.pid, self.nursery = 0, 0, nursery
        self.chance = random.Random(9)
        self.left = set[Path]()  # files that were being written at a kill
        self.kills_in_writes = 0

    def live(self, **changes: object) -> None:
        """Let a process train; return when it has begun."""
        self.events.unlink(missing_ok=True)
        flags = ["--store", str(self.store), "--jsonl", str(self.events), "--quiet"]
        if self.run_id:
            command = ["resume", str(self.run_id), *_flags(changes)]
        else:
            command = ["train", "--corpus", str(self.text), *_flags(CONFIG.as_dict() | changes)]
        self.pid = self.nursery.run(*command, *flags)

    def die(self, when: Callable[[], object]) -> None:
        """Kill the process at some moment after its first update."""
        self.wait_for(lambda: self.updates() is not None, pause=0.002)
        when()
        os.kill(self.pid, signal.SIGKILL)
        until(self.gone)

    def wait_for(self, test: Callable[[], object], pause: float = 0) -> None:
        """Wait until a test is true; some things are over in a millisecond."""
        deadline = time.monotonic() + DEADLINE
        while not test():
            time.sleep(pause)
            assert time.monotonic() < deadline
            assert not self.gone(), self.said.read_text()

    def gone(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:  # the nursery leaves no zombies
            return True
        return False

    def updates(self) -> int | None:
        """Return how many updates there may be, None if there is none for sure."""
        try:
            lines = self.events.read_bytes().splitlines()
        except FileNotFoundError:
            return None
        told = [row["iteration"] for line in lines if (row := _row(line))["event"] == "Sample"]
        return told[-1] + 1 if told else None

    def temporary(self) -> set[Path]:
        """Return the files that are to become checkpoints."""
        return set(path_of(self.store, 1).parent.glob(".*.tmp"))

    def log(self) -> tuple[int, int]:
        """Return what changes when the store is written."""
        try:
            status = os.stat(f"{self.store}-wal")
        except FileNotFoundError:
            return 0, 0
        return status.st_size, status.st_mtime_ns

    def wait_until_some_moment(self) -> None:
        time.sleep(self.chance.uniform(0, LONGEST_LIFE))

    def wait_until_a_checkpoint_is_written(self) -> None:
        self.wait_until_some_moment()
        self.wait_for(lambda: self.temporary() - self.left)

    def wait_until_the_store_is_written(self) -> None:
        self.wait_until_some_moment()
        before = self.log()
        self.wait_for(lambda: self.log() != before)

    def check(self, before: Checkpoint | None) -> Checkpoint | None:
        """Check that no more than an interval was lost; return the newest checkpoint."""
        made = self.updates()
        assert made is not None
        self.kills_in_writes += bool(self.temporary() - self.left)
        self.left = self.temporary()
        with RunStore.open(self.store, create=False) as store:
            runs = store.runs()
            self.run_id = next((run.id for run in runs if store.has_checkpoint(run.id)), 0)
            if not self.run_id:  # it was killed too early: it has to begin anew
                assert made <= INTERVAL
                return None
            found = store.checkpoint(self.run_id)
            assert len(store.points(self.run_id)) >= found.iteration
        assert found.iteration >= (before.iteration if before else 0)
        assert made - found.iteration <= INTERVAL
        return found


def _row(line: bytes) -> dict:
    try:
        return json.loads(line)
    except ValueError:  # it is just being written
        return {"event": ""}


def _flags(values: dict[str, object]) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in values.items()]


@pytest.fixture
def run(tmp_path) -> Iterator[Killed]:
    nursery = Nursery(tmp_path / "said")
    yield Killed(tmp_path, nursery)
    nursery.close()


def uninterrupted(iterations: int) -> tuple[list[Event], dict]:
    limit_blas()
    config, corpus = CONFIG.replace(iterations=iterations), Corpus.from_text(TEXT)
    model = build_model(config, corpus.vocab_size)
    events = list(train_to_the_end(config, corpus, model, TrainControl()))
    return events, model.parameters()


def test_a_run_that_is_killed_comes_out_as_if_it_were_not(run) -> None:
    newest = None
    moments = cycle(
        [
            run.wait_until_some_moment,
            run.wait_until_a_checkpoint_is_written,
            run.wait_until_the_store_is_written,
        ]
    )
    for moment in islice(moments, KILLS):
        run.live()
        run.die(moment)
        newest = run.check(newest)
    assert newest is not None
    assert newest.iteration > 2 * INTERVAL
    assert run.kills_in_writes > KILLS / 10
    total = newest.iteration + 20
    run.live(iterations=total)
    until(run.gone)
    assert run.said.read_text() == ""
    events, parameters = uninterrupted(total)
    with RunStore.open(run.store, create=False) as store:
        assert store.record_of(run.run_id).state == "finished"
        assert_same_parameters(parameters, dict(store.checkpoint(run.run_id).parameters))
        kept = list(store.events(run.run_id))
    for kind in (Step, Sample, Validation, Stopped):
        assert only(kind, kept) == only(kind, events)
    assert len(only(Step, kept)) == total
    assert not [path for path in run.temporary() if path.name.startswith(f".{run.run_id}.")]

"""Processes that go on with a run, at once or until they are killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.store.support import (
    CONFIG,
    OFTEN,
    checkpoints_of,
    dump,
    origin,
    recorded,
    same,
    trained,
    training,
    until,
)
from tui_charrnn.engine.events import Event, Snapshot, Started, Step
from tui_charrnn.runs.store import RunStore, checkpoints

ROOT = Path(__file__).parents[3]
CHILD = [sys.executable, "-m", "tests.runs.store.going_on"]


def child(path: Path, *more: str) -> subprocess.Popen[str]:
    """Begin a process that goes on with run 1, up to where it waits for a line."""
    command = [*CHILD, str(path), *more]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


@pytest.mark.parametrize("iterations", [10**9, 60])
def test_of_two_processes_that_go_on_at_once_one_does(path: Path, iterations: int) -> None:
    config = OFTEN.replace(iterations=iterations)
    stopped = [event for event in trained(OFTEN) if event.iteration < 30]
    stopped = stopped[: [isinstance(e, Snapshot) for e in stopped].index(True) + 3]
    with RunStore.open(path) as store:
        recorded(store, stopped, origin(iterations=iterations, checkpoint_every=7))
        start = replace(store.checkpoint(1), config=config)
        checkpoints.save(path, 1, start)
        processes = [child(path) for _ in range(3)]
        for process in processes:
            go(process)
        said = [process.stdout.readline() for process in processes]
        losers = [line for line in said if line.startswith("refused: ")]
        assert len(losers) == 2
        still = "refused: Run 1 is still running; stop it first.\n"
        gone = "refused: Run 1 has another checkpoint now than the one it was to go on from.\n"
        assert set(losers) <= ({still} if iterations > 60 else {still, gone})
        if iterations > 60:
            until(lambda: sum(isinstance(e, Started) for e in store.events(1)) == 2)
            for process in processes:
                process.kill()
        for process in processes:
            process.communicate()
        events = [event for event in store.events(1) if isinstance(event, (Started, Step))]
        assert [e.iteration for e in events if isinstance(e, Started)] == [0, 7]
        steps = [event.iteration for event in events if isinstance(event, Step)]
        assert steps == list(range(len(steps)))


def test_a_process_that_is_killed_again_and_again_loses_nothing(path: Path) -> None:
    config = CONFIG.replace(iterations=2000, checkpoint_every=10)
    whole = trained(config)
    with RunStore.open(path) as store:
        recorded(store, whole[:20], origin(iterations=2000, checkpoint_every=10))
        first = checkpoints_of(whole)[0]
        checkpoints.save(path, 1, first)
        for heard in (0, 1, 3, 40, 155):
            process = child(path)
            go(process)
            saved = store.checkpoint(1).iteration
            for _ in range(heard):
                process.stdout.readline()
            process.kill()
            process.communicate()
            until(lambda: store.record_of(1).state == "interrupted")
            assert store.checkpoint(1).iteration >= saved + heard // 10 * 10 - 10
        start = store.checkpoint(1)
        assert start.iteration >= first.iteration + 150
        with closing(store.resume(1, config, start)) as recording:
            for event in training(config, start=start):
                recording.take(event)
        assert recording.problem == ""
        kept = list(store.events(1))
        assert [e for e in kept if not isinstance(e, Started)] == whole[1:]
        assert len([e for e in kept if isinstance(e, Started)]) >= 4


def test_a_process_that_is_killed_while_a_record_is_cut_back(
    store: RunStore, broken_off: list[Event], path: Path, tmp_path: Path
) -> None:
    start = store.checkpoint(1)
    store.close()
    before, said, number = dump(path), "", 0
    while said != "went on\n":
        number += 1
        copy = tmp_path / str(number)
        shutil.copytree(path.parent, copy)
        process = child(copy / path.name, str(number))
        go(process)
        said = process.communicate()[0]
        if said != "went on\n":
            assert process.returncode == -9
            assert dump(copy / path.name) == before
        with RunStore.open(copy / path.name) as opened:
            opened.resume(1, OFTEN, start).close()
            assert same(opened.events(1), broken_off[: start.events])
    assert number > 8

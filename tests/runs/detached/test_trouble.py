"""Visitors that are slow, rude or many, and processes that die: nothing holds up the run."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.runs.detached.support import (
    ENDLESS,
    Place,
    files_of,
    memory_of,
    threads_of,
    wait_for,
)
from tests.runs.processes import is_gone
from tests.runs.store.support import same
from tui_charrnn.engine import SampleRequest
from tui_charrnn.engine.events import Paused, Sample, Step, Stopped
from tui_charrnn.runs.detached import Attached, DetachError, GoingOn, launch, live
from tui_charrnn.runs.detached.folder import connect, socket_of
from tui_charrnn.runs.detached.reception import MOST_VISITORS


def test_the_death_of_the_process_is_told_and_the_run_can_go_on(place: Place) -> None:
    launched = place.begin(ENDLESS.replace(checkpoint_every=50))
    run_id = launched.run_id
    visits = [place.visit(run_id), place.visit(run_id)]
    for visit in visits:
        while visit.until(Step).iteration < 200:
            pass
    os.kill(launched.pid, signal.SIGKILL)
    for visit in visits:
        end = visit.until(Stopped)
        assert end.outcome == "failed"
        assert end.message == (
            "The process of the detached run has died; `charrnn-tui resume 1` goes on from its "
            "last checkpoint."
        )
        assert visit.is_over()
    assert is_gone(launched.pid, 30)
    assert place.run(run_id).state == "interrupted"
    assert live(place.store) == []
    again = launch(GoingOn(run_id, place.store))
    place.pids.append(again.pid)
    visit = place.visit(run_id)
    assert visit.until(Step).iteration >= 50


def test_who_was_visiting_does_not_take_a_new_process_for_the_old(place: Place) -> None:
    launched = place.begin(ENDLESS.replace(checkpoint_every=50))
    visit = place.visit(launched.run_id)
    while visit.until(Step).iteration < 200:
        pass
    visit.hold()
    os.kill(launched.pid, signal.SIGKILL)
    assert is_gone(launched.pid, 30)
    place.pids.append(launch(GoingOn(launched.run_id, place.store)).pid)
    visit.let_go()
    end = visit.until(Stopped)
    assert "has died" in end.message
    steps = [event.iteration for event in visit.taken if isinstance(event, Step)]
    assert steps == list(range(steps[0], steps[0] + len(steps)))


@pytest.mark.parametrize("limits", [{"FURTHEST": 200}, {"PATIENCE": 0.2}])
def test_who_is_held_still_holds_up_nobody_and_misses_nothing(
    place: Place, patient_for, limits: dict[str, float]
) -> None:
    """A visitor that is shown out comes in again, and reads in the store what was missed."""
    patient_for(**limits)
    launched = place.begin()
    slow = place.visit(launched.run_id)
    slow.until(Step)
    held = files_of(launched.pid)
    for _ in range(2):
        slow.hold()
        reached = place.run(launched.run_id).iteration
        wait_for(lambda: files_of(launched.pid) == held - 1)
        wait_for(lambda reached=reached: place.run(launched.run_id).iteration > reached + 600)
        slow.let_go()
        while slow.until(Step).iteration < reached + 600:
            pass
    slow.hold()
    wait_for(lambda: files_of(launched.pid) == held - 1)
    place.visit(launched.run_id).control.stop()
    assert is_gone(launched.pid, 30)
    slow.let_go()  # now there is nobody to come in to
    assert slow.until(Stopped).outcome == "stopped"
    kept = place.events(launched.run_id)
    assert same(kept[: slow.attached.hello.events] + slow.taken, kept)


def test_what_is_asked_while_one_is_shown_out_is_done(place: Place, patient_for) -> None:
    patient_for(PATIENCE=0.2)
    launched = place.begin()
    slow = place.visit(launched.run_id)
    slow.until(Step)
    held = files_of(launched.pid)
    slow.hold()
    wait_for(lambda: files_of(launched.pid) == held - 1)
    slow.control.pause()
    slow.control.request_sample(SampleRequest(length=7))
    slow.let_go()
    slow.until(Paused)
    assert any(isinstance(event, Sample) and len(event.text) == 7 for event in slow.taken)
    assert slow.control.pausing


def test_the_memory_for_who_does_not_read_is_bounded(place: Place, patient_for) -> None:
    patient_for(FURTHEST=1000)
    launched = place.begin(ENDLESS.replace(hidden_size=1, seq_length=1))
    connections = [raw(place, launched.run_id) for _ in range(10)]
    wait_for(lambda: place.run(launched.run_id).iteration > 1500)
    before = memory_of(launched.pid)
    wait_for(lambda: place.run(launched.run_id).iteration > 8_000)
    assert memory_of(launched.pid) - before < 8_000_000
    for connection in connections:
        assert is_shown_out(connection)
        connection.close()


def raw(place: Place, run_id: int) -> socket.socket:
    return connect(socket_of(place.store, run_id))


def hello(connection: socket.socket) -> dict[str, object]:
    with connection.makefile("rb") as reader:
        return json.loads(reader.readline())


def is_shown_out(connection: socket.socket) -> bool:
    """Read until the other side closes; what it says on the way does not matter."""
    connection.settimeout(60)
    with suppress(ConnectionResetError):
        while connection.recv(2**20):
            pass
    return True


def rubbish() -> Iterator[bytes]:
    chance = random.Random(1)
    yield from (chance.randbytes(length) + b"\n" for length in (1, 10, 1000, 60_000))
    yield b"\x00" * 100 + b"\n"
    yield b"[" * 60_000 + b"\n"
    yield b'{"do": ' * 9000 + b"\n"
    yield b"a" * 70_000
    yield b"a" * 2**22
    yield b"[]\n"
    yield b"7\n"
    yield b'{"do": "__init__"}\n'
    yield b'{"do": "wait"}\n'
    yield b'{"do": ["stop"]}\n'
    yield b'{"do": "request_sample", "prompt": 5, "length": 5, "temperature": 1}\n'
    yield b'{"hello": 1}\n'
    yield b"\n"


def test_what_cannot_be_read_shows_its_sender_out_and_nobody_else(place: Place) -> None:
    launched = place.begin()
    visit = place.visit(launched.run_id)
    visit.until(Step)
    for data in rubbish():
        with raw(place, launched.run_id) as connection:
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(data)
            assert is_shown_out(connection)
    reached = visit.until(Step).iteration
    visit.control.pause()
    assert visit.until(Paused).iteration > reached


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"do": "set_learning_rate", "rate": 0}, "learning_rate must be a number above 0"),
        ({"do": "set_learning_rate", "rate": "fast"}, "learning_rate must be a number above 0"),
        ({"do": "set_learning_rate", "rate": float("nan")}, "learning_rate must be a number"),
        ({"do": "set_learning_rate", "rate": 10**400}, "learning_rate must be a number"),
        ({"do": "request_sample", "prompt": ""}, "sample_length must be a whole number"),
        ({"do": "request_sample", "prompt": "", "length": 10**9, "temperature": 1}, "sample_leng"),
        ({"do": "request_sample", "prompt": "", "length": 5, "temperature": -1}, "temperature mus"),
        (
            {"do": "request_sample", "prompt": "", "length": 5, "temperature": 1, "top_k": -1},
            "top_k must be a whole number from 0 to 1,114,112, not -1.",
        ),
        (
            {"do": "request_sample", "prompt": "", "length": 5, "temperature": 1, "top_p": "all"},
            "top_p must be a number above 0 and at most 1, not 'all'.",
        ),
        ({"do": "request_sample", "prompt": "☃", "length": 5, "temperature": 1}, "The character "),
    ],
)
def test_a_value_that_cannot_be_used_is_answered(
    place: Place, said: dict[str, object], answer: str
) -> None:
    launched = place.begin(ENDLESS.replace(hidden_size=2))
    with raw(place, launched.run_id) as connection, connection.makefile("rwb") as stream:
        stream.readline()
        stream.write(json.dumps(said).encode() + b"\n")
        stream.flush()
        rows = (json.loads(line) for line in stream)
        assert next(row for row in rows if "problem" in row)["problem"].startswith(answer)


def test_who_asks_for_samples_without_end_gets_some(place: Place) -> None:
    launched = place.begin(ENDLESS)
    with raw(place, launched.run_id) as connection, connection.makefile("rwb") as stream:
        stream.readline()
        stream.write(b'{"do": "pause"}\n')
        ask = {"do": "request_sample", "prompt": "", "length": 100_000, "temperature": 1}
        stream.write((json.dumps(ask).encode() + b"\n") * 150)
        stream.flush()
        rows = (json.loads(line) for line in stream)
        problem = next(row for row in rows if "problem" in row)["problem"]
    assert problem == "100 samples are asked for already and not drawn yet."


def test_who_asks_and_never_reads_is_shown_out(place: Place) -> None:
    launched = place.begin()
    before = memory_of(launched.pid)
    with raw(place, launched.run_id) as connection:
        wrong = b'{"do": "set_learning_rate", "rate": 0}\n' * 1000
        connection.settimeout(60)
        with suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(10_000):
                connection.sendall(wrong)
            pytest.fail("390 MB were asked, and nobody read an answer")
    assert memory_of(launched.pid) - before < 50_000_000
    assert live(place.store) == [launched.run_id]


def test_half_a_message_waits_for_its_other_half(place: Place) -> None:
    launched = place.begin()
    visit = place.visit(launched.run_id)
    with raw(place, launched.run_id) as connection:
        hello(connection)
        connection.sendall(b'{"do": "pa')
        reached = visit.until(Step).iteration
        while visit.until(Step).iteration < reached + 100:
            pass
        connection.sendall(b'use"}\n{"do": "res')
        visit.until(Paused)
    with raw(place, launched.run_id) as connection:
        connection.sendall(b'{"do": "resu')  # and never the rest
    assert place.run(launched.run_id).state == "running"


def test_a_storm_of_connections_passes_by(place: Place) -> None:
    launched = place.begin()
    visit = place.visit(launched.run_id)
    visit.until(Step)
    before = threads_of(launched.pid), files_of(launched.pid)
    with ExitStack() as stack:
        storm = [stack.enter_context(raw(place, launched.run_id)) for _ in range(200)]
        for connection in storm[::3]:
            with suppress(BrokenPipeError):  # it was turned away
                connection.sendall(b'{"do": "ackno')
        greeted = [row for row in map(hello, storm) if "hello" in row]
        assert len(greeted) == MOST_VISITORS - 1
        with pytest.raises(DetachError, match=f"Run 1 has {MOST_VISITORS} visitors already"):
            Attached(place.store, launched.run_id)
    wait_for(lambda: (threads_of(launched.pid), files_of(launched.pid)) == before)
    for _ in range(200):
        raw(place, launched.run_id).close()
    wait_for(lambda: (threads_of(launched.pid), files_of(launched.pid)) == before)
    reached = visit.until(Step).iteration
    visit.control.pause()
    assert visit.until(Paused).iteration >= reached


def test_a_socket_that_is_cleaned_away_comes_back(place: Place, sockets) -> None:
    launched = place.begin()
    for _ in range(2):
        for each in sockets.iterdir():
            each.unlink()
        sockets.rmdir()
        wait_for(lambda: live(place.store) == [launched.run_id])
    assert place.visit(launched.run_id).until(Step)
    os.kill(launched.pid, signal.SIGTERM)
    assert is_gone(launched.pid, 30)
    assert list(sockets.iterdir()) == []


def test_a_store_that_cannot_be_written_is_said_and_all_is_seen_nevertheless(
    place: Place, patient_for
) -> None:
    patient_for(PATIENCE=0.5)
    launched = place.begin()
    first = place.visit(launched.run_id)
    wait_for(lambda: place.run(launched.run_id).iteration > 10)
    with sqlite3.connect(place.store, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")  # another program writes, for very long
        wait_for(lambda: problem_of(place))
        assert "is locked by another program" in problem_of(place)
        kept = len(place.events(launched.run_id))
        late = place.visit(launched.run_id)
        assert late.attached.hello.events == kept
        while late.until(Step).iteration < kept + 100:
            pass
        held = files_of(launched.pid)
        late.hold()  # it is shown out, and comes in again knowing more than the store
        wait_for(lambda: files_of(launched.pid) == held - 1)
        late.let_go()
        reached = late.until(Step).iteration
        while late.until(Step).iteration < reached + 100:
            pass
        other.execute("ROLLBACK")
    other.close()
    wait_for(lambda: not problem_of(place))
    first.control.stop()
    for visit in (first, late):
        visit.until(Stopped)
        before = place.events(launched.run_id)[: visit.attached.hello.events]
        assert same(before + visit.taken, place.events(launched.run_id))


def problem_of(place: Place) -> str:
    attached = Attached(place.store, 1)
    attached.leave()
    return attached.hello.problem

"""What is written to a terminal that does not read, or that is gone, holds nobody up."""

from __future__ import annotations

import os
import pty
import select
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.ptys import until
from tui_charrnn.terminal import LONGEST_QUEUE, Output, watch

FRAME = "x" * 4000


class Ends:
    """Both ends of a terminal, of which the one that reads can be closed."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self._open = {self.master, self.slave}

    def read_all(self) -> bytes:
        """Return what is there to be read until nothing more comes."""
        found = bytearray()
        while select.select([self.master], [], [], 0.5)[0]:
            found += os.read(self.master, 65536)
        return bytes(found)

    def close(self, fd: int) -> None:
        if fd in self._open:
            self._open.discard(fd)
            os.close(fd)


@pytest.fixture
def ends() -> Iterator[Ends]:
    both = Ends()
    yield both
    both.close(both.slave)
    both.close(both.master)


@pytest.fixture
def redrawn() -> threading.Event:
    return threading.Event()


@pytest.fixture
def output(ends, redrawn) -> Iterator[Output]:
    made = Output(ends.slave, redrawn.set)
    yield made
    made.let_go()
    made.close()
    made._thread.join(10)
    assert not made._thread.is_alive()


def stall(ends: Ends, output: Output) -> None:
    """Write until the system has no room for more, and the queue neither."""
    os.set_blocking(ends.slave, False)
    while select.select([], [ends.slave], [], 0.2)[1]:  # the system still moves what is there
        with suppress(BlockingIOError):
            os.write(ends.slave, FRAME.encode())
    os.set_blocking(ends.slave, True)
    for _ in range(3 * LONGEST_QUEUE // len(FRAME)):
        output.write(FRAME)
    assert output._missed


def test_what_is_written_arrives_in_order(ends, output) -> None:
    for number in range(100):
        output.write(f"é{number} ")
    assert output.drain(10)
    expected = "".join(f"é{number} " for number in range(100))
    assert ends.read_all().decode() == expected


def test_a_terminal_that_does_not_read_gets_the_newest_when_it_reads_again(
    ends, output, redrawn
) -> None:
    stall(ends, output)
    assert not output.drain(0)
    output.write("too late")
    read = ends.read_all()
    assert redrawn.wait(10)
    assert b"too late" not in read
    assert len(read) >= LONGEST_QUEUE
    output.write("new")
    assert output.drain(10)
    assert ends.read_all() == b"new"


def test_last_words_find_room_in_a_terminal_that_did_not_read(ends, output) -> None:
    stall(ends, output)
    output.discard()
    output.write("last words")
    assert output.drain(10)
    assert ends.read_all().endswith(b"last words")


def test_a_terminal_that_is_gone_is_written_to_in_vain(ends, output) -> None:
    stall(ends, output)
    ends.close(ends.master)
    assert output.drain(10)
    output.write(FRAME)
    assert output.drain(0)


def test_a_hang_up_is_heard_without_a_signal(ends) -> None:
    gone = threading.Event()
    watch([ends.slave], gone.set)
    os.write(ends.master, b"a key\n")
    os.write(ends.slave, b"a word")
    assert not gone.wait(0.2)
    ends.close(ends.master)
    assert gone.wait(10)


def test_any_of_several_terminals_may_go(ends) -> None:
    other = Ends()
    gone = threading.Event()
    watch([ends.slave, other.slave], gone.set)
    other.close(other.master)
    assert gone.wait(10)
    other.close(other.slave)


def test_waiting_for_a_hang_up_costs_nothing(ends) -> None:
    before = {thread.ident for thread in threading.enumerate()}
    watch([ends.slave], lambda: None)
    waiting = next(t for t in threading.enumerate() if t.ident not in before)
    status = f"/proc/self/task/{waiting.native_id}/stat"
    until(lambda: _state(status) == "S")
    time_before = _cpu(status)
    assert not waiting.join(0.5)
    assert _cpu(status) == time_before
    ends.close(ends.master)
    waiting.join(10)


def _fields(status: str) -> list[str]:
    with open(status, encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()


def _state(status: str) -> str:
    return _fields(status)[0]


def _cpu(status: str) -> int:
    return int(_fields(status)[11]) + int(_fields(status)[12])

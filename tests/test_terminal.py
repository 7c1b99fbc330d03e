"""What is written to a terminal that is slow, does not read, or is gone, holds nobody up."""

from __future__ import annotations

import os
import pty
import select
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from benchmarks.screen import Screen
from tests.ptys import until
from tui_charrnn.terminal.driver import watch
from tui_charrnn.terminal.flow import ASK, LATE, WINDOW
from tui_charrnn.terminal.output import MOST_WORDS, Output
from tui_charrnn.terminal.picture import ENTER, LEAVE

ROWS, COLUMNS = 40, 120

NOISE = "x" * 4000

WORD = "\x1b[?1003h"
"""Something that is no picture."""

ANSWER = b"\x1b[0n"


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
def output(ends) -> Iterator[Output]:
    made = Output(ends.slave)
    made.write(ENTER)
    assert ends.read_all() == ENTER.encode()
    yield made
    made.let_go()
    made.close()
    made._thread.join(10)
    assert not made._thread.is_alive()


@pytest.fixture
def answering(ends, output) -> Output:
    """To a terminal that is known to answer."""
    output.write(frame("?"))
    assert ends.read_all().endswith(ASK.encode())
    output.answer()
    return output


def frame(char: str) -> str:
    """Return what an app writes to fill the screen."""
    return "".join(f"\x1b[{row};1H\x1b[1m{char * COLUMNS}\x1b[0m" for row in range(1, ROWS + 1))


def shown(data: bytes) -> list[str]:
    screen = Screen(ROWS, COLUMNS)
    screen.feed(data)
    return screen.lines()


def stall(ends: Ends) -> None:
    """Write until the system has no room for more."""
    os.set_blocking(ends.slave, False)
    while select.select([], [ends.slave], [], 0.2)[1]:  # the system still moves what is there
        with suppress(BlockingIOError):
            os.write(ends.slave, NOISE.encode())
    os.set_blocking(ends.slave, True)


def test_what_is_no_picture_arrives_in_order(ends, output) -> None:
    for number in range(100):
        output.write(f"\x1b[>{number}u")
    assert output.drain(10)
    assert ends.read_all().decode() == "".join(f"\x1b[>{number}u" for number in range(100))


def test_a_terminal_that_does_not_read_gets_the_newest_picture_when_it_reads_again(
    ends, answering
) -> None:
    stall(ends)
    for char in "abcdefghijklmnop":
        answering.hurry()
        answering.write(frame(char))
    assert not answering.drain(0)
    answering.answer()
    read = ends.read_all().lstrip(b"x")
    assert shown(read) == ["p" * COLUMNS] * ROWS
    assert len(read) < 2 * len(frame("a"))  # one that was begun, and the newest


def test_frames_that_were_not_seen_yet_hold_up_the_next_and_nothing_is_lost(
    ends, answering
) -> None:
    answering.write(frame("a"))
    first = ends.read_all()
    for char in "bcdefg":
        answering.write(frame(char))
        assert not select.select([ends.master], [], [], 0.1)[0]
    answering.answer()
    second = ends.read_all()
    assert second.count(b"g") == ROWS * COLUMNS
    assert not set(b"bcdef") & set(second)
    assert first.endswith(ASK.encode())
    assert second.endswith(ASK.encode())


def test_what_a_key_does_is_not_held_up_but_bounded(ends, answering) -> None:
    answering.write(frame("a"))
    ends.read_all()
    answering.hurry()
    read = 0
    for number in range(200):
        answering.hurry()
        answering.write(f"\x1b[1;1H{number:0100d}" + frame("ab"[number % 2]))
        read += len(ends.read_all()) if not number else 0
    read += len(ends.read_all())
    assert 0 < read < WINDOW + 2 * len(frame("a"))
    answering.answer()
    answering.answer()


def test_an_answer_is_asked_for_only_where_something_was_written(ends, answering) -> None:
    answering.hurry()
    answering.write(frame("?"))  # as it is
    answering.write("\x1b[5;5H")
    assert ends.read_all() == b""
    assert not answering.due


def test_a_terminal_that_never_answers_is_only_given_time(ends, output) -> None:
    for char in "abcd":
        output.write(frame(char))
        time.sleep(0.1)
    read = ends.read_all()
    assert shown(read) == ["d" * COLUMNS] * ROWS
    assert read.count(ASK.encode()) == 1


def test_a_terminal_that_stops_to_answer_still_gets_frames(ends, answering) -> None:
    answering.write(frame("a"))
    answering.write(frame("b"))
    assert b"b" not in ends.read_all()
    assert select.select([ends.master], [], [], 3 * LATE)[0]
    assert shown(ends.read_all()) == ["b" * COLUMNS] * ROWS


def test_nobody_leaves_while_an_answer_is_due(ends, answering) -> None:
    answering.write(frame("a"))
    assert answering.due
    answers = threading.Timer(0.3, answering.answer)
    answers.start()
    answering.finish(60)
    assert not answering.due
    ends.read_all()
    answering.hurry()
    answering.write(frame("b"))
    answering.write(LEAVE)
    assert ends.read_all() == LEAVE.encode()
    answers.join()


def test_an_answer_that_does_not_come_is_waited_for_no_longer_than_is_said(answering) -> None:
    answering.write(frame("a"))
    answering.finish(0.2)
    assert answering.due


def test_a_line_that_was_drawn_before_the_terminal_left_is_not_drawn_after_it(
    ends, answering
) -> None:
    answering.write(frame("a"))
    ends.read_all()
    answering.write(frame("b"))  # which waits for the answer
    answering.write(LEAVE)
    answering.answer()
    assert ends.read_all() == LEAVE.encode()


def test_last_words_find_room_in_a_terminal_that_did_not_read(ends, output) -> None:
    stall(ends)
    output.write(frame("a"))
    output.write(WORD)
    assert not output.drain(0)
    output.discard()
    output.write(LEAVE)
    assert output.drain(10)
    read = ends.read_all()
    assert read.endswith(LEAVE.encode())
    assert WORD.encode() not in read


def test_words_that_nobody_reads_do_not_pile_up(ends, output) -> None:
    stall(ends)
    for _ in range(3 * MOST_WORDS // len(WORD)):
        output.write(WORD)
    assert len(output._words) < MOST_WORDS + len(WORD)


def test_a_terminal_that_is_gone_is_written_to_in_vain(ends, output) -> None:
    stall(ends)
    output.write(WORD)
    ends.close(ends.master)
    assert output.drain(10)
    output.write(frame("a"))
    assert output.drain(0)
    assert not output.due


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

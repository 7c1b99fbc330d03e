"""What is said over the socket of a detached run: one JSON object a line, both ways.

The process says `hello` to whoever comes in, then sends `events` in batches; the next one goes out
when the last was acknowledged. While a long sample is drawn it sends a `part` now and then, which
is no event and not acknowledged; a visitor that does not know parts passes over them. A visitor
sends commands: the name of a method of the control of the run, and its values by name. What cannot
be done is answered by a `problem`; who sends what cannot be read is shown out. Nothing that comes
in is trusted beyond that: JSON is data, and lines have an end.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final

from tui_charrnn.engine import SampleRequest
from tui_charrnn.engine.events import Event, SamplePart
from tui_charrnn.runs.wire import Command

VERSION: Final = 2
"""Of what is said; a visitor that knows another one leaves."""

LONGEST_COMMAND: Final = 2**16
"""Bytes of a line that a visitor may send."""

LONGEST_MESSAGE: Final = 2**25
"""Bytes of a line that a process may send: a batch, the last event of which may be large."""


class Malformed(Exception):
    """Somebody said what nobody who follows this module says."""


@dataclass(frozen=True, slots=True)
class Hello:
    """What a process says to whoever comes in.

    Attributes:
        run_id: the run's number in the store.
        pid: of the process.
        instance: tells the process from any other that trains or trained the run.
        events: of the run that are in the store; those after them follow over the socket.
        paused: whether the run waits.
        problem: why the store cannot be written, in one sentence; empty while it can.
    """

    run_id: int
    pid: int
    instance: str
    events: int
    paused: bool
    problem: str

    def line(self) -> bytes:
        """Return it as a line."""
        return line({"hello": VERSION, **asdict(self)})


def hello_from(row: dict[str, Any]) -> Hello:
    """Return the hello that was said.

    Raises:
        Malformed: if it is none of this version.
    """
    if row.get("hello") != VERSION:
        raise Malformed("The process speaks another version.")
    try:
        return Hello(**{name: row[name] for name in Hello.__slots__})
    except KeyError as error:
        raise Malformed(f"The hello lacks {error}.") from None


def line(row: dict[str, Any]) -> bytes:
    """Return a message as a line."""
    return json.dumps(row, allow_nan=False).encode("ascii") + b"\n"


def encoded(event: Event) -> bytes:
    """Return an event as part of a batch, without weights."""
    return json.dumps(event.as_json(), allow_nan=False).encode("ascii")


def batch(events: Iterable[bytes]) -> bytes:
    """Return encoded events as a line."""
    return b'{"events": [' + b", ".join(events) + b"]}\n"


def part_line(part: SamplePart) -> bytes:
    """Return more of a sample that is being drawn as a line."""
    return line({"part": part.as_json()})


def parse(text: bytes) -> dict[str, Any]:
    """Return the message of a line.

    Raises:
        Malformed: if it is none.
    """
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"This is no JSON: {error}.") from None
    if not isinstance(row, dict):
        raise Malformed("This is no JSON object.")
    return row


def command_line(command: Command) -> bytes:
    """Return what `Steering` or a visitor asks for as a line."""
    match command.arguments:
        case (SampleRequest() as request,):
            values = asdict(request)
        case (rate,):
            values = {"rate": rate}
        case _:
            values = {}
    return line({"do": command.name, **values})


class Lines:
    """Cuts what comes in into lines."""

    def __init__(self, longest: int) -> None:
        """Begin; no line may have more than `longest` bytes."""
        self._longest = longest
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Return the lines that are whole now.

        Raises:
            Malformed: if a line is too long.
        """
        self._rest += data
        *whole, rest = self._rest.split(b"\n") if b"\n" in data else [self._rest]
        if max(map(len, (*whole, rest))) > self._longest:
            raise Malformed(f"A line has over {self._longest} bytes.")
        self._rest = rest
        return [bytes(each) for each in whole]


_CREDENTIALS: Final = struct.Struct("iII")  # pid, uid, gid


def is_ours(connection: socket.socket) -> bool:
    """Whether the process at the other end belongs to our user.

    Systems that do not tell it (other than Linux) leave it to the modes of socket and folder.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True
    told = connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size)
    return bool(_CREDENTIALS.unpack(told)[1] == os.geteuid())

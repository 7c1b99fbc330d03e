"""Where visitors of a detached run come in: one thread that serves them all, and never waits.

The training thread only puts events in. Whoever reads slowly, or not at all, or sends what cannot
be read is shown out before the memory that is kept for them grows beyond bounds; as all events are
in the store, nobody loses any by it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from tui_charrnn.engine.events import Event, SamplePart
from tui_charrnn.runs.detached import folder, messages
from tui_charrnn.runs.detached.desk import Desk
from tui_charrnn.runs.detached.errors import DetachError
from tui_charrnn.runs.detached.messages import Hello
from tui_charrnn.runs.detached.tail import Tail
from tui_charrnn.runs.detached.visitor import Visitor
from tui_charrnn.runs.host import is_awaited

INTERVAL: Final = 0.05
"""Seconds between two batches for a visitor."""

CROWD: Final = 500
"""Events that do not wait for the interval."""

LARGEST_BATCH: Final = 2**18
"""Bytes of events that go out at once, about; a larger event goes out alone."""

FURTHEST: Final = 100_000
"""Events that a visitor may be behind: they are kept in memory."""

PATIENCE: Final = 60.0
"""Seconds that a visitor has to acknowledge a batch."""

LINGER: Final = 5.0
"""Seconds that visitors have to read the end of the run."""

MOST_VISITORS: Final = 32
"""Visitors at a time; more are turned away."""

LOOK_AFTER: Final = 1.0
"""Seconds between two looks at the store, the socket and at who is behind."""


class Reception:
    """Listens, says hello, hands out events, passes on what is asked for."""

    def __init__(self, run_id: int, path: Path, tail: Tail, desk: Desk) -> None:
        """Begin to listen.

        Args:
            run_id: the run's number in the store.
            path: of the socket.
            tail: keeps the events.
            desk: takes what is asked for.

        Raises:
            OSError: if there can be no socket there.
        """
        self._run_id, self._path, self._tail, self._desk = run_id, path, tail, desk
        self._instance = secrets.token_hex(8)
        self._visitors = set[Visitor]()
        self._urgent_before = 0  # events that a person waits for are below this number
        self._next = tail.end  # number of the event that comes next, for whoever puts them in
        self._drawing: tuple[int, SamplePart] | None = None  # that number, and all that is drawn
        self._looked = 0.0
        self._deadline: float | None = None  # once the run is over
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._wake.setblocking(False)
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._listen()
        self._thread = threading.Thread(target=self._work, name="reception", daemon=True)
        self._thread.start()

    def put(self, event: Event) -> None:
        """Take in an event of the run; never waits."""
        self._desk.saw(event)
        self._next += 1
        self._drawing = None
        self._tail.put(event)
        if is_awaited(event):
            self._urgent_before = self._tail.end
            self._stir()

    def show(self, part: SamplePart) -> None:
        """Take in more of a sample that is being drawn; never waits."""
        before = "" if self._drawing is None else self._drawing[1].text
        self._drawing = self._next, replace(part, text=before + part.text)

    def finish(self) -> None:
        """Let visitors read the end of the run, those who do, and close."""
        self._deadline = time.monotonic() + LINGER
        self._stir()
        self._thread.join()

    def _stir(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it is awake
            self._wake.send(b"!")

    def _listen(self) -> None:
        self._listener = folder.listen(self._path)
        self._listener.setblocking(False)
        self._file = self._path.stat().st_ino
        self._selector.register(self._listener, selectors.EVENT_READ)

    def _work(self) -> None:
        while self._deadline is None:
            self._turn()
        self._listen_no_more()
        while time.monotonic() < self._deadline and any(map(self._reads, self._visitors)):
            self._turn()
        for visitor in list(self._visitors):
            self._show_out(visitor)
        for each in (self._wake, self._woken, self._selector):
            each.close()

    def _turn(self) -> None:
        """Wait a moment for whoever wants something, and see to everybody."""
        for key, _ in self._selector.select(INTERVAL if self._visitors else LOOK_AFTER):
            if isinstance(key.fileobj, Visitor):
                self._guarded(key.fileobj, self._hear)
            elif key.fileobj is self._woken:
                self._woken.recv(4096)
            else:
                self._welcome()
        for visitor in list(self._visitors):
            self._guarded(visitor, self._tell)
        if time.monotonic() - self._looked >= LOOK_AFTER:
            self._look_after()

    def _guarded(self, visitor: Visitor, deed: Callable[[Visitor], object]) -> None:
        """Do something for a visitor; whatever goes wrong is the end for this one alone."""
        try:
            deed(visitor)
        except Exception:
            self._show_out(visitor)

    def _welcome(self) -> None:
        """Let in whoever waits."""
        with contextlib.suppress(OSError):  # there are no more, or no more can be had
            for _ in range(folder.WAITING):
                self._let_in(self._listener.accept()[0])

    def _let_in(self, connection: socket.socket) -> None:
        if not messages.is_ours(connection):
            connection.close()
            return
        visitor = Visitor(connection, self._tail.stored)
        if len(self._visitors) >= MOST_VISITORS:
            sentence = f"Run {self._run_id} has {MOST_VISITORS} visitors already."
            visitor.answer({"problem": sentence})
            visitor.close()
            return
        self._visitors.add(visitor)
        self._selector.register(visitor, selectors.EVENT_READ)
        visitor.send(self._hello().line())

    def _hello(self) -> Hello:
        return Hello(
            run_id=self._run_id,
            pid=os.getpid(),
            instance=self._instance,
            events=self._tail.stored,
            paused=self._desk.paused,
            problem=self._tail.problem,
        )

    def _hear(self, visitor: Visitor) -> None:
        for line in visitor.receive():
            row = messages.parse(line)
            if row.get("do") == "acknowledge":
                visitor.in_flight = False
                continue
            try:
                self._desk.obey(row)
            except ValueError as error:
                visitor.answer({"problem": str(error)})

    def _tell(self, visitor: Visitor) -> None:
        """Send what waits, or else the next events if it is time, or more of a sample."""
        if visitor.waiting:
            visitor.flush()
        elif not visitor.in_flight and self._is_due(visitor):
            rows = self._tail.rows(visitor.place, LARGEST_BATCH)
            visitor.place += len(rows)
            visitor.in_flight, visitor.sent = True, time.monotonic()
            visitor.send(messages.batch(rows))
        else:
            self._tell_part(visitor)

    def _tell_part(self, visitor: Visitor) -> None:
        """Send more of the sample that is being drawn to whoever has all events before it."""
        place, part = self._drawing or (-1, None)
        if part is None or visitor.place != place:
            return
        shown = visitor.shown[1] if visitor.shown[0] == place else 0
        if shown < part.drawn:
            visitor.shown = place, part.drawn
            visitor.send(messages.part_line(replace(part, text=part.text[shown:])))

    def _is_due(self, visitor: Visitor) -> bool:
        behind = self._tail.end - visitor.place
        is_time = time.monotonic() - visitor.sent >= INTERVAL
        return behind > 0 and (is_time or behind >= CROWD or visitor.place < self._urgent_before)

    def _show_out(self, visitor: Visitor) -> None:
        self._visitors.discard(visitor)
        self._selector.unregister(visitor)
        visitor.close()

    def _look_after(self) -> None:
        """See who is too slow, which events nobody needs any more, and whether we can be found."""
        now = self._looked = time.monotonic()
        for visitor in list(self._visitors):
            is_behind = self._tail.end - visitor.place > FURTHEST
            if is_behind or (visitor.in_flight and now - visitor.sent > PATIENCE):
                self._show_out(visitor)
        self._tail.forget(min((each.place for each in self._visitors), default=self._tail.end))
        if self._deadline is None and not self._is_found():
            self._listen_again()

    def _is_found(self) -> bool:
        try:
            return self._path.stat().st_ino == self._file
        except OSError:
            return False

    def _listen_again(self) -> None:
        """Make the socket anew that somebody has cleaned away, or try it at the next look."""
        self._listen_no_more()
        with contextlib.suppress(OSError, DetachError):
            folder.folder()
            self._listen()

    def _listen_no_more(self) -> None:
        if self._is_found():
            self._path.unlink(missing_ok=True)
        if self._listener.fileno() >= 0:
            self._selector.unregister(self._listener)
            self._listener.close()

    def _reads(self, visitor: Visitor) -> bool:
        """Whether a visitor has not read everything yet."""
        return visitor.place < self._tail.end or visitor.in_flight or visitor.waiting

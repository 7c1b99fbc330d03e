"""Starting the process of a detached run: it outlives whoever started it, and the terminal.

It is started afresh in a session of its own, by a process in between that ends at once; so it is
nobody's child that would have to be waited for, and no terminal can ever be its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from dataclasses import dataclass
from typing import IO, Any, Final

from tui_charrnn.engine.interpreter import bootstrap, interpreter
from tui_charrnn.runs.detached.errors import DetachError
from tui_charrnn.runs.detached.orders import Order, to_json

FORK: Final = """\
'charrnn-tui: a detached run'; import os
if pid := os.fork():
    os.write(1, b'{"pid": %d}\\n' % pid)
    os._exit(0)
"""
"""Leaves the process that we have started, so that it is nobody's child."""

BOOTSTRAP: Final = FORK + bootstrap("tui_charrnn.runs.detached.server")
"""What the new interpreter runs."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A detached run that has begun: its number in the store, and that of its process."""

    run_id: int
    pid: int


def launch(order: Order) -> Launched:
    """Train in a process of its own, from now on; return when the run is in the store.

    Loading the text is waited for. Should the wait be broken off by an exception, such as a
    ctrl+C, the process is ended as well; should we be killed, it trains on.

    Raises:
        DetachError: saying why it cannot be trained or kept.
    """
    try:
        process = subprocess.Popen(
            interpreter(BOOTSTRAP),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            bufsize=0,
        )
    except OSError as error:
        reason = error.strerror or error
        raise DetachError(f"The process for the run could not be started: {reason}.") from None
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        with process.stdin as orders, process.stdout as answers:
            return _settled(order, orders, answers)
    finally:
        process.wait()  # the one in between, which has long ended


def _settled(order: Order, orders: IO[bytes], answers: IO[bytes]) -> Launched:
    """Give the order, and wait for what became of it."""
    pid = _answer(answers)["pid"]
    try:
        with contextlib.suppress(OSError):  # then it has ended, and the answer says so
            orders.write(to_json(order))
        answer = _answer(answers)
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        raise
    if "problem" in answer:
        raise DetachError(answer["problem"])
    return Launched(answer["run_id"], answer["pid"])


def _answer(answers: IO[bytes]) -> dict[str, Any]:
    """Return the next line of the new process.

    Raises:
        DetachError: if it has ended.
    """
    line = answers.readline()
    if not line:
        raise DetachError("The process for the run ended before it began to train.")
    answer: dict[str, Any] = json.loads(line)
    return answer

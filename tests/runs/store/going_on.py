"""A process that goes on with run 1: `python -m tests.runs.store.going_on STORE [STATEMENT]`.

It reads its checkpoint, says so, waits for a line, and goes on; what it says then is `refused:` and
why, or the updates made so far. With a STATEMENT it kills itself before the SQL statement of that
number within `RunStore.resume`, and says `went on` if there are not so many.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.runs.store.support import training
from tui_charrnn.engine.events import Step
from tui_charrnn.runs.store import RunStore, StoreError


def main(path: str, statement: str = "") -> None:
    store = RunStore.open(Path(path))
    config, checkpoint = store.record_of(1).config, store.checkpoint(1)
    print("ready", flush=True)
    sys.stdin.readline()
    if statement:
        store._connection.set_trace_callback(Killer(int(statement)))
    try:
        recorder = store.resume(1, config, checkpoint)
    except StoreError as error:
        print(f"refused: {error}", flush=True)
        return
    if statement:
        print("went on", flush=True)
        os._exit(0)
    for event in training(config, start=checkpoint):
        recorder.take(event)
        if isinstance(event, Step):
            print(event.iteration + 1, flush=True)
    recorder.close()
    assert not recorder.problem, recorder.problem


class Killer:
    """Kills this process at a statement."""

    def __init__(self, number: int) -> None:
        self._left = number

    def __call__(self, statement: str) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])

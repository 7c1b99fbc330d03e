"""A process that trains and records: `python -m tests.runs.store.child STORE SEED ITERATIONS`.

It prints the updates made so far, about ten times a second.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.runs.store.support import CONFIG, CORPUS, origin
from tui_charrnn.engine import train
from tui_charrnn.engine.events import Step
from tui_charrnn.runs.store import RunStore


def main(path: str, seed: str, iterations: str) -> None:
    changes = {"seed": int(seed), "iterations": int(iterations)}
    recorder = RunStore.open(Path(path)).record(origin(**changes))
    said = 0.0
    for event in train(CONFIG.replace(**changes), CORPUS):
        recorder.take(event)
        if isinstance(event, Step) and time.monotonic() - said > 0.1:
            said = time.monotonic()
            print(event.iteration + 1, event.elapsed, flush=True)
    recorder.close()
    assert not recorder.problem, recorder.problem


if __name__ == "__main__":
    main(*sys.argv[1:])

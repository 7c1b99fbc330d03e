"""Loads every mutated checkpoint: `python -m tests.engine.mutation_child FOLDER`.

It prints one line each: the kind of mutation, and what came of it. A process that asks for much
memory, or is busy with one file for long, does not live to print the last of them.
"""

from __future__ import annotations

import os
import random
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.engine.checkpoints import VALIDATED, assert_same, checkpoint_of
from tests.engine.mutations import Mutation, damaged, forged, resealed
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.checkpoint_file import CheckpointError, load, save

MEMORY = 100_000_000
"""Bytes that loading may take."""

SECONDS = 10
"""For one file; milliseconds are usual."""


FORBIDDEN = {
    "pickle.find_class",
    "os.system",
    "subprocess.Popen",
    "os.remove",
    "os.rename",
    "compile",
}


class Watch:
    """Ends the process if the loader does more than to read."""

    def __init__(self) -> None:
        self.loading = False
        sys.addaudithook(self.look)

    def look(self, event: str, details: tuple[object, ...]) -> None:
        writes = event == "open" and isinstance(details[2], int) and details[2] & os.O_ACCMODE
        if self.loading and (event in FORBIDDEN or writes):
            print(f"{event}{details}", file=sys.stderr, flush=True)
            os._exit(3)


def mutations(data: bytes, executed: Path) -> Iterator[Mutation]:
    yield from damaged(data, random.Random(1))
    yield from resealed(data, random.Random(2))
    yield from forged(data, executed)


def outcome(path: Path, checkpoint: Checkpoint, watch: Watch) -> str:
    """Load a file under the limits."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, before[1]))
    signal.setitimer(signal.ITIMER_REAL, SECONDS)  # nobody handles the signal: it kills
    watch.loading = True
    try:
        loaded = load(path)
    except CheckpointError as error:
        return f"refused: {error}"
    finally:
        watch.loading = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)
    try:
        assert_same(loaded, checkpoint)
    except AssertionError:
        return "another"
    return "the same"


def main(folder: Path) -> None:
    path, checkpoint = folder / "1.npz", checkpoint_of(cell="rnn", hidden_size=3, **VALIDATED)
    save(checkpoint, path)
    assert_same(load(path), checkpoint)
    data, watch = path.read_bytes(), Watch()
    for kind, mutant in mutations(data, folder / "executed"):
        path.unlink()  # some file systems wait for the disk when a file is overwritten
        path.write_bytes(mutant)
        print(f"{kind}\t{outcome(path, checkpoint, watch)!r}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

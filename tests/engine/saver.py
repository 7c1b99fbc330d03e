"""Saves checkpoints until it is killed, again and again: for each number read, from that one on.

Tells the last one that was saved before the kill.
"""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import sys
import time
from itertools import count
from pathlib import Path

from tests.engine.checkpoints import checkpoint_of
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.checkpoint_file import save


def save_for_ever(checkpoint: Checkpoint, path: Path, first: int, told: int) -> None:
    for iteration in count(first):
        save(dataclasses.replace(checkpoint, iteration=iteration), path)
        os.write(told, b"%d\n" % iteration)


def main() -> None:
    moments, checkpoint = random.Random(7), checkpoint_of()
    for line in sys.stdin:
        reading, writing = os.pipe()
        saver = os.fork()
        if saver == 0:
            save_for_ever(checkpoint, Path(sys.argv[1]), int(line), writing)
        os.close(writing)
        with open(reading) as told:
            saved = told.readline()
            time.sleep(moments.uniform(0, 0.01))  # any moment will do
            os.kill(saver, signal.SIGKILL)
            os.waitpid(saver, 0)
            print(int([saved, *told][-1]), flush=True)


if __name__ == "__main__":
    main()

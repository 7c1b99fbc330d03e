"""Long texts, and what a process that trains on one holds in memory.

    python -m benchmarks.growth_texts CHARACTERS BATCH_SIZE

makes such a text, trains a few updates on it, and prints the most memory that was the process's own
meanwhile (bytes), and the characters a second of the reading. Pages of a mapped file are not
counted: the system takes them back whenever it needs them, as it does with its cache of any file.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np

from tui_charrnn.engine import Corpus, TrainConfig, train

BLOCK: Final = 1 << 20
STATUS: Final = Path("/proc/self/status")


def blocks(characters: int, vocab: int) -> Iterator[str]:
    """Yield a text of evenly drawn characters in pieces; every piece has all of them.

    The pieces repeat after a while: to draw all would take longer than to read them.
    """
    rng = np.random.default_rng(0)
    pieces = []
    for _ in range(min(8, -(-characters // BLOCK))):
        ids = rng.integers(vocab, size=BLOCK)
        ids[:vocab] = np.arange(vocab)
        pieces.append("".join(map(chr, (0x30 + ids).tolist())))
    for start in range(0, characters, BLOCK):
        yield pieces[start // BLOCK % len(pieces)][: characters - start]


def own_memory() -> int:
    """Return the bytes that this process has for itself now (Linux)."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024


class Peak:
    """While it is entered, looks often at how much memory the process has.

    Attributes:
        most: the largest amount seen, in bytes.
    """

    def __init__(self) -> None:
        """Begin with what there is now."""
        self.most = own_memory()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Peak:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Look once more."""
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.002):
            self.most = max(self.most, own_memory())
        self.most = max(self.most, own_memory())


def memory_of(characters: int, batch_size: int) -> tuple[int, float]:
    """Train on a text in a process of its own; return its peak and the characters read a second."""
    command = [sys.executable, "-m", __spec__.name, f"{characters}", f"{batch_size}"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    peak, speed = printed.split()
    return int(peak), float(speed)


def main() -> None:
    """Make a text, train on it, and print what it took."""
    characters, batch_size = map(int, sys.argv[1:])
    config = TrainConfig(hidden_size=32, seq_length=50, batch_size=batch_size, eval_every=0)
    with Peak() as peak:
        start = time.perf_counter()
        corpus = Corpus.from_blocks(blocks(characters, 96), "text")
        speed = characters / (time.perf_counter() - start)
        for _ in islice(train(config, corpus), 30):
            pass
    print(peak.most, speed)


if __name__ == "__main__":
    main()

"""What a process that trains on a large text has for itself: as much as on one half as long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tui_charrnn.engine.id_store import MAPPED_FROM

ROOT = Path(__file__).parents[2]

TRAIN = """\
import sys
from itertools import islice
from benchmarks.growth_texts import Peak, own_memory
from tui_charrnn.engine import Corpus, TrainConfig, train

config = TrainConfig(hidden_size=16, seq_length=20, eval_every=4, eval_length=2_000)
start = own_memory()
with Peak() as peak:
    corpus = Corpus.from_path(sys.argv[1])
    for batch_size in (1, 32):
        events = train(config.replace(batch_size=batch_size), corpus)
        kinds = {type(event).__name__ for event in islice(events, 12)}
        assert kinds >= {"Step", "Validation", "Sample"}, kinds
print(len(corpus), corpus.ids.itemsize, peak.most - start)
"""

LIMIT = 30_000_000
"""Bytes beyond `MAPPED_FROM`, in which ids are in memory at first: blocks that are read, tables of
all characters there can be, and the model."""


def trained(path: Path, block: bytes, count: int) -> tuple[int, int, int]:
    """Write a text, and train on it elsewhere; return its length, bytes an id, and bytes of peak.

    Pages of the mapped file are not counted, since no process needs them to stay in memory.
    """
    with path.open("wb") as file:
        for _ in range(count):
            file.write(block)
    command = [sys.executable, "-c", TRAIN, str(path)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    path.unlink()
    length, width, peak = map(int, printed.split())
    return length, width, peak


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_memory_does_not_grow_with_the_text(tmp_path: Path) -> None:
    ascii_block = b"The owl saw the fox and the fox saw the owl: so it was.\n" * 18_725
    length, width, peak = trained(tmp_path / "text", ascii_block, 224)
    assert (length, width) == (224 * len(ascii_block), 1)
    assert peak < MAPPED_FROM + LIMIT < length / 2
    _, _, half = trained(tmp_path / "text", ascii_block, 112)
    assert abs(peak - half) < 4_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_nor_with_one_of_wide_ids(tmp_path: Path) -> None:
    block = "".join(map(chr, range(0x4E00, 0x4E00 + 3000))).encode() * 100
    length, width, peak = trained(tmp_path / "text", block, 250)
    assert (length, width) == (250 * 300_000, 2)
    assert peak < MAPPED_FROM + LIMIT + 2_000_000 < length * width

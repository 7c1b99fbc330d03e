"""What the tests of sweeps share: a small text, grids of fractions of a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tui_charrnn.engine import TrainControl
from tui_charrnn.runs.sweeps.local import LocalWorkers, connect
from tui_charrnn.runs.sweeps.rows import CellRow
from tui_charrnn.runs.sweeps.worker import Connect, Report, Tell

OWLS = "the owl saw the fox and the fox saw the owl. "

SHORT = """\
corpus = "owls.txt"
hidden_size = 8
seq_length = 10
iterations = 40
learning_rate = 0.1
sample_every = 20
sample_length = 10
eval_every = 20
eval_length = 100
"""

LONG = SHORT.replace("iterations = 40", "iterations = 1_000_000").replace("= 20", "= 0")


def grid(folder: Path, text: str, name: str = "grid.toml") -> Path:
    """Write a grid, and the text that it reads, into a folder."""
    (folder / "owls.txt").write_text(OWLS * 60)
    path = folder / name
    path.write_text(text)
    return path


def eventually(condition: Callable[[], object], seconds: float = 90.0) -> None:
    """Wait until something holds; the machine may be busy."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


class SpoilingWorkers(LocalWorkers):
    """Real workers; what one cell trains turns into numbers that are none."""

    def __init__(self, count: int, victim: str) -> None:
        super().__init__(count)
        self._victim = victim

    @property
    def connect(self) -> Connect:
        return partial(spoiling, self._victim)


@contextmanager
def spoiling(victim: str, key: str, control: TrainControl) -> Iterator[Tell]:
    with connect(key, control) as tell:

        def spoil(report: Report) -> None:
            tell(report)
            if report.iteration == 0 and key == victim:
                control._rates.append(float("nan"))

        yield spoil


def by_state(rows: tuple[CellRow, ...], state: str) -> list[CellRow]:
    return [row for row in rows if row.state == state]

"""A scripted sweep in place of one with workers: a test says how its cells stand."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.store.records import TextIdentity
from tui_charrnn.runs.sweeps.cells import Cell, Plan
from tui_charrnn.runs.sweeps.rows import CellRow, SweepSnapshot
from tui_charrnn.screens.sweep import SweepScreen

TALES = TextIdentity("tales", "tales", "utf-8", 400_000, 60, "a" * 64, 1.25)
RECALL = TextIdentity("recall", "recall", "utf-8", 300_000, 30, "b" * 64, None)


def cells_of(texts=(TALES, RECALL), variant="", **axes) -> list[Cell]:
    """All combinations of some values, as the sweeps make cells of them."""
    found = []
    for text, *values in itertools.product(texts, *axes.values()):
        config = TrainConfig(**{"iterations": 2000, **dict(zip(axes, values, strict=True))})
        label = " · ".join([text.name, *(f"{value}" for value in values)])
        key = f"{text.sha256}{len(found)}"
        found.append(Cell(len(found) + 1, variant, label, label, config, text, key))
    return found


def usual_cells() -> list[Cell]:
    return cells_of(
        cell=["rnn", "gru"], hidden_size=[64, 128], learning_rate=[0.01], seed=[1, 2, 3]
    )


class ScriptedSweep:
    """Stands where a sweep stands."""

    def __init__(self, cells: list[Cell], name: str = "sizes", store: object = None) -> None:
        self.plan = Plan(name, tuple(cells), {})
        self.store = store
        self.rows = [CellRow(cell) for cell in cells]
        self.state, self.left, self.problem = "ready", None, ""
        self.asked: list[str] = []
        self.threads: set[str] = set()
        self._listeners: list[Callable[[CellRow], object]] = []

    def start(self) -> None:
        self.asked.append("start")
        self.state = "running"

    def pause(self) -> None:
        self.asked.append("pause")
        self.state = "paused"

    def resume(self) -> None:
        self.asked.append("resume")
        self.state = "running"

    def cancel(self) -> None:
        self.asked.append("cancel")
        self.state = "cancelling"

    def close(self) -> None:
        self.asked.append("close")

    def listen(self, callback: Callable[[CellRow], object]) -> None:
        self._listeners.append(callback)

    def snapshot(self) -> SweepSnapshot:
        self.threads.add(threading.current_thread().name)
        return SweepSnapshot(self.plan.name, self.state, tuple(self.rows), self.left, self.problem)

    def change(self, number: int, **changes) -> None:
        """Let a cell stand otherwise; numbers begin at 1."""
        row = self.rows[number - 1] = replace(self.rows[number - 1], **changes)
        for listener in self._listeners:
            listener(row)

    def run(self, number: int, iteration: int, best: float | None = None, **changes) -> None:
        bits = None if best is None else best + 0.02
        known = {
            "state": "running", "iteration": iteration, "best_bits": best, "attempts": 1,
            "validation_bits": bits, "smooth_bits": 4.2 - iteration / 1000, "speed": 41_300.0,
            "elapsed": iteration * 0.02, "left": (2000 - iteration) * 0.02, **changes,
        }  # fmt: skip
        self.change(number, **known)

    def finish(self, number: int, best: float, **changes) -> None:
        known = {"state": "finished", "left": None, "run_id": 100 + number, **changes}
        self.run(number, 2000, best, **known)


class SweepApp(CharRNNApp):
    """The app, on a sweep."""

    def __init__(self, corpus: Path, sweep) -> None:
        super().__init__(str(corpus))
        self.sweep_screen = SweepScreen(sweep)

    def on_ready(self) -> None:
        self.push_screen(self.sweep_screen)


async def until(test: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)

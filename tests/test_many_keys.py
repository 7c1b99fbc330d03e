"""A person who presses every key, fast and in no order, has one trainer or none, and a screen."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from textual.events import Resize
from textual.geometry import Size
from textual.pilot import Pilot

from tests.screens.support import PATIENCE, press
from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.store import RunStore

TEXT = "The owl saw the fox. The fox saw the owl, and both went home.\n" * 50

STEERING = ("space", "x", "r", "enter", "y", "n", "escape")
"""What starts, pauses, stops and restarts runs, and answers the questions that come of it."""

OTHERS = ("m", "plus", "minus", "s", "u", "l", "z", "1", "2", "3", "question_mark")
"""What changes the next run, this one, or what is seen of it."""


class SmallApp(CharRNNApp):
    """The app as it is, with a net that is quick to begin and never comes to its end."""

    def __init__(self, folder: Path) -> None:
        text = folder / "owls.txt"
        text.write_text(TEXT, encoding="utf-8")
        config = TrainConfig(
            hidden_size=8, seq_length=10, iterations=10**9, sample_every=500, eval_every=500,
            eval_length=100,
        )  # fmt: skip
        super().__init__(str(text), config=config, store=folder / "runs.sqlite3")

    @property
    def active(self) -> bool:
        return self.main_screen.session.active


def trainers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("trainer-")]


async def wait_until(true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(0.01)


async def ready(pilot: Pilot) -> None:
    """Wait until a run could be started."""
    screen = pilot.app.main_screen
    await wait_until(lambda: screen.is_mounted and screen.check_action("start", ()), "the text")


async def press_at_random(app: SmallApp, presses: int, rng: random.Random) -> None:
    """Press keys in bursts, between which the trainer gets a little further or not at all."""
    while presses:
        burst = min(presses, rng.randint(1, 8))
        presses -= burst
        pool = STEERING if rng.random() < 0.8 else OTHERS
        await press(app, *rng.choices(pool, k=burst))
        # one that ends, and the one after it: a thread outlives its last event by a moment
        await wait_until(lambda: len(trainers()) <= 2, "the end of old trainers")
        if rng.random() < 0.5:
            await asyncio.sleep(rng.random() / 50)


def resize(app: SmallApp, width: int, height: int) -> None:
    """Do what the driver does when the terminal has another size."""
    size = app._driver._size = Size(width, height)
    app.post_message(Resize(size, size))


async def leave_dialogs(app: SmallApp) -> None:
    deadline = time.monotonic() + PATIENCE
    while app.screen is not app.main_screen:
        assert time.monotonic() < deadline, app.screen
        await press(app, "escape")


async def assert_responds(app: SmallApp) -> None:
    """A key changes what is on the screen."""
    chart = app.main_screen.panes.chart
    await press(app, "1")
    before = chart.border_title
    await press(app, "u")
    await wait_until(lambda: chart.border_title != before, "what the key u changes")


async def assert_one_or_none(app: SmallApp) -> None:
    """What the app believes of its run is true, and nobody else trains."""
    await wait_until(lambda: len(trainers()) == int(app.active), "one trainer for an active run")
    await assert_responds(app)
    if app.active:
        await press(app, "x")
        await wait_until(lambda: not app.active, "the end of the run")
    await wait_until(lambda: not trainers(), "the end of its trainer")
    await assert_responds(app)


async def assert_trains_again(app: SmallApp) -> None:
    await press(app, "r")
    await wait_until(lambda: app.active or app.screen is not app.main_screen, "run or question")
    await press(app, "y")
    session = app.main_screen.session
    await wait_until(lambda: app.active and session.progress.iteration > 5, "updates")
    assert len(trainers()) == 1


async def test_a_thousand_presses_leave_one_trainer_or_none(tmp_path: Path) -> None:
    app = SmallApp(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        await press_at_random(app, 1000, random.Random(1))
        await leave_dialogs(app)
        await assert_one_or_none(app)
        await assert_trains_again(app)
    await wait_until(lambda: not trainers(), "the end of the trainer of an app that was left")
    app.keep_all()
    store = RunStore.open(tmp_path / "runs.sqlite3")
    states = [run.state for run in store.runs()]
    store.close()
    assert len(states) > 10  # the presses did start runs
    assert not {"running", "failed"} & set(states)


async def test_presses_while_the_terminal_is_resized(tmp_path: Path) -> None:
    app, rng = SmallApp(tmp_path), random.Random(2)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(pilot)
        for _ in range(40):
            resize(app, rng.randint(10, 140), rng.randint(3, 40))
            await press_at_random(app, rng.randint(1, 5), rng)
        resize(app, 80, 24)
        await leave_dialogs(app)
        await assert_one_or_none(app)
        assert app.size == (80, 24)

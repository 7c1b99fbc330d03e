"""Makes the pictures of the documents: the app itself, after some minutes of real training.

    python docs/screenshot.py

Needs nothing but the installed app; writes one SVG a screen into docs/screenshots. Nothing of the
user's is read or changed.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import PRESETS
from tui_charrnn.screens.lenses import LENSES
from tui_charrnn.screens.lenses.base import LensScreen
from tui_charrnn.screens.lenses.play import PlayLens
from tui_charrnn.screens.race import RaceScreen
from tui_charrnn.screens.race_setup import RaceSetupScreen
from tui_charrnn.screens.runs import RunsScreen
from tui_charrnn.screens.sweep import SweepScreen
from tui_charrnn.screens.welcome import WelcomeScreen

FOLDER = Path(__file__).resolve().with_name("screenshots")
SIZE = (120, 40)

CHANGED_AT, TAKEN_AT = 3000, 4700
"""Iterations of the run: at which the learning rate is lowered, and at which it is looked at."""

RACED = 1500
"""Iterations of each net of the race."""

DRAWN = 300
"""Characters that are drawn in the lens play."""

PATIENCE = 1800.0
"""Seconds after which something must have gone wrong."""

RUN = TrainConfig(**{**PRESETS["quick"], "sample_every": 250, "watch_every": 100})  # type: ignore[arg-type]

GRID = """\
corpus = "tales"
hidden_size = [16, 32, 64]
seq_length = 25
batch_size = 16
iterations = 1500
learning_rate = 0.05
sample_every = 0
eval_every = 100
cell = ["rnn", "gru", "lstm"]
seeds = 2
"""


async def until(true: Callable[[], object]) -> None:
    """Wait until something is true.

    Raises:
        TimeoutError: if it takes too long.
    """
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("The app does not come to the next picture.")
        await asyncio.sleep(0.1)


async def take(pilot: Pilot[int], name: str) -> None:
    """Save what the app shows, when all of it is drawn."""
    await pilot.pause(1)
    (FOLDER / f"{name}.svg").write_text(pilot.app.export_screenshot(), encoding="utf-8")


async def reach(app: CharRNNApp, iteration: int) -> None:
    """Let the run come to an iteration."""
    session = app.main_screen.session
    await until(lambda: session.progress.iteration >= iteration)


async def welcome(app: CharRNNApp, pilot: Pilot[int]) -> None:
    """Take the welcome of the first start."""
    app.action_welcome()
    await until(lambda: isinstance(app.screen, WelcomeScreen))
    await take(pilot, "welcome")
    await pilot.press("escape")


async def run(app: CharRNNApp, pilot: Pilot[int]) -> None:
    """Take a run, which then waits."""
    await until(lambda: app.main_screen.text.corpus)
    await pilot.press("space")
    await reach(app, CHANGED_AT)
    await pilot.press("minus")
    await reach(app, TAKEN_AT)
    await take(pilot, "train")
    await pilot.press("space")
    await until(lambda: app.main_screen.session.progress.state == "paused")


async def lenses(app: CharRNNApp, pilot: Pilot[int]) -> None:
    """Take each lens on the run, from one to the next."""
    for name, lens in LENSES.items():
        await pilot.press(lens.key)
        await until(lambda lens=lens: type(app.screen).__name__ == lens.screen)
        screen = app.screen
        assert isinstance(screen, LensScreen)
        await until(lambda screen=screen: screen.seen is not None and not screen.is_busy)
        if isinstance(screen, PlayLens):
            await play(screen, pilot)
        await take(pilot, name)
    await pilot.press("escape")


async def play(lens: PlayLens, pilot: Pilot[int]) -> None:
    """Let the net draw a text, character by character."""
    await pilot.press(*["enter"] * DRAWN)
    await until(lambda: lens.drawing is not None and len(lens.drawing.drawn) >= DRAWN)


async def race(app: CharRNNApp, pilot: Pilot[int]) -> None:
    """Take a race by its losses and by its gradients."""
    await pilot.press("R")
    await until(lambda: isinstance(app.screen, RaceSetupScreen))
    await pilot.press("enter")
    await until(lambda: isinstance(app.screen, RaceScreen))
    screen = app.screen
    assert isinstance(screen, RaceScreen)
    lanes = screen.race.lanes.values()
    await until(lambda: min(lane.progress.iteration for lane in lanes) >= RACED)
    await take(pilot, "race")
    await pilot.press("g")
    await asyncio.sleep(5)
    await take(pilot, "race-gradients")
    await pilot.press("escape")
    await pilot.press("y")
    await until(lambda: app.screen is app.main_screen)


async def runs(app: CharRNNApp, pilot: Pilot[int]) -> None:
    """Take the runs that came of it, two of them marked."""
    await pilot.press("o")
    await until(lambda: isinstance(app.screen, RunsScreen) and len(app.screen.table.shown) == 3)
    await pilot.press("space", "down", "space")
    await asyncio.sleep(2)
    await take(pilot, "runs")
    await pilot.press("escape")


async def sweep(app: CharRNNApp, pilot: Pilot[int], grid: Path) -> None:
    """Take a sweep when half of its cells are trained."""
    grid.write_text(GRID, encoding="utf-8")
    await pilot.press("w")
    app.screen.query_one("#path", Input).value = str(grid)
    await pilot.press("enter")
    await until(lambda: isinstance(app.screen, SweepScreen))
    screen = app.screen
    assert isinstance(screen, SweepScreen)
    cells = screen.sweep.snapshot
    finished = lambda: sum(row.state == "finished" for row in cells().rows)  # noqa: E731
    await until(lambda: finished() >= len(cells().rows) // 2)
    await take(pilot, "sweep")
    await pilot.press("x")
    await pilot.press("y")
    await until(lambda: cells().state == "cancelled")
    await pilot.press("escape")


async def main() -> None:
    """Start the app without a terminal, use it, and save what it shows."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # no path of this machine is to be seen
        app = CharRNNApp(config=RUN, store=Path(folder) / "runs.sqlite3")
        async with app.run_test(size=SIZE, notifications=False) as pilot:
            await welcome(app, pilot)
            await run(app, pilot)
            await lenses(app, pilot)
            await race(app, pilot)
            await runs(app, pilot)
            await sweep(app, pilot, Path("grid.toml"))
            app.leave()
        app.keep_all()


if __name__ == "__main__":
    asyncio.run(main())

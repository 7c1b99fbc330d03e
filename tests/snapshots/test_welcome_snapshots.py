"""How the welcome looks, and the line that leads on from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screens.support import ScriptedApp, loaded, sample, send, started, steps
from tests.snapshots.test_snapshots import EARLY, NARROW, NORMAL, TEXT
from tui_charrnn.screens import first_steps


@pytest.fixture
def newcomer(tmp_path: Path) -> ScriptedApp:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT, encoding="utf-8")
    app = ScriptedApp(path)
    app.welcome = True
    return app


@pytest.mark.parametrize("size", [NARROW, NORMAL], ids=["narrow", "normal"])
def test_welcome(snap_compare, newcomer: ScriptedApp, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot) -> None:
        await loaded(pilot)
        await pilot.pause()

    assert snap_compare(newcomer, terminal_size=size, run_before=run)


def test_first_steps(snap_compare, newcomer: ScriptedApp) -> None:
    async def run(pilot: Pilot) -> None:
        await loaded(pilot)
        await pilot.press("enter")
        while not newcomer.trainers:
            await pilot.pause(0.02)
        config = newcomer.trainer.config
        await send(pilot, started(config), sample(config, 0, EARLY), *steps(config, 0, 300))
        await send(pilot, sample(config, 300, EARLY, requested=True))
        await pilot.pause(2 * first_steps.LOOK_EVERY)
        await pilot.pause()

    assert snap_compare(newcomer, terminal_size=NARROW, run_before=run)

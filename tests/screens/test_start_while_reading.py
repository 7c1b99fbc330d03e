"""What is asked for while its text is still being read happens as soon as that is there."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.screens.support import ScriptedApp, loaded, status
from tui_charrnn.screens.race_setup import RaceSetupScreen

SIZE = (120, 40)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """Return what a text comes out of as soon as one is written into it."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture
def app(pipe: Path) -> ScriptedApp:
    return ScriptedApp(pipe)


async def test_the_run_begins_when_the_text_is_there(app: ScriptedApp, pipe: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        assert not app.trainers
        assert "reading" in status(app)[0]
        notices = [notice.message for notice in app._notifications]
        assert notices == [f"The run begins when this is done: reading {pipe}."]
        await asyncio.to_thread(pipe.write_text, "owls and mice " * 50)
        await loaded(pilot)
        assert len(app.trainer.corpus) == 700


async def test_a_race_is_asked_for_when_the_text_is_there(app: ScriptedApp, pipe: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("R")
        notices = [notice.message for notice in app._notifications]
        assert notices == [f"The race begins when this is done: reading {pipe}."]
        await asyncio.to_thread(pipe.write_text, "owls and mice " * 50)
        await loaded(pilot)
        assert isinstance(app.screen, RaceSetupScreen)
        assert not app.trainers


async def test_without_a_key_none_begins(app: ScriptedApp, pipe: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await asyncio.to_thread(pipe.write_text, "owls and mice " * 50)
        await loaded(pilot)
        assert not app.trainers


async def test_the_key_does_not_outlive_a_text_that_cannot_be_read(
    app: ScriptedApp, pipe: Path
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space")
        await asyncio.to_thread(pipe.write_bytes, b"")
        while app.main_screen.text.loading:
            await pilot.pause(0.01)
        app.main_screen._load(("tales", "utf-8"))
        await loaded(pilot)
        assert not app.trainers

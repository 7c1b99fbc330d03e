"""The app around its screens: the run store that it opens, and what it says of it."""

from __future__ import annotations

import asyncio

from textual.widgets._toast import Toast

from tests.screens.support import loaded
from tui_charrnn.app import CharRNNApp
from tui_charrnn.screens.runs import RunsScreen


async def test_runs_open_over_the_main_screen_and_leave_it_again(text_file, tmp_path) -> None:
    app = CharRNNApp(str(text_file), store=tmp_path / "runs.sqlite3")
    async with app.run_test() as pilot:
        await loaded(pilot)
        await pilot.press("o")
        while not isinstance(app.screen, RunsScreen):
            await asyncio.sleep(0.01)
        await pilot.press("escape")
        assert app.screen is app.main_screen


async def test_a_store_that_cannot_be_opened_is_said_whatever_its_name(text_file, tmp_path) -> None:
    path = tmp_path / "[" / "x]" / "\x1b[31mruns"
    path.parent.parent.write_text("no folder")
    app = CharRNNApp(str(text_file), store=path)
    async with app.run_test(notifications=True) as pilot:
        await loaded(pilot)
        await pilot.press("o")
        while not app.screen.query(Toast):
            await asyncio.sleep(0.01)
            await pilot.pause()
        said = str(app.screen.query_one(Toast).render())
        assert "[/x]/" in said
        assert "\x1b" not in said
        assert app.screen is app.main_screen

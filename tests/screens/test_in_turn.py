"""Keys that come all at once, as over a slow link, do what they would do one after the other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.events import MouseDown, MouseUp
from textual.widgets import Input

from tests.screens.runs_support import keep, until
from tests.screens.support import (
    PATIENCE,
    TEXT,
    ScriptedApp,
    loaded,
    press,
    send,
    started,
    type_ahead,
)
from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.store import RunStore
from tui_charrnn.screens import in_turn
from tui_charrnn.screens.corpus import CorpusScreen
from tui_charrnn.screens.in_turn import InTurn
from tui_charrnn.screens.runs import RunsScreen
from tui_charrnn.screens.runs_opening import open_runs

SIZE = (120, 40)
CONFIG = TrainConfig()


@pytest.fixture
def app(tmp_path: Path) -> ScriptedApp:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT, encoding="utf-8")
    return ScriptedApp(path, CONFIG)


async def test_what_is_typed_after_the_key_of_a_dialog_is_typed_into_it(app: ScriptedApp) -> None:
    """x, one of the letters of the prompt, would stop the run."""
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await press(app, "space")
        await send(pilot, started(CONFIG))
        await press(app, "S", *"fox", "enter")
        request = app.trainer.control.next_request()
        assert request is not None
        assert request.prompt == "fox"
        assert not app.trainer.control.stopping


async def test_digits_after_the_way_to_a_field_are_no_keys_of_the_screen(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await press(app, "e", *"640", "tab", "2")
        form = app.main_screen.panes.form
        assert (form.value("hidden_size"), form.value("layers")) == ("640", "2")
        assert app.focused is not None
        assert app.focused.id == "layers"


async def test_keys_after_a_dialog_that_they_left_are_keys_of_the_screen(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await press(app, "c", "escape", "question_mark", "escape", "space")
        assert app.screen is app.main_screen
        assert len(app.trainers) == 1


async def test_the_runs_get_the_keys_that_come_while_they_are_opened(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Their store is opened in a thread, which may take its time."""
    gate = asyncio.Event()

    def late(*arguments: object) -> None:
        asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(PATIENCE)
        open_runs(*arguments)

    monkeypatch.setattr("tui_charrnn.screens.runs_opening.open_runs", late)
    with RunStore.open(tmp_path / "runs.sqlite3") as store:
        keep(store, "owls")
        monkeypatch.setattr(app.keeper, "store", lambda: store)
        async with app.run_test(size=SIZE) as pilot:
            loop = asyncio.get_running_loop()
            await loaded(pilot)
            type_ahead(app, "o", "slash", "m", "z")
            await asyncio.sleep(0.05)
            cell = app.main_screen.panes.form.value("cell")
            gate.set()
            await press(app)
            assert isinstance(app.screen, RunsScreen)
            assert app.screen.query_one(Input).value == "mz"
            assert app.main_screen.panes.form.value("cell") == cell
            await press(app, "escape", "escape")


async def test_a_click_waits_for_the_key_before_it(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await press(app, "c")
        assert isinstance(app.screen, CorpusScreen)
        field = app.screen.query_one("#path", Input)
        x, y = field.region.offset
        await press(app, "escape")
        type_ahead(app, "c")
        for kind in (MouseDown, MouseUp):
            app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        await press(app, *"owl")
        field = app.screen.query_one("#path", Input)
        assert app.focused is field
        assert field.value == "owl"


async def test_a_key_that_is_never_done_with_holds_up_the_next_for_a_moment(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_turn, "PATIENCE", 0.05)
    monkeypatch.setattr(InTurn, "follow", lambda *_: None)
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        type_ahead(app, *"e640")
        await until(pilot, lambda: app.main_screen.panes.form.value("hidden_size") == "640")

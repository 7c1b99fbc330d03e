"""The app around its screens: the run store that it opens, and what it says of it."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable

import pytest
from textual.app import App
from textual.widgets import Input
from textual.widgets._toast import Toast

from tests.interrupted import SLOW
from tests.screens.runs_support import usual
from tests.screens.support import loaded, press
from tui_charrnn.app import CharRNNApp
from tui_charrnn.runs.host import TrainerThread
from tui_charrnn.runs.store import RunStore
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.leaving import SavingScreen
from tui_charrnn.screens.palette import Palette
from tui_charrnn.screens.race import RaceScreen
from tui_charrnn.screens.race_setup import RaceSetupScreen
from tui_charrnn.screens.runs import RunsScreen
from tui_charrnn.widgets.key_line import KeyLine


async def test_runs_open_over_the_main_screen_and_leave_it_again(text_file, tmp_path) -> None:
    app = CharRNNApp(str(text_file), store=tmp_path / "runs.sqlite3")
    async with app.run_test() as pilot:
        await loaded(pilot)
        await pilot.press("o")
        while not isinstance(app.screen, RunsScreen):
            await asyncio.sleep(0.01)
        await pilot.press("escape")
        assert app.screen is app.main_screen


@pytest.mark.parametrize("late", [False, True])
async def test_runs_that_are_read_soon_are_in_the_first_frame(
    tmp_path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    with RunStore.open(tmp_path / "runs.sqlite3") as store:
        run_ids, screen, read = usual(store), RunsScreen(store), store.runs
        if late:
            monkeypatch.setattr(store, "runs", lambda: (time.sleep(0.3), read())[1])
        screen.reading.read_ahead(0.05 if late else 60)
        app = App[None]()
        async with app.run_test(size=(120, 40)):
            await app.push_screen(screen)
            assert len(screen.table.shown) == (0 if late else len(run_ids))
            assert ("Filter" in str(screen.query_one(KeyLine).render())) is not late
            await becomes(lambda: len(screen.table.shown) == len(run_ids))
            assert screen.focused is screen.table


async def test_no_garbage_is_collected_until_a_key_has_shown_its_effect(
    text_file, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = CharRNNApp(str(text_file))
    async with app.run_test() as pilot:
        await loaded(pilot)
        await becomes(gc.isenabled)
        await press(app, "u")
        assert not gc.isenabled()
        await becomes(gc.isenabled)
        monkeypatch.setattr("tui_charrnn.screens.aside.SETTLING", 1000)
        monkeypatch.setattr("tui_charrnn.screens.aside.LONGEST", -1)  # as if keys came for long
        await press(app, "u")
        await becomes(gc.isenabled)
        gc.disable()
    assert gc.isenabled()  # though the app was left at once


async def test_nothing_blinks_in_the_list_of_commands(
    text_file, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = CharRNNApp(str(text_file))
    async with app.run_test() as pilot:
        await loaded(pilot)
        await pilot.press("ctrl+p", "l", "o")
        await becomes(lambda: isinstance(app.screen, Palette))
        assert isinstance(app.focused, Input)
        assert app.focused.value == "lo"
        await pilot.pause(0.5)
        frames, display = [], app._display
        monkeypatch.setattr(
            app, "_display", lambda *update: (frames.append(update), display(*update))
        )
        await pilot.pause(1.2)  # it would blink twice
        assert [update for _, update in frames if update is not None] == []
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


SLOWER = SLOW.replace(seq_length=6000)
"""One update of it takes many seconds."""


async def becomes(test: Callable[[], object]) -> None:
    """Wait until a test is true."""
    async with asyncio.timeout(60):
        while not test():
            await asyncio.sleep(0.01)


async def training(pilot) -> TrainerThread:
    """Let the app train, until it is busy with its first update; return what trains."""
    await loaded(pilot)
    await press(pilot.app, "space")
    session = pilot.app.main_screen.session
    await becomes(lambda: session.progress.state == "training")
    return session._thread


async def saying_that_it_saves(pilot) -> None:
    await becomes(lambda: isinstance(pilot.app.screen, SavingScreen))


async def over(app: CharRNNApp) -> None:
    await becomes(lambda: app.return_code is not None)


async def test_leaving_waits_for_the_last_checkpoint_and_says_so(text_file, tmp_path) -> None:
    app = CharRNNApp(str(text_file), config=SLOW, store=tmp_path / "runs.sqlite3")
    async with app.run_test() as pilot:
        trainer = await training(pilot)
        app.leave()
        await saying_that_it_saves(pilot)
        await over(app)
    assert app.return_code == 0
    assert not trainer.alive
    with RunStore.open(tmp_path / "runs.sqlite3") as store:
        assert store.record_of(1).state == "stopped"
        assert store.checkpoint(1).iteration == store.record_of(1).iteration >= 1


async def test_who_asks_again_waits_no_longer(text_file, tmp_path) -> None:
    app = CharRNNApp(str(text_file), config=SLOWER, store=tmp_path / "runs.sqlite3")
    async with app.run_test() as pilot:
        trainer = await training(pilot)
        app.leave()
        await app.action_quit()  # a key that is held down is no second thought
        await saying_that_it_saves(pilot)
        assert trainer.alive
        await press(app, "ctrl+q")
        await over(app)
        assert trainer.alive
    with RunStore.open(tmp_path / "runs.sqlite3") as store:
        assert store.record_of(1).state == "interrupted"
    while not trainer.join(1):
        pass


async def breaking_down(app: CharRNNApp) -> None:
    async with app.run_test() as pilot:
        await training(pilot)
        app.call_later(lambda: 1 / 0)
        await becomes(lambda: not app.is_running)


async def test_an_app_that_breaks_down_has_saved_what_it_trained(text_file, tmp_path) -> None:
    app = CharRNNApp(str(text_file), config=SLOW, store=tmp_path / "runs.sqlite3")
    with pytest.raises(ZeroDivisionError):
        await breaking_down(app)
    assert app.keep_all() == ""
    with RunStore.open(tmp_path / "runs.sqlite3") as store:
        assert store.record_of(1).state == "stopped"
        assert store.checkpoint(1).iteration == store.record_of(1).iteration


async def test_a_race_that_is_left_is_saved_before_the_app_ends(text_file, tmp_path) -> None:
    app = CharRNNApp(str(text_file), config=SLOW, store=tmp_path / "runs.sqlite3")
    async with app.run_test() as pilot:
        await loaded(pilot)
        await pilot.press("R")
        await becomes(lambda: isinstance(app.screen, RaceSetupScreen))
        await pilot.press("enter")
        await becomes(lambda: isinstance(app.screen, RaceScreen))
        race = app.screen.race
        await becomes(lambda: set(race.states.values()) == {"training"})
        await pilot.press("escape")
        await becomes(lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("y")
        app.leave()
        await over(app)
    with RunStore.open(tmp_path / "runs.sqlite3") as store:
        for run in store.runs():
            assert run.state == "stopped"
            assert store.checkpoint(run.id).iteration == run.iteration
        assert len(store.runs()) == 2

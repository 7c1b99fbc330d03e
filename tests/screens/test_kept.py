"""Screens that are made before their keys, or stay when they are left."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, OptionList, Select, Static

from tests.screens.runs_support import OWLS
from tests.screens.support import ScriptedApp, loaded, started
from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.store import Origin, RunRecord, RunStore
from tui_charrnn.screens import aside, runs_opening
from tui_charrnn.screens.ahead import load_ahead
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.corpus import CorpusScreen
from tui_charrnn.screens.help import HelpScreen
from tui_charrnn.screens.kept import make_ahead
from tui_charrnn.screens.runs import RunsScreen
from tui_charrnn.screens.sample import BEST, SampleScreen

SIZE = (120, 40)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedApp:
    """Return an app that soon keeps what it can."""
    monkeypatch.setattr(aside, "SPARE", 0.01)
    load_ahead()
    path = tmp_path / "owls.txt"
    path.write_text("owls and mice " * 40)
    return ScriptedApp(path, TrainConfig())


@pytest.fixture
async def pilot(app: ScriptedApp) -> AsyncIterator[Pilot]:
    """Return the app at work, with a run, and with all that is kept."""
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        while len(app._installed_screens) < 4:
            await pilot.pause(0.01)
        await pilot.press("space")
        yield pilot


def fields(screen: Screen) -> dict[str | None, str]:
    return {field.id: field.value for field in screen.query(Input)}


def problem(screen: Screen) -> str:
    return str(screen.query_one("#problem", Static).render())


async def opened(pilot: Pilot, key: str, kind: type[Screen]) -> Screen:
    """Press a key; return the screen that it opens."""
    await pilot.press(key)
    while not isinstance(pilot.app.screen, kind):
        await pilot.pause(0.01)
    await pilot.pause()
    return pilot.app.screen


@pytest.mark.parametrize(
    ("key", "kind"), [("question_mark", HelpScreen), ("S", SampleScreen), ("c", CorpusScreen)]
)
async def test_a_dialog_is_made_once(pilot: Pilot, key: str, kind: type[Screen]) -> None:
    kept = set(pilot.app._installed_screens.values())
    for _ in range(3):
        dialog = await opened(pilot, key, kind)
        assert dialog in kept
        await pilot.press("escape")
        assert pilot.app.screen is pilot.app.main_screen
        assert dialog.is_running


async def test_what_was_typed_and_left_is_gone_the_next_time(pilot: Pilot) -> None:
    dialog = await opened(pilot, "S", SampleScreen)
    usual = fields(dialog)
    dialog.query_one("#length", Input).value = "0"
    dialog.query_one("#length").focus()
    await pilot.press("enter")
    assert "from 1 to" in problem(dialog)
    await pilot.press("escape")
    assert await opened(pilot, "S", SampleScreen) is dialog
    assert fields(dialog) == usual
    assert problem(dialog) == ""
    assert pilot.app.focused.id == "prompt"


async def test_what_was_set_is_there_the_next_time(pilot: Pilot) -> None:
    dialog = await opened(pilot, "S", SampleScreen)
    dialog.query_one("#prompt", Input).value = "owl"
    await pilot.press("enter")
    dialog = await opened(pilot, "S", SampleScreen)
    assert fields(dialog)["prompt"] == "owl"


async def test_where_there_are_best_weights_they_can_be_chosen(
    pilot: Pilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not (await opened(pilot, "S", SampleScreen)).query(Select)
    await pilot.press("escape")
    monkeypatch.setattr(type(pilot.app.main_screen), "has_best", True)
    dialog = await opened(pilot, "S", SampleScreen)
    dialog.query_one(Select).value = BEST
    await pilot.press("escape")
    dialog = await opened(pilot, "S", SampleScreen)
    assert dialog.query_one(Select).value == "latest"


async def test_the_text_that_was_not_there_is_forgotten(pilot: Pilot) -> None:
    dialog = await opened(pilot, "c", CorpusScreen)
    dialog.query_one("#path", Input).value = "/nowhere"
    dialog.query_one("#path").focus()
    await pilot.press("enter")
    assert "/nowhere" in problem(dialog)
    await pilot.press("escape")
    assert await opened(pilot, "c", CorpusScreen) is dialog
    assert fields(dialog) == {"path": "", "encoding": "utf-8"}
    assert problem(dialog) == ""
    assert isinstance(pilot.app.focused, OptionList)


async def test_help_begins_at_its_top(pilot: Pilot) -> None:
    dialog = await opened(pilot, "question_mark", HelpScreen)
    texts = dialog.query_one(VerticalScroll)
    await pilot.press("end")
    while texts.scroll_y == 0:
        await pilot.pause(0.01)
    await pilot.press("escape")
    await opened(pilot, "question_mark", HelpScreen)
    assert texts.scroll_y == 0


async def test_another_theme_is_that_of_the_dialogs_too(pilot: Pilot) -> None:
    dialog = await opened(pilot, "c", CorpusScreen)
    frame = dialog.query_one(".dialog")
    before = frame.styles.background
    await pilot.press("escape")
    pilot.app.theme = "textual-light"
    await pilot.pause()
    await opened(pilot, "c", CorpusScreen)
    assert frame.styles.background != before
    assert frame.styles.background.brightness > 0.8


async def test_another_size_is_that_of_the_dialogs_too(pilot: Pilot) -> None:
    await opened(pilot, "question_mark", HelpScreen)
    await pilot.press("escape")
    await pilot.resize_terminal(80, 24)
    dialog = await opened(pilot, "question_mark", HelpScreen)
    frame = dialog.query_one(".dialog").region
    assert dialog.size == (80, 24)
    assert (frame.right, frame.bottom) < (80, 24)


def started_run(screen: RunsScreen) -> int:
    """Let a run begin in the store of a screen; return its number."""
    with closing(screen.store.record(Origin(TrainConfig(), OWLS))) as recorder:
        recorder.take(started(TrainConfig()))
    return max(run.id for run in screen.store.runs())


async def all_read(pilot: Pilot, screen: RunsScreen) -> None:
    """Wait until the screen shows the runs of its store."""
    while [run.id for run in screen.store.runs()] != sorted(
        (run.id for run in screen.table.shown), reverse=True
    ):
        await pilot.pause(0.01)


async def test_the_runs_screen_stays_as_it_was_left_and_knows_the_new_runs(pilot: Pilot) -> None:
    first = await opened(pilot, "o", RunsScreen)
    started_run(first)
    await pilot.press("f5", "u", "o")
    await all_read(pilot, first)
    await pilot.press("space")
    (marked,) = first.marked
    left = (first.chart.unit, first.table.sorting)
    for _ in range(2):
        await pilot.press("escape")
        assert pilot.app.screen is pilot.app.main_screen
        another = started_run(first)
        assert await opened(pilot, "o", RunsScreen) is first
        await all_read(pilot, first)
        assert another in first.reading.records
        assert [run.id for run in first.marked] == [marked.id]
        assert (first.chart.unit, first.table.sorting) == left
        assert pilot.app.focused is first.table


async def test_the_runs_screen_shows_what_was_deleted_elsewhere_no_more(pilot: Pilot) -> None:
    screen = await opened(pilot, "o", RunsScreen)
    gone = started_run(screen)
    await pilot.press("f5")
    await all_read(pilot, screen)
    await pilot.press("space")
    await pilot.press("escape")
    screen.store.delete([gone])
    await opened(pilot, "o", RunsScreen)
    await all_read(pilot, screen)
    assert gone not in screen.reading.records
    assert gone not in [run.id for run in screen.marked]


async def test_the_store_is_read_once_whenever_the_runs_are_opened(
    pilot: Pilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads, runs = [], RunStore.runs

    def counted(store: RunStore) -> list[RunRecord]:
        reads.append(1)
        return runs(store)

    monkeypatch.setattr(RunStore, "runs", counted)
    monkeypatch.setattr(runs_opening, "READ_AHEAD", 60)
    for times in (1, 2, 3):
        await opened(pilot, "o", RunsScreen)
        await pilot.pause(0.3)
        assert len(reads) == times
        await pilot.press("escape")


async def test_the_runs_are_opened_once_by_a_key_pressed_twice(pilot: Pilot) -> None:
    for _ in range(2):
        pilot.app.action_runs()
        pilot.app.action_runs()
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert [type(screen) for screen in pilot.app.screen_stack[1:]] == [RunsScreen]
        await pilot.press("escape")


async def test_another_theme_is_that_of_marks_on_the_runs_screen_too(pilot: Pilot) -> None:
    screen = await opened(pilot, "o", RunsScreen)
    started_run(screen)
    await pilot.press("f5")
    await all_read(pilot, screen)
    await pilot.press("space")
    mark, background = screen._mark(0).style, screen.table.styles.background
    assert screen.table.get_row_at(screen.table.cursor_row)[0].style == mark
    await pilot.press("escape")
    pilot.app.theme = "textual-light"
    await pilot.pause()
    await opened(pilot, "o", RunsScreen)
    await pilot.pause()
    assert screen.table.styles.background != background
    assert screen._mark(0).style != mark
    assert screen.table.get_row_at(screen.table.cursor_row)[0].style == screen._mark(0).style


async def test_what_a_screen_that_was_left_still_writes_is_asked_about(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        screen, ended = await opened(pilot, "o", RunsScreen), threading.Event()
        screen.slow.do(ended.wait, lambda _: None, lambda _: None)
        await pilot.press("escape", "ctrl+q")
        assert isinstance(app.screen, ConfirmScreen)
        texts = [str(text.render()) for text in app.screen.query(Static)]
        assert any("is being written" in text for text in texts)
        await pilot.press("n")
        ended.set()


@pytest.mark.parametrize("after", [0.0, 0.03, 0.06, 0.1])
async def test_the_app_may_be_left_while_dialogs_are_made(
    app: ScriptedApp, after: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "SPARE", 0.0)
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await asyncio.sleep(after)


async def test_what_the_end_of_the_app_has_closed_is_not_kept(
    pilot: Pilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def made() -> None:
        """Wait for nothing: it is closed already."""

    monkeypatch.setattr(pilot.app, "_get_screen", lambda screen: (screen, made()))
    assert not await make_ahead(pilot.app, "closed", HelpScreen([], []))
    assert not pilot.app.is_screen_installed("closed")

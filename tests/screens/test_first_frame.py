"""What comes after the first frame, and what keys and looks leave as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from textual.events import Key
from textual.widgets import Static

from tests.screens.lenses.support import LensApp, both, looking_at
from tests.screens.lenses.support import settled as lens_settled
from tests.screens.runs_support import RunsApp, keep
from tests.screens.runs_support import settled as runs_settled
from tests.screens.support import PATIENCE, ScriptedApp, loaded, press, status
from tests.screens.sweep_support import ScriptedSweep, SweepApp, usual_cells
from tui_charrnn.app import SCREENS
from tui_charrnn.engine.config import FIELDS, PRESETS
from tui_charrnn.runs.store import RunStore
from tui_charrnn.screens.help import HelpScreen
from tui_charrnn.screens.lenses.surprise import SurpriseLens
from tui_charrnn.screens.welcome import WelcomeScreen


class Gate:
    """Lets what follows the first frame wait."""

    def __init__(self, app: ScriptedApp) -> None:
        self.open = asyncio.Event()
        self._fill: Callable[[], Awaitable[None]] = app.main_screen.fill
        app.main_screen.fill = self._wait

    async def _wait(self) -> None:
        await self.open.wait()
        await self._fill()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(0.01)


async def test_the_first_frame_has_all_panes_and_says_what_is_read(app: ScriptedApp) -> None:
    gate = Gate(app)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        form = app.main_screen.panes.form
        assert all(pane.region for pane in (form, app.main_screen.panes.samples))
        assert not form.query("#hidden_size")
        assert "reading" in status(app)[0]
        gate.open.set()
        await loaded(pilot)
        assert [field.name for field in FIELDS if not form.query(f"#{field.name}")] == []
        assert form.config is not None
        assert "READY" in status(app)[0]


async def test_keys_pressed_before_there_are_fields_come_to_them(app: ScriptedApp) -> None:
    gate = Gate(app)
    app.call_later(app.post_message, Key("m", "m"))  # before there is anything to see
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.post_message(Key("e", "e"))
        await asyncio.sleep(0.05)
        form = app.main_screen.panes.form
        assert app.focused is app.main_screen.panes.chart
        gate.open.set()
        await until(lambda: app.focused is not None and app.focused.id == "hidden_size")
        assert form.value("cell") == "lstm"


async def test_a_newcomer_may_begin_before_there_are_fields(app: ScriptedApp) -> None:
    gate, app.welcome = Gate(app), True
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: isinstance(app.screen, WelcomeScreen))
        app.post_message(Key("enter", None))
        await asyncio.sleep(0.05)
        gate.open.set()
        await until(lambda: app.trainers)
        await pilot.pause()
        assert app.trainer.config.hidden_size == PRESETS["quick"]["hidden_size"]


async def test_no_screen_is_styled_anew_for_another_that_is_opened(app: ScriptedApp) -> None:
    async with app.run_test() as pilot:
        await loaded(pilot)
        styles = {str(path) for path in SCREENS.rglob("*.tcss")}
        assert styles <= {path for path, _ in app.stylesheet.source}
        styled = list[object]()
        app.stylesheet.update = lambda root, animate=False: styled.append(root)
        await press(app, "question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert styled == []


async def test_the_cursor_changes_the_frame_of_the_form_but_no_field(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        form, apply = app.main_screen.panes.form, app.stylesheet.apply
        styled = list[object]()

        def count(node: object, **options: object) -> None:
            styled.append(node)
            apply(node, **options)

        app.stylesheet.apply = count
        before = form.styles.border_top
        await press(app, "e")
        await pilot.pause()
        assert form.styles.border_top != before
        await press(app, "tab", "escape")
        await pilot.pause()
        assert app.focused is form
        assert form.styles.border_top != before
        await press(app, "1")
        await pilot.pause()
        assert form.styles.border_top == before
        rows = [*form.query(".row")]
        assert len(rows) > 30
        styled_rows = {node for node in styled if node in rows}
        assert styled_rows == set()


async def test_a_hint_that_is_as_high_as_the_last_moves_nothing(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        hint = app.main_screen.query_one("#hint", Static)
        await press(app, "e")
        await pilot.pause()
        laid_out = list[bool]()
        refresh = hint.refresh

        def note(*regions: object, layout: bool = False, **options: object) -> object:
            laid_out.append(layout)
            return refresh(*regions, layout=layout, **options)

        hint.refresh = note
        await press(app, "tab")
        await pilot.pause()
        assert "layers" in str(hint.content)
        assert laid_out == [False]
        await press(app, *["tab"] * 6)  # one of more lines
        await pilot.pause()
        assert True in laid_out
        assert hint.size.height == hint.visual.get_height(hint.styles, hint.size.width)


async def test_runs_that_are_as_before_are_not_shown_again(tmp_path: Path) -> None:
    with RunStore.open(tmp_path / "runs.sqlite3") as store:
        keep(store, made=50)
        app = RunsApp(store)
        async with app.run_test() as pilot:
            await runs_settled(pilot)
            shown, show = list[int](), app.runs.table.show
            app.runs.table.show = lambda runs, marks: shown.append(len(runs)) or show(runs, marks)
            app.runs.reading.read()
            await runs_settled(pilot)
            assert shown == []
            keep(store, made=50)
            app.runs.reading.read()
            await runs_settled(pilot)
            assert shown == [2]
            await press(app, "f5")  # somebody wants to see it read
            await runs_settled(pilot)
            assert shown == [2, 2]


async def test_a_lens_writes_its_lines_only_when_they_change() -> None:
    app = LensApp(SurpriseLens, looking_at(*both(), live=True))
    async with app.run_test() as pilot:
        await lens_settled(pilot)
        nets = app.lens.query_one("#nets", Static)
        written, update = list[object](), nets.update
        nets.update = lambda content: written.append(content) or update(content)
        app.lens._look()
        assert written == []
        await press(app, "space")
        assert "held" in str(written[-1])


async def test_a_sweep_that_stands_as_before_is_not_shown_again(text_file: Path) -> None:
    sweep = ScriptedSweep(usual_cells())
    app = SweepApp(text_file, sweep)
    async with app.run_test() as pilot:
        await pilot.pause()
        screen, shown = app.sweep_screen, list[str]()
        show = screen.head.show
        screen.head.show = lambda *news: shown.append(news[1]) or show(*news)
        screen._show_snapshot(0, sweep.snapshot())
        before = len(shown)
        screen._show_snapshot(0, sweep.snapshot())
        assert len(shown) == before
        sweep.state = "paused"
        screen._show_snapshot(0, sweep.snapshot())
        assert shown[before:] == ["paused"]

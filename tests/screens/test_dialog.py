"""What is seen behind a dialog, and what it takes to show one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from textual.app import App
from textual.css.stylesheet import Stylesheet
from textual.renderables.background_screen import BackgroundScreen
from textual.strip import Strip
from textual.visual import RenderOptions, RichVisual
from textual.widgets import Select

from tests.screens.support import ScriptedApp, loaded, press, send, started, steps
from tui_charrnn.engine import SampleRequest
from tui_charrnn.screens.base import FullScreen
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.dialog import Behind, Dialog, dimmed
from tui_charrnn.screens.sample import SampleScreen, SampleSettings
from tui_charrnn.widgets.field import Field
from tui_charrnn.widgets.narrow_compositor import NarrowCompositor


def cells_of(strip: Strip) -> Iterator[tuple[str, object]]:
    for text, style, _ in strip:
        yield from ((char, style) for char in text)


def as_textual_dims(dialog: Dialog[Any], behind: Behind) -> list[list[tuple[str, object]]]:
    """Return the cells of what Textual shows around a dialog."""
    theirs = BackgroundScreen(behind._screen, behind._color)
    width, height = dialog.size
    options = RenderOptions(dialog._get_style, dialog.styles)
    visual = RichVisual(dialog, theirs)
    strips = visual.render_strips(width, height, dialog.visual_style, options)
    return [list(cells_of(strip)) for strip in strips]


def shown(dialog: Dialog[Any]) -> list[list[tuple[str, object]]]:
    return [list(cells_of(dialog.render_line(y))) for y in range(dialog.size.height)]


async def test_what_is_behind_a_dialog_is_dimmed_as_textual_does_it(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        await pilot.press("c")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, Dialog)
        assert isinstance(dialog._behind, Behind)
        assert shown(dialog) == as_textual_dims(dialog, dialog._behind)


async def test_behind_a_dialog_only_what_changes_is_drawn(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        await pilot.press("space")
        config = app.trainer.config
        await send(pilot, started(config), *steps(config, 0, 50))
        await pilot.press("S")
        await pilot.pause()
        dialog = app.screen
        assert isinstance(dialog, SampleScreen)
        await send(pilot, *steps(config, 50, 100))
        await pilot.pause(0.2)
        rows, real = set[int](), NarrowCompositor.render_rows

        def listen(self, wanted):
            if self is app.main_screen._compositor:
                rows.update(wanted)
            return real(self, wanted)

        monkeypatch.setattr(NarrowCompositor, "render_rows", listen)
        before = "".join(char for char, _ in shown(dialog)[36])
        app.main_screen.query_one("#status").refresh()
        await send(pilot, *steps(config, 100, 110))
        await pilot.pause(0.2)
        status = app.main_screen.query_one("#status").region
        chart = app.main_screen.panes.chart.region
        assert status.y + 1 in rows
        assert rows <= {*status.line_range, *chart.line_range}
        assert shown(dialog) == as_textual_dims(dialog, dialog._behind)
        assert "".join(char for char, _ in shown(dialog)[36]) != before


async def test_a_dialog_dims_each_style_once(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        await press(app, "c")
        await pilot.pause()
        dimmed.cache_clear()
        app.screen.refresh()
        await pilot.pause()
        seen = dimmed.cache_info()
        assert 0 < seen.misses < 60
        assert seen.hits > 5 * seen.misses


class Opaque(FullScreen):
    """A screen that lets nothing through."""


async def test_a_screen_draws_nothing_for_one_that_it_hides(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        await pilot.press("space")
        config = app.trainer.config
        await send(pilot, started(config), *steps(config, 0, 50))
        await app.push_screen(Opaque())
        await pilot.pause(0.2)
        drawn, display = [], app._display
        monkeypatch.setattr(
            app, "_display", lambda *update: (drawn.append(update), display(*update))
        )
        await send(pilot, *steps(config, 50, 100))
        await pilot.pause(0.2)
        assert [update for _, update in drawn if update is not None] == []
        await app.pop_screen()
        await pilot.pause(0.2)
        assert [update for screen, update in drawn if screen is app.main_screen and update]


async def test_a_dialog_is_styled_once(app: ScriptedApp, monkeypatch: pytest.MonkeyPatch) -> None:
    styled, update = [], Stylesheet.update_nodes

    def listen(self, nodes, **options):
        nodes = list(nodes)
        styled.append(nodes)
        update(self, nodes, **options)

    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        monkeypatch.setattr(Stylesheet, "update_nodes", listen)
        settings = SampleSettings(SampleRequest("owl"))
        dialog = SampleScreen(True)
        dialog.show(settings, app.main_screen.text.corpus)
        assert styled == []  # while its fields are made
        await app.push_screen(dialog)
        await pilot.pause(0.1)
        again = [node for nodes in styled for node in nodes]
        assert dialog not in again
        assert [node.id for node in again if isinstance(node, Field)] == ["prompt"]  # in focus
        assert len(again) < 10, again  # what Textual does with a list


async def test_without_a_best_validation_there_are_no_weights_to_choose(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        for has_best in (False, True):
            settings = SampleSettings(SampleRequest("owl"), best=True)
            answers: list[SampleSettings | None] = []
            dialog = SampleScreen(has_best)
            dialog.show(settings, app.main_screen.text.corpus)
            await app.push_screen(dialog, answers.append)
            assert len(dialog.query(Select)) == has_best
            await pilot.press("enter")
            await pilot.pause()
            assert answers == [SampleSettings(SampleRequest("owl"), best=has_best)]


class Bare(App[None]):
    """An app that knows none of our style sheets."""


async def test_a_dialog_whose_rules_are_new_is_styled_by_them() -> None:
    app = Bare()
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(2):  # the second time, they are known
            await app.push_screen(ConfirmScreen("Begin?", "What there was is lost."))
            await pilot.pause()
            frame = app.screen.query_one(".dialog")
            assert frame.region.x > 10
            assert frame.region.height < 12
            await pilot.press("n")

"""What is drawn bit by bit is what a drawing of the whole screen would show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from textual._compositor import Compositor, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Label

from tests.screens.support import (
    ScriptedApp,
    loaded,
    paused,
    sample,
    send,
    started,
    steps,
    validation,
)
from tui_charrnn.widgets.field import Field
from tui_charrnn.widgets.line_canvas import LineCanvas
from tui_charrnn.widgets.narrow_compositor import Patches
from tui_charrnn.widgets.status import StatusPane

Cell = tuple[str, Any]


def cells_of(strip: Strip) -> Iterator[Cell]:
    """Yield every cell with its style; a wide character is in its first one."""
    for text, style, _ in strip:
        look = style and style.without_color + style.__class__(
            color=style.color, bgcolor=style.bgcolor
        )
        for char in text:
            yield char, look


class Grid:
    """A terminal's cells, as the updates of an app's screen leave them."""

    def __init__(self, app: ScriptedApp, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows: list[list[Cell]] = []
        self.patched, display = 0, app._display

        def listen(screen, update) -> None:
            if isinstance(update, LayoutUpdate):
                self.rows = [list(cells_of(Strip.join(line))) for line in update.strips]
            elif isinstance(update, Patches):
                self.patched += 1
                for y, x, strip in update.patches:
                    new = list(cells_of(strip))
                    self.rows[y][x : x + len(new)] = new
            else:
                assert update is None, update
            display(screen, update)

        monkeypatch.setattr(app, "_display", listen)


def whole(app: ScriptedApp) -> list[list[Cell]]:
    """Return the cells as Textual draws the whole screen."""
    return [list(cells_of(strip)) for strip in Compositor.render_strips(app.screen._compositor)]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_bit_by_bit_as_if_at_once(
    app: ScriptedApp, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = Grid(app, monkeypatch)
    async with app.run_test(size=size) as pilot:
        await loaded(pilot)
        app.screen.refresh()
        await pilot.pause()
        await pilot.press("space")
        config = app.trainer.config
        await send(pilot, started(config), *steps(config, 0, 50))
        for first in range(50, 400, 50):
            await send(
                pilot, *steps(config, first, first + 50), sample(config, first, "an owl\n" * 9)
            )
            assert grid.rows == whole(app)
        app.screen.notify("A message over the form and the chart.")
        await send(pilot, validation(399, 2.0), *steps(config, 400, 450))
        for key in ("u", "l", "2", "up", "e", "tab", "z"):
            await pilot.press(key)
            await send(pilot, *steps(config, 450, 460))
            await pilot.pause()
            assert grid.rows == whole(app), key
        await send(pilot, paused(460))
        assert grid.rows == whole(app)
    assert grid.patched > 10


async def test_only_those_who_are_seen_there_are_asked(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[Widget]()
    for kind in (Widget, LineCanvas):
        real = kind.render_lines
        monkeypatch.setattr(
            kind,
            "render_lines",
            lambda self, crop, real=real: asked.append(self) or real(self, crop),
        )
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        await pilot.press("space")
        config = app.trainer.config
        await send(pilot, started(config), *steps(config, 0, 50))
        await pilot.pause()
        asked.clear()
        await send(pilot, *steps(config, 50, 60))
        assert set(asked) == {app.main_screen.panes.chart, app.screen.query_one(StatusPane)}
        await pilot.press("e", "escape", "escape", "2")  # the hint of the field takes its rows
        await pilot.pause()
        asked.clear()
        await pilot.press("e")  # the frame of the form, and not the fields that stay as they are
        await pilot.pause()
        assert app.main_screen.panes.form in asked
        assert {each.id for each in asked if isinstance(each, Field)} == {"hidden_size"}


async def test_all_is_arranged_once_a_layout_though_something_was_scrolled_before(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    arranged: list[bool] = []
    arrange = Compositor._arrange_root

    def listen(self, root, size, visible_only=True):
        arranged.append(visible_only)
        return arrange(self, root, size, visible_only=visible_only)

    async with app.run_test(size=(120, 30)) as pilot:
        await loaded(pilot)
        screen = app.main_screen
        monkeypatch.setattr(Compositor, "_arrange_root", listen)
        screen.query_one("#fields").scroll_to(y=5, animate=False, immediate=True)
        await pilot.pause()
        assert arranged == [True]
        screen._refresh_layout()
        compositor = screen._compositor
        places = {widget: compositor.find_widget(widget) for widget in compositor.visible_widgets}
        assert arranged == [True, False]
        compositor._full_map_invalidated = True
        assert places.items() <= compositor.full_map.items()


async def test_what_is_seen_again_unchanged_is_not_drawn_again(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, render_lines = list[Widget](), Widget.render_lines

    def listen(self: Widget, crop: Region) -> list[Strip]:
        asked.append(self)
        return render_lines(self, crop)

    grid = Grid(app, monkeypatch)
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        await pilot.press("z", "z")
        await pilot.pause()
        monkeypatch.setattr(Widget, "render_lines", listen)
        await pilot.press("z", "z")
        await pilot.pause()
        assert app.main_screen.panes.form in asked  # its frame, at least
        assert not [each for each in asked if isinstance(each, (Field, Label))]
        assert grid.rows == whole(app)
        for theme in ("textual-light", "textual-dark"):
            app.theme = theme
            await pilot.pause()
            assert grid.rows == whole(app), theme
        app.main_screen.query_one("#hidden_size", Field).value = "77"
        await pilot.press("z", "z")
        await pilot.pause()
        assert "77" in "".join(char for row in grid.rows for char, _ in row)
        assert grid.rows == whole(app)

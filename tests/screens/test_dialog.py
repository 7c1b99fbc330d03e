"""What is seen behind a dialog."""

from __future__ import annotations

from rich.control import Control
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen

from tests.screens.support import ScriptedApp, loaded, press
from tui_charrnn.screens.dialog import Behind, dimmed

PIECES = [
    Segment("plain"),
    Segment("red", Style(color="red", bold=True)),
    Segment("on blue", Style(color="#123456", bgcolor="blue")),
    Segment("linked", Style(link="https://example.org", meta={"@click": "quit"}, italic=True)),
    Control.bell().segment,
]


def test_what_is_behind_a_dialog_is_dimmed_as_textual_does_it() -> None:
    for color in (Color(10, 20, 30, 0.6), Color(10, 20, 30, 0.0)):
        expected = [*BackgroundScreen.process_segments(PIECES, color)]
        for _ in range(2):  # a second time from what is remembered
            assert [*Behind.process_segments(PIECES, color)] == expected


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

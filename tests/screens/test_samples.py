"""The samples pane shows what strangers wrote, and does so harmlessly."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.screens.support import sample
from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.widgets.samples import KEPT, SamplesPane

CONFIG = TrainConfig()


class PaneApp(App[None]):
    def compose(self) -> ComposeResult:
        yield SamplesPane()


def lines(app: App[None]) -> list[str]:
    return [line.text.rstrip() for line in app.query_one(SamplesPane).lines]


async def test_markup_and_escapes_are_shown_not_obeyed() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 20)) as pilot:
        text = "[red]x[/b] \x1b[31m \x9b5m \u202e rtl"
        app.query_one(SamplesPane).add(sample(CONFIG, 3, text, prompt="p\n"), CONFIG.seq_length)
        await pilot.pause()
        assert lines(app)[1] == "p␤[red]x[/b] ␛[31m �5m � rtl"


async def test_the_header_has_the_loss_to_the_digit() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 20)) as pilot:
        one = sample(CONFIG, 1234, "owl")
        app.query_one(SamplesPane).add(one, CONFIG.seq_length)
        await pilot.pause()
        bits = bits_per_character(one.smooth_loss, CONFIG.seq_length)
        assert lines(app)[0] == f"── iteration 1,234 · smooth loss {bits:.4f} bits/char"


async def test_scrollback_is_kept_bounded_and_stays_where_the_reader_is() -> None:
    app = PaneApp()
    async with app.run_test(size=(60, 20)) as pilot:
        pane = app.query_one(SamplesPane)
        for count in range(KEPT + 20):
            pane.add(sample(CONFIG, count, "owl"), CONFIG.seq_length)
        await pilot.pause()
        assert pane.is_vertical_scroll_end
        pane.focus()
        await pilot.press("home")
        await pilot.pause()
        pane.add(sample(CONFIG, 9999, "new"), CONFIG.seq_length)
        await pilot.pause()
        assert pane.scroll_offset.y == 0


async def test_wraps_anew_when_the_width_changes() -> None:
    app = PaneApp()
    async with app.run_test(size=(100, 20)) as pilot:
        app.query_one(SamplesPane).add(sample(CONFIG, 1, "owl " * 40), CONFIG.seq_length)
        await pilot.pause()
        wide = len(lines(app))
        await pilot.resize_terminal(40, 20)
        await pilot.pause()
        assert len(lines(app)) > wide
        assert "".join("".join(lines(app)[1:]).split()) == "owl" * 40


@pytest.mark.parametrize("size", [(40, 8), (30, 30), (140, 10)])
async def test_the_newest_sample_stays_in_sight_when_the_terminal_is_resized(size) -> None:
    app = PaneApp()
    async with app.run_test(size=(100, 20)) as pilot:
        pane = app.query_one(SamplesPane)
        for count in range(9):
            pane.add(sample(CONFIG, count, "owl " * 40), CONFIG.seq_length)
        await pilot.pause()
        await pilot.resize_terminal(*size)
        await pilot.pause()
        assert pane.is_vertical_scroll_end
        pane.add(sample(CONFIG, 99, "new"), CONFIG.seq_length)
        await pilot.pause()
        assert pane.is_vertical_scroll_end

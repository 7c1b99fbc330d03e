"""Samples of a hundred thousand characters on one line."""

from __future__ import annotations

import random

import pytest

import tui_charrnn.widgets.samples as pane_module
from tests.screens.support import sample
from tests.screens.test_samples import CONFIG, PaneApp, lines
from tui_charrnn.engine.events import Sample
from tui_charrnn.widgets.samples import LINES, SamplesPane

LONGEST = 100_000
"""Characters that a sample may have."""


async def test_one_line_without_end_is_wrapped_to_the_last_character() -> None:
    text = "".join(random.Random(1).choices([chr(0x4E00 + i) for i in range(15_000)], k=LONGEST))
    app = PaneApp()
    async with app.run_test(size=(100, 20)) as pilot:
        app.query_one(SamplesPane).add(sample(CONFIG, 1, text), CONFIG.seq_length)
        await pilot.pause()
        assert "".join(lines(app)[1:]) == text


async def test_only_what_can_be_seen_is_wrapped_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    class Watched(SamplesPane):
        def _write(self, sample: Sample, seq_length: int) -> None:
            written.append(sample.iteration)
            super()._write(sample, seq_length)

    monkeypatch.setattr(pane_module, "LINES", 200)
    app = PaneApp()
    app.compose = lambda: [Watched()]  # type: ignore[method-assign]
    async with app.run_test(size=(102, 20)) as pilot:
        pane = app.query_one(SamplesPane)
        for count in range(30):
            pane.add(sample(CONFIG, count, "x" * 2_000), CONFIG.seq_length)
        await pilot.pause()
        written.clear()
        await pilot.resize_terminal(52, 20)
        await pilot.pause()
        assert written == list(range(30 - len(written), 30))  # the newest, in order
        assert 200 // 42 <= len(written) < 10
        assert pane.is_vertical_scroll_end


async def test_a_resize_keeps_all_lines_that_there_were() -> None:
    app = PaneApp()
    async with app.run_test(size=(100, 20)) as pilot:
        pane = app.query_one(SamplesPane)
        for count in range(300):
            pane.add(sample(CONFIG, count, "owl\n" * 50), CONFIG.seq_length)
        await pilot.pause()
        assert len(pane.lines) == LINES
        await pilot.resize_terminal(80, 20)
        await pilot.pause()
        assert len(pane.lines) == LINES

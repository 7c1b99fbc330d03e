"""The figures of a chart follow every batch; its drawing follows when it may, and in the end."""

from __future__ import annotations

import asyncio
import re

import pytest
from textual.pilot import Pilot

from tests.screens import race_support as races
from tests.screens.support import (
    PATIENCE,
    ScriptedApp,
    loaded,
    paused,
    rate_change,
    send,
    started,
    status,
    steps,
    stopped,
    validation,
)
from tests.screens.test_race_screen import app as race_app  # noqa: F401 - a fixture
from tests.screens.test_race_screen import under_way
from tui_charrnn.runs.host import Batch
from tui_charrnn.screens.messages import BatchArrived
from tui_charrnn.widgets.narrow_compositor import Patches
from tui_charrnn.widgets.pace import SPARING, Pace
from tui_charrnn.widgets.paced_canvas import PacedCanvas
from tui_charrnn.widgets.status import StatusPane


class Slow:
    """Lets a canvas draw as if each drawing took a second of work, on a clock that stands still."""

    def __init__(self, canvas: PacedCanvas, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.worked, self.drawn = 0.0, 0.0, 0
        canvas.pace = Pace(clock=lambda: self.now, work=self.work)
        real = canvas.draw_lines

        def draw_lines(size):
            self.drawn += 1
            return real(size)

        monkeypatch.setattr(canvas, "draw_lines", draw_lines)

    def work(self) -> float:
        self.worked += 1.0
        return self.worked


def chart_lines(app: ScriptedApp) -> list[str]:
    chart = app.main_screen.panes.chart
    return [chart.render_line(y).text for y in range(chart.content_size.height)]


def figure(name: str, text: str) -> str:
    return re.findall(rf"{name} ([\d.]+)", text)[0]


async def begun(pilot: Pilot, monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Start a run whose chart may not be drawn again for now."""
    app = pilot.app
    slow = Slow(app.main_screen.panes.chart, monkeypatch)
    await loaded(pilot)
    await pilot.press("space")
    config = app.trainer.config
    await send(pilot, started(config), *steps(config, 0, 100), validation(99, 2.5))
    await send(pilot, *steps(config, 100, 110))
    slow.drawn = 0
    return slow


async def test_figures_agree_to_the_digit_while_the_drawing_waits(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        slow = await begun(pilot, monkeypatch)
        before = chart_lines(app)
        for first in range(200, 600, 100):
            await send(pilot, *steps(app.trainer.config, first, first + 100))
            assert figure("smooth", chart_lines(app)[0]) == figure("smooth", status(app)[1])
        assert chart_lines(app)[0] != before[0]
        assert chart_lines(app)[1:] == before[1:]
        assert not slow.drawn


async def test_a_batch_is_drawn_at_once_and_goes_no_further(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await begun(pilot, monkeypatch)
        screen, drawn = app.main_screen, list[object]()
        monkeypatch.setattr(app, "_display", lambda _, update: drawn.append(update))
        news = tuple(steps(app.trainer.config, 200, 300))
        message = BatchArrived(Batch(app.trainer.run, news))
        screen._show_batch(message)
        (update,) = drawn
        assert isinstance(update, Patches)
        rows = {y for y, _, _ in update.patches}
        assert {screen.panes.chart.region.y + 1, screen.query_one(StatusPane).region.y + 2} <= rows
        assert message._stop_propagation
        await pilot.pause()
        assert len(drawn) == 1


async def test_what_came_last_is_drawn_in_the_end(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        slow = await begun(pilot, monkeypatch)
        slow.now += 1.99  # of two seconds
        await send(pilot, *steps(app.trainer.config, 200, 900))
        async with asyncio.timeout(PATIENCE):
            while not slow.drawn:
                await asyncio.sleep(0.01)
        await pilot.pause()
        chart = app.main_screen.panes.chart
        shown = chart_lines(app)
        chart.redraw()
        assert chart_lines(app) == shown
        assert slow.drawn == 2


@pytest.mark.parametrize(
    "event",
    [paused(110), rate_change(110, 0.001, 0.002), stopped(110, "finished"), validation(109, 2.2)],
    ids=lambda event: type(event).__name__,
)
async def test_what_somebody_waits_for_is_drawn_at_once(
    app: ScriptedApp, event, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        slow = await begun(pilot, monkeypatch)
        slow.now += SPARING  # since the last validation that was in a hurry
        app.main_screen.panes.chart.pace._at = slow.now
        await send(pilot, *steps(app.trainer.config, 110, 120))
        assert not slow.drawn
        await send(pilot, event)
        assert slow.drawn == 1
        await send(pilot, validation(119, 2.1), *steps(app.trainer.config, 120, 130))
        assert slow.drawn == 1 + (not isinstance(event, type(validation(0, 1.0))))
        assert "valid 2.1" in chart_lines(app)[0]


async def test_keys_do_not_wait(app: ScriptedApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        slow = await begun(pilot, monkeypatch)
        for number, key in enumerate("ulul", 1):
            await pilot.press(key)
            assert slow.drawn == number


async def test_on_a_thin_wire_it_is_drawn_every_few_seconds(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.low_bandwidth = True
    async with app.run_test(size=(120, 40)) as pilot:
        slow = await begun(pilot, monkeypatch)
        slow.now += SPARING - 0.5
        await send(pilot, *steps(app.trainer.config, 110, 120), validation(119, 2.1))
        assert not slow.drawn
        slow.now += 0.5
        await send(pilot, *steps(app.trainer.config, 120, 130))
        assert slow.drawn == 1


async def test_a_hidden_chart_costs_nothing_and_is_drawn_when_it_is_shown(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        slow = await begun(pilot, monkeypatch)
        await pilot.press("3")
        await pilot.pause()
        slow.drawn, worked = 0, slow.worked
        await send(pilot, *steps(app.trainer.config, 110, 700), paused(700))
        assert not slow.drawn
        assert slow.worked == worked  # else the pace would take nothing for a drawing
        await pilot.press("1")
        await pilot.pause()
        assert slow.drawn
        assert figure("smooth", chart_lines(app)[0]) == figure("smooth", status(app)[1])


async def test_legend_and_table_of_a_race_agree_while_the_drawing_waits(
    race_app: races.RaceApp,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with race_app.run_test(size=(120, 40)) as pilot:
        await under_way(pilot)
        slow = Slow(race_app.race_screen.panes.chart, monkeypatch)
        for first in range(700, 1000, 50):
            await races.send(pilot, "rnn", *races.updates(pilot, "rnn", first, first + 50))
            await races.until(lambda: race_app.race_screen._drawing is None)
            await pilot.pause()
            legend = races.lines(pilot, "#chart")[0]
            for name in ("rnn", "gru"):
                row = races.rows(pilot)[name]
                assert f"{name.upper()} {row['smooth']}" in legend
        assert slow.drawn == 2

"""Samples come onto the screen no faster than anybody looks, and none of them is lost."""

from __future__ import annotations

import asyncio

import pytest
from textual.pilot import Pilot

from tests.screens.support import (
    PATIENCE,
    ScriptedApp,
    loaded,
    sample,
    send,
    started,
    steps,
)
from tui_charrnn.widgets.pace import Pace
from tui_charrnn.widgets.sample_feed import SampleFeed
from tui_charrnn.widgets.samples import KEPT, SamplesPane


class Clock:
    """Time that a test moves on; every flush takes a second of work."""

    def __init__(self, feed: SampleFeed) -> None:
        self.now, self.worked = 0.0, 0.0
        feed._pace = Pace(clock=lambda: self.now, work=self.work)

    def work(self) -> float:
        self.worked += 1.0
        return self.worked


async def begun(pilot: Pilot) -> tuple[Clock, SamplesPane]:
    """Start a run, and show two samples; more have to wait."""
    app = pilot.app
    clock = Clock(app.main_screen.panes.feed)
    await loaded(pilot)
    await pilot.press("space")
    config = app.trainer.config
    await send(pilot, started(config), *steps(config, 0, 2), sample(config, 0, "first"))
    await send(pilot, sample(config, 1, "second"))
    return clock, app.main_screen.panes.samples


def texts(pane: SamplesPane) -> list[str]:
    """Return what is written, without the lines that say what it is."""
    return [line.text for line in pane.lines if line.text[:1].isalpha() and "·" not in line.text]


def seen(pane: SamplesPane) -> list[str]:
    top = round(pane.scroll_y)
    return [line.text for line in pane.lines[top : top + pane.size.height]]


async def test_rolling_ones_wait_and_come_together(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        clock, pane = await begun(pilot)
        config = app.trainer.config
        await send(pilot, *(sample(config, 2 + number, f"n{number}") for number in range(3)))
        assert texts(pane) == ["first", "second"]
        clock.now += 2.0
        await send(pilot, sample(config, 5, "n3"))
        assert texts(pane) == ["first", "second", "n0", "n1", "n2", "n3"]
        assert str(pane.border_subtitle).startswith("6 kept")


async def test_they_come_by_themselves_in_the_end(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        clock, pane = await begun(pilot)
        clock.now += 1.99
        await send(pilot, sample(app.trainer.config, 2, "last"))
        async with asyncio.timeout(PATIENCE):
            while texts(pane)[-1] != "last":
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("kind", ["requested", "final"])
async def test_what_is_waited_for_comes_at_once_after_those_before_it(
    app: ScriptedApp, kind: str
) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        _, pane = await begun(pilot)
        config = app.trainer.config
        await send(pilot, sample(config, 2, "before"), sample(config, 2, "wanted", **{kind: True}))
        assert texts(pane) == ["first", "second", "before", "wanted"]
        assert pane.asked_for == (kind == "requested")


async def test_a_new_run_gets_none_of_the_old_one(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        clock, pane = await begun(pilot)
        await send(pilot, sample(app.trainer.config, 2, "old"))
        app.main_screen.panes.feed.forget()
        clock.now += 9
        app.main_screen.panes.feed.flush()
        assert not pane.lines


async def many(pilot: Pilot) -> SamplesPane:
    """Let more samples come at once than the pane has room for."""
    clock, pane = await begun(pilot)
    config = pilot.app.trainer.config
    clock.now += 1.0
    await send(pilot, *(sample(config, 2 + number, f"n{number}") for number in range(50)))
    clock.now += 1.0
    await send(pilot, sample(config, 52, "newest"))
    await pilot.pause()
    return pane


async def test_of_many_at_once_only_those_that_are_seen_are_written(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await many(pilot)
        assert len(texts(pane)) <= 2 + pane.size.height // 2 + 1
        assert seen(pane)[-1] == "newest"
        assert {f"n{number}" for number in range(46, 50)} <= set(seen(pane))
        assert str(pane.border_subtitle).startswith("53 kept")


async def test_of_long_ones_no_more_are_written_than_fill_the_pane(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        clock, pane = await begun(pilot)
        config, width, height = app.trainer.config, pane.size.width, pane.size.height
        clock.now += 1.0
        await send(
            pilot, *(sample(config, 2 + n, f"n{n} ".ljust(width * 3, "-")) for n in range(9))
        )
        clock.now += 1.0
        await send(pilot, sample(config, 20, "newest"))
        await pilot.pause()
        written = len(pane.lines) - 4  # those before
        assert height <= written <= height + 2 * 4
        assert seen(pane)[-1] == "newest"
        assert all(line for line in seen(pane))


ALL = ["first", "second", *(f"n{number}" for number in range(50)), "newest"]


@pytest.mark.parametrize("key", ["home", "up", "pageup"])
async def test_who_scrolls_back_finds_all(app: ScriptedApp, key: str) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await many(pilot)
        before = seen(pane)
        await pilot.press("2", key)
        async with asyncio.timeout(PATIENCE):
            while texts(pane) != ALL or pane.scroll_y >= pane.max_scroll_y:
                await asyncio.sleep(0.01)
        await pilot.wait_for_animation()
        await pilot.pause()
        if key == "home":
            assert seen(pane)[1] == "first"
        if key == "up":
            assert seen(pane)[1:] == before[:-1]
        stays = seen(pane)
        await send(pilot, *(sample(app.trainer.config, 60 + n, f"m{n}") for n in range(60)))
        app.main_screen.panes.feed.flush()
        await pilot.pause()
        assert seen(pane) == stays  # a reader is left where they are
        assert texts(pane) == [*ALL, *(f"m{number}" for number in range(60))]
        await pilot.press("end")
        await pilot.pause()
        assert seen(pane)[-1] == "m59"


async def test_the_pane_keeps_as_many_as_ever(app: ScriptedApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        clock, pane = await begun(pilot)
        config = app.trainer.config
        await send(pilot, *(sample(config, 2 + number, f"n{number}") for number in range(2 * KEPT)))
        clock.now += 2.0
        app.main_screen.panes.feed.flush()
        await pilot.press("2", "home")
        await pilot.pause()
        assert texts(pane) == [f"n{number}" for number in range(KEPT, 2 * KEPT)]

"""How the sweep screen looks, from scripted rows: no sweep is run, no clock is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screens.support import TEXT, ScriptedApp
from tests.screens.sweep_support import (
    RECALL,
    TALES,
    ScriptedSweep,
    SweepApp,
    cells_of,
    until,
    usual_cells,
)
from tui_charrnn.runs.sweeps.cells import Cell
from tui_charrnn.screens.sweep_setup import SweepSettings, SweepSetupScreen

NORMAL, NARROW, WIDE = (120, 40), (80, 24), (200, 60)
SIZES = pytest.mark.parametrize("size", [NORMAL, NARROW, WIDE], ids=["normal", "narrow", "wide"])

Script = Callable[[ScriptedSweep], None]


def waiting(sweep: ScriptedSweep) -> None:
    """The first cells have just begun."""
    sweep.change(1, state="running", attempts=1)
    sweep.change(2, state="running", attempts=1)


def running(sweep: ScriptedSweep) -> None:
    for number in range(1, 9):
        sweep.finish(number, 1.9 + ((number * 7) % 5) * 0.03)
    message = (
        "The loss became nan at iteration 1,200; the parameters from before it are kept. "
        "A lower learning rate may help."
    )
    sweep.run(4, 1200, None, state="failed", message=message, left=None)
    sweep.finish(13, 2.2)
    sweep.run(9, 1234, 2.01)
    sweep.run(10, 400, None, attempts=2)
    sweep.left = 754.0


def paused(sweep: ScriptedSweep) -> None:
    running(sweep)
    sweep.run(9, 1234, 2.01, state="paused")
    sweep.run(10, 400, None, state="paused", attempts=2)
    sweep.state = "paused"


def finished(sweep: ScriptedSweep) -> None:
    for number in range(1, len(sweep.rows) + 1):
        sweep.finish(number, 1.9 + ((number * 7) % 11) * 0.03)
    sweep.state, sweep.left = "finished", 0.0


def cancelled(sweep: ScriptedSweep) -> None:
    running(sweep)
    for number in (9, 10):
        sweep.change(number, state="cancelled", left=None)
    for number in (11, 12, *range(14, 25)):
        sweep.change(number, state="cancelled")
    sweep.state, sweep.left = "cancelled", 0.0


def no_room(sweep: ScriptedSweep) -> None:
    running(sweep)
    sweep.problem = "Cannot write runs.sqlite3: no space left on device."
    sweep.change(9, message=f"Waits to be kept: {sweep.problem}")


@pytest.fixture
def picture(snap_compare, tmp_path: Path):
    """Compare the screen, after a script and some keys, with the accepted picture."""

    def compare(
        script: Script,
        size=NORMAL,
        keys: tuple[str, ...] = (),
        theme: str = "textual-dark",
        cells: list[Cell] | None = None,
    ) -> bool:
        path = tmp_path / "owls.txt"
        path.write_text(TEXT, encoding="utf-8")
        sweep = ScriptedSweep(cells or usual_cells())
        app = SweepApp(path, sweep)

        async def run(pilot: Pilot) -> None:
            app.theme = theme
            await until(lambda: "start" in sweep.asked)
            screen = app.sweep_screen
            screen.notify = lambda *message, **options: None  # they go by the clock
            script(sweep)
            await until(lambda: screen._rows == sweep.rows and screen._left == sweep.left)
            await until(lambda: screen._state == sweep.state and screen._problem == sweep.problem)
            await pilot.press(*keys)
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=run)

    return compare


@SIZES
@pytest.mark.parametrize("script", [waiting, running, finished], ids=lambda each: each.__name__)
def test_states(picture, script: Script, size: tuple[int, int]) -> None:
    assert picture(script, size)


@pytest.mark.parametrize("script", [paused, cancelled, no_room], ids=lambda each: each.__name__)
def test_other_states(picture, script: Script) -> None:
    assert picture(script)


@pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])
def test_a_failed_cell_under_the_cursor(picture, size: tuple[int, int]) -> None:
    assert picture(running, size, ("down", "down", "down"))


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "ansi-light"])
def test_themes(picture, theme: str) -> None:
    assert picture(running, theme=theme)


def test_without_colour(picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(running, keys=("f",))


def test_sorted_by_the_best_and_scrolled(picture) -> None:
    assert picture(running, NARROW, (*["o"] * 7, *["right"] * 4, "down"))


def test_variants_with_names_to_be_wary_of(picture) -> None:
    evil = "[b]猫头鹰[/b]\x1b[31m of a long name that goes on"
    simple = cells_of([TALES, RECALL], "simple", learning_rate=[0.01], seed=[1, 2])
    gated = cells_of([TALES, RECALL], evil, learning_rate=[0.001], seed=[1, 2])
    cells = [replace(cell, number=n) for n, cell in enumerate((*simple, *gated), 1)]

    def script(sweep: ScriptedSweep) -> None:
        sweep.finish(1, 2.0)
        sweep.run(2, 1999, 2.1)

    assert picture(script, cells=cells, keys=("end",))


@pytest.mark.parametrize("key", ["question_mark", "x", "q"], ids=["help", "cancel", "quit"])
def test_dialogs(picture, key: str) -> None:
    assert picture(running, NARROW, (key,))


@pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])
def test_setup_with_an_error(snap_compare, tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT, encoding="utf-8")
    app = ScriptedApp(path)

    async def run(pilot: Pilot) -> None:
        settings = SweepSettings("grid.toml", 4)
        app.push_screen(SweepSetupScreen(settings, lambda: pytest.fail("nothing to be opened")))
        await pilot.pause()
        await pilot.press("tab", "0", "0", "0", "enter")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=run)

"""The way to the runs screen: one is made before its key is pressed again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from textual.app import App

from tui_charrnn.screens.ahead import SPARE
from tui_charrnn.screens.kept import keep, taken
from tui_charrnn.screens.runs import RunsScreen

NAME: Final = "runs"
"""By which the spare screen is kept."""

READ_AHEAD: Final = 0.02
"""Seconds that the screen waits for its runs before it appears without them."""

Make = Callable[[], RunsScreen]


def open_runs(app: App[Any], make: Make) -> None:
    """Show the runs; called in a thread.

    Args:
        app: that shows them.
        make: returns a new screen.
    """
    screen = app.call_from_thread(taken, app, NAME, RunsScreen) or make()
    screen.reading.read_ahead(READ_AHEAD)
    app.call_from_thread(_show, app, screen, make)


def _show(app: App[Any], screen: RunsScreen, make: Make) -> None:
    def left(_: None) -> None:
        app.set_timer(SPARE, partial(_keep, app, make))

    if screen.is_mounted:  # a while ago
        screen.reading.begin()
    app.push_screen(screen, left)


async def _keep(app: App[Any], make: Make) -> None:
    if not app.is_screen_installed(NAME):
        await keep(app, NAME, make())

"""The way to the runs screen: one is made before its key is pressed again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from textual.app import App

from tui_charrnn.screens.aside import Aside
from tui_charrnn.screens.kept import keep, taken
from tui_charrnn.screens.runs import RunsScreen

NAME: Final = "runs"
"""By which the spare screen is kept."""

READ_AHEAD: Final = 0.02
"""Seconds that the screen waits for its runs before it appears without them."""

Make = Callable[[], RunsScreen]


def open_runs(app: App[Any], aside: Aside, make: Make) -> None:
    """Show the runs; called in a thread.

    Args:
        app: that shows them.
        aside: knows when nobody presses keys: then the next screen is made.
        make: returns a new screen.
    """
    screen = app.call_from_thread(taken, app, NAME, RunsScreen) or make()
    screen.reading.read_ahead(READ_AHEAD)
    keep_next = partial(aside.do_later, partial(_keep, app, make))
    app.call_from_thread(_show, app, screen, keep_next)


def _show(app: App[Any], screen: RunsScreen, keep_next: Callable[[], None]) -> None:
    if screen.is_mounted:  # a while ago
        screen.reading.begin()
    app.push_screen(screen, lambda _: keep_next())


async def _keep(app: App[Any], make: Make) -> None:
    if not app.is_screen_installed(NAME):
        await keep(app, NAME, make())

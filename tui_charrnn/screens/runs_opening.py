"""The way to the runs screen, which is shown again as it was left, and then reads what is new."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from textual.app import App

from tui_charrnn.screens.kept import kept
from tui_charrnn.screens.runs import RunsScreen

NAME: Final = "runs"
"""By which the screen is kept."""

READ_AHEAD: Final = 0.02
"""Seconds that the screen waits for its runs before it first appears, without them."""


def open_runs(app: App[Any], make: Callable[[], RunsScreen]) -> None:
    """Show the runs; called in a thread.

    Args:
        app: that shows them.
        make: returns a new screen.
    """
    screen = app.call_from_thread(kept, app, NAME, RunsScreen)
    if screen is None:
        screen = make()
        screen.reading.read_ahead(READ_AHEAD)
    app.call_from_thread(_show, app, screen)


def _show(app: App[Any], screen: RunsScreen) -> None:
    if not app.is_screen_installed(NAME):
        app.install_screen(screen, NAME)
    elif screen is not kept(app, NAME, RunsScreen):
        return  # the key was pressed twice
    app.push_screen(screen)

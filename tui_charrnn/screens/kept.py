"""Screens that stay when they are left, to be shown again.

To make the widgets of a screen takes longer than to show them, so some are made before their keys
are pressed.
"""

from __future__ import annotations

from typing import Any, TypeVar

from textual.app import App
from textual.screen import Screen

from tui_charrnn.screens.quick import QuickScreen

Kind = TypeVar("Kind", bound=QuickScreen[Any])


async def make_ahead(app: App[Any], name: str, screen: QuickScreen[Any]) -> bool:
    """Make and keep a screen that nobody sees yet; return False if the app ends."""
    _, mounted = app._get_screen(screen)
    await mounted
    if not screen.is_running:
        return False
    app.install_screen(screen, name)
    return True


def kept(app: App[Any], name: str, kind: type[Kind]) -> Kind | None:
    """Return the screen of a name, if it has been made and is not seen already."""
    if not app.is_screen_installed(name):
        return None
    screen = app.get_screen(name)
    return screen if isinstance(screen, kind) and screen not in app.screen_stack else None


def all_screens(app: App[Any]) -> list[Screen[Any]]:
    """Return the screens that are seen, and those that are kept."""
    kept_ones = map(app.get_screen, app._installed_screens)
    return list(dict.fromkeys([*app.screen_stack, *kept_ones]))

"""Screens that are made before their keys are pressed.

To make the widgets of a screen takes longer than to show them. Dialogs stay when they are left, to
be shown again; a screen that was taken does not.
"""

from __future__ import annotations

from typing import Any, TypeVar

from textual.app import App

from tui_charrnn.screens.quick import QuickScreen

Kind = TypeVar("Kind", bound=QuickScreen[Any])


async def keep(app: App[Any], name: str, screen: QuickScreen[Any]) -> bool:
    """Make a screen that nobody sees yet, to be had by a name; return False if the app ends."""
    _, mounted = app._get_screen(screen)
    await mounted
    if not screen.is_running:
        return False
    app.install_screen(screen, name)
    app.theme_changed_signal.subscribe(screen, lambda _: screen.restyle())
    return True


def kept(app: App[Any], name: str, kind: type[Kind]) -> Kind | None:
    """Return the screen of a name, if it has been made and is not seen already."""
    if not app.is_screen_installed(name):
        return None
    screen = app.get_screen(name)
    return screen if isinstance(screen, kind) and screen not in app.screen_stack else None


def taken(app: App[Any], name: str, kind: type[Kind]) -> Kind | None:
    """Return the screen of a name, if it has been made; it goes when it is left."""
    screen = kept(app, name, kind)
    if screen is not None:
        app.uninstall_screen(name)
    return screen

"""The list of commands that ctrl+p opens."""

from __future__ import annotations

from textual.command import CommandPalette
from textual.widgets import Input


class Palette(CommandPalette):
    """Textual's own, but its cursor does not blink: each time would be a frame."""

    def on_mount(self) -> None:
        """Let the cursor stand still."""
        self.query_one(Input).cursor_blink = False

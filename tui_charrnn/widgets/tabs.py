"""The line of tabs above the panes where there is room for one pane only."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static


class PaneTabs(Static):
    """Names the panes with their keys; the one that is shown stands out."""

    shown = reactive("")

    def __init__(self, panes: Mapping[str, str], id: str | None = None) -> None:
        """Name the panes.

        Args:
            panes: titles by id, in the order of the keys 1, 2, 3.
            id: of this widget.
        """
        super().__init__(id=id)
        self._panes = panes
        self.auto_links = False  # every word here can be clicked, so none needs underlining

    def render(self) -> Content:
        """Return the line: each title can be clicked as well."""
        return Content(" ").join(
            Content.from_markup(self._markup(name), title=title, key=key)
            for key, (name, title) in enumerate(self._panes.items(), start=1)
        )

    def _markup(self, name: str) -> str:
        style = "reverse bold" if name == self.shown else "dim"
        return f"[{style} @click=screen.pane('{name}')] $key $title [/]"

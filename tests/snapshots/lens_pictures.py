"""What the pictures of lenses share: sizes, and a lens compared with an accepted picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.screens.lenses.support import TEXT, LensApp, looking_at, settled
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.screens.lenses.base import LensScreen

NORMAL, NARROW = (120, 40), (80, 24)

SIZES = pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])


def comparing(snap_compare: Callable[..., bool], lens: type[LensScreen]) -> Callable[..., bool]:
    """Return what compares a lens on `TEXT`, after some keys, with the accepted picture."""

    def compare(*subjects: Subject, size=NORMAL, keys=(), theme: str = "textual-dark") -> bool:
        looking = looking_at(*subjects)
        looking.type(TEXT)
        app = LensApp(lens, looking)

        async def run(pilot: Pilot) -> None:
            app.theme = theme
            await settled(pilot)
            await pilot.press(*keys)
            await settled(pilot)

        return snap_compare(app, terminal_size=size, run_before=run)

    return compare

"""How the lens Play looks: a text that was drawn by a net whose weights are known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.screens.lenses.support import Clock, LensApp, both, looking_at, settled, until
from tui_charrnn.screens.lenses import play
from tui_charrnn.screens.lenses.play import PlayLens

NORMAL, NARROW = (120, 40), (80, 24)


@pytest.fixture
def picture(snap_compare, monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Compare the screen, after a while and some keys, with the accepted picture."""

    def compare(*keys: str, size=NORMAL, theme: str = "textual-dark", seconds: float = 24) -> bool:
        clock = Clock()
        monkeypatch.setattr(play, "clock", clock)
        app = LensApp(PlayLens, looking_at(*both()[::-1]))

        async def run(pilot: Pilot) -> None:
            app.theme = theme
            await settled(pilot)
            clock.now += seconds + 0.01
            await until(lambda: len(app.first.drawing.drawn) == seconds * 10)
            await pilot.press(*keys)
            await settled(pilot)
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=run)

    return compare


FORKED = (*["left"] * 60, "i", "i", "f", *["enter"] * 30, *["left"] * 9, "minus", "k", "n", "i")
"""A fork with a character that was chosen, and the cursor on what was drawn after it."""


def test_while_it_draws(picture) -> None:
    assert picture()


def test_a_fork(picture) -> None:
    assert picture(*FORKED, size=NARROW)


def test_a_light_theme(picture) -> None:
    assert picture(*FORKED, "d", theme="textual-light")


def test_without_colour(picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(*FORKED, size=NARROW)


def test_a_long_text_stays_in_sight(picture) -> None:
    assert picture("space", size=NARROW, seconds=150)

"""Pictures show the same, however long it takes to make them."""

from __future__ import annotations

import math

import pytest
from textual.widgets import Input

from tui_charrnn.widgets import paced_canvas, sample_feed
from tui_charrnn.widgets.pace import Pace


@pytest.fixture(autouse=True)
def cursor_that_does_not_blink(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine it would be gone from some of the pictures."""
    monkeypatch.setattr(Input.cursor_blink, "_default", False)


@pytest.fixture(autouse=True)
def charts_that_are_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a drawing takes must not decide what a test sees."""
    for module in (paced_canvas, sample_feed):
        monkeypatch.setattr(module, "Pace", lambda *_: Pace(math.inf))

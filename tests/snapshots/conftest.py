"""Pictures show the same, however long it takes to make them."""

from __future__ import annotations

import pytest
from textual.widgets import Input


@pytest.fixture(autouse=True)
def cursor_that_does_not_blink(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine it would be gone from some of the pictures."""
    monkeypatch.setattr(Input.cursor_blink, "_default", False)

"""The very first start in a real terminal: four keys from there to a sample of a trained net."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.test_end_to_end import Terminal, iteration, pytestmark  # noqa: F401 - it is a mark
from tests.test_end_to_end import terminal as terminal  # noqa: PLC0414 - a fixture
from tui_charrnn.runs import settings
from tui_charrnn.runs.store import RunStore, opening

SAMPLE = re.compile(r"── iteration ([\d,]+) · smooth loss [\d.]+ bits/char · temperature 1\s")
"""The line above a sample that was asked for."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let everything be started by a user who has nothing yet."""
    for name in (opening.VARIABLE, settings.VARIABLE, "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def asked_for(screen: str) -> list[int]:
    return [int(number.replace(",", "")) for number in SAMPLE.findall(screen)]


def test_four_keys_lead_from_the_start_to_a_sample_of_a_trained_net(terminal, home: Path) -> None:
    app: Terminal = terminal(80, 24)
    keys = 0

    def press(key: str) -> None:
        nonlocal keys
        keys += 1
        app.press(key)

    welcome = app.wait_for("enter begin +escape not now")
    assert "trains a small net on tales" in welcome
    press("Enter")
    app.wait_for(lambda screen: "Next: s draws a sample." in screen and iteration(screen) > 5)
    press("s")
    app.wait_for("Next: space pauses it")
    app.wait_for(lambda screen: iteration(screen) > 60)
    press("Space")
    early = app.wait_for(lambda screen: "PAUSED" in screen and "Next: s draws again" in screen)
    press("s")
    made = iteration(early)
    last = app.wait_for("There it is.")
    assert "gru 128 on tales" in last
    assert keys == 4
    for key in "2z":  # the line above it, for which a long sample leaves no room beside the chart
        app.press(key)
    app.wait_for(lambda screen: made in asked_for(screen))

    app.press("q")
    app.wait_for(lambda screen: "Quit?" in screen or "exit code 0" in screen)
    app.press("y")
    app.wait_for("exit code 0")
    with RunStore.open() as store:
        (run,) = store.runs()
        assert (run.config.hidden_size, run.iteration) == (128, made)

    again = terminal(80, 24)
    again.wait_for(r"READY +gru 256 on tales")
    assert "Welcome" not in again.screen()


def test_who_says_what_to_train_is_not_welcomed(terminal, home: Path) -> None:
    app: Terminal = terminal(80, 24, "--preset", "quick")
    app.wait_for(r"READY +gru 128 on tales")
    assert "Welcome" not in app.screen()

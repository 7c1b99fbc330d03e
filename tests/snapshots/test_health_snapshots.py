"""How the lenses Gradient memory and Weights look, on nets whose weights are drawn, not trained."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from textual.pilot import Pilot

from tests.screens.lenses.support import LensApp, settled
from tests.screens.lenses.watched import looking_at, looks, net, race
from tui_charrnn.screens.lenses.memory import MemoryLens
from tui_charrnn.screens.lenses.weights import WeightsLens

NORMAL, NARROW = (120, 40), (80, 24)
SIZES = pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])

Script = Callable[[Pilot], Awaitable[None]]


def after(*keys: str) -> Script:
    """Wait for the picture, then press keys."""

    async def script(pilot: Pilot) -> None:
        await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause()

    return script


@SIZES
def test_gradient_memory_of_a_race(size, snap_compare) -> None:
    app = LensApp(MemoryLens, looking_at(*race()))
    assert snap_compare(app, terminal_size=size, run_before=after())


def test_gradient_memory_of_one_net_without_colours(monkeypatch, snap_compare) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = LensApp(MemoryLens, looking_at(race()[1]))
    assert snap_compare(app, terminal_size=NARROW, run_before=after())


@SIZES
def test_weights_of_a_race(size, snap_compare) -> None:
    app = LensApp(WeightsLens, looking_at(*race()))
    assert snap_compare(app, terminal_size=size, run_before=after())


def test_weights_over_the_iterations(snap_compare) -> None:
    app = LensApp(WeightsLens, looking_at(*race()))
    assert snap_compare(app, terminal_size=NARROW, run_before=after("h"))


def test_weights_of_a_deep_net_without_colours(monkeypatch, snap_compare) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    deep = net("lstm-3", "lstm", 0.3, layers=3), looks(2e-5, 0.0, 0.1, 1.0, 1.1, 0.8)
    app = LensApp(WeightsLens, looking_at(deep))
    assert snap_compare(app, terminal_size=NARROW, run_before=after())

"""How the lens Gates looks, with nets whose weights are set; see `test_snapshots`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.screens.lenses.neurons_support import gru, net
from tests.snapshots.lens_pictures import NARROW, SIZES, comparing
from tui_charrnn.screens.lenses.gates import GatesLens


@pytest.fixture
def picture(snap_compare) -> Callable[..., bool]:
    return comparing(snap_compare, GatesLens)


@SIZES
def test_one_net(picture, size: tuple[int, int]) -> None:
    assert picture(gru(), size=size, keys=["down", "down", *["right"] * 12])


@SIZES
def test_an_lstm_above_a_gru_in_the_second_gate_and_layer(picture, size: tuple[int, int]) -> None:
    assert picture(net("lstm", layers=2), gru(), size=size, keys=["s", "l", "tab"])


def test_an_rnn_above_a_gru(picture) -> None:
    assert picture(net("rnn"), gru(), size=NARROW, keys=["end", "pagedown"])


def test_light(picture) -> None:
    assert picture(gru(), size=NARROW, theme="textual-light")


def test_without_colour(picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(gru(), size=NARROW, keys=["s"])

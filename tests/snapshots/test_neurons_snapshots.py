"""How the lens Neurons looks, with nets whose weights are set; see `test_snapshots`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.screens.lenses.neurons_support import gru, net
from tests.snapshots.lens_pictures import NARROW, SIZES, comparing
from tui_charrnn.screens.lenses.neurons import NeuronsLens


@pytest.fixture
def picture(snap_compare) -> Callable[..., bool]:
    return comparing(snap_compare, NeuronsLens)


@SIZES
def test_one_net(picture, size: tuple[int, int]) -> None:
    assert picture(gru(), size=size)


@SIZES
def test_two_nets_by_what_is_inside_quotes(picture, size: tuple[int, int]) -> None:
    assert picture(net("rnn"), gru(), size=size, keys=["f"])


def test_a_regular_expression(picture) -> None:
    keys = ["slash", *"owl", "enter"]
    assert picture(net("gru", layers=2), size=NARROW, keys=keys)


def test_tanh_c_without_marks_on_light_ground(picture) -> None:
    assert picture(net("lstm"), keys=["c", "m"], theme="textual-light")


def test_without_colour(picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(gru(), size=NARROW, keys=["n", "n"])

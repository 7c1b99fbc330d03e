"""How the lens Neurons looks, with nets whose weights are set; see `test_snapshots`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.screens.lenses.neurons_support import gru, net
from tests.screens.lenses.support import TEXT, LensApp, looking_at, settled
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.screens.lenses.neurons import NeuronsLens

NORMAL, NARROW = (120, 40), (80, 24)

SIZES = pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])


@pytest.fixture
def picture(snap_compare) -> Callable[..., bool]:
    """Compare the lens, after some keys, with the accepted picture."""

    def compare(*subjects: Subject, size=NORMAL, keys=(), theme: str = "textual-dark") -> bool:
        looking = looking_at(*subjects)
        looking.type(TEXT)
        app = LensApp(NeuronsLens, looking)

        async def run(pilot: Pilot) -> None:
            app.theme = theme
            await settled(pilot)
            await pilot.press(*keys)
            await settled(pilot)

        return snap_compare(app, terminal_size=size, run_before=run)

    return compare


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

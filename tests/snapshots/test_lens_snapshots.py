"""How the lens of surprise looks, and what all lenses share: pictures of nets with set weights."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screens.lenses.stored import store_with_runs
from tests.screens.lenses.support import LensApp, both, looking_at, settled, subject, until
from tui_charrnn.screens.lenses.surprise import SurpriseLens

NORMAL, NARROW, WIDE = (120, 40), (80, 24), (200, 60)
SIZES = pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])

FOREIGN = 'The owl.\n"Who goes there?"\n\nA fox.'


@pytest.fixture
def picture(snap_compare):
    """Compare a lens, after a script, with the accepted picture."""

    def compare(looking, *keys: str, size=NORMAL, theme: str = "textual-dark", script=None) -> bool:
        app = LensApp(SurpriseLens, looking)

        async def run(pilot: Pilot) -> None:
            app.theme = theme
            await settled(pilot)
            for key in keys:
                await pilot.press(key)
            if script is not None:
                await script(pilot)
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=run)

    return compare


@SIZES
def test_one_net(picture, size: tuple[int, int]) -> None:
    assert picture(looking_at(subject("gru 25")), *"nn", size=size)


@pytest.mark.parametrize("size", [NORMAL, NARROW, WIDE], ids=["normal", "narrow", "wide"])
def test_two_nets_that_train(picture, size: tuple[int, int]) -> None:
    assert picture(looking_at(*both(), live=True), *"nnn", size=size)


def test_held(picture) -> None:
    assert picture(looking_at(*both(), live=True), "space", "end", size=NARROW)


def test_four_nets(picture) -> None:
    names = ("rnn-1", "gru-2", "a long name of a run", "gru-4")
    nets = [subject(name, "gru", 1 - place / 5) for place, name in enumerate(names)]
    assert picture(looking_at(*nets), "d", size=NARROW)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "ansi-light"])
def test_themes(picture, theme: str) -> None:
    assert picture(looking_at(*both()), *"nn", size=NARROW, theme=theme)


def test_without_colour(picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(looking_at(*both(), live=True), *"nn", size=NARROW)


def test_behind_the_end_of_a_typed_text(picture) -> None:
    looking = looking_at(*both())
    looking.type(FOREIGN)
    assert picture(looking, "ctrl+end", size=NARROW)


def test_a_text_that_cannot_be_read(picture) -> None:
    looking = looking_at(*both())
    looking.type("The owl & the fox")
    assert picture(looking, size=NARROW)


@SIZES
@pytest.mark.parametrize("key", ["t", "e", "question_mark"], ids=["type", "export", "help"])
def test_dialogs(picture, key: str, size: tuple[int, int]) -> None:
    assert picture(looking_at(*both(), live=True), key, size=size)


def test_what_to_compare_with(picture, tmp_path: Path) -> None:
    async def opened(pilot: Pilot) -> None:
        await until(lambda: pilot.app.screen is not pilot.app.lens)

    with store_with_runs(tmp_path / "runs.sqlite3") as store:
        looking = looking_at(subject("gru 25"), store=lambda: store)
        assert picture(looking, "v", size=NARROW, script=opened)

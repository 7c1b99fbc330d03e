"""How the race screen looks, from scripted events: no net is trained, no clock is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screens.race_support import (
    CONFIG,
    RaceApp,
    begun,
    gradients,
    paused,
    sample,
    send,
    started,
    stopped,
    updates,
    validation,
)
from tests.screens.support import TEXT, ScriptedApp, loaded
from tui_charrnn.runs.fairness import Comparison
from tui_charrnn.screens.race_setup import RaceSetupScreen

NORMAL, NARROW, WIDE = (120, 40), (80, 24), (200, 60)
SIZES = pytest.mark.parametrize("size", [NORMAL, NARROW, WIDE], ids=["normal", "narrow", "wide"])

EARLY = "Thw ol ta.\nhe ehs nx e omd T fwe"
LATE = {
    "rnn": "The owl haw the fox. The fox sow the ont, and hoth went home.",
    "gru": "The owl saw the fox. The fox saw the owl, and both went home.\nThe owl saw",
}
KILLED = "The trainer process was killed (SIGKILL); the system may have run out of memory."

Script = Callable[[Pilot], Awaitable[None]]


async def loading(pilot: Pilot) -> None:
    """The nets are being started."""


async def under_way(pilot: Pilot) -> None:
    for name, made, valid in (("rnn", 1234, 2.0934), ("gru", 567, 1.9876)):
        await send(pilot, name, started(pilot, name), sample(pilot, name, 0, EARLY))
        await send(pilot, name, *updates(pilot, name, 0, 500))
        await send(pilot, name, validation(pilot, name, 499, valid + 0.5))
        drawn = sample(pilot, name, made, LATE[name])
        await send(pilot, name, *updates(pilot, name, 500, made), drawn)
        await send(pilot, name, validation(pilot, name, made - 1, valid))


async def measured(pilot: Pilot) -> None:
    await under_way(pilot)
    await pilot.press("g")
    await send(pilot, "gru", gradients(567, 0.985))
    await send(pilot, "rnn", gradients(1234, 0.72))


async def one_failed(pilot: Pilot) -> None:
    await under_way(pilot)
    await send(pilot, "gru", stopped(pilot, "gru", 567, "failed", KILLED))


async def over(pilot: Pilot) -> None:
    await under_way(pilot)
    for name, made in (("rnn", 1234), ("gru", 567)):
        pilot.app.race_screen.race.lanes[name].process.returned = True
        await send(pilot, name, *updates(pilot, name, made, 2000))
        await send(pilot, name, stopped(pilot, name, 2000, "finished"))


async def waiting(pilot: Pilot) -> None:
    await under_way(pilot)
    await pilot.press("space")
    text = " went home. [b]The[/b] \x1b[31mowl 🦉👍🏽 猫头鹰 é\u202e"
    for name, made in (("rnn", 1234), ("gru", 567)):
        drawn = sample(pilot, name, made, text, prompt="The fox", requested=True)
        await send(pilot, name, paused(pilot, name, made), drawn)


def then(script: Script, *keys: str) -> Script:
    async def run(pilot: Pilot) -> None:
        await script(pilot)
        await pilot.press(*keys)
        await pilot.pause()

    return run


@pytest.fixture
def picture(snap_compare, tmp_path: Path):
    """Compare the screen, after a script, with the accepted picture."""

    def compare(
        script: Script,
        size=NORMAL,
        theme: str = "textual-dark",
        comparison: Comparison = Comparison.HIDDEN_SIZE,
    ) -> bool:
        app = RaceApp(tmp_path / "owls.txt", comparison, store=tmp_path / "runs.sqlite3")

        async def run(pilot: Pilot) -> None:
            app.theme = theme
            await begun(pilot)
            await script(pilot)
            app.clear_notifications()
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=run)

    return compare


@SIZES
@pytest.mark.parametrize(
    "script", [under_way, measured, one_failed], ids=lambda each: each.__name__
)
def test_states(picture, script: Script, size: tuple[int, int]) -> None:
    assert picture(script, size)


@pytest.mark.parametrize("script", [loading, waiting, over], ids=lambda each: each.__name__)
def test_other_states(picture, script: Script) -> None:
    assert picture(script)


@pytest.mark.parametrize(
    "comparison", [Comparison.PARAMETERS, Comparison.TIME], ids=lambda each: each.name.lower()
)
def test_other_ways_to_compare(picture, comparison: Comparison) -> None:
    assert picture(under_way, comparison=comparison)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark"])
def test_themes(picture, theme: str) -> None:
    assert picture(under_way, theme=theme)


def test_without_colour(picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(measured)


def test_maximised_samples(picture) -> None:
    assert picture(then(waiting, "3", "z"), NARROW)


@pytest.mark.parametrize("key", ["question_mark", "escape"], ids=["help", "leave"])
def test_dialogs(picture, key: str) -> None:
    assert picture(then(under_way, key), NARROW)


@pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])
@pytest.mark.parametrize("wrong", [False, True], ids=["fine", "wrong"])
def test_setup(snap_compare, tmp_path: Path, wrong: bool, size: tuple[int, int]) -> None:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT, encoding="utf-8")
    app = ScriptedApp(path, CONFIG)

    async def run(pilot: Pilot) -> None:
        await loaded(pilot)
        app.push_screen(RaceSetupScreen(CONFIG, app.main_screen.text.corpus))
        await pilot.pause()
        await pilot.press(*(["tab", "tab", "0", "enter"] if wrong else ["down"]))
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=run)


@pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])
def test_setup_of_large_nets_of_several_layers(
    snap_compare, tmp_path: Path, size: tuple[int, int]
) -> None:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT, encoding="utf-8")
    config = CONFIG.replace(cell="lstm", layers=3, hidden_size=1024, schedule="cosine")
    app = ScriptedApp(path, config)

    async def run(pilot: Pilot) -> None:
        await loaded(pilot)
        app.push_screen(RaceSetupScreen(config, app.main_screen.text.corpus))
        await pilot.pause()
        await pilot.press("down", "down")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=run)

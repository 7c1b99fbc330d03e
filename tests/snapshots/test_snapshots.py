"""How the app looks: pictures of it in every state, made from scripted events, never from training.

A picture that differs fails; look at the report, and if the new one is better, accept it with
`pytest tests/snapshots --snapshot-update`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screens.support import (
    TEXT,
    ScriptedApp,
    loaded,
    parts_of,
    paused,
    rate_change,
    sample,
    send,
    started,
    steps,
    stopped,
    validation,
)

NORMAL, NARROW, WIDE = (120, 40), (80, 24), (200, 60)

EARLY = "Thw ol ta.\nhe ehs nx e omd T fwe"
MIDDLE = "The owl haw the fox. The fox sow the ont, and hoth went home."
LATE = "The owl saw the fox. The fox saw the owl, and both went home.\nThe owl saw"

Script = Callable[[Pilot], Awaitable[None]]


@pytest.fixture
def picture(snap_compare, tmp_path: Path):
    """Compare the app, after a script, with the accepted picture."""

    def compare(script: Script, size=NORMAL, theme: str = "textual-dark") -> bool:
        path = tmp_path / "owls.txt"
        path.write_text(TEXT, encoding="utf-8")
        app = ScriptedApp(path)

        async def run(pilot: Pilot) -> None:
            app.theme = theme
            await loaded(pilot)
            app.main_screen.text.corpus.entropy = 1.25
            await script(pilot)
            await pilot.pause()

        return snap_compare(app, terminal_size=size, run_before=run)

    return compare


async def idle(pilot: Pilot) -> None:
    await pilot.pause()


async def running(pilot: Pilot) -> None:
    await pilot.press("space")
    config = pilot.app.trainer.config
    await send(pilot, started(config), sample(config, 0, EARLY), *steps(config, 0, 500))
    await send(pilot, validation(499, 2.7512), sample(config, 500, MIDDLE))
    await send(pilot, *steps(config, 500, 900), rate_change(900, 0.001, 0.002))
    faster = config.replace(learning_rate=0.002)
    await send(pilot, *steps(faster, 900, 1200), validation(999, 2.1034))
    await send(pilot, sample(config, 1200, LATE))


async def paused_with_sample(pilot: Pilot) -> None:
    await running(pilot)
    await pilot.press("space")
    await send(pilot, paused(1200))
    config = pilot.app.trainer.config
    text = " went home. [b]The[/b] \x1b[31mowl 🦉👍🏽 猫头鹰 é\u202e"
    await send(pilot, sample(config, 1200, text, prompt="The fox", requested=True))


async def half_drawn(pilot: Pilot) -> None:
    await running(pilot)
    config = pilot.app.trainer.config
    text = f"{LATE} \x1b[31mmouse\t猫头鹰.\n" * 200
    whole = sample(config, 1200, text, prompt="The fox", requested=True)
    await send(pilot, *parts_of(whole, 400, 800, 1250, length=20_000))


async def finished(pilot: Pilot) -> None:
    await running(pilot)
    config = pilot.app.trainer.config
    await send(
        pilot, *steps(config.replace(learning_rate=0.002), 1200, 10_000), validation(9_999, 1.4821)
    )
    smooth = pilot.app.main_screen.session.progress.smooth_loss
    await send(pilot, stopped(10_000, "finished", smooth=smooth))


async def failed(pilot: Pilot) -> None:
    await running(pilot)
    message = (
        "The loss became nan at iteration 1,200; the parameters from before it are kept. "
        "A lower learning rate may help."
    )
    await send(pilot, stopped(1200, "failed", message))


def then(script: Script, *keys: str) -> Script:
    async def run(pilot: Pilot) -> None:
        await script(pilot)
        await pilot.press(*keys)
        await pilot.pause()

    return run


@pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])
@pytest.mark.parametrize(
    "script", [idle, running, paused_with_sample, half_drawn, finished, failed]
)
def test_states(picture, script: Script, size: tuple[int, int]) -> None:
    assert picture(script, size)


def test_wide(picture) -> None:
    assert picture(running, WIDE)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "ansi-light", "nord"])
def test_themes(picture, theme: str) -> None:
    assert picture(running, theme=theme)


def test_without_colour(picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture(running)


def test_maximised_chart_in_nats_over_logarithmic_iterations(picture) -> None:
    assert picture(then(running, "z", "u", "l"))


def test_maximised_samples_narrow(picture) -> None:
    assert picture(then(paused_with_sample, "2", "z"), NARROW)


def test_form_narrow_with_an_error(picture) -> None:
    assert picture(then(idle, "e", "0"), NARROW)


def test_form_with_two_errors(picture) -> None:
    assert picture(then(idle, "e", "end", *["backspace"] * 3, "0", *["tab"] * 5, "x"))


async def deep_with_a_text(pilot: Pilot) -> None:
    """Fill in much of what the form can show, and go to the text that primes the samples."""
    pilot.app.main_screen.panes.form.show(
        cell="lstm", layers=2, dropout=0.2, initialization="orthogonal", optimizer="adamw",
        schedule="step",
    )  # fmt: skip
    keys = ["e", *["pagedown"] * 4, *["tab"] * 5, *"The owl saw the fox. The"]
    await pilot.press(*keys)
    await pilot.pause()


@pytest.mark.parametrize("size", [NORMAL, NARROW, WIDE], ids=["normal", "narrow", "wide"])
def test_form_of_a_deep_net(picture, size: tuple[int, int]) -> None:
    assert picture(deep_with_a_text, size)


@pytest.mark.parametrize("size", [NORMAL, NARROW], ids=["normal", "narrow"])
@pytest.mark.parametrize(
    ("script", "key"),
    [(idle, "question_mark"), (running, "S"), (running, "q"), (running, "r"), (idle, "c")],
    ids=["help", "sample-settings", "quit", "new-run", "corpus"],
)
def test_dialogs(picture, script: Script, key: str, size: tuple[int, int]) -> None:
    assert picture(then(script, key), size)

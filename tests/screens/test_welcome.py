"""The welcome of a newcomer, and the four keys that lead to a sample of a trained net."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.screens.support import (
    PATIENCE,
    ScriptedApp,
    loaded,
    paused,
    press,
    sample,
    send,
    started,
    steps,
    stopped,
)
from tui_charrnn.app import CharRNNApp
from tui_charrnn.commands.app import _is_new
from tui_charrnn.engine.config import PRESETS
from tui_charrnn.runs import settings
from tui_charrnn.runs.catalogue import DEFAULT
from tui_charrnn.runs.store import opening
from tui_charrnn.screens import first_steps
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.first_steps import DONE, DRAW, DRAW_AGAIN, PAUSE, FirstSteps
from tui_charrnn.screens.welcome import WelcomeScreen


async def until(pilot: Pilot, condition) -> None:
    for _ in range(int(PATIENCE / 0.02)):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError(f"it did not come to pass; the hint is {hint(pilot.app)!r}")


def hint(app: CharRNNApp) -> str | None:
    """Return what the line of hints says, None if there is none."""
    lines = app.main_screen.query(FirstSteps)
    return str(lines.first().render()) if lines else None


def begin_with_the_welcome(app: CharRNNApp) -> CharRNNApp:
    app.welcome = True
    return app


async def looked(pilot: Pilot) -> None:
    """Wait until the hints have taken notice."""
    await pilot.pause(2 * first_steps.LOOK_EVERY)
    await pilot.pause()


async def first_updates(pilot: Pilot) -> None:
    """Press enter at the welcome, and let the run come to its fifth update."""
    await loaded(pilot)
    assert isinstance(pilot.app.screen, WelcomeScreen)
    await pilot.press("enter")
    await until(pilot, lambda: pilot.app.trainers)
    config = pilot.app.trainer.config
    await send(pilot, started(config), *steps(config, 0, 5))
    await looked(pilot)


async def test_four_keys_lead_to_a_sample_of_a_trained_net(tmp_path: Path) -> None:
    store = tmp_path / "runs.sqlite3"
    app = begin_with_the_welcome(CharRNNApp(DEFAULT, store=store))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        session, samples = app.main_screen.session, app.main_screen.panes.samples
        await press(app, "enter")
        await until(pilot, lambda: hint(app) == DRAW)
        assert session.job.config.hidden_size == PRESETS["quick"]["hidden_size"]
        assert session.job.corpus.name == DEFAULT
        await press(app, "s")
        await until(pilot, lambda: "space pauses it" in (hint(app) or ""))
        await until(pilot, lambda: session.progress.iteration > 20)
        await press(app, "space")
        await until(pilot, lambda: hint(app) == DRAW_AGAIN)
        await press(app, "s")
        await until(pilot, lambda: hint(app) == DONE)
        asked = [each for each, _ in samples._samples if each.requested]
        assert len(asked) == 2
        assert asked[0].iteration < asked[1].iteration == session.progress.iteration > 20
        await press(app, "escape")
        await until(pilot, lambda: hint(app) is None)
    assert store.exists()


async def test_who_leaves_the_welcome_is_left_alone_for_good(
    text_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(opening.VARIABLE, str(tmp_path / "new" / "runs.sqlite3"))
    monkeypatch.setenv(settings.VARIABLE, str(tmp_path / "settings.toml"))
    assert _is_new()
    app = begin_with_the_welcome(ScriptedApp(text_file))
    async with app.run_test() as pilot:
        await loaded(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main_screen)
        assert hint(app) is None
        assert not app.trainers
        await until(pilot, lambda: not _is_new())
    assert not (tmp_path / "settings.toml").exists()


def test_who_has_settings_is_not_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(opening.VARIABLE, str(tmp_path / "runs.sqlite3"))
    monkeypatch.setenv(settings.VARIABLE, str(tmp_path / "settings.toml"))
    assert _is_new()
    (tmp_path / "settings.toml").touch()
    assert not _is_new()


def test_without_a_home_nobody_is_welcomed_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (opening.VARIABLE, settings.VARIABLE, "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "")
    assert not _is_new()


async def test_each_hint_comes_when_it_is_time(app: ScriptedApp, monkeypatch) -> None:
    monkeypatch.setattr(first_steps, "LAST_WORDS", 0.5)
    async with begin_with_the_welcome(app).run_test(size=(80, 24)) as pilot:
        await first_updates(pilot)
        assert hint(app) == DRAW
        config = app.trainer.config
        await send(pilot, sample(config, 4, "Thw"))  # one of the run's own
        await looked(pilot)
        assert hint(app) == DRAW
        await send(pilot, sample(config, 4, "ehs nx", requested=True))
        await looked(pilot)
        assert hint(app) == "Next: space pauses it; there are words after 995 more updates."
        await send(pilot, *steps(config, 5, 1000))
        await looked(pilot)
        assert hint(app) == PAUSE
        await send(pilot, paused(1000))
        await looked(pilot)
        assert hint(app) == DRAW_AGAIN
        await send(pilot, sample(config, 1000, "The owl", requested=True))
        await until(pilot, lambda: hint(app) == DONE)
        await until(pilot, lambda: hint(app) is None)  # by itself


async def test_every_hint_fits_into_80_columns(app: ScriptedApp) -> None:
    async with begin_with_the_welcome(app).run_test(size=(80, 24)) as pilot:
        await first_updates(pilot)
        room = app.main_screen.query_one(FirstSteps).content_size.width
        longest = first_steps.WAIT.format(left=1000)
        assert all(len(words) <= room for words in (DRAW, longest, PAUSE, DRAW_AGAIN, DONE))


@pytest.mark.parametrize("outcome", ["stopped", "failed"])
async def test_the_hints_end_with_their_run(app: ScriptedApp, outcome: str) -> None:
    async with begin_with_the_welcome(app).run_test() as pilot:
        await first_updates(pilot)
        await send(pilot, stopped(5, outcome))
        await until(pilot, lambda: hint(app) is None)


async def test_escape_leaves_a_pane_first_and_then_the_hints(app: ScriptedApp) -> None:
    async with begin_with_the_welcome(app).run_test(size=(80, 24)) as pilot:
        await first_updates(pilot)
        await pilot.press("e", "escape", "escape")
        assert app.main_screen.panes.shown == "chart"
        assert hint(app) == DRAW
        await pilot.press("escape")
        await until(pilot, lambda: hint(app) is None)


async def from_the_palette(pilot: Pilot) -> None:
    """Open the welcome as any command of the palette."""
    commands = pilot.app.get_system_commands(pilot.app.screen)
    next(each for each in commands if each.title == "Welcome").callback()
    await until(pilot, lambda: pilot.app.screen.query("#steps"))


async def test_it_comes_only_when_it_is_wanted_and_names_the_text(app: ScriptedApp) -> None:
    async with app.run_test() as pilot:
        await loaded(pilot)
        assert app.screen is app.main_screen
        await from_the_palette(pilot)
        assert "trains a small net on owls.txt" in str(app.screen.query_one("#steps").render())


async def test_a_run_that_is_under_way_is_not_given_up(app: ScriptedApp) -> None:
    async with app.run_test() as pilot:
        await loaded(pilot)
        await pilot.press("space")
        config = app.trainer.config
        await send(
            pilot, started(config), *steps(config, 0, 5), sample(config, 5, "o", requested=True)
        )
        await from_the_palette(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: hint(app) == DRAW)
        assert app.screen is app.main_screen  # with no question
        assert len(app.trainers) == 1
        assert app.main_screen.session.job.config == app.main_screen.panes.form.config == config


async def test_a_model_that_would_be_lost_is_asked_for_first(app: ScriptedApp, monkeypatch) -> None:
    async with app.run_test() as pilot:
        await loaded(pilot)
        monkeypatch.setattr(app.main_screen.going_on, "loss", lambda: "It would be lost.")
        await from_the_palette(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await looked(pilot)
        assert hint(app) == ""
        await pilot.press("n")
        await until(pilot, lambda: hint(app) is None)
        assert not app.trainers


async def test_a_text_too_short_for_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("owl and fox " * 12)
    app = ScriptedApp(tmp_path / "short.txt")
    async with app.run_test() as pilot:
        await loaded(pilot)
        await from_the_palette(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: hint(app) is None)
        assert not app.trainers
        said = str(app.main_screen.query_one("#error-seq_length", Static).render())
        assert "short.txt has 130 characters to train on" in said

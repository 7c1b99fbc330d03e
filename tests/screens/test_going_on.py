"""Runs that go on in the app: real trainers, a real store, real processes of detached runs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.engine.support import OWLS
from tests.screens.support import PATIENCE, loaded, press, status
from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import Corpus, TrainConfig, build_model, train
from tui_charrnn.engine.events import Event, Sample, Step
from tui_charrnn.runs.past import SAMPLES
from tui_charrnn.runs.store import RunStore
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.go_on import GoOnScreen
from tui_charrnn.screens.runs import RunsScreen

CONFIG = TrainConfig(
    cell="rnn", hidden_size=64, seq_length=50, iterations=10**8, sample_every=40, sample_length=20,
    eval_every=0, checkpoint_seconds=0,
)  # fmt: skip

SIZE = (110, 34)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "runs.sqlite3"


@pytest.fixture
def strays() -> Iterator[list[int]]:
    pids: list[int] = []
    yield pids
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def until(pilot: Pilot, condition) -> None:
    for _ in range(int(PATIENCE / 0.02)):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not come to pass")


async def training(pilot: Pilot, app: CharRNNApp, updates: int) -> None:
    """Let the app train at least so many updates."""
    await loaded(pilot)
    await press(app, "space")
    await until(pilot, lambda: app.main_screen.session.progress.iteration >= updates)


async def stopped_run(pilot: Pilot, app: CharRNNApp, updates: int) -> int:
    """Train some updates and stop; return how many were made."""
    session = app.main_screen.session
    await training(pilot, app, updates)
    await press(app, "x")
    await until(pilot, lambda: session.progress.state == "stopped")
    return session.progress.iteration


async def shown_runs(pilot: Pilot, app: CharRNNApp) -> RunsScreen:
    await press(app, "o")
    await until(pilot, lambda: isinstance(app.screen, RunsScreen) and app.screen.table.shown)
    screen = app.screen
    assert isinstance(screen, RunsScreen)
    return screen


def of_kind(kind: type[Event], events: Iterator[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


async def test_a_stopped_run_goes_on_as_if_it_had_never_stopped(
    text_file: Path, store: Path
) -> None:
    app = CharRNNApp(str(text_file), config=CONFIG, store=store)
    async with app.run_test(size=SIZE) as pilot:
        made = await stopped_run(pilot, app, 100)
    app = CharRNNApp(str(text_file), config=CONFIG.replace(cell="gru"), store=store)
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await shown_runs(pilot, app)
        await press(app, "g")
        session = app.main_screen.session
        await until(pilot, lambda: session.progress.iteration >= made + 100)
        await until(pilot, lambda: app.screen is app.main_screen)
        assert session.job.config == CONFIG  # that of the run, whatever the form says
        assert session.history.span[0] == 0
        assert len(session.past.samples) == min(SAMPLES, len(range(0, made, CONFIG.sample_every)))
        await press(app, "x")
        await until(pilot, lambda: session.progress.state == "stopped")
        made = session.progress.iteration
    with RunStore.open(store) as kept:
        (run,) = kept.runs()
        assert run.iteration == made
        events = list(kept.events(run.id))
    corpus = Corpus.from_path(text_file)
    model = build_model(CONFIG, corpus.vocab_size)
    whole = list(train(CONFIG.replace(iterations=made), corpus, model))
    assert of_kind(Step, iter(events)) == of_kind(Step, iter(whole))
    assert of_kind(Sample, iter(events)) == of_kind(Sample, iter(whole))


async def test_a_finished_run_is_asked_for_how_long(text_file: Path, store: Path) -> None:
    app = CharRNNApp(str(text_file), config=CONFIG.replace(iterations=60), store=store)
    async with app.run_test(size=SIZE) as pilot:
        session = app.main_screen.session
        await loaded(pilot)
        await press(app, "space")
        await until(pilot, lambda: session.progress.state == "finished")
        await shown_runs(pilot, app)
        await until(pilot, lambda: app.screen.table.current.state == "finished")
        await press(app, "g")
        await until(pilot, lambda: isinstance(app.screen, GoOnScreen))
        field = app.screen.query_one("#iterations")
        assert field.value == "120"
        field.value = "60"
        await press(app, "enter")
        problem = app.screen.query_one("#problem")
        await until(pilot, lambda: "more than the 60" in str(problem.render()))
        field.value = "90"
        await press(app, "enter")
        await until(pilot, lambda: session.progress.iteration == 90 and not session.active)
        assert session.progress.state == "finished"


async def test_a_run_that_was_over_early_says_why_and_goes_on_without_patience(
    tmp_path: Path, store: Path
) -> None:
    """Its held-out end is read backwards: soon nothing gets better there."""
    text = tmp_path / "turned.txt"
    text.write_text(OWLS * 10 + OWLS[::-1] * 3)
    config = CONFIG.replace(
        hidden_size=12, seq_length=9, learning_rate=0.05, validation_fraction=0.2, eval_every=10,
        patience=3, iterations=5000, sample_every=0,
    )  # fmt: skip
    app = CharRNNApp(str(text), config=config, store=store)
    async with app.run_test(size=(80, 24)) as pilot:
        session = app.main_screen.session
        await loaded(pilot)
        await pilot.press("space")
        await until(pilot, lambda: session.progress.state == "finished")
        await pilot.pause()
        made, message = session.progress.iteration, session.progress.message
        assert message.startswith("No better validation in 3")
        figures = status(app)[1]
        assert figures.startswith(f"{message}  smooth ")
        assert [toast.message for toast in app._notifications] == [message]
        await shown_runs(pilot, app)
        await until(pilot, lambda: app.screen.table.current.state == "finished")
        await until(pilot, lambda: message in str(app.screen.query_one("#details").render()))
        await pilot.press("g")
        await until(pilot, lambda: isinstance(app.screen, GoOnScreen))
        why = str(app.screen.query_one("#why").render())
        assert why == f"{message} It goes on with patience 0, for no end."
        app.screen.query_one("#iterations").value = str(made + 30)
        await pilot.press("enter")
        await until(pilot, lambda: session.progress.iteration == made + 30 and not session.active)
        assert (session.progress.state, session.progress.message) == ("finished", "")


async def test_what_is_kept_is_no_question(text_file: Path, store: Path) -> None:
    app = CharRNNApp(str(text_file), config=CONFIG, store=store)
    async with app.run_test(size=SIZE) as pilot:
        session = app.main_screen.session
        await training(pilot, app, 50)
        assert "g in Runs goes on with it" in app.main_screen.unfinished()
        await press(app, "r")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await press(app, "n")
        await until(pilot, lambda: app.screen is app.main_screen)
        await press(app, "x")
        await until(pilot, lambda: session.progress.state == "stopped")
        assert app.main_screen.unfinished() == ""
        before = session.job
        await press(app, "r")
        await until(pilot, lambda: session.job is not before and session.progress.iteration > 5)


async def test_what_is_not_kept_is_said_to_be_lost(text_file: Path, tmp_path: Path) -> None:
    app = CharRNNApp(str(text_file), config=CONFIG, store=tmp_path)  # a folder is no store
    async with app.run_test(size=SIZE) as pilot:
        await stopped_run(pilot, app, 20)
        assert "model is lost" in app.main_screen.unfinished()
        assert not app.main_screen.check_action("detach", ())


async def test_a_run_goes_on_without_the_app(
    text_file: Path, store: Path, strays: list[int]
) -> None:
    app = CharRNNApp(str(text_file), config=CONFIG, store=store)
    async with app.run_test(size=SIZE) as pilot:
        session = app.main_screen.session
        await training(pilot, app, 50)
        await press(app, "D")
        assert "is just being detached" in app.main_screen.unfinished()
        await until(pilot, lambda: session.attached is not None)
        strays.append(session.attached.hello.pid)
        made = session.progress.iteration
        await until(pilot, lambda: session.progress.iteration > made + 50)
        assert app.main_screen.unfinished() == ""
        await press(app, "space")
        await until(pilot, lambda: session.progress.state == "paused")
        await press(app, "q")
        await until(pilot, lambda: app.return_code is not None)
    app = CharRNNApp(str(text_file), config=CONFIG, store=store)
    async with app.run_test(size=SIZE) as pilot:
        session = app.main_screen.session
        await loaded(pilot)
        await shown_runs(pilot, app)
        await press(app, "g")
        await until(pilot, lambda: session.progress.state == "paused")
        await press(app, "space")
        made = session.progress.iteration
        await until(pilot, lambda: session.progress.iteration > made)
        await press(app, "x")
        await until(pilot, lambda: session.progress.state == "stopped")
        assert session.model is not None
        made = session.progress.iteration
    corpus = Corpus.from_path(text_file)
    with RunStore.open(store) as kept:
        (run,) = kept.runs()
        events = list(kept.events(run.id))
        checkpoint = kept.checkpoint(run.id)
    model = build_model(CONFIG, corpus.vocab_size)
    whole = list(train(CONFIG.replace(iterations=made), corpus, model))
    assert of_kind(Step, iter(events)) == of_kind(Step, iter(whole))
    assert all(
        (checkpoint.parameters[name] == value).all() for name, value in model.parameters().items()
    )

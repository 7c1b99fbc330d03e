"""Lenses are opened from a run, a race and the store, and look at what really trains there."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runs.detached.conftest import place, sockets  # noqa: F401 - fixtures
from tests.runs.detached.support import ENDLESS, Place
from tests.screens.lenses.stored import store_with_runs
from tests.screens.lenses.support import TEXT, until
from tests.screens.race_support import RaceApp
from tests.screens.runs_support import RunsApp, settled
from tests.screens.support import ScriptedApp, loaded, send, started, steps, stopped
from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.host import TrainerThread
from tui_charrnn.runs.store import RunStore
from tui_charrnn.screens.lenses import LENSES, load, looking
from tui_charrnn.screens.lenses.base import LensScreen
from tui_charrnn.screens.lenses.surprise import SurpriseLens
from tui_charrnn.widgets.key_line import KeyLine

CONFIG = TrainConfig(
    hidden_size=8, seq_length=20, iterations=10**6, sample_every=0, eval_every=0, watch_every=100
)


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT * 40, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again sooner than a person would want it."""
    monkeypatch.setattr(looking, "INTERVAL", 0.2)
    monkeypatch.setattr(looking, "SHARE", 1)


def lens_of(app: CharRNNApp) -> LensScreen:
    assert isinstance(app.screen, LensScreen)
    return app.screen


async def looked(app: CharRNNApp, key: str = "4") -> LensScreen:
    """Press a key of a lens, and wait until something is seen."""
    await until(lambda: app.screen is not None)
    app.simulate_key(key)
    await until(lambda: isinstance(app.screen, LensScreen) and app.screen.seen is not None)
    return lens_of(app)


def offers_lenses(app: CharRNNApp) -> bool:
    keys = app.screen.query_one(KeyLine).shown_bindings()
    return any(binding.action == "lens('surprise')" for binding in keys)


@pytest.mark.parametrize("name", list(LENSES))
def test_every_lens_has_a_screen_of_its_name(name: str) -> None:
    screen = load(name)
    assert issubclass(screen, LensScreen)
    assert name == screen.NAME
    assert screen.HELP


def test_keys_are_in_order() -> None:
    assert [lens.key for lens in LENSES.values()] == list("456789")[: len(LENSES)]


async def test_lenses_are_offered_as_soon_as_there_is_a_net(text_file: Path) -> None:
    app = ScriptedApp(text_file)
    async with app.run_test(size=(200, 40)) as pilot:
        await loaded(pilot)
        assert not offers_lenses(app)
        await pilot.press("4")
        assert app.screen is app.main_screen
        await pilot.press("space")
        config = app.trainer.config
        await send(pilot, started(config), *steps(config, 0, 3))
        assert offers_lenses(app)
        assert not app.trainer.control.wants_snapshot()
        await pilot.press("4")
        await pilot.pause(0.2)
        assert isinstance(app.screen, SurpriseLens)
        assert app.trainer.control.wants_snapshot()  # it was asked for by the lens
        await pilot.press("escape")
        await send(pilot, stopped(3, "stopped"))
        assert not offers_lenses(app)  # a scripted trainer leaves no model


async def test_a_run_is_looked_into_while_it_trains_pauses_and_when_it_has_ended(
    text_file: Path,
) -> None:
    app = CharRNNApp(str(text_file), config=CONFIG, store=text_file.with_name("runs.sqlite3"))
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        session = app.main_screen.session
        await pilot.press("space")
        await until(lambda: session.progress.iteration > 10)
        lens = await looked(app)
        (net,) = lens.seen.subjects
        assert (net.name, net.model.config) == ("gru 8", CONFIG)
        assert 0 < net.iteration <= session.progress.iteration + 10_000
        assert net.model is not session._thread.model
        assert lens.seen.text.origin.startswith("held-out part of owls.txt")
        await until(lambda: lens.seen.subjects[0].iteration > net.iteration)  # it goes on

        session.pause()
        await until(lambda: session.progress.state == "paused")
        await until(lambda: lens.seen.subjects[0].iteration == session.progress.iteration)
        before = lens.seen
        await pilot.pause(0.3)
        assert lens.seen is before  # nothing new is learned in a pause, so nothing is asked for

        session.stop()
        await until(lambda: not session.active)
        await until(lambda: lens.seen is not before)
        assert lens.seen.subjects[0].iteration == session.progress.iteration
        assert not lens.looking.live
        bits = lens.seen.result[0][1].surprise.bits
        await pilot.press("escape")
        again = await looked(app)
        assert again.seen.result[0][1].surprise.bits[1:] == pytest.approx(bits[1:])


async def test_all_nets_of_a_race_are_looked_into_at_once(tmp_path: Path) -> None:
    app = RaceApp(
        tmp_path / "owls.txt", config=CONFIG, store=tmp_path / "r.sqlite3", trainer=TrainerThread
    )
    async with app.run_test(size=(120, 40)):
        await until(lambda: app.screen is app.race_screen)
        race = app.race_screen.race
        await until(lambda: all(lane.progress.iteration > 10 for lane in race.lanes.values()))
        lens = await looked(app)
        await until(lambda: len(lens.seen.subjects) == 2)
        assert [net.name for net in lens.seen.subjects] == ["RNN", "GRU"]
        assert [net.model.config.cell for net in lens.seen.subjects] == ["rnn", "gru"]
        race.stop()
        await until(lambda: not race.active)
        made = [lane.progress.iteration for lane in race.lanes.values()]
        await until(lambda: [net.iteration for net in lens.seen.subjects] == made)


async def test_a_net_whose_process_was_killed_is_seen_as_it_was_copied_last(
    tmp_path: Path,
) -> None:
    app = RaceApp(
        tmp_path / "owls.txt", config=CONFIG, store=tmp_path / "r.sqlite3", trainer=TrainerThread
    )
    async with app.run_test(size=(120, 40)):
        await until(lambda: app.screen is app.race_screen)
        race = app.race_screen.race
        gru = race.lanes["gru"]
        await until(lambda: all(lane.progress.iteration > 10 for lane in race.lanes.values()))
        lens = await looked(app)
        await until(lambda: len(lens.seen.subjects) == 2)
        assert gru.process.pid is not None
        os.kill(gru.process.pid, signal.SIGKILL)
        await until(lambda: not gru.progress.active)
        last = gru.snapshot.checkpoint.iteration
        before = lens.seen.subjects[0].iteration
        await until(lambda: lens.seen.subjects[0].iteration > before)  # the other goes on
        assert [net.name for net in lens.seen.subjects] == ["RNN", "GRU"]
        assert lens.seen.subjects[1].iteration == last > 0
        app.simulate_key("escape")
        await until(lambda: app.screen is app.race_screen)
        assert race.lanes["rnn"].snapshot is None  # it trains; another copy can be had
        lens = await looked(app)
        await until(lambda: len(lens.seen.subjects) == 2)
        assert lens.seen.subjects[1].iteration == last


async def test_a_copy_is_kept_from_lens_to_lens_and_no_longer(text_file: Path) -> None:
    app = CharRNNApp(str(text_file), config=CONFIG, store=text_file.with_name("runs.sqlite3"))
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        session = app.main_screen.session
        await pilot.press("space")
        await until(lambda: session.progress.iteration > 10)
        await looked(app)
        session.pause()
        await until(lambda: session.progress.state == "paused")
        made = session.progress.iteration
        await until(lambda: session.snapshot.checkpoint.iteration == made)
        copy = session.snapshot
        await pilot.press("6")
        await until(lambda: lens_of(app).NAME == "gates" and lens_of(app).seen)
        assert session.snapshot is copy
        await pilot.press("escape")
        assert session.snapshot is None
        lens = await looked(app)
        assert session.snapshot is not copy  # it was asked for again
        await pilot.press("space")  # from now on the lens asks for none
        session.resume()
        await until(lambda: session.progress.iteration > made)
        session.request_snapshot()
        lens.looking.close()
        made = session.progress.iteration
        await until(lambda: session.progress.iteration > made + 1000)
        assert not session._thread.control.wants_snapshot()  # it has come, too late
        assert session.snapshot is None


async def test_a_run_that_fails_before_its_first_update_is_not_waited_for(
    text_file: Path,
) -> None:
    app = ScriptedApp(text_file)
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(pilot)
        await pilot.press("space")
        await send(pilot, started(app.trainer.config))
        await pilot.press("4")
        await pilot.pause(0.2)
        assert not lens_of(app).problem
        await send(pilot, stopped(0, "failed", "There is not enough memory."))
        await until(lambda: lens_of(app).problem == "The run has left no net.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with store_with_runs(tmp_path / "runs.sqlite3") as found:
        yield found


async def test_runs_of_the_store_are_looked_into(store: RunStore) -> None:
    app = RunsApp(store)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("down", "4")  # the run without a checkpoint
        await until(lambda: app._notifications)
        (notice,) = app._notifications
        assert notice.message == "There is no checkpoint of gru-2 to look into."
        await pilot.press("down")
        lens = await looked(app)
        assert [(net.name, net.iteration) for net in lens.seen.subjects] == [("rnn-1", 6)]
        assert lens.seen.text.origin.startswith("held-out part of owls")
        await pilot.press("escape")
        await until(lambda: app.screen is app.runs)
        await pilot.press("home")
        lens = await looked(app)  # its text is not to be found
        assert lens.seen.text.origin.startswith("generated by gru-3 at temperature 1; There is no")


async def test_a_checkpoint_that_changes_is_read_again(store: RunStore) -> None:
    app = RunsApp(store)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("end")
        lens = await looked(app)
        before = lens.seen
        from tui_charrnn.runs.store import checkpoints

        checkpoints.save(store.path, 1, store.checkpoint(1))  # as another process does
        await until(lambda: lens.seen is not before)
        assert lens.seen.subjects[0] is not before.subjects[0]


async def test_a_detached_run_is_looked_into(place: Place, text_file: Path) -> None:  # noqa: F811
    run_id = place.begin(ENDLESS.replace(checkpoint_seconds=0)).run_id
    app = CharRNNApp(str(text_file), store=place.store, attach=run_id)
    async with app.run_test(size=(120, 40)):
        session = app.main_screen.session
        await until(lambda: session.attached and session.progress.iteration > 10)
        lens = await looked(app)
        (net,) = lens.seen.subjects
        assert net.model.config.hidden_size == ENDLESS.hidden_size
        assert net.iteration > 0
        await until(lambda: lens.seen.subjects[0].iteration > net.iteration)
        with RunStore.open(place.store, create=False, read_only=True) as store:
            assert store.checkpoint(run_id).iteration >= net.iteration

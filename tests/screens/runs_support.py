"""What the tests of the runs screen share: a store with recorded runs, and an app that shows it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.screens.support import sample, started, steps, stopped, validation
from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.events import Event, Step
from tui_charrnn.runs.store import Origin, RunStore, TextIdentity
from tui_charrnn.screens.runs import RunsScreen
from tui_charrnn.widgets.runs_columns import COLUMNS

TALES = TextIdentity("tales", "tales", "utf-8", 12_400, 20, "0" * 64, 1.25)
OWLS = TextIdentity("owls.txt", "/texts/owls.txt", "utf-8", 12_400, 20, "1" * 64)

NOT_A_NUMBER = "The loss became nan at iteration 300; the parameters from before it are kept."


class RunsApp(App[None]):
    """Shows the runs screen over an empty one, in the looks of the app."""

    CSS_PATH = CharRNNApp.CSS_PATH

    def __init__(self, store: RunStore) -> None:
        super().__init__()
        self.runs = RunsScreen(store)

    def on_mount(self) -> None:
        self.push_screen(self.runs)


async def settled(pilot: Pilot, limit: float = 60.0) -> None:
    """Wait until nothing is being read or written any more, and all of it is shown."""
    screen, end = pilot.app.runs, time.monotonic() + limit
    await pilot.pause()
    while screen.background.pending or screen.slow.pending:
        assert time.monotonic() < end, "the background does not come to an end"
        await asyncio.sleep(0.01)
        await pilot.pause()
    await pilot.pause()


def config(**changes) -> TrainConfig:
    values = {"cell": "gru", "hidden_size": 64, "seq_length": 50, "iterations": 1000}
    return TrainConfig(**{**values, **changes})


def events_of(config: TrainConfig, made: int, outcome: str = "", message: str = "") -> list[Event]:
    """Return a run of some updates with validations and samples; without outcome it is unended.

    The loss is lower with a larger seed, so that no two runs are alike.
    """
    events: list[Event] = [started(config), sample(config, 0, "Thw ol")]
    events += [_easier(step, 1 - config.seed / 100) for step in steps(config, 0, made)]
    if made > 500:
        events.append(validation(500, 3.0 - config.seed / 100))
    if outcome:
        events.append(stopped(made, outcome, message, smooth_of(events)))
    return events


def _easier(step: Step, factor: float) -> Step:
    loss, smooth = step.loss * factor, step.smooth_loss * factor
    return replace(step, loss=loss, smooth_loss=smooth)


def smooth_of(events: list[Event]) -> float:
    return next(event.smooth_loss for event in reversed(events) if isinstance(event, Step))


def keep(
    store: RunStore,
    name: str = "",
    *,
    made: int = 1000,
    outcome: str = "finished",
    message: str = "",
    text: TextIdentity = TALES,
    group: str = "",
    **changes,
) -> int:
    """Put a run into the store; a name that the store would refuse is written into its file."""
    of = config(**changes)
    run_id = store.keep(Origin(of, text, group), events_of(of, made, outcome, message))
    if name:
        change(store, "name", name, run_id)
    return run_id


def change(store: RunStore, column: str, value: str, run_id: int) -> None:
    with sqlite3.connect(store.path) as connection:
        connection.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", (value, run_id))
    connection.close()


def usual(store: RunStore) -> list[int]:
    """Fill a store with runs in every state; return their ids."""
    return [
        keep(store, cell="rnn", seed=1),
        keep(store, cell="gru", seed=2),
        keep(store, "large gru", hidden_size=256, seed=3, text=OWLS, group="race 2026-03-01"),
        keep(store, made=300, outcome="failed", message=NOT_A_NUMBER, cell="rnn", seed=5),
        keep(store, made=700, outcome="stopped", seed=12, batch_size=32),
        keep(store, made=600, outcome="", seed=9, iterations=20_000),
    ]


def open_store(folder: Path) -> RunStore:
    return RunStore.open(folder / "runs.sqlite3")


def ids(app: RunsApp) -> list[int]:
    """Return the ids that the rows of the table show, in their order."""
    table = app.runs.table
    return [int(table.get_cell_at((row, 1)).plain) for row in range(table.row_count)]


def cells(app: RunsApp, run_id: int) -> dict[str, str]:
    keys = ["mark", *(column.key for column in COLUMNS)]
    written = app.runs.table.get_row(str(run_id))
    return dict(zip(keys, (cell.plain for cell in written), strict=True))


def marks(app: RunsApp) -> set[int]:
    return {run_id for run_id in ids(app) if cells(app, run_id)["mark"].strip()}


def drawn(app: RunsApp) -> dict[str, int]:
    """Return the labels on the chart, and how many updates of each are drawn."""
    return {label: len(history) for label, history in app.runs.chart._runs}


def messages(app: RunsApp) -> list[str]:
    return [note.message for note in app._notifications]


def text_of(app: RunsApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).render())


async def press(pilot: Pilot, *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def typed(pilot: Pilot, text: str) -> None:
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await settled(pilot)


async def until(pilot: Pilot, holds, limit: float = 60.0) -> None:
    end = time.monotonic() + limit
    while not holds():
        assert time.monotonic() < end, "it does not come to that"
        await pilot.pause(0.02)

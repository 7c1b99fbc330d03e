"""A scripted race: the race screen as it is, on trainers that deliver what a test says."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from tests.screens.support import TEXT, ScriptedTrainer
from tests.screens.support import started as started_
from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import Corpus, TrainConfig
from tui_charrnn.engine.events import (
    Event,
    GradientMemory,
    Paused,
    Sample,
    Started,
    Step,
    Stopped,
    Validation,
)
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs.fairness import Comparison, contenders
from tui_charrnn.runs.keeping import Keeper
from tui_charrnn.runs.session import Job
from tui_charrnn.screens.race import RaceScreen
from tui_charrnn.screens.race_setup import RaceChoice
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.race_table import RaceTable

CONFIG = TrainConfig(hidden_size=64, seq_length=50, iterations=2000)

FLOORS = {"rnn": 1.62, "gru": 1.31}
"""Bits per character that the scripted nets come down to."""


class RaceTrainer(ScriptedTrainer):
    """A scripted trainer whose events are kept as well."""

    alive = False

    def __init__(self, *arguments: object, **options: Callable[[Event], object]) -> None:
        super().__init__(*arguments, **options)
        self._tap = options["tap"]

    def send(self, *events: Event) -> None:
        for event in events:
            self._tap(event)
        super().send(*events)


class RaceApp(CharRNNApp):
    """The app, on a race."""

    def __init__(
        self,
        path: Path,
        comparison: Comparison = Comparison.HIDDEN_SIZE,
        config: TrainConfig = CONFIG,
        seconds: float = 60.0,
        store: Path | None = None,
        trainer: Callable[..., object] = RaceTrainer,
    ) -> None:
        path.write_text(TEXT, encoding="utf-8")
        super().__init__(str(path), config=config, store=store)
        corpus = Corpus.from_text(TEXT, "owls")
        corpus.entropy = 1.25
        sides = contenders(config, corpus.vocab_size, comparison, seconds)
        keeper: Keeper = self.keeper
        self.race_screen = RaceScreen(
            RaceChoice(comparison, sides), Job(config, corpus, str(path)), keeper, trainer
        )

    def on_ready(self) -> None:
        self.push_screen(self.race_screen)  # Textual calls that of the app as well

    def trainer(self, name: str) -> RaceTrainer:
        screen = self.screen if isinstance(self.screen, RaceScreen) else self.race_screen
        return screen.race.lanes[name].trainer


async def until(test: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)


async def begun(pilot: Pilot) -> None:
    """Wait until the race has begun and is laid out."""
    screen = pilot.app.race_screen
    await until(lambda: screen.is_current and screen.race.active and screen.table.size.width)
    await pilot.pause()


async def send(pilot: Pilot, name: str, *events: Event) -> None:
    """Let a trainer deliver a batch, and wait until it is shown."""
    trainer = pilot.app.trainer(name)
    before = trainer.acknowledged
    trainer.send(*events)
    await until(lambda: trainer.acknowledged > before)
    await until(lambda: pilot.app.race_screen._drawing is None)
    await pilot.pause()


def config_of(pilot: Pilot, name: str) -> TrainConfig:
    return pilot.app.race_screen.choice.configs[name]


def started(pilot: Pilot, name: str) -> Started:
    return started_(config_of(pilot, name))


def updates(pilot: Pilot, name: str, first: int, last: int) -> list[Step]:
    """Return updates with a loss that falls like a real one; the GRU needs longer for each."""
    return [_update(config_of(pilot, name), iteration) for iteration in range(first, last)]


def _update(config: TrainConfig, iteration: int) -> Step:
    length = config.seq_length
    floor = FLOORS[config.cell]
    smooth = length * math.log(2) * (floor + (4.3 - floor) * math.exp(-iteration / 500))
    loss = smooth + length * 0.2 * math.sin(iteration * 12.9898)
    seconds = (iteration + 1) * (0.0123 if config.cell == "rnn" else 0.0291)
    return Step(
        iteration=iteration,
        elapsed=seconds,
        loss=loss,
        smooth_loss=smooth,
        bits_per_character=bits_per_character(loss, length),
        smooth_bits_per_character=bits_per_character(smooth, length),
        characters=(iteration + 1) * length,
        epoch=(iteration + 1) * length / 11_160,
        learning_rate=config.learning_rate,
    )


def sample(pilot: Pilot, name: str, iteration: int, text: str, **more: object) -> Sample:
    """Return a sample drawn before the update of an iteration."""
    step = _update(config_of(pilot, name), max(0, iteration - 1))
    return Sample(
        iteration=iteration, elapsed=step.elapsed, text=text, smooth_loss=step.smooth_loss,
        temperature=1.0, **more,
    )  # fmt: skip


def paused(pilot: Pilot, name: str, iteration: int) -> Paused:
    return Paused(
        iteration=iteration, elapsed=_update(config_of(pilot, name), iteration - 1).elapsed
    )


def stopped(pilot: Pilot, name: str, iteration: int, outcome: str, message: str = "") -> Stopped:
    """Return the end of a net after some updates."""
    step = _update(config_of(pilot, name), iteration - 1)
    return Stopped(
        iteration=iteration, elapsed=step.elapsed if iteration else 0.0, outcome=outcome,
        smooth_loss=step.smooth_loss, message=message,
    )  # fmt: skip


def validation(pilot: Pilot, name: str, iteration: int, bits: float) -> Validation:
    step = _update(config_of(pilot, name), iteration)
    return Validation(
        iteration=iteration, elapsed=step.elapsed, bits_per_character=bits, characters=1239,
        is_best=True,
    )  # fmt: skip


def gradients(iteration: int, factor: float, lags: int = 50) -> GradientMemory:
    """Return norms that shrink by a factor with every lag."""
    norms = tuple(0.8 * factor**lag for lag in range(lags))
    return GradientMemory(iteration=iteration, elapsed=1.0, norms=norms, windows=32)


def lines(pilot: Pilot, selector: str) -> list[str]:
    """Return what a widget that is drawn line by line shows."""
    widget = pilot.app.screen.query_one(selector)
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def rows(pilot: Pilot) -> dict[str, dict[str, str]]:
    """Return the figures of the table, by contender and heading; the state as `state`."""
    heading, *found = str(pilot.app.screen.query_one(RaceTable).render()).split("\n")
    names = heading.split()
    table = {}
    for line in found[:2]:
        name, _, state, *figures = line.split()
        table[name.lower()] = dict(zip(names, figures, strict=True)) | {"state": state}
    return table


def offered(pilot: Pilot) -> dict[str, str]:
    """Return the keys that the last line names, and what it says they do."""
    line = pilot.app.screen.query_one(KeyLine)
    return {binding.key: binding.description for binding in line.shown_bindings()}


def notices(pilot: Pilot) -> list[str]:
    return [notice.message for notice in pilot.app._notifications]

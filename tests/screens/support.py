"""What the tests of the screens share: scripted runs in place of trainers, and an app on them."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from textual.app import App
from textual.events import Key
from textual.pilot import Pilot

from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import Corpus, TrainConfig, TrainControl
from tui_charrnn.engine.events import (
    Drawn,
    Event,
    LearningRateChanged,
    Paused,
    Sample,
    SamplePart,
    Started,
    Step,
    Stopped,
    Validation,
)
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs.host import Batch
from tui_charrnn.widgets.status import StatusPane

TEXT = "The owl saw the fox. The fox saw the owl, and both went home.\n" * 200

CHARACTERS = {"space": " ", "plus": "+", "minus": "-", "question_mark": "?", "slash": "/"}
"""What terminals send for keys whose name is another."""

PATIENCE = 60.0
"""Seconds after which what is waited for counts as missing."""


class ScriptedTrainer:
    """Stands where a trainer thread stands; a test says what it delivers and when."""

    def __init__(
        self,
        run: int,
        config: TrainConfig,
        corpus: Corpus,
        deliver: Callable[[Batch], object],
        **options: object,
    ) -> None:
        self.run, self.config, self.corpus, self._deliver = run, config, corpus, deliver
        self.control = TrainControl()
        self.model = None
        self.started = self.abandoned = self.aside = False
        self.acknowledged = 0

    def start(self) -> None:
        self.started = True

    def acknowledge(self) -> None:
        self.acknowledged += 1

    def step_aside(self) -> None:
        self.aside = True

    def carry_on(self) -> None:
        self.aside = False

    def abandon(self) -> None:
        self.abandoned = True

    def join(self, timeout: float) -> bool:
        return True

    def send(self, *events: Event) -> None:
        self._deliver(Batch(self.run, events))


class ScriptedApp(CharRNNApp):
    """The app as it is, but for its trainers."""

    def __init__(self, corpus: Path, config: TrainConfig | None = None) -> None:
        super().__init__(str(corpus), config=config)
        self.trainers: list[ScriptedTrainer] = []
        self.main_screen.session._trainer = self._make

    def _make(self, *arguments, **options) -> ScriptedTrainer:
        self.trainers.append(ScriptedTrainer(*arguments, **options))
        return self.trainers[-1]

    @property
    def trainer(self) -> ScriptedTrainer:
        return self.trainers[-1]


def status(app: CharRNNApp) -> list[str]:
    """Return the lines of the status pane."""
    pane = app.main_screen.query_one(StatusPane)
    return [pane.render_line(y).text.rstrip() for y in range(pane.content_size.height)]


async def loaded(pilot: Pilot) -> None:
    """Wait until the app has read its text."""
    while pilot.app.main_screen.text.loading or pilot.app.main_screen.text.corpus is None:
        await pilot.pause(0.01)
    await pilot.pause()


def type_ahead(app: App[Any], *keys: str) -> None:
    """Press keys at once, and wait for nothing."""
    for key in keys:
        app.post_message(Key(key, CHARACTERS.get(key, key if len(key) == 1 else None)))


async def press(app: App[Any], *keys: str) -> None:
    """Press keys at once, and wait until they have been dealt with.

    A pilot would wait until the processor has nothing to do, which it has while a net is trained.
    """
    type_ahead(app, *keys)
    taken = asyncio.Event()
    app.call_later(taken.set)
    async with asyncio.timeout(PATIENCE):
        await taken.wait()
        while isinstance(app, CharRNNApp) and app.is_running and not app.in_turn.is_idle:
            await asyncio.sleep(0.001)
    for node in (app, app.screen, app.screen.focused or app.screen):
        dealt_with = asyncio.Event()
        if node.call_later(dealt_with.set):
            await asyncio.wait_for(dealt_with.wait(), PATIENCE)


async def send(pilot: Pilot, *events: Event) -> None:
    """Let the newest scripted trainer deliver a batch, and wait until it is shown."""
    pilot.app.trainer.send(*events)
    await pilot.pause()


def started(config: TrainConfig) -> Started:
    return Started(
        iteration=0, config=config, corpus="tales.txt", vocab_size=20,
        train_characters=11_160, validation_characters=1_240, parameter_count=1234,
    )  # fmt: skip


def steps(config: TrainConfig, first: int, last: int) -> list[Step]:
    """Return updates with a loss that falls like a real one, wiggles included."""
    return [_step(config, iteration) for iteration in range(first, last)]


def _step(config: TrainConfig, iteration: int) -> Step:
    length = config.seq_length
    smooth = length * (0.9 + 2.1 * math.exp(-iteration / 800))
    loss = smooth + length * 0.2 * math.sin(iteration * 12.9898)
    return Step(
        iteration=iteration,
        elapsed=iteration * 0.01,
        loss=loss,
        smooth_loss=smooth,
        bits_per_character=bits_per_character(loss, length),
        smooth_bits_per_character=bits_per_character(smooth, length),
        characters=(iteration + 1) * length,
        epoch=(iteration + 1) * length / 11_160,
        learning_rate=config.learning_rate,
    )


def sample(config: TrainConfig, iteration: int, text: str, **more) -> Sample:
    smooth = _step(config, iteration).smooth_loss
    return Sample(
        iteration=iteration, elapsed=iteration * 0.01, text=text, smooth_loss=smooth,
        temperature=1.0, **more,
    )  # fmt: skip


def parts_of(sample: Sample, *ends: int, length: int = 0) -> list[SamplePart]:
    """Return a sample in parts, up to one place after the other, as it is drawn."""
    about = {spec.name: getattr(sample, spec.name) for spec in fields(Drawn)}
    length = length or len(sample.text)
    return [
        SamplePart(**about | {"text": sample.text[begin:end]}, drawn=end, length=length)
        for begin, end in pairwise((0, *ends))
    ]


def validation(iteration: int, bits: float) -> Validation:
    return Validation(
        iteration=iteration, elapsed=iteration * 0.01, bits_per_character=bits, characters=1239,
        is_best=True,
    )  # fmt: skip


def paused(iteration: int) -> Paused:
    return Paused(iteration=iteration, elapsed=iteration * 0.01)


def rate_change(iteration: int, old: float, new: float) -> LearningRateChanged:
    return LearningRateChanged(iteration=iteration, elapsed=iteration * 0.01, old=old, new=new)


def stopped(iteration: int, outcome: str, message: str = "", smooth: float = 100.0) -> Stopped:
    return Stopped(
        iteration=iteration, elapsed=iteration * 0.01, outcome=outcome, smooth_loss=smooth,
        message=message,
    )  # fmt: skip

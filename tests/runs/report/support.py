"""Runs for reports: real short ones in a store, and made-up ones whose figures are known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.events import GradientMemory, Sample
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import limit_blas
from tui_charrnn.runs.report.grouping import Comparison, Findings, arrange
from tui_charrnn.runs.report.loading import Curve, Run
from tui_charrnn.runs.store.records import Origin, RunRecord, TextIdentity
from tui_charrnn.runs.store.store import RunStore

CONFIG = TrainConfig(
    hidden_size=24, seq_length=20, batch_size=8, learning_rate=0.1, iterations=200,
    sample_every=100, sample_length=60, eval_every=40, eval_length=2000,
)  # fmt: skip
GROUP = "sweep amounts"
TEXT = TextIdentity("tales", "tales", "utf-8", 1_200_097, 73, "a" * 64, 0.44)
PARAMETERS = {"rnn": 1000, "gru": 2600, "lstm": 3400}


def kept(store: RunStore, corpus: Corpus, config: TrainConfig, group: str = GROUP) -> int:
    """Train for real and put the run into the store; return its number."""
    limit_blas()
    model = build_model(config, corpus.vocab_size)
    events = train_to_the_end(config, corpus, model, TrainControl())
    return store.keep(Origin(config, TextIdentity.of(corpus), group), events)


def _first(curve: Curve, updates: int) -> Curve:
    there = curve.iterations <= updates
    places = (curve.iterations, curve.characters, curve.seconds, curve.bits)
    return Curve(*(place[there] for place in places))


class Maker:
    """Numbers made-up runs as a store would."""

    def __init__(self) -> None:
        self.made = 0

    def run(
        self,
        cell: str,
        final: float,
        *,
        best: float | None = None,
        seconds: float = 100.0,
        norms: Sequence[float] | None = None,
        validated: bool = True,
        characters: int = 1_080_088,
        parameters: int | None = None,
        group: str = "",
        text: TextIdentity = TEXT,
        sample: Sample | None = None,
        state: str = "finished",
        cell_key: str = "",
        made: int = 1000,
        **fields: object,
    ) -> Run:
        """Make a run of 1,000 updates with five validations, which fall from 4 bits to `final`.

        With `best`, the fourth of them is that. Of these updates, only the first `made` are there.
        """
        self.made += 1
        config = TrainConfig(
            **{"cell": cell, "iterations": 1000, "seed": self.made, "seq_length": 50, **fields}
        )
        window = config.seq_length * config.batch_size
        steps = np.array([200, 400, 600, 800, 1000.0])
        bits = 4 + (final - 4) * steps / 1000
        if best is not None:
            bits[3] = best
        validation = Curve(steps, steps * window, steps / 1000 * seconds, bits)
        every = np.arange(1, 1001.0)
        smooth = Curve(
            every, every * window, every / 1000 * seconds, 6 + (final - 6) * every / 1000
        )
        validation, smooth = (_first(curve, made) for curve in (validation, smooth))
        memory = None if norms is None else GradientMemory(
            iteration=1000, norms=tuple(norms), windows=1
        )  # fmt: skip
        record = RunRecord(
            self.made, f"{cell}-{self.made}", datetime.now(UTC), state, "",
            Origin(config, text, group, cell_key),
            parameter_count=PARAMETERS[cell] if parameters is None else parameters,
            train_characters=characters, iteration=made, characters=made * window,
            elapsed=seconds * made / 1000,
        )  # fmt: skip
        nothing = Curve.of([])
        return Run(record, smooth, validation if validated else nothing, memory, sample)

    def runs(self, cell: str, finals: Sequence[float], **rest: object) -> list[Run]:
        """Make a run for each final validation."""
        return [self.run(cell, final, **rest) for final in finals]


def findings(rnn: Sequence[float], gru: Sequence[float], **rest: object) -> Findings:
    """Arrange made-up runs of both cells."""
    maker = Maker()
    return arrange(maker.runs("rnn", rnn, **rest) + maker.runs("gru", gru, **rest))


def comparison(rnn: Sequence[float], gru: Sequence[float], **rest: object) -> Comparison:
    """Return the one comparison of made-up runs of both cells."""
    (only,) = findings(rnn, gru, **rest).comparisons
    return only

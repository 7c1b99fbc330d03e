"""What the tests of Memory and Weights share: nets with what was measured while they trained."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tests.screens.lenses.support import CORPUS, ScriptedNets
from tui_charrnn.engine import TrainConfig, build_model
from tui_charrnn.engine.events import Event, GradientMemory, Health
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.screens.lenses.looking import Looking
from tui_charrnn.screens.lenses.nets import Net

MOMENTS = (1000, 2000, 4000, 8000, 16_000)

Watched = tuple[Subject, Sequence[Event]]


class WatchedNets(ScriptedNets):
    """Nets, each with what was measured."""

    def __init__(self, *watched: Watched, live: bool = False) -> None:
        super().__init__(*(subject for subject, _ in watched), live=live)
        self._moments = [moments for _, moments in watched]

    def current(self) -> Sequence[Net]:
        return [
            Net(net.name, net.version, net.load, lambda moments=moments: moments)
            for net, moments in zip(super().current(), self._moments, strict=True)
        ]


def net(name: str, cell: str, scale: float, iteration: int = 20_000, layers: int = 1) -> Subject:
    """Return a net with random weights, of which those of an RNN can be large."""
    config = TrainConfig(
        cell=cell, hidden_size=24, seq_length=50, layers=layers, dtype="float64", seed=3
    )
    model = build_model(config, CORPUS.vocab_size)
    rng = np.random.default_rng(7)
    model.load_parameters(
        {
            parameter: scale * rng.standard_normal(value.shape) * (value.ndim == 2)
            for parameter, value in model.parameters().items()
        }
    )
    return Subject(name, model, Vocabulary(CORPUS.name, CORPUS.chars), iteration)


def memories(factor: float) -> list[GradientMemory]:
    """Return what was measured of a net whose gradient reaches further from moment to moment."""
    return [
        GradientMemory(
            iteration=at,
            norms=tuple(2 * (factor ** (1 / (1 + number))) ** lag for lag in range(50)),
            windows=16,
        )
        for number, at in enumerate(MOMENTS)
    ]


def looks(ratio: float, clipped: float, saturated: float, *radii: float) -> list[Health]:
    """Return looks at a run that has ended with these numbers."""
    return [
        Health(
            iteration=1000 * number - 1,
            clipped_share=clipped * number / 19,
            update_ratio=ratio * (20 / number) ** 1.5,
            saturated=saturated * number / 20,
            gradient_norm=10.0 * number,
            spectral_radii=tuple(radius * (0.5 + number / 40) for radius in radii),
        )
        for number in range(1, 21)
    ]


def race() -> list[Watched]:
    """Return an RNN that has its troubles, and a GRU that has none."""
    rnn, gru = net("RNN", "rnn", 0.4), net("GRU", "gru", 0.25)
    return [
        (rnn, [*memories(0.3), *looks(2e-2, 0.3, 0.6, 2.0)]),
        (gru, [*memories(0.7), *looks(1e-3, 0.01, 0.1, 1.2)]),
    ]


def looking_at(*watched: Watched, live: bool = False, **options: object) -> Looking:
    """Return what a lens looks at: these nets, and `CORPUS`."""
    return Looking(WatchedNets(*watched, live=live), CORPUS, **options)

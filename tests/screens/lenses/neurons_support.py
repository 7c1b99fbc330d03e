"""Nets whose units and gates are known, for the lenses Neurons and Gates."""

from __future__ import annotations

import numpy as np

from tests.screens.lenses.support import CORPUS
from tui_charrnn.engine import TrainConfig, build_model
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.vocabulary import Vocabulary

KNOWS_QUOTES = 5
"""The unit that turns over at each quotation mark."""

HIDDEN = 24

RATES = np.geomspace(0.004, 0.9, HIDDEN)
"""How far the update gates of the units are open where nothing opens them further."""


def gru(name: str = "gru-7", iteration: int = 4_000) -> Subject:
    """Return a GRU with a unit that knows of quotes, and units that remember more or less.

    At a space all gates open a little further; unit 5 opens at quotation marks only, and turns
    over there.
    """
    model = build_model(TrainConfig(cell="gru", hidden_size=HIDDEN), CORPUS.vocab_size)
    weights = {key: np.zeros_like(value) for key, value in model.parameters().items()}
    rng = np.random.default_rng(4)
    weights["Wxh"] = rng.normal(0, 1.5, weights["Wxh"].shape)
    weights["bz"] = np.log(RATES / (1 - RATES))
    weights["Wxz"][:, CORPUS.chars.index(" ")] = 3
    weights["Wxr"] = rng.normal(0, 1, weights["Wxr"].shape)
    at, mark = KNOWS_QUOTES, CORPUS.chars.index('"')
    for key in ("Wxz", "Wxh"):
        weights[key][at] = 0
    weights["bz"][at], weights["Wxz"][at, mark] = -20, 40
    weights["br"][at], weights["bh"][at], weights["Whh"][at, at] = 20, 2, -8
    model.load_parameters(weights)
    return Subject(name, model, Vocabulary(CORPUS.name, CORPUS.chars), iteration)


def net(cell: str, name: str = "", **changes: object) -> Subject:
    """Return a net of random weights that are large enough for its units to do something."""
    config = TrainConfig(**{"cell": cell, "hidden_size": 10, "seed": 3, **changes})
    model, rng = build_model(config, CORPUS.vocab_size), np.random.default_rng(3)
    model.load_parameters(
        {key: rng.normal(0, 0.7, value.shape) for key, value in model.parameters().items()}
    )
    return Subject(name or f"{cell}-3", model, Vocabulary(CORPUS.name, CORPUS.chars), 900)

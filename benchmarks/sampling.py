"""Drawing characters: the engine beside the notebook's loop, the plain one and its products alone.

The notebook's loop computes in float64. For every character it multiplies the input matrices with a
one-hot column, draws with `np.random.choice` over a range, and makes new arrays all the way; it is
what the target is measured against. The plain loop is that of `tests/naive.py`: it computes in the
engine's own dtype, and a number that is drawn before takes the place of that call. The products are
the matrix-vector products of one character, which no way to draw it can do without.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from rich.table import Table

from benchmarks.contenders import Size
from benchmarks.tables import columns
from benchmarks.timing import Action, Rounds, measure, median, with_spread
from tests import naive
from tui_charrnn.engine import build_model

LENGTH: Final = 200
"""Characters drawn at a time, as the notebook does."""

TARGET: Final = 3.0
"""Least ratio of the notebook's time to the engine's, in the dtype that training has by default."""

TARGET_DTYPE: Final = "float32"

TARGET_VOCAB: Final = 121
"""Distinct characters of the notebook's text: its time for a draw grows with them."""

COLUMNS: Final = (
    "cell", "H", "dtype", "notebook chars/s", "plain chars/s", "engine chars/s",
    "ratio to notebook", "target", "reached", "ratio to plain", "share of products",
)  # fmt: skip


def notebook_draws(size: Size, length: int = LENGTH) -> Action:
    """Return what draws characters from the model of a size as the notebook does."""
    parameters = build_model(size.config("float32"), size.vocab).parameters()
    p = naive.columns({name: value.astype(np.float64) for name, value in parameters.items()})
    step = {"rnn": _rnn_step, "gru": _gru_step}[size.cell]

    def draw() -> list[int]:
        h, x, drawn = np.zeros((size.hidden, 1)), _one_hot(0, size.vocab), []
        for _ in range(length):
            h = step(p, x, h)
            y = np.dot(p["Why"], h) + p["by"]
            probabilities = np.exp(y) / np.sum(np.exp(y))
            identifier = np.random.choice(range(size.vocab), p=probabilities.ravel())
            x = _one_hot(identifier, size.vocab)
            drawn.append(identifier)
        return drawn

    return draw


def _one_hot(identifier: int, vocab: int) -> np.ndarray:
    x = np.zeros((vocab, 1))
    x[identifier] = 1
    return x


def _rnn_step(p: naive.Parameters, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    after: np.ndarray = np.tanh(np.dot(p["Wxh"], x) + np.dot(p["Whh"], h) + p["bh"])
    return after


def _gru_step(p: naive.Parameters, x: np.ndarray, h: np.ndarray) -> np.ndarray:
    z = naive.sigmoid(np.dot(p["Wxz"], x) + np.dot(p["Whz"], h) + p["bz"])
    r = naive.sigmoid(np.dot(p["Wxr"], x) + np.dot(p["Whr"], h) + p["br"])
    candidate = np.tanh(np.dot(p["Wxh"], x) + np.dot(p["Whh"], r * h) + p["bh"])
    after: np.ndarray = (1 - z) * h + z * candidate
    return after


def plain_draws(size: Size, dtype: str, length: int = LENGTH) -> Action:
    """Return what draws characters with the plain algorithm."""
    parameters = build_model(size.config(dtype), size.vocab).parameters()
    rng, state = np.random.default_rng(0), np.zeros(size.hidden, dtype)
    return lambda: naive.sample(size.cell, parameters, 0, state, rng.random(length).tolist())


def engine_draws(size: Size, dtype: str, length: int = LENGTH) -> Action:
    """Return what draws characters from a model of the engine."""
    model, rng = build_model(size.config(dtype), size.vocab), np.random.default_rng(0)
    return lambda: model.sample(0, length, rng)


def products(size: Size, dtype: str, length: int = LENGTH) -> Action:
    """Return what makes the matrix-vector products of so many characters, and only those.

    The two gates of a GRU count as one product of their stacked matrices.
    """
    hidden = size.hidden
    rows = {"rnn": [hidden], "gru": [2 * hidden, hidden]}[size.cell]
    vector = np.ones(hidden, dtype)
    calls = [
        (np.ones((count, hidden), dtype).dot, np.empty(count, dtype))
        for count in (*rows, size.vocab)
    ]

    def run() -> None:
        for _ in range(length):
            for product, result in calls:
                product(vector, result)

    return run


def table() -> Table:
    """Return the empty table."""
    return columns(*COLUMNS)


def measure_draws(size: Size, dtype: str, budget: float) -> Rounds:
    """Measure all of them side by side; seconds by name."""
    return measure(
        {
            "notebook": notebook_draws(size),
            "plain": plain_draws(size, dtype),
            "engine": engine_draws(size, dtype),
            "products": products(size, dtype),
        },
        budget,
    )


def add_row(rows: Table, size: Size, dtype: str, rounds: Rounds) -> None:
    """Add what was measured."""
    engine = rounds["engine"]
    ratio = rounds["notebook"] / engine
    verdict = ("", "")
    if (dtype, size.vocab) == (TARGET_DTYPE, TARGET_VOCAB):
        verdict = f">= {TARGET:g}", "yes" if median(ratio) >= TARGET else "no"
    rows.add_row(
        size.cell, f"{size.hidden}", dtype,
        *(f"{LENGTH / median(rounds[name]):,.0f}" for name in ("notebook", "plain", "engine")),
        with_spread(ratio), *verdict, with_spread(rounds["plain"] / engine),
        f"{median(rounds['products'] / engine):.0%}",
    )  # fmt: skip

"""What the line below the table says of the run under the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.content import Content

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import FIELDS
from tui_charrnn.runs import wording
from tui_charrnn.runs.figures import GAP
from tui_charrnn.runs.store import RunRecord
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.runs_columns import SIGNS
from tui_charrnn.widgets.sweep_columns import value_text

COLOURS = {"running": "$text-success", "finished": "$text-success", "failed": "$text-error"}

DIM = "$foreground 60%"


WIDE = 100
"""With fewer columns, why a run ended takes the place of what it was trained with."""

SHAPING = ("model", "training", "optimizer", "schedule")
"""The groups of the hyperparameters that shape what is learned."""

SHOWN = frozenset({
    "cell", "hidden_size", "layers", "seed", "seq_length", "batch_size", "learning_rate",
    "iterations", "training_characters",
})  # fmt: skip
"""Those of them that the table or these lines show of every run."""


def details(run: RunRecord, width: int) -> Content:
    """Return in two lines how a run ended, what it was trained with, and on what.

    Args:
        run: the run under the cursor.
        width: columns of the screen.
    """
    if run.message and width < WIDE:
        return _state(run) + Content(GAP) + _why(run)
    first = Content.styled(safe_line(run.name), "bold") + Content(GAP) + _state(run)
    first += Content(GAP) + _settings(run)
    second = _why(run) if run.message else _circumstances(run, width)
    return Content("\n").join([first.truncate(width - 2, ellipsis=True), second])


def _state(run: RunRecord) -> Content:
    return Content.styled(f"{SIGNS[run.state]} {run.state}", COLOURS.get(run.state, ""))


def _why(run: RunRecord) -> Content:
    return Content.styled(safe_line(run.message), "$text-error" if run.state == "failed" else "")


def _settings(run: RunRecord) -> Content:
    config = run.config
    known = [
        ("rate", wording.rate(config.learning_rate)),
        ("length", wording.count(config.seq_length)),
        ("batch", wording.count(config.batch_size)),
        ("seed", str(config.seed)),
        *_more(config),
        ("group", safe_line(run.origin.group)),
    ]
    return _figures(known)


def _more(config: TrainConfig) -> Iterator[tuple[str, str]]:
    """Yield what else shapes the training, where it is not as usual."""
    read = partial(getattr, config)
    for spec in FIELDS:
        value, shapes = read(spec.name), spec.group in SHAPING and spec.name not in SHOWN
        if shapes and value != spec.default and spec.is_looked_at(read):
            yield spec.label, value_text(value)


def _circumstances(run: RunRecord, width: int) -> Content:
    """Return how much text there was, and what the run was made with."""
    known = [
        ("trained on", f"{wording.count(run.train_characters)} characters"),
        ("held out", wording.count(run.validation_characters)),
        *((name, safe_line(value)) for name, value in run.versions.items()),
        *((name, safe_line(value)) for name, value in run.machine.items()),
    ]
    return _figures(known).truncate(width - 2, ellipsis=True)


def _figures(known: list[tuple[str, str]]) -> Content:
    return Content(GAP).join(
        Content.styled(f"{label} ", DIM) + Content(value) for label, value in known if value
    )

"""A short run that is interrupted, and how it must come out if nothing had happened."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np

from tests.ptys import Pty, until
from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.config import FIELDS, PRESETS
from tui_charrnn.engine.events import Step
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.host import limit_blas
from tui_charrnn.runs.store import RunStore

UPDATES = 400
"""Of a run that takes some seconds: to be interrupted, and to be trained to its end."""

CONFIG = TrainConfig(**{**PRESETS["quick"], "iterations": UPDATES})  # type: ignore[arg-type]

SLOW = TrainConfig(hidden_size=1000, seq_length=3000, sample_every=0, validation_fraction=0.0)
"""One update of it takes a second or more."""

TEXT = "the owl saw the fox, and the fox saw the owl. " * 300


def tabs() -> int:
    """Return how many fields it is from the hidden size to the iterations in the form."""
    groups = list(dict.fromkeys(spec.group for spec in FIELDS))
    shown = [spec for spec in FIELDS if spec.is_looked_at(lambda name: getattr(CONFIG, name))]
    names = [spec.name for spec in sorted(shown, key=lambda spec: groups.index(spec.group))]
    return names.index("iterations") - names.index("hidden_size")


def app_command(folder: Path, *more: str) -> list[str]:
    """Return what starts the app on a text in a folder, with a store of its own there."""
    text = folder / "owls.txt"
    text.write_text(TEXT)
    arguments = ["--corpus", str(text), "--preset", "quick", "--store", str(store_in(folder))]
    return [sys.executable, "-m", "tui_charrnn", *arguments, *more]


def store_in(folder: Path) -> Path:
    return folder / "runs.sqlite3"


def begin(app: Pty, folder: Path) -> int:
    """Start the run of CONFIG by keys; return the process that trains it, when it has begun."""
    app.wait_for(b"READY")
    app.press_and_wait("e", b"hidden units")
    app.press_and_wait(tabs() * "\t", b"updates in the run")
    app.press(str(UPDATES))
    app.wait_for(b"custom")
    app.press_and_wait("\x1b", b"Start")  # out of the form, where a space is a letter
    app.press(" ")
    until(lambda: iteration(folder) > 5)
    return row(folder)[2]


def row(folder: Path, run_id: int = 1) -> tuple[str, int, int]:
    """Return state, iteration and process of a run as they are written in the store."""
    query = "SELECT state, iteration, pid FROM runs WHERE id = ?"
    address = f"file:{store_in(folder)}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return connection.execute(query, (run_id,)).fetchone() or ("", 0, 0)
    except sqlite3.OperationalError:  # it is not there yet
        return "", 0, 0


def iteration(folder: Path) -> int:
    return row(folder)[1]


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state == "Z"


def check_stopped(folder: Path) -> int:
    """Check that the run was stopped midway with a checkpoint of just this moment; return it."""
    with RunStore.open(store_in(folder)) as store:
        run = store.record_of(1)
        assert (run.state, run.config) == ("stopped", CONFIG)
        assert 0 < run.iteration < UPDATES
        assert store.checkpoint(1).iteration == run.iteration == len(store.points(1))
        return run.iteration


def check_as_if_nothing_was(folder: Path) -> None:
    """Check that the run is finished, and the same to the last bit as one in one go."""
    losses, parameters = _in_one_go()
    with RunStore.open(store_in(folder)) as store:
        assert store.record_of(1).state == "finished"
        points, end = store.points(1), store.checkpoint(1)
        assert end.iteration == UPDATES
        np.testing.assert_array_equal(points["loss"], losses)
        assert parameters.keys() == end.parameters.keys()
        for name, values in parameters.items():
            np.testing.assert_array_equal(end.parameters[name], values)


@cache
def _in_one_go() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    limit_blas()
    corpus = Corpus.from_text(TEXT)
    model = build_model(CONFIG, corpus.vocab_size)
    events = train_to_the_end(CONFIG, corpus, model, TrainControl())
    losses = [event.loss for event in events if isinstance(event, Step)]
    return np.array(losses), dict(model.parameters())

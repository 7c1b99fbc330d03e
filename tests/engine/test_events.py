"""Events as JSON, their equality, and what the engine brings with it."""

from __future__ import annotations

import inspect
import json
import math
import subprocess
import sys

import numpy as np
import pytest

from tests.engine.support import only, random_corpus, run, small
from tui_charrnn.engine import SampleRequest, TrainConfig, TrainControl, events
from tui_charrnn.engine.events import (
    Drawn,
    Event,
    GradientMemory,
    Health,
    LearningRateChanged,
    Paused,
    Resumed,
    Sample,
    SamplePart,
    Snapshot,
    Started,
    Step,
    Stopped,
    Validation,
)

EVERY_KIND = (
    Started(
        iteration=0, config=TrainConfig(), corpus="owls", vocab_size=5, train_characters=90,
        validation_characters=10, parameter_count=1000, learning_rate=0.25,
    ),
    Step(
        iteration=3, elapsed=0.5, loss=math.nan, smooth_loss=math.inf, bits_per_character=-math.inf,
        smooth_bits_per_character=2.5, characters=800, epoch=0.25, learning_rate=1e-3,
    ),
    Sample(iteration=4, text='"\n\x1b\ud800 é', smooth_loss=1.5, temperature=0.0, prompt="a"),
    SamplePart(
        iteration=4, text="\udfff\n", smooth_loss=math.nan, temperature=0.5, prompt="a", best=True,
        top_p=0.5, drawn=7, length=9,
    ),
    Validation(iteration=4, bits_per_character=math.nan, characters=9, is_best=False),
    GradientMemory(iteration=4, norms=(1.5, 0.25, math.inf), windows=2),
    Health(
        iteration=4, clipped_share=0.25, update_ratio=math.inf, saturated=0.0,
        gradient_norm=math.nan, spectral_radii=(1.25, math.nan),
    ),
    LearningRateChanged(iteration=5, old=0.1, new=0.2),
    Paused(iteration=6),
    Resumed(iteration=6),
    Snapshot(iteration=7, checkpoint={"Whh": np.zeros(3)}),
    Stopped(
        iteration=7, outcome="failed", smooth_loss=math.nan, message="It broke.",
        best_parameters={"Whh": np.zeros(3)},
    ),
)  # fmt: skip


def strict(event: Event) -> str:
    return json.dumps(event.as_json(), allow_nan=False)


@pytest.mark.parametrize("event", EVERY_KIND, ids=lambda event: type(event).__name__)
def test_every_kind_of_event_is_plain_json(event: Event) -> None:
    row = json.loads(strict(event))
    assert next(iter(row)) == "event"
    assert row["event"] == type(event).__name__
    assert row["iteration"] == event.iteration
    assert not {"best_parameters", "checkpoint"} & set(row)
    assert row == event.as_json()


def test_every_kind_there_is_was_looked_at() -> None:
    kinds = {kind for kind in vars(events).values() if inspect.isclass(kind)}
    assert {type(event) for event in EVERY_KIND} == {
        kind for kind in kinds if issubclass(kind, Event) and kind not in (Event, Drawn)
    }


def test_numbers_that_json_cannot_hold_are_words() -> None:
    row = EVERY_KIND[1].as_json()
    assert (row["loss"], row["smooth_loss"], row["bits_per_character"]) == ("nan", "inf", "-inf")
    assert EVERY_KIND[-1].as_json()["smooth_loss"] == "nan"


def test_a_config_comes_back_from_json() -> None:
    row = json.loads(strict(EVERY_KIND[0]))
    assert TrainConfig(**row["config"]) == TrainConfig()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_events_of_a_real_run_are_plain_json(dtype: str) -> None:
    control = TrainControl()
    control.request_sample(SampleRequest(length=3))
    control.set_learning_rate(0.5)
    config = small(dtype=dtype, iterations=5, sample_every=2, validation_fraction=0.2, eval_every=2)
    happened = run(config, random_corpus(200, 6), control=control)
    rows = [json.loads(strict(event)) for event in happened]
    assert [row["event"] for row in rows] == [type(event).__name__ for event in happened]
    step = next(row for row in rows if row["event"] == "Step")
    assert all(type(step[name]) is float for name in ("loss", "smooth_loss", "epoch"))
    assert rows[-1]["outcome"] == "finished"
    assert rows[-1]["best_iteration"] is not None


def test_the_clock_takes_no_part_in_the_comparison() -> None:
    assert Paused(iteration=1, elapsed=1.0) == Paused(iteration=1, elapsed=2.0)
    assert Paused(iteration=1) != Paused(iteration=2)
    assert Paused(iteration=1) != Resumed(iteration=1)


def test_events_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        EVERY_KIND[5].iteration = 3  # type: ignore[misc]


def test_weights_in_an_event_are_no_live_ones() -> None:
    config = small(iterations=4, validation_fraction=0.2, eval_every=1)
    corpus = random_corpus(200, 6)
    end = only(Stopped, run(config, corpus))[0]
    kept = {name: value.copy() for name, value in end.best_parameters.items()}
    run(config, corpus)
    assert all((kept[name] == end.best_parameters[name]).all() for name in kept)


LOAD = "import sys; from tui_charrnn.engine import train"


def test_the_engine_brings_no_screen_with_it() -> None:
    code = f"{LOAD}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert {"numpy", "tui_charrnn"} <= loaded
    assert not loaded & {"textual", "plotext", "rich", "platformdirs", "threadpoolctl"}


def test_the_engine_brings_nothing_else_of_the_project_with_it() -> None:
    code = f"{LOAD}; print(*[name for name in sys.modules if 'tui_charrnn' in name])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = done.stdout.split()
    assert "tui_charrnn.engine.trainer" in loaded
    assert all(n == "tui_charrnn" or n.startswith("tui_charrnn.engine") for n in loaded)

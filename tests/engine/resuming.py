"""What the tests of checkpoints share: runs that are steered, broken off and gone on with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from tests.engine.support import OWLS, only, small
from tui_charrnn.engine import (
    CharModel,
    Corpus,
    SampleRequest,
    TrainConfig,
    TrainControl,
    build_model,
    train,
)
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.events import Event, Paused, Resumed, Snapshot, Started, Step, Stopped

DTYPES = SPECS["dtype"].choices
OPTIMIZERS = SPECS["optimizer"].choices

CORPUS = Corpus.from_text(OWLS * 20, "owls")
"""900 characters; a fifth is held out, so that 720 are left, or 90 in each of 8 streams."""

LIVELY = small(
    iterations=60, sample_every=7, sample_length=20, validation_fraction=0.2, eval_every=10,
    checkpoint_seconds=0,
)  # fmt: skip
"""A run with samples and validations, and no checkpoint by time."""

ASKED = (6, 25, 34, 42, 150, 251, 333)
"""Updates before which `disturb` asks for samples."""

RATES = {13: 0.05, 31: 0.07, 46: 0.02, 301: 0.05}
"""Learning rates from some updates on, as `disturb` asks for them."""

Act = Callable[[Event, TrainControl], None]
Where = Callable[[Event], bool]


@dataclass
class Life:
    """What a run has told, and the model that it trained."""

    events: list[Event]
    model: CharModel

    @property
    def checkpoint(self) -> Checkpoint:
        """The newest."""
        checkpoint: Checkpoint = only(Snapshot, self.events)[-1].checkpoint
        return checkpoint

    @property
    def kept(self) -> list[Event]:
        """The events up to and with the newest snapshot."""
        place = max(n for n, event in enumerate(self.events) if isinstance(event, Snapshot))
        return self.events[: place + 1]


def live(
    config: TrainConfig,
    *acts: Act,
    start: Checkpoint | None = None,
    corpus: Corpus = CORPUS,
    source: Callable[..., Iterator[Event]] = train,
    cut_in: tuple[str, int] | None = None,
) -> Life:
    """Run, or go on, with something done at each event in the trainer's own thread.

    Args:
        config: the hyperparameters.
        acts: what is done.
        start: where an earlier run goes on.
        corpus: the text.
        source: what trains.
        cut_in: the run is asked to stop within a call of a method of its model, the n-th; `read`
            is that of the readers that samples are drawn with.
    """
    control, model = TrainControl(), build_model(config, corpus.vocab_size)
    if cut_in is not None:
        _stop_within(model, control, *cut_in)
    events = []
    for event in source(config, corpus, model, control, start):
        events.append(event)
        for act in acts:
            act(event, control)
    return Life(events, model)


def _stop_within(model: CharModel, control: TrainControl, method: str, call: int) -> None:
    calls = itertools.count(1)

    def count(owner: Any, method: str) -> Any:
        original = getattr(owner, method)

        def counted(*arguments: Any) -> Any:
            if next(calls) == call:
                control.stop()
            return original(*arguments)

        setattr(owner, method, counted)
        return owner

    if method == "read":
        reader = model.reader
        model.reader = lambda state: count(reader(state), method)  # type: ignore[method-assign]
    else:
        count(model, method)


def stop_at(is_there: Where) -> Act:
    """Ask the run to stop at an event."""

    def act(event: Event, control: TrainControl) -> None:
        if is_there(event):
            control.stop()

    return act


def pause_at(is_there: Where) -> Act:
    """Let the run pause at an event, and go on at once."""

    def act(event: Event, control: TrainControl) -> None:
        if is_there(event):
            control.pause()
        if isinstance(event, Paused):
            control.resume()

    return act


def after_update(iteration: int) -> Where:
    """Tell the update of an iteration from other events."""
    return lambda event: isinstance(event, Step) and event.iteration == iteration


def disturb(event: Event, control: TrainControl) -> None:
    """Ask for samples and other learning rates, early and late in the run."""
    if isinstance(event, Step):
        _ask(event.iteration + 1, control)


def disturb_again(event: Event, control: TrainControl) -> None:
    """As `disturb`; ask also for what had not been served before the run was broken off."""
    disturb(event, control)
    if isinstance(event, Started):
        _ask(event.iteration, control)


def _ask(coming: int, control: TrainControl) -> None:
    if coming in ASKED:
        control.request_sample(SampleRequest(length=coming))
        control.request_sample(SampleRequest(prompt="owl", length=8, temperature=0.5))
    if coming in RATES:
        control.set_learning_rate(RATES[coming])


def essence(events: list[Event]) -> list[Event]:
    """Leave out what tells of breaks and of copies: the rest is the training."""
    breaks = (Started, Snapshot, Paused, Resumed)
    return [event for event in events if not isinstance(event, breaks)]


def joined(*lives: Life) -> list[Event]:
    """Return the events of a run that was broken off, as whoever keeps them has them."""
    *broken, last = lives
    return [event for life in broken for event in life.kept] + last.events


def plain(value: Any) -> Any:
    """Return a value in which arrays are dtype, shape and bytes, so that `==` compares bits."""
    if isinstance(value, np.ndarray):
        return (str(value.dtype), value.shape, value.tobytes())
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value


def contents(checkpoint: Checkpoint, *but: str) -> dict[str, Any]:
    """Return the fields of a checkpoint, all but some, as they compare bit by bit."""
    names = [spec.name for spec in fields(checkpoint) if spec.name not in but]
    return {name: plain(getattr(checkpoint, name)) for name in names}


def assert_same_end(one: Life, other: Life) -> None:
    """Both came to the same, to the last bit: weights, memory, state, generators, the best."""
    assert isinstance(one.events[-1], Stopped)
    assert one.events[-1] == other.events[-1]
    assert plain(one.events[-1].best_parameters) == plain(other.events[-1].best_parameters)
    assert plain(one.model.parameters()) == plain(other.model.parameters())
    ends = [contents(life.checkpoint, "events", "elapsed") for life in (one, other)]
    for name in ends[0]:
        assert ends[0][name] == ends[1][name], name

"""Samples from the model that a run left, drawn in a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from tui_charrnn.engine import CharModel, Corpus, SampleRequest, TrainControl
from tui_charrnn.engine.events import Event, Sample
from tui_charrnn.engine.memory import NO_MEMORY
from tui_charrnn.engine.model import build_model_of
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.sampling import cold_start, draw_text


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDrawn(Event):
    """A sample that was asked for could not be drawn; `message` says why."""

    message: str


@dataclass(frozen=True, slots=True)
class Remains:
    """What can be drawn from after a run.

    Attributes:
        model: with its last weights.
        corpus: for its vocabulary.
        iteration: updates that the weights have seen.
        elapsed: seconds of training.
        loss: of the weights, in nats a sequence: the last smooth loss, or of the best weights
            the loss of their validation.
        parameters: weights other than the model's last ones, under their canonical names.
    """

    model: CharModel
    corpus: Corpus
    iteration: int
    elapsed: float
    loss: float
    parameters: Mapping[str, Array] | None = None


class Drawer:
    """Draws from what a run left, until it is stopped."""

    def __init__(self, deliver: Callable[[Event], object]) -> None:
        """Prepare; `deliver` is called in the thread of each sample."""
        self._deliver = deliver
        self._control = TrainControl()

    def stop(self) -> None:
        """Break off what is being drawn; nothing more is delivered."""
        self._control.stop()

    def draw(self, request: SampleRequest, remains: Remains) -> None:
        """Begin to draw a sample."""
        threading.Thread(target=self._draw, args=(request, remains), daemon=True).start()

    def _draw(self, request: SampleRequest, remains: Remains) -> None:
        event: Event | None
        try:
            event = self._sample(request, remains)
        except MemoryError:
            event = self._not_drawn(remains, NO_MEMORY)
        except ValueError as error:
            event = self._not_drawn(remains, str(error))
        if event is not None and not self._control.stopping:
            self._deliver(event)

    def _not_drawn(self, remains: Remains, message: str) -> NotDrawn:
        return NotDrawn(iteration=remains.iteration, elapsed=remains.elapsed, message=message)

    def _sample(self, request: SampleRequest, remains: Remains) -> Sample | None:
        model, config = remains.model, remains.model.config
        if remains.parameters is not None:
            model = build_model_of(config, remains.corpus.vocab_size, remains.parameters)
        rng = np.random.default_rng()
        start = cold_start(remains.corpus, request.prompt, zero_state(config), rng)
        text = draw_text(model, remains.corpus, request, rng, start, self._control)
        return None if text is None else _event(request, remains, text)


def _event(request: SampleRequest, remains: Remains, text: str) -> Sample:
    return Sample(
        iteration=remains.iteration,
        elapsed=remains.elapsed,
        text=text,
        smooth_loss=remains.loss,
        temperature=request.temperature,
        top_k=request.top_k,
        top_p=request.top_p,
        prompt=request.prompt,
        requested=True,
        best=remains.parameters is not None,
    )

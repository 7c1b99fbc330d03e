"""Samples from the model that a run left, drawn in a thread of their own."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_charrnn.engine import SampleRequest, TrainControl
from tui_charrnn.engine.events import Drawn, Event

if TYPE_CHECKING:
    from tui_charrnn.engine import CharModel, Corpus
    from tui_charrnn.engine.parameters import Array


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
    """Draws from what a run left, one sample after the other, until it is stopped."""

    def __init__(self, deliver: Callable[[Event], object], interval: float = math.inf) -> None:
        """Prepare.

        Args:
            deliver: called in the thread that draws.
            interval: seconds of drawing after which more of a sample is delivered; infinite: only
                whole ones.
        """
        self._deliver = deliver
        self._control = TrainControl()
        self._control.part_interval = interval
        self._wanted = deque[tuple[SampleRequest, Remains]]()
        self._starting = threading.Lock()
        self._is_busy = False

    def stop(self) -> None:
        """Break off what is being drawn; nothing more is delivered."""
        self._control.stop()

    def cut(self) -> None:
        """Let the sample that is being drawn end where it is."""
        self._control.cut_sample()

    def draw(self, request: SampleRequest, remains: Remains) -> None:
        """Begin to draw a sample, after those that were asked for before."""
        with self._starting:
            self._wanted.append((request, remains))
            if not self._is_busy:
                self._is_busy = True
                threading.Thread(target=self._draw_all, name="drawer", daemon=True).start()

    def _draw_all(self) -> None:
        while (wanted := self._next()) is not None:
            self._draw(*wanted)

    def _next(self) -> tuple[SampleRequest, Remains] | None:
        with self._starting:
            self._is_busy = bool(self._wanted) and not self._control.stopping
            return self._wanted.popleft() if self._is_busy else None

    def _draw(self, request: SampleRequest, remains: Remains) -> None:
        from tui_charrnn.engine.memory import NO_MEMORY  # noqa: PLC0415 - see _sample

        try:
            for event in self._sample(request, remains):
                self._tell(event)
        except MemoryError:
            self._tell(self._not_drawn(remains, NO_MEMORY))
        except ValueError as error:
            self._tell(self._not_drawn(remains, str(error)))

    def _tell(self, event: Event) -> None:
        if not self._control.stopping:
            self._deliver(event)

    def _not_drawn(self, remains: Remains, message: str) -> NotDrawn:
        return NotDrawn(iteration=remains.iteration, elapsed=remains.elapsed, message=message)

    def _sample(self, request: SampleRequest, remains: Remains) -> Iterator[Drawn]:
        import numpy as np  # noqa: PLC0415 - the first frame needs none of this

        from tui_charrnn.engine.model import build_model_of  # noqa: PLC0415
        from tui_charrnn.engine.registry import zero_state  # noqa: PLC0415
        from tui_charrnn.engine.sample_events import sample_events, unwritten  # noqa: PLC0415
        from tui_charrnn.engine.sampling import cold_start, draw_parts  # noqa: PLC0415

        model, config = remains.model, remains.model.config
        if remains.parameters is not None:
            model = build_model_of(config, remains.corpus.vocab_size, remains.parameters)
        rng = np.random.default_rng()
        start = cold_start(remains.corpus, request.prompt, zero_state(config), rng)
        drawing = draw_parts(model, remains.corpus, request, rng, start, self._control)
        about = unwritten(
            request,
            iteration=remains.iteration,
            smooth_loss=remains.loss,
            requested=True,
            best=remains.parameters is not None,
        )
        return sample_events(drawing, about, request.length, lambda: remains.elapsed)

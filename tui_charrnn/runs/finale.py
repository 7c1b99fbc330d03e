"""What a net leaves when all is learned: a last sample, and how far its gradients reach back.

Both need the weights, which are gone once a run is only a record; so they are taken at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from tui_charrnn.engine import CharModel, Corpus, SampleRequest, TrainConfig, TrainControl, train
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.events import Drawn, Event, GradientMemory, Stopped
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.engine.parts import judged_text
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.sample_events import sample_events, unwritten
from tui_charrnn.engine.sampling import cold_start, draw_parts


def train_to_the_end(
    config: TrainConfig,
    corpus: Corpus,
    model: CharModel,
    control: TrainControl,
    start: Checkpoint | None = None,
) -> Iterator[Event]:
    """Yield the events of `train`; before the last one of a finished run, those of its finale.

    The finale is a sample drawn as the notebook's last ones, from a state of zeros and a random
    character, or the run's own prompt, and the gradient memory of the final weights.

    Raises:
        ConfigError: before anything is yielded, as `train` does.
        CorpusError: as `train` does.
        ValueError: as `train` does.
    """
    finale = _Finale(config, corpus, model, control)
    return finale.before_the_last_of(train(config, corpus, model, control, start))


@dataclass(frozen=True, slots=True)
class _Finale:
    config: TrainConfig
    corpus: Corpus
    model: CharModel
    control: TrainControl

    def before_the_last_of(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            if isinstance(event, Stopped) and event.outcome == "finished":
                yield from self._sample(event)
                yield from self._gradient_memory(event)
            yield event

    def _sample(self, stopped: Stopped) -> Iterator[Drawn]:
        """Draw the last sample, unless the run is asked to stop meanwhile."""
        config = self.config
        request = SampleRequest.of(config)
        rng = np.random.default_rng([config.seed, 3])
        start = cold_start(self.corpus, request.prompt, zero_state(config), rng)
        iteration, loss = stopped.iteration, stopped.smooth_loss
        about = unwritten(request, iteration=iteration, smooth_loss=loss, final=True)
        drawing = draw_parts(self.model, self.corpus, request, rng, start, self.control)
        return sample_events(drawing, about, request.length, lambda: stopped.elapsed)

    def _gradient_memory(self, stopped: Stopped) -> Iterator[GradientMemory]:
        """Measure it, unless the run is asked to stop or there is no memory left for it."""
        if self.control.stopping:
            return
        text = judged_text(self.config, self.corpus)
        with suppress(MemoryError):  # what was learned is worth more than its measure
            yield measure(self.model, text, iteration=stopped.iteration, elapsed=stopped.elapsed)

"""What a net leaves when all is learned: a last sample, and how far its gradients reach back.

Both need the weights, which are gone once a run is only a record; so they are taken at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from tui_charrnn.engine import CharModel, Corpus, SampleRequest, TrainConfig, TrainControl, train
from tui_charrnn.engine.events import Event, Sample, Stopped
from tui_charrnn.engine.gradient_memory import measure
from tui_charrnn.engine.sampling import cold_start, draw_text


def train_to_the_end(
    config: TrainConfig, corpus: Corpus, model: CharModel, control: TrainControl
) -> Iterator[Event]:
    """Yield the events of `train`; before the last one of a finished run, those of its finale.

    The finale is a sample drawn as the notebook's last ones, from a state of zeros and a random
    character, and the gradient memory of the final weights.
    """
    for event in train(config, corpus, model, control):
        if isinstance(event, Stopped) and event.outcome == "finished":
            yield from _finale(event, corpus, model, control)
        yield event


def _finale(
    stopped: Stopped, corpus: Corpus, model: CharModel, control: TrainControl
) -> Iterator[Event]:
    sample = _last_sample(stopped, corpus, model, control)
    if sample is not None:
        yield sample
    if not control.stopping:
        _, held_out = corpus.split(model.config.validation_fraction)
        text = held_out if len(held_out) else corpus.ids
        memory = measure(model, text, iteration=stopped.iteration)
        yield replace(memory, elapsed=stopped.elapsed)


def _last_sample(
    stopped: Stopped, corpus: Corpus, model: CharModel, control: TrainControl
) -> Sample | None:
    config = model.config
    request = SampleRequest(length=config.sample_length, temperature=config.temperature)
    rng = np.random.default_rng([config.seed, 3])
    zeros = np.zeros(config.hidden_size, config.dtype)
    start = cold_start(corpus, "", zeros, rng)
    text = draw_text(model, corpus, request, rng, start, control)
    if text is None:
        return None
    return Sample(
        iteration=stopped.iteration,
        elapsed=stopped.elapsed,
        text=text,
        smooth_loss=stopped.smooth_loss,
        temperature=config.temperature,
        final=True,
    )

"""The learner: where a run stands in its text, and the update that it makes from a window.

The order is the notebook's: the loss and its gradients, the clipping, the update, the smooth loss.
The text is read in consecutive windows; the state carries over, and both restart when the next
window would not fit.
"""

from __future__ import annotations

import math

import numpy as np

from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.config import SPECS, TrainConfig
from tui_charrnn.engine.data_parallel import DataParallel, ShardError
from tui_charrnn.engine.events import Health, Step
from tui_charrnn.engine.health import Before, look_after, look_before, saturation_of
from tui_charrnn.engine.layer import Dropout
from tui_charrnn.engine.metrics import bits_per_character, initial_smooth_loss, smooth
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.optimizers import OPTIMIZERS, clip
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.schedule import rate_factor


class Learner:
    """Makes the updates of one run.

    Attributes:
        streams: (B, N) the training text.
        iteration: updates made; the next one has this number.
        position: where in each stream the next window begins.
        passes: complete passes over the text.
        state: ([B,] W) before the next window.
        smooth_loss: nats a sequence.
        base_rate: the learning rate before the schedule.
        health: what was seen at the last update that was watched, until somebody takes it.
    """

    def __init__(
        self, config: TrainConfig, streams: Array, model: CharModel, dropped: np.random.Generator
    ) -> None:
        """Stand before the first update.

        Args:
            config: the hyperparameters.
            streams: (B, N) the training text.
            model: trained in place.
            dropped: what dropout draws from.
        """
        self.config, self.streams, self.model = config, streams, model
        self._dropout = Dropout(config.dropout, dropped) if config.dropout else None
        self.optimizer = OPTIMIZERS[config.optimizer](
            model.weights.flat, model.gradients.flat, config
        )
        self.iteration = self.position = self.passes = 0
        self.state = model.initial_state()
        self.loss = math.nan
        self.smooth_loss = initial_smooth_loss(model.vocab_size, config.seq_length)
        self.base_rate = config.learning_rate
        self.health: Health | None = None
        self._before: Before | None = None
        self._shards = DataParallel(config, model) if config.processes > 1 else None

    def close(self) -> None:
        """End the processes that share the streams, if there are any."""
        if self._shards is not None:
            self._shards.close()

    def go_on_from(self, start: Checkpoint) -> None:
        """Become what the learner was that the checkpoint is of."""
        self.model.load_parameters(start.parameters)
        for name, vector in self.optimizer.state.items():
            np.copyto(vector, self.model.flattened(start.optimizer[name]))
        self.iteration, self.position, self.passes = start.iteration, start.position, start.passes
        self.state, self.smooth_loss = start.state.copy(), start.smooth_loss
        self.base_rate = start.learning_rate

    @property
    def learning_rate(self) -> float:
        """Of the next update: what the schedule makes of the base rate."""
        return self.scheduled(self.base_rate)

    def scheduled(self, base_rate: float) -> float:
        """Return what the schedule makes of a base rate at the next update."""
        return base_rate * rate_factor(self.config, self.iteration)

    def base_of(self, rate: float) -> float:
        """Return the base rate of which the schedule makes `rate` at the next update.

        It is at most what a learning rate can be: early in a warm-up less than `rate` comes of it.
        """
        base = rate / (rate_factor(self.config, self.iteration) or 1.0)
        return min(base, SPECS["learning_rate"].maximum or base)

    def wrap_around(self) -> None:
        """Go back to the start of the text, with a fresh state, if no whole window is left."""
        if self.position + self.config.seq_length + 1 >= self.streams.shape[1]:
            self.passes += self.position > 0
            self.position = 0
            self.state = self.model.initial_state()

    def learn(self) -> str:
        """Make one update; return why it could not be made, or nothing."""
        dropout = self._dropout
        drawn = {} if dropout is None else dropout.rng.bit_generator.state
        try:
            loss, state = self._backpropagate()
            problem = self._not_finite(loss)
        except ShardError as error:
            problem = self._broken_off(f"A process that shared the streams {error}")
        if problem:
            if dropout is not None:
                dropout.rng.bit_generator.state = drawn  # as if it had not been tried
            return problem
        self.optimizer.update(self.learning_rate, self.iteration)
        self.state = state
        self.loss = loss / self.config.batch_size
        self.smooth_loss = smooth(self.smooth_loss, self.loss)
        return ""

    def _backpropagate(self) -> tuple[float, Array]:
        """Fill the gradients, and clip them; return the loss and the state after the window."""
        inputs, targets = self._window()
        shards = self._shards
        backpropagate = (self.model if shards is None else shards).backpropagate
        loss, state = backpropagate(inputs, targets, self.state, self._dropout)
        self._before = None
        if self._is_watched():
            counted = saturation_of(self.model) if shards is None else shards.saturation()
            self._before = look_before(self.model, self.config, counted)
        clip(self.model.gradients.flat, self.config)
        return loss, state

    def _is_watched(self) -> bool:
        every = self.config.watch_every
        return every > 0 and (self.iteration + 1) % every == 0

    def _window(self) -> tuple[Array, Array]:
        """Return inputs and targets, (T,) or (B, T)."""
        stop = self.position + self.config.seq_length
        inputs = self.streams[:, self.position : stop]
        targets = self.streams[:, self.position + 1 : stop + 1]
        if self.state.ndim == 1:
            inputs, targets = inputs[0], targets[0]
        return inputs.astype(np.intp), targets.astype(np.intp)

    def _not_finite(self, loss: float) -> str:
        """Say what is not finite, or nothing."""
        gradients = self.model.gradients.flat
        for name, value in (("loss", loss), ("gradient", float(np.dot(gradients, gradients)))):
            if not math.isfinite(value):
                broken_off = self._broken_off(f"The {name} became {value}")
                return f"{broken_off} A lower learning rate may help."
        return ""

    def _broken_off(self, why: str) -> str:
        return f"{why} at iteration {self.iteration:,}; the parameters from before it are kept."

    def advance(self, elapsed: float) -> Step:
        """Count the update that was made, `elapsed` seconds into the training, and tell of it."""
        length, rate = self.config.seq_length, self.learning_rate
        self.position += length
        step = Step(
            iteration=self.iteration,
            elapsed=elapsed,
            loss=self.loss,
            smooth_loss=self.smooth_loss,
            bits_per_character=bits_per_character(self.loss, length),
            smooth_bits_per_character=bits_per_character(self.smooth_loss, length),
            characters=(self.iteration + 1) * length * self.config.batch_size,
            epoch=self.passes + self.position / self.streams.shape[1],
            learning_rate=rate,
        )
        if self._before is not None:  # now that it is known when the update was made
            self.health = look_after(
                self._before, self.model, iteration=self.iteration, elapsed=elapsed
            )
        self.iteration += 1
        return step

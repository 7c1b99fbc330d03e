"""The character model: layers of a recurrent cell below an output layer.

The state of a model is one vector of W values: layer after layer, in each the hidden state and then
whatever else its cell remembers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tui_charrnn.engine.cell import Scan, flat_rows
from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.initialization import initialize
from tui_charrnn.engine.layer import Dropout
from tui_charrnn.engine.memory import check_memory
from tui_charrnn.engine.output import OutputLayer
from tui_charrnn.engine.parameters import Array, FlatArrays, Shape
from tui_charrnn.engine.registry import (
    canonical,
    layers_of,
    model_layout,
    state_shape,
    zero_state,
)
from tui_charrnn.engine.sampling import Sampler
from tui_charrnn.engine.stepping import Stepper
from tui_charrnn.engine.window import Passes, Window


class CharModel:
    """A recurrent net that predicts the next character; made by `build_model`."""

    def __init__(
        self,
        config: TrainConfig,
        vocab_size: int,
        weights: Array | None = None,
        gradients: Array | None = None,
    ) -> None:
        """Allocate the parameters, all of them 0.

        Args:
            config: the hyperparameters.
            vocab_size: V.
            weights: (P,) to use as they are, in place of new ones.
            gradients: likewise.
        """
        self.config = config
        self.vocab_size = vocab_size
        layout = model_layout(config, vocab_size)
        self.weights = FlatArrays(layout, config.dtype, weights)
        self.gradients = FlatArrays(layout, config.dtype, gradients)
        self._layers = layers_of(config, self.weights, self.gradients)
        self._output = OutputLayer(self.weights, self.gradients)
        self._parameters = self._canonical(self.weights)
        self._windows: dict[Shape, Window] = {}
        self._last: Window | None = None

    def _canonical(self, arrays: FlatArrays) -> dict[str, Array]:
        return canonical(self.config, arrays)

    def draw_weights(self) -> None:
        """Draw the weights as the config says; nothing was learned before."""
        initialize(self.config, self._parameters)

    @property
    def parameter_count(self) -> int:
        """The number of trained values."""
        return len(self.weights.flat)

    def parameters(self) -> dict[str, Array]:
        """Return copies of all parameters under their canonical names and shapes."""
        return {name: view.copy() for name, view in self._parameters.items()}

    def named(self, flat: Array) -> dict[str, Array]:
        """Return copies of a vector (P,) laid out as `weights.flat`, under the canonical names."""
        arrays = self._like_weights()
        np.copyto(arrays.flat, flat)
        return self._canonical(arrays)

    def flattened(self, named: Mapping[str, Array]) -> Array:
        """Return the vector (P,) of which `named` makes these arrays.

        Raises:
            ValueError: naming an array that is missing, unknown or of another shape.
        """
        arrays = self._like_weights()
        _copy(named, self._canonical(arrays))
        return arrays.flat

    def _like_weights(self) -> FlatArrays:
        return FlatArrays(model_layout(self.config, self.vocab_size), self.config.dtype)

    def load_parameters(self, parameters: Mapping[str, Array]) -> None:
        """Copy parameters into the model; on an error the model is as it was before.

        Raises:
            ValueError: naming a parameter that is missing, unknown or of another shape.
        """
        _copy(parameters, self._parameters)

    def initial_state(self) -> Array:
        """Return a state of zeros: (W,), or (B, W) if `batch_size` B is above 1."""
        return np.zeros(state_shape(self.config), self.config.dtype)

    def loss_and_gradients(
        self,
        inputs: Array,
        targets: Array,
        state: Array,
        dropout: Dropout | None = None,
    ) -> tuple[float, dict[str, Array], Array]:
        """Return the loss of one window, its gradients and the state after it.

        Args:
            inputs: (T,) or (B, T) ids of the characters read.
            targets: ids of the characters that follow each, same shape.
            state: (W,) or (B, W) before the window.
            dropout: acts between layers; None to drop nothing.

        Returns:
            loss in nats, summed over T (and B); copies of the gradients, not clipped, under the
            canonical names; the state after the window.

        Raises:
            ValueError: if the shapes do not fit or an id is not below the vocabulary size.
        """
        inputs, targets = self._checked(inputs), self._checked(targets)
        if inputs.shape != targets.shape:
            raise ValueError(f"inputs have shape {inputs.shape}, targets {targets.shape}.")
        loss, state = self.backpropagate(inputs, targets, state, dropout)
        gradients = self._canonical(self.gradients)
        return loss, {name: view.copy() for name, view in gradients.items()}, state

    def _checked(self, ids: Array) -> Array:
        ids = np.asarray(ids)
        if ids.ndim not in (1, 2) or ids.size == 0 or not np.issubdtype(ids.dtype, np.integer):
            raise ValueError(f"ids must be integers of shape (T,) or (B, T), not {ids.shape}.")
        if ids.min() < 0 or ids.max() >= self.vocab_size:
            raise ValueError(f"ids must be from 0 to {self.vocab_size - 1}.")
        return ids

    def backpropagate(
        self,
        inputs: Array,
        targets: Array,
        state: Array,
        dropout: Dropout | None = None,
    ) -> tuple[float, Array]:
        """Fill `gradients` in place; return the loss (nats, summed) and the state after.

        The trainer's path: arguments as in `loss_and_gradients`, but nothing is checked or copied.
        """
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            window, hidden = self._forward(inputs, state, dropout)
            d_hidden = flat_rows(window.d_hidden)
            loss = self._output.backpropagate(hidden, targets.T.ravel(), d_hidden)
            window.passes.backward(window.d_hidden)
        return loss, window.passes.last_state()

    def loss(self, inputs: Array, targets: Array, state: Array) -> tuple[float, Array]:
        """Return the loss (nats, summed) and the state after, without gradients."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            window, hidden = self._forward(inputs, state)
            loss = self._output.loss(hidden, targets.T.ravel())
        return loss, window.passes.last_state()

    def last_scans(self) -> Sequence[Scan]:
        """Return the scan of each layer over the last window read; live buffers.

        Raises:
            ValueError: if none was read.
        """
        if self._last is None:
            raise ValueError("No window was read.")
        return self._last.passes.scans

    def in_float64(self) -> CharModel:
        """Return a model of the same weights that computes in float64: itself, or a copy."""
        if self.config.dtype == "float64":
            return self
        exact = CharModel(self.config.replace(dtype="float64"), self.vocab_size)
        np.copyto(exact.weights.flat, self.weights.flat)
        return exact

    def read(self, inputs: Array, state: Array) -> Array:
        """Return the state ([B,] W) after `inputs` ([B,] T), read from `state` ([B,] W)."""
        return self.passed(inputs, state).last_state()

    def passed(self, inputs: Array, state: Array) -> Passes:
        """Return passes of their own over `inputs` ([B,] T), read from `state` ([B,] W)."""
        passes = self._new_passes(inputs.T.shape)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            passes.forward(inputs.T, state)
        return passes

    def state_gradients(self, inputs: Array, targets: Array, state: Array) -> Array:
        """Return dLoss_T/ds_t of the last character's loss alone, by every state: (T, [B,] W).

        Nothing in the model changes, and none of its buffers is used.

        Args:
            inputs: ([B,] T) ids of the characters read.
            targets: ([B]) ids of the characters that follow the last ones.
            state: ([B,] W) before the window.
        """
        passes, lead = self._new_passes(inputs.T.shape), inputs.T.shape
        d_hidden = np.zeros((*lead, self.config.hidden_size), self.config.dtype)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            last = flat_rows(passes.forward(inputs.T, state)[-1:])
            flat_rows(d_hidden[-1:])[:] = self._output.d_hidden(last, targets.reshape(-1))
            return passes.d_states(d_hidden)

    def logits_of(self, hidden: Array) -> Array:
        """Return the scores (N, V) of the next character from topmost hidden states (N, H)."""
        return self._output.logits(hidden)

    def _new_passes(self, lead: Shape) -> Passes:
        return Passes(self._layers, lead, self.config.dtype)

    def _forward(
        self, inputs: Array, state: Array, dropout: Dropout | None = None
    ) -> tuple[Window, Array]:
        """Run the window; return its buffers and its topmost hidden states, (N, H)."""
        inputs = inputs.T
        window = self._last = self._window(inputs.shape)
        return window, flat_rows(window.passes.forward(inputs, state, dropout))

    def _window(self, lead: Shape) -> Window:
        if lead not in self._windows:
            while len(self._windows) > 1:  # training and validation: two shapes are in use
                del self._windows[next(iter(self._windows))]
            hidden, dtype = self.config.hidden_size, self.config.dtype
            self._windows[lead] = Window(self._layers, lead, hidden, dtype)
        return self._windows[lead]

    def reader(self, state: Array) -> Stepper:
        """Return the model on its way through a text, from a state (W,); it is not changed."""
        return Stepper(self._layers, self._output, state)

    def step(self, identifier: int, state: Array) -> tuple[Array, Array]:
        """Return the logits (V,) of the next character and the state (W,) after `identifier`."""
        reader = self.reader(state)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            reader.read(identifier)
            return reader.logits(), reader.state

    def sample(
        self,
        seed_id: int,
        length: int,
        rng: np.random.Generator,
        state: Array | None = None,
        temperature: float = 1.0,
    ) -> list[int]:
        """Draw `length` ids that follow the character `seed_id`.

        Args:
            seed_id: the character read first, not part of the result.
            length: how many to draw.
            rng: where the randomness comes from.
            state: (W,) to start from, zeros if None.
            temperature: 1 draws as the model predicts, 0 always takes the likeliest.

        Raises:
            ValueError: if `seed_id` is outside the vocabulary or the temperature is negative.
        """
        if not 0 <= seed_id < self.vocab_size:
            raise ValueError(f"seed_id must be from 0 to {self.vocab_size - 1}, not {seed_id}.")
        if not temperature >= 0:
            raise ValueError(f"temperature must be at least 0, not {temperature}.")
        start = zero_state(self.config) if state is None else state
        return Sampler(self, (seed_id, start), rng, temperature).take(length)


def _copy(named: Mapping[str, Array], views: Mapping[str, Array]) -> None:
    """Copy arrays into the views of their names; all fit, or none is copied."""
    for name in [*views, *named]:
        if name not in named or name not in views:
            problem = "is missing" if name in views else "is not in this model"
            raise ValueError(f"Parameter {name} {problem}.")
        wanted, given = views[name].shape, np.shape(named[name])
        if wanted != given:
            raise ValueError(f"Parameter {name} has shape {given}, {wanted} is needed.")
    for name, view in views.items():
        view[...] = named[name]


def build_model(config: TrainConfig, vocab_size: int) -> CharModel:
    """Make a model with fresh weights, drawn from `config.seed`.

    Raises:
        ConfigError: if its training would need more memory than the machine has.
        ValueError: if there are fewer than two characters.
    """
    model = _empty_model(config, vocab_size)
    model.draw_weights()
    return model


def build_model_of(
    config: TrainConfig, vocab_size: int, parameters: Mapping[str, Array]
) -> CharModel:
    """Make a model with weights that are there already; none are drawn.

    Raises:
        ConfigError: as `build_model` does.
        ValueError: as `build_model` and `CharModel.load_parameters` do.
    """
    model = _empty_model(config, vocab_size)
    model.load_parameters(parameters)
    return model


def _empty_model(config: TrainConfig, vocab_size: int) -> CharModel:
    if vocab_size < 2:
        raise ValueError(f"vocab_size must be at least 2, not {vocab_size}.")
    check_memory(config, vocab_size)
    return CharModel(config, vocab_size)

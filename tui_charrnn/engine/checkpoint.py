"""Checkpoint: all that a run is at one moment, so that it can go on from there as if nothing was.

A run that goes on from a checkpoint makes the same updates, to the last bit, as one that was never
broken off. `checkpoint_file` writes checkpoints to disk and reads them back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tui_charrnn.engine.config import FIELDS, ConfigError, TrainConfig
from tui_charrnn.engine.corpus import Corpus
from tui_charrnn.engine.errors import CorpusError
from tui_charrnn.engine.events import Validation
from tui_charrnn.engine.memory import check_reading_memory
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.parts import parts
from tui_charrnn.engine.vocabulary import Vocabulary

GENERATORS: Final = ("rolling", "requested", "dropout")
"""The random generators of a run: of samples that come by themselves, those asked for, dropout."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """The state of a run between two updates; nothing in it aliases the live run.

    Attributes:
        config: the hyperparameters.
        text: the name of the text.
        sha256: of the text, as `Corpus.sha256` tells it.
        chars: the vocabulary, sorted by code point.
        events: events of the run up to and with the `Snapshot` that brings this.
        iteration: updates made; the next one has this number.
        position: where in each stream the next window begins, in characters.
        passes: complete passes over the training text.
        elapsed: seconds of training.
        smooth_loss: nats a sequence.
        learning_rate: in use now, before the schedule; it may differ from that of the config.
        generators: state of each random generator, by name, as NumPy's bit generators tell it.
        state: ([B,] W), see `model`.
        parameters: under their canonical names and shapes.
        optimizer: what the optimizer remembers: arrays as the parameters, by name.
        best: the best validation so far, if any.
        best_parameters: those that it judged.
        owes_validation: whether a stop cut the validation short that was due after the last update.
    """

    config: TrainConfig
    text: str
    sha256: str
    chars: tuple[str, ...]
    events: int
    iteration: int
    position: int
    passes: int
    elapsed: float
    smooth_loss: float
    learning_rate: float
    generators: Mapping[str, Mapping[str, Any]]
    state: Array
    parameters: Mapping[str, Array]
    optimizer: Mapping[str, Mapping[str, Array]]
    best: Validation | None = None
    best_parameters: Mapping[str, Array] | None = None
    owes_validation: bool = False

    @property
    def vocabulary(self) -> Vocabulary:
        """The characters that the model knows."""
        return Vocabulary(self.text, self.chars)

    def model(self, *, best: bool = False) -> CharModel:
        """Return a model with the parameters of this moment, or of the best validation.

        Raises:
            ConfigError: if there is no memory for it.
            ValueError: if the best is asked for and nothing was validated.
        """
        parameters = self.best_parameters if best else self.parameters
        if parameters is None:
            raise ValueError("The run has validated nothing, so there are no best parameters.")
        check_reading_memory(self.config, len(self.chars))
        model = CharModel(self.config, len(self.chars))
        model.load_parameters(parameters)
        return model

    def check_fits(self, config: TrainConfig, corpus: Corpus) -> None:
        """Refuse to go on with other hyperparameters or another text than fit what was learned.

        Raises:
            ConfigError: naming a hyperparameter that cannot change on the way.
            CorpusError: if the text is not the one that was read.
        """
        for spec in FIELDS:
            before, now = getattr(self.config, spec.name), getattr(config, spec.name)
            if spec.lasting and before != now:
                raise ConfigError(
                    spec.name,
                    f"{spec.name} cannot change when a run goes on: it is {before}, not {now}.",
                )
        if corpus.sha256() != self.sha256:
            raise CorpusError(
                f"{corpus.name} is not the text that the run has read, or has changed since: its "
                f"sha256 is {corpus.sha256()[:12]}…, not {self.sha256[:12]}…."
            )
        length = len(parts(config, corpus)[0]) // config.batch_size
        if self.position >= length:
            raise CorpusError(
                f"{corpus.name} has {length:,} characters in each stream, so that the run cannot "
                f"be at position {self.position:,}."
            )

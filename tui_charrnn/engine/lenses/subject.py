"""A net to look into: a copy of a live model, or what a checkpoint holds."""

from __future__ import annotations

from dataclasses import dataclass

from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A net that a lens is put on; nobody trains it meanwhile.

    Attributes:
        name: of its run.
        model: with the weights of one moment.
        vocabulary: the characters that it knows.
        iteration: updates that the weights have seen.
    """

    name: str
    model: CharModel
    vocabulary: Vocabulary
    iteration: int

    @classmethod
    def of(cls, name: str, checkpoint: Checkpoint, *, best: bool = False) -> Subject:
        """Return the net of a checkpoint, or that of the best validation before it.

        Raises:
            ConfigError: if there is no memory for it.
            ValueError: if the best is asked for and nothing was validated.
        """
        model = checkpoint.model(best=best)
        found = checkpoint.best if best else None
        iteration = checkpoint.iteration if found is None else found.iteration + 1
        return cls(name, model, checkpoint.vocabulary, iteration)

"""The part of a text that a run trains on, and the part that judges it; whether a text will do."""

from __future__ import annotations

from tui_charrnn.engine.config import ConfigError, TrainConfig
from tui_charrnn.engine.corpus import Corpus
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.vocabulary import Vocabulary


def check_length(config: TrainConfig, corpus: Corpus) -> None:
    """Refuse a text whose training part has no room for one window in every stream.

    Raises:
        ConfigError: saying how many characters are there, how many are needed, and which
            seq_length would fit; or that `training_characters` leaves too few of them.
    """
    whole, _ = corpus.split(config.validation_fraction)
    needed = (config.seq_length + 1) * config.batch_size  # each window has one target beyond it
    windows = f"seq_length {config.seq_length:,} with batch_size {config.batch_size:,}"
    if len(whole) < needed:
        raise ConfigError(
            "seq_length",
            f"{corpus.name} has {len(whole):,} characters to train on, but {windows} needs at "
            f"least {needed:,}; {_what_fits(len(whole), config.batch_size)}.",
        )
    if 0 < config.training_characters < needed:
        raise ConfigError(
            "training_characters",
            f"training_characters must be 0 for all or at least {needed:,}, which {windows} "
            f"needs, not {config.training_characters:,}.",
        )


def check_prime(config: TrainConfig, vocabulary: Vocabulary) -> None:
    """Refuse a priming text with a character that the net could not read.

    Raises:
        ConfigError: naming the first one.
    """
    unknown = vocabulary.first_unknown(config.prime)
    if unknown is not None:
        raise ConfigError(
            "prime", f"prime must have only characters of {vocabulary.name}, not {unknown!r}."
        )


def parts(config: TrainConfig, corpus: Corpus) -> tuple[Array, Array]:
    """Return the ids that a run trains on, and those held out, which no limit makes fewer.

    So runs on more and on less of a text are judged by the same characters.
    """
    training, held_out = corpus.split(config.validation_fraction)
    return training[: config.training_characters or None], held_out


def judged_text(config: TrainConfig, corpus: Corpus) -> Array:
    """Return the ids that the net's gradient memory is measured on: those held out, or all."""
    _, held_out = parts(config, corpus)
    return held_out if len(held_out) else corpus.ids


def _what_fits(characters: int, batch_size: int) -> str:
    longest = characters // batch_size - 1
    if longest < 1:
        return f"no seq_length fits this batch_size, which takes {2 * batch_size:,} or more"
    return f"a seq_length of at most {longest:,} would fit"

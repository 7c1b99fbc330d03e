"""TrainConfig: every hyperparameter of a run, each with one spec.

The spec of a field (default, bounds, unit, help line) is the only place where these are said:
the form, the flags of the command line and the checks here are all made from it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tui_charrnn.engine.field_spec import LONGEST_SHOWN, ConfigError, FieldSpec, Value

__all__ = [
    "FIELDS",
    "LONGEST_SHOWN",
    "PRESETS",
    "SPECS",
    "ConfigError",
    "FieldSpec",
    "TrainConfig",
    "Value",
]


def _field(default: Value, group: str, help: str, **bounds: Any) -> Any:
    """Declare a dataclass field whose FieldSpec is made from its own name and default."""
    return dataclasses.field(default=default, metadata={"group": group, "help": help, **bounds})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """The hyperparameters of one run, checked when it is made.

    Raises:
        ConfigError: naming the first field whose value is out of its range.
    """

    cell: str = _field(
        "gru", "model", "recurrent cell", choices=("rnn", "gru", "lstm"), lasting=True
    )
    hidden_size: int = _field(
        256, "model", "hidden units a layer", unit="units", minimum=1, lasting=True
    )
    layers: int = _field(
        1, "model", "recurrent layers, one above the other", minimum=1, maximum=3, lasting=True
    )
    dropout: float = _field(
        0.0,
        "model",
        "share of the hidden state that is dropped on its way to the next layer",
        minimum=0,
        maximum=0.9,
    )
    initialization: str = _field(
        "normal",
        "model",
        "weights at first: N(0, 1) * 0.01, scaled by the fan-in, or that with orthogonal "
        "recurrent matrices",
        choices=("normal", "scaled", "orthogonal"),
        lasting=True,
    )
    seq_length: int = _field(
        200,
        "training",
        "characters a window (BPTT length)",
        unit="chars",
        minimum=1,
        maximum=100_000,
        lasting=True,
    )
    batch_size: int = _field(
        1,
        "training",
        "parallel streams of text",
        unit="streams",
        minimum=1,
        maximum=65_536,
        lasting=True,
    )
    learning_rate: float = _field(
        1e-3, "training", "step size of the optimizer", minimum=0, above=True, maximum=1000
    )
    iterations: int = _field(
        10_000, "training", "updates in the run", unit="updates", minimum=1, maximum=1_000_000_000
    )
    time_limit: float = _field(
        0.0,
        "training",
        "seconds of training after which a run is over (0: none)",
        unit="s",
        minimum=0,
        maximum=31_536_000,
    )
    clip: float = _field(
        5.0,
        "training",
        "bound on every gradient element, or on the norm of them all",
        minimum=0,
        above=True,
        maximum=1e6,
    )
    clip_by: str = _field(
        "value",
        "training",
        "clip every gradient element, or scale the whole gradient to the bound",
        choices=("value", "norm"),
    )
    dtype: str = _field(
        "float32",
        "model",
        "precision of the weights",
        choices=("float32", "float64"),
        lasting=True,
    )
    seed: int = _field(
        42, "model", "seed of weights and samples", minimum=0, maximum=2**32 - 1, lasting=True
    )
    optimizer: str = _field(
        "adagrad",
        "optimizer",
        "update rule",
        choices=("adagrad", "rmsprop", "adam", "adamw", "sgd"),
        lasting=True,
    )
    momentum: float = _field(
        0.9,
        "optimizer",
        "sgd: share of the last step that is kept",
        minimum=0,
        maximum=0.9999,
        needs=("optimizer", ("sgd",)),
    )
    decay_rate: float = _field(
        0.95,
        "optimizer",
        "rmsprop: decay of the mean squared gradient",
        minimum=0,
        maximum=0.9999,
        needs=("optimizer", ("rmsprop",)),
    )
    beta1: float = _field(
        0.9,
        "optimizer",
        "adam, adamw: decay of the mean gradient",
        minimum=0,
        maximum=0.9999,
        needs=("optimizer", ("adam", "adamw")),
    )
    beta2: float = _field(
        0.999,
        "optimizer",
        "adam, adamw: decay of the mean squared gradient",
        minimum=0,
        maximum=0.999999,
        needs=("optimizer", ("adam", "adamw")),
    )
    weight_decay: float = _field(
        0.01,
        "optimizer",
        "adamw: share of each weight that is taken off an update, times the rate",
        minimum=0,
        maximum=100,
        needs=("optimizer", ("adamw",)),
    )
    schedule: str = _field(
        "constant",
        "schedule",
        "how the learning rate changes: not at all, by steps, or down half a cosine",
        choices=("constant", "step", "cosine"),
    )
    warmup: int = _field(
        0,
        "schedule",
        "updates over which the rate rises to its full value (0: none)",
        unit="updates",
        minimum=0,
        maximum=1_000_000_000,
    )
    decay_every: int = _field(
        1000,
        "schedule",
        "step: updates between two decays",
        unit="updates",
        minimum=1,
        maximum=1_000_000_000,
        needs=("schedule", ("step",)),
    )
    decay_factor: float = _field(
        0.5,
        "schedule",
        "step: what the rate is multiplied by at each decay",
        minimum=0,
        above=True,
        maximum=1,
        needs=("schedule", ("step",)),
    )
    final_rate: float = _field(
        0.1,
        "schedule",
        "cosine: rate at the last update, as a share of the full one",
        minimum=0,
        maximum=1,
        needs=("schedule", ("cosine",)),
    )
    sample_every: int = _field(
        100, "samples", "updates between two samples (0: none)", unit="updates", minimum=0
    )
    sample_length: int = _field(
        200, "samples", "characters a sample", unit="chars", minimum=1, maximum=100_000
    )
    temperature: float = _field(
        1.0, "samples", "of the samples (0: always the likeliest)", minimum=0, maximum=100
    )
    top_k: int = _field(
        0,
        "samples",
        "draw from so many of the likeliest characters only (0: from all)",
        unit="chars",
        minimum=0,
        maximum=1_114_112,
    )
    top_p: float = _field(
        1.0,
        "samples",
        "draw from the likeliest characters that make up this probability (1: from all)",
        minimum=0,
        above=True,
        maximum=1,
    )
    prime: str = _field(
        "",
        "samples",
        "text that the model reads before each sample (none: it goes on where the training stands)",
        maximum=1000,
    )
    validation_fraction: float = _field(
        0.1,
        "validation",
        "tail of the text held out (0: none)",
        minimum=0,
        maximum=0.9,
        lasting=True,
    )
    training_characters: int = _field(
        0,
        "training",
        "characters of the text to train on (0: all)",
        unit="chars",
        minimum=0,
        lasting=True,
    )
    eval_every: int = _field(
        500, "validation", "updates between two validations (0: none)", unit="updates", minimum=0
    )
    eval_length: int = _field(
        50_000, "validation", "held-out characters read each time (0: all)", unit="chars", minimum=0
    )
    patience: int = _field(
        0,
        "validation",
        "validations without a better one after which the run is over (0: never)",
        minimum=0,
        maximum=1_000_000_000,
    )
    watch_every: int = _field(
        1000,
        "validation",
        "updates between two looks at weights and gradients (0: none)",
        unit="updates",
        minimum=0,
    )
    checkpoint_seconds: float = _field(
        30.0,
        "checkpoints",
        "seconds between two checkpoints (0: none by time)",
        unit="s",
        minimum=0,
        maximum=31_536_000,
    )
    checkpoint_every: int = _field(
        0,
        "checkpoints",
        "updates between two checkpoints (0: none by number)",
        unit="updates",
        minimum=0,
    )
    processes: int = _field(
        1,
        "computing",
        "processes that share the streams of a batch: how many changes the speed and the rounding, "
        "and what dropout drops",
        minimum=1,
        maximum=64,
    )

    def __post_init__(self) -> None:
        """Check every field and store it as its declared type."""
        for spec in FIELDS:
            object.__setattr__(self, spec.name, spec.check(getattr(self, spec.name)))
        if self.dropout and self.layers == 1:
            raise ConfigError(
                "dropout",
                f"dropout must be 0 with layers 1, since it acts between layers, "
                f"not {self.dropout}.",
            )
        if self.processes > self.batch_size:
            raise ConfigError(
                "processes",
                f"processes must be at most {self.batch_size}, the streams of batch_size, "
                f"not {self.processes}.",
            )

    def as_dict(self) -> dict[str, Value]:
        """Return all fields by name, in order."""
        return dataclasses.asdict(self)

    def replace(self, **changes: Value) -> TrainConfig:
        """Return a copy with some fields changed, checked again."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]


def _spec_of(field: dataclasses.Field[Any]) -> FieldSpec:
    kinds: Mapping[str, Any] = {"int": int, "float": float, "str": str}
    default: Any = field.default
    return FieldSpec(
        name=field.name, kind=kinds[str(field.type)], default=default, **field.metadata
    )


FIELDS: Final[tuple[FieldSpec, ...]] = tuple(map(_spec_of, dataclasses.fields(TrainConfig)))
"""The spec of every hyperparameter, in the order in which form and help show them."""

SPECS: Final[Mapping[str, FieldSpec]] = {spec.name: spec for spec in FIELDS}

PRESETS: Final[Mapping[str, Mapping[str, Value]]] = {
    "notebook": {"validation_fraction": 0.0},
    "quick": {
        "hidden_size": 128,
        "seq_length": 50,
        "batch_size": 32,
        "learning_rate": 0.05,
        "sample_every": 500,
    },
    "strong": {
        "cell": "lstm",
        "hidden_size": 192,
        "layers": 2,
        "initialization": "orthogonal",
        "seq_length": 64,
        "batch_size": 32,
        "optimizer": "adam",
        "learning_rate": 8e-3,
        "schedule": "cosine",
        "warmup": 200,
        "final_rate": 0.02,
        "clip_by": "norm",
        "clip": 1000.0,
        "iterations": 12_000,
        "sample_every": 500,
    },
}
"""Named settings: what differs from the defaults. A preset that names no cell leaves it as it is.

`quick` learns well with any cell within a minute; `strong` takes twenty, see docs/strong.md.
"""

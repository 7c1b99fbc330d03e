"""What a lens is asked for beside a net and a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from tui_charrnn.engine.config import SPECS, ConfigError, FieldSpec, TrainConfig
from tui_charrnn.engine.control import SampleRequest
from tui_charrnn.engine.events import Event

LENSES: Final = ("surprise", "neurons", "gates", "memory", "weights", "play")
"""The names of all lenses, in the order of their keys."""

LONGEST_TEXT: Final = 2000
"""Characters that a lens reads or draws at the most: a picture of more would not be looked at."""

LAYER: Final = FieldSpec(
    "layer", int, 1, "which layer is looked into, from the lowest", minimum=1,
    maximum=SPECS["layers"].maximum,
)  # fmt: skip

UNIT: Final = FieldSpec(
    "unit", int, 0, "which hidden unit of the layer, as its arrays count: the first is 0",
    minimum=0, maximum=SPECS["hidden_size"].maximum,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LensOptions:
    """What a lens is asked for. Each lens takes what concerns it.

    Attributes:
        layer: the layer to look into, 1 is the lowest.
        unit: a hidden unit of it, from 0; None for the one that the lens finds worth looking at.
        reacts_to: what units are searched by: a word that the lens knows, or a regular expression;
            empty for nothing.
        request: how text is drawn, and what the net reads first where it gets no text for that.
        seed: of the text that is drawn.
        moments: what was measured while the run trained, in order.
    """

    layer: int = 1
    unit: int | None = None
    reacts_to: str = ""
    request: SampleRequest = field(default_factory=SampleRequest)
    seed: int = 0
    moments: tuple[Event, ...] = ()

    def check(self, config: TrainConfig) -> None:
        """Refuse a layer or a unit that a net does not have.

        Raises:
            ConfigError: naming it, its bound and its value.
        """
        _check(LAYER, self.layer, config.layers)
        if self.unit is not None:
            _check(UNIT, self.unit, config.hidden_size - 1)


def _check(spec: FieldSpec, value: Any, most: int) -> None:
    spec.check(value)
    if value > most:
        least = spec.minimum or 0
        wanted = f"{least:,.0f}" if most == least else f"from {least:,.0f} to {most:,}"
        raise ConfigError(spec.name, f"{spec.name} must be {wanted} for this net, not {value:,}.")


def check_text(text: str) -> None:
    """Refuse a text that is too long for a lens.

    Raises:
        ValueError: saying so.
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"The text must have at most {LONGEST_TEXT:,} characters, not {len(text):,}."
        )

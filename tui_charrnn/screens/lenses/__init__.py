"""The lenses: screens that look into a net, each reached by one key, and by that from any other."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui_charrnn.screens.lenses.base import LensScreen


@dataclass(frozen=True, slots=True)
class Lens:
    """One lens of `LENSES`.

    Attributes:
        key: what opens it.
        title: what it is called.
        shows: what is seen through it, in a few words.
        screen: its class.
    """

    key: str
    title: str
    shows: str
    screen: str


LENSES: Final[dict[str, Lens]] = {
    "surprise": Lens("4", "Surprise", "what each character costs", "SurpriseLens"),
    "neurons": Lens("5", "Neurons", "what single units react to", "NeuronsLens"),
    "gates": Lens("6", "Gates", "how long each unit remembers", "GatesLens"),
    "memory": Lens("7", "Memory", "how far back gradients reach", "MemoryLens"),
    "weights": Lens("8", "Weights", "their updates and their health", "WeightsLens"),
    "play": Lens("9", "Play", "a text while it is being drawn", "PlayLens"),
}
"""Every lens by its name, which is that of its module too, in the order of the keys."""


def load(name: str) -> type[LensScreen]:
    """Return the screen of a lens; its module is imported when it is first looked through."""
    found: type[LensScreen] = getattr(import_module(f"{__name__}.{name}"), LENSES[name].screen)
    return found

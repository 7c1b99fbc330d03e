"""Gates: how far the gates of each hidden unit are open at each character, how long it remembers.

    GRU     h_t = (1 - z_t) * h_{t-1} + z_t * c_t      z_t of what was there is replaced
    LSTM    c_t = f_t * c_{t-1} + i_t * g_t            1 - f_t of what was there is lost

A unit that always loses the same part p of what it holds keeps (1 - p)^k of it over k characters,
and each thing is held for 1/p characters in the mean. So the memory length of a unit is the mean of
1/z_t over the text, or of 1/(1 - f_t), in characters. Where nothing is lost 1/p is infinite, and
one such moment would make the mean as long: each moment counts for at most the T characters of the
text, since a text of T characters shows of no memory that it is longer.

Source: the gates are those of Cho et al. (2014) and Hochreiter, Schmidhuber (1997); to read a gate
as a time scale: Tallec, Ollivier, Can recurrent neural networks warp time? (2018).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tui_charrnn.engine.lenses.neurons import plain
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.trace import Trace, trace
from tui_charrnn.engine.parameters import Array

NO_GATES: Final = "An RNN has no gates."

LOST: Final[Mapping[str, Callable[[Array], Array]]] = {
    "update": lambda gate: gate,
    "forget": lambda gate: 1 - gate,
}
"""By the gate that decides it: the part of what a unit holds that is lost at a character."""


@dataclass(frozen=True, slots=True, eq=False)
class Gates:
    """The gates of a net on a text of T characters.

    Attributes:
        text: what was read.
        layer: the one that is looked into, the lowest is 1.
        gates: (L, T, H) each, from 0 (shut) to 1 (open), by their names; first the one in `LOST`.
        lengths: (L, H) how long each unit remembers, in characters, from 1 to T.
    """

    text: str
    layer: int
    gates: Mapping[str, Array]
    lengths: Array

    def order(self, layer: int) -> Array:
        """Return the units of a layer, (H,), from the one that remembers longest."""
        order: Array = np.argsort(-self.lengths[layer - 1], kind="stable")
        return order

    def is_at_bound(self, layer: int, unit: int) -> bool:
        """Tell whether a unit remembers longer than the text could show."""
        return bool(self.lengths[layer - 1, unit] >= len(self.text))

    def means(self, name: str) -> Array:
        """Return how far a gate of each unit is open in the mean, (L, H)."""
        means: Array = self.gates[name].mean(axis=1, dtype=np.float64)
        return means

    def as_json(self) -> dict[str, Any]:
        """Return lengths and means of all units, and each gate at each character of the layer."""
        means = {name: self.means(name) for name in self.gates}
        return {
            "text": self.text,
            "longest_memory": len(self.text),
            "layer": self.layer,
            "units": [
                {
                    "layer": layer,
                    "unit": int(unit),
                    "memory_length": plain(self.lengths[layer - 1, unit, np.newaxis])[0],
                    "means": {
                        name: plain(mean[layer - 1, unit, np.newaxis])[0]
                        for name, mean in means.items()
                    },
                }
                for layer in range(1, len(self.lengths) + 1)
                for unit in self.order(layer)
            ],
            "gates": {
                name: {int(unit): plain(gate[self.layer - 1, :, unit]) for unit in self._units()}
                for name, gate in self.gates.items()
            },
        }

    def _units(self) -> Array:
        return self.order(self.layer)


def memory_lengths(gates: Mapping[str, Array]) -> Array:
    """Return the mean over the text of 1 / (part lost), in characters, (L, H) from 1 to T.

    Args:
        gates: (L, T, H) each, by their names; one of them is in `LOST`.
    """
    name = next(name for name in gates if name in LOST)
    lost = LOST[name](gates[name].astype(np.float64))
    lengths: Array = np.mean(1 / np.maximum(lost, 1 / lost.shape[1]), axis=1)
    return lengths


def gates(traced: Trace, text: str, layer: int = 1) -> Gates:
    """Return the gates of a net on a text.

    Args:
        traced: what the net did while it read the text.
        text: of T characters.
        layer: the one that is looked into, the lowest is 1.

    Raises:
        ValueError: if it has no gates.
    """
    if not traced.gates:
        raise ValueError(NO_GATES)
    names = sorted(traced.gates, key=lambda name: name not in LOST)
    return Gates(
        text=text,
        layer=layer,
        gates={name: traced.gates[name] for name in names},
        lengths=memory_lengths(traced.gates),
    )


def compute(subject: Subject, text: str, options: LensOptions) -> Gates:
    """Read a text with a net, and tell how its gates stood.

    Raises:
        ValueError: if the net has no gates or not that layer, or does not know a character.
    """
    options.check(subject.model.config)
    return gates(trace(subject.model, subject.vocabulary.encode(text)), text, options.layer)

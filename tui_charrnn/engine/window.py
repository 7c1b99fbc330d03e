"""All layers of a model over windows of one shape, and the buffers that this takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tui_charrnn.engine.cell import Scan
from tui_charrnn.engine.layer import Dropout, Layer, LayerPass
from tui_charrnn.engine.parameters import Array, Shape, aligned_zeros


class Passes:
    """All layers over windows of one shape, (T,) or (T, B), each with buffers of its own."""

    def __init__(self, layers: Sequence[Layer], lead: Shape, dtype: str) -> None:
        """Allocate."""
        self._layers = [LayerPass(layer, lead, np.dtype(dtype)) for layer in layers]

    @property
    def scans(self) -> list[Scan]:
        """Of each layer, the first one first."""
        return [each.scan for each in self._layers]

    def forward(self, ids: Array, state: Array, dropout: Dropout | None = None) -> Array:
        """Read `ids` (T, [B]) from a state ([B,] W); return the topmost hidden states."""
        source, start = ids, 0
        for each in self._layers:
            stop = start + each.layer.state_size
            source, start = each.forward(source, state[..., start:stop], dropout), stop
        return source

    def last_state(self) -> Array:
        """Return a copy of the state after the window, ([B,] W)."""
        if len(self._layers) == 1:
            return self._layers[0].scan.last_state()
        return np.concatenate([scan.last_state() for scan in self.scans], axis=-1)

    def backward(self, d_hidden: Array) -> None:
        """Fill the gradients of all layers from dLoss/dh of the topmost one; it is overwritten."""
        for each in reversed(self._layers):
            each.backward(d_hidden)
            if not each.layer.is_first:
                each.hand_down(d_hidden)

    def d_states(self, d_hidden: Array) -> Array:
        """Return the derivative by every state, (T, [B,] W), from that of the topmost layer."""
        found: list[Array] = []
        for each in reversed(self._layers):
            each.backward(d_hidden, gradients=False)
            found.insert(0, each.scan.d_state(d_hidden).copy())
            if not each.layer.is_first:
                each.hand_down(d_hidden)
        return np.concatenate(found, axis=-1)


class Window:
    """The buffers of windows of one shape, (T,) or (T, B): the layers, and dLoss/dh above them."""

    def __init__(self, layers: Sequence[Layer], lead: Shape, hidden: int, dtype: str) -> None:
        """Allocate for `lead` windows of a model with H hidden units."""
        self.passes = Passes(layers, lead, dtype)
        self.d_hidden: Array = aligned_zeros((*lead, hidden), np.dtype(dtype))

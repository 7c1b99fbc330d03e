"""All that goes on in a net while it reads a text: what every lens on a text looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.registry import zero_state


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """The activations of a net over a text of T characters, in the precision of the net.

    Attributes:
        ids: (T,) the characters read.
        hidden: (L, T, H) the hidden state of each layer after each character.
        gates: by name, (L, T, H) each: those of the step that read the character. A vanilla cell
            has none, a GRU `update` and `reset`, an LSTM `input`, `forget` and `output`.
        cells: (L, T, H) the cell state of an LSTM after each character, None of other cells.
        logits: (T, V) the scores of the character that comes after each.
        state: (W,) after the text.
    """

    ids: Array
    hidden: Array
    gates: Mapping[str, Array]
    cells: Array | None
    logits: Array
    state: Array


def trace(model: CharModel, ids: Array, state: Array | None = None) -> Trace:
    """Read a text with a net, in which nothing changes, and keep all that happens in it.

    Args:
        model: reads; dropout does not act.
        ids: (T,) at least one.
        state: (W,) before the text, zeros if None.
    """
    ids = np.asarray(ids, np.intp)
    passes = model.passed(ids, zero_state(model.config) if state is None else state)
    scans = passes.scans
    hidden = np.stack([scan.hidden[1:] for scan in scans])
    cells = [scan.cells[1:] for scan in scans if scan.cells is not None]
    return Trace(
        ids=ids.copy(),
        hidden=hidden,
        gates={name: np.stack([scan.gates[name] for scan in scans]) for name in scans[0].gates},
        cells=np.stack(cells) if cells else None,
        logits=model.logits_of(hidden[-1]),
        state=passes.last_state(),
    )

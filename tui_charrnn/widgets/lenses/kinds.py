"""The lenses as command and screens know them: what computes each, and what draws it.

A lens NAME of `options.LENSES` is registered by two imports and one line of `KINDS`:

    "NAME": Kind(NAME.compute, NAME_picture.picture),

engine/lenses/NAME.py: `compute(subject, text, options)` returns a dataclass with `as_json()`,
plain values, nan and inf as strings. It raises ValueError with one sentence for what cannot be
looked at, such as the gates of an RNN.

widgets/lenses/NAME_picture.py: `picture(results, width)` returns the lines of a picture, none of
them wider than `width` cells, of the results of several runs above each other; with each comes the
name of its run. What comes from nets and users, names too, goes through `safe_text`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.text import Text

from tui_charrnn.engine.events import Event, GradientMemory, Health
from tui_charrnn.engine.lenses import gates, memory, neurons, play, surprise, weights
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.widgets.lenses import (
    gates_picture,
    memory_picture,
    neurons_picture,
    play_picture,
    surprise_picture,
    weights_picture,
)

Results = Sequence[tuple[str, Any]]
"""What a lens has computed for each of some runs, and the names of these."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One lens.

    Attributes:
        compute: looks at a net; the text has characters that it knows, and is empty only where the
            lens can do without. Its `options.moments` are the events of the kinds in `events`.
        picture: draws what it has returned.
        needs_text: whether a text has to be read for it.
        events: kinds of what was measured while the run trained, that the lens shows too.
    """

    compute: Callable[[Subject, str, LensOptions], Any]
    picture: Callable[[Results, int], list[Text]]
    needs_text: bool = True
    events: tuple[type[Event], ...] = ()


KINDS: Final[Mapping[str, Kind]] = {
    "surprise": Kind(surprise.compute, surprise_picture.picture),
    "neurons": Kind(neurons.compute, neurons_picture.picture),
    "gates": Kind(gates.compute, gates_picture.picture),
    "memory": Kind(memory.compute, memory_picture.picture, events=(GradientMemory,)),
    "weights": Kind(weights.compute, weights_picture.picture, events=(Health,)),
    "play": Kind(play.compute, play_picture.picture, needs_text=False),
}
"""Every lens by its name, in the order of their keys."""

"""The lens Gates: how far the gates of each unit are open, and how long it remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui_charrnn.engine.lenses.gates import NO_GATES, Gates, gates
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.trace import trace
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.base import key_of
from tui_charrnn.screens.lenses.base import LensScreen
from tui_charrnn.screens.lenses.looking import Looking
from tui_charrnn.widgets.lenses.gates import GatesMap
from tui_charrnn.widgets.lenses.gates_picture import LEGEND, picture

_key = partial(key_of, "gates")


@dataclass(frozen=True, slots=True)
class Net:
    """What one net is: its name, and its gates; None for a net that has none."""

    name: str
    found: Gates | None


class GatesLens(LensScreen):
    """Shows a heat map of each net that has gates, one above the other."""

    NAME: ClassVar[str] = "gates"
    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "gates.tcss"]

    HELP: ClassVar[str | None] = """
    # Gates

    Each **column** is a character of the text, each **row** a hidden unit; the shade of a cell says
    how far one gate of the unit stood open when the net read that character, from blank (shut, 0)
    to █ (open, 1). The line below tells the number of the cell under the cursor.

    The **update** gate of a GRU says how much of what the unit held is replaced, the **reset** gate
    how much of the old state the net looks at to make the new one. In an LSTM the **forget** gate
    says how much is kept, **input** how much is added, **output** how much of it is shown.

    **memory** is how long a unit remembers: the mean of 1/z over the text, in characters, z being
    its update gate; for an LSTM that of 1/(1-f), f being its forget gate. One character counts for
    at most the length of the text, so that ≥1000 is a unit that lets nothing go in 1,000
    characters. **mean** is the gate in the mean. The rows are sorted by memory, the longest first.

    # What to look for

    The first rows of a trained net are nearly blank, but for columns that stand out: the unit keeps
    what it has until it reads a quotation mark, a newline, the end of a sentence. The last rows are
    full: those units are new at every character. In between, whole columns at spaces show
    where words are forgotten. A net at the beginning of its training has one shade everywhere.

    `up` `down` `pageup` `pagedown` go from unit to unit, `left` `right` from character to
    character, with `shift` by a whole picture, `home` and `end` to the ends of the text, `tab` to
    the next net.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("s", "gate", "Gate", "The next gate: update, reset; or forget, input, output"),
        _key("l", "layer", "Layer", "The next layer of the net"),
    ]

    def __init__(self, looking: Looking) -> None:
        """Begin with the gate that says how long something is kept, in the first layer."""
        super().__init__(looking)
        self._gate, self._layer = 0, 1
        self._nets: Sequence[Net] = ()
        self._places: list[GatesMap | Static] = []

    def body(self) -> ComposeResult:
        """Yield the meaning of the shades, and a place for the nets."""
        yield Static(LEGEND, id="shades", markup=False)
        yield VerticalScroll(id="maps", can_focus=False)

    def compute(self, subjects: Sequence[Subject], text: str) -> list[Net]:
        """Return the gates of each net on the text.

        Raises:
            ValueError: if a net does not know a character.
        """
        return [Net(each.name, _gates_of(each, text)) for each in subjects]

    def show(self, result: list[Net]) -> None:
        """Show them, each where the one before it in its place was."""
        before, self._nets = self._nets, result
        if [each.found is None for each in before] != [each.found is None for each in result]:
            self._rebuild()
        self._draw()
        self.refresh_bindings()

    def _rebuild(self) -> None:
        """Make a place for each net."""
        self._places = [
            Static(classes="no-gates", markup=False) if each.found is None else GatesMap()
            for each in self._nets
        ]
        column = self.query_one("#maps", VerticalScroll)
        column.remove_children()
        column.mount_all(self._places)
        for first in self._maps()[:1]:
            first.focus()

    def _maps(self) -> list[GatesMap]:
        return [place for place in self._places if isinstance(place, GatesMap)]

    def _draw(self) -> None:
        for each, place in zip(self._nets, self._places, strict=True):
            if isinstance(place, GatesMap) and each.found is not None:
                place.show(each.name, each.found, self._gate, self._layer)
            elif isinstance(place, Static):
                place.update(f"{safe_line(each.name)}: {NO_GATES}")

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        if action == "gate":
            return bool(self._maps())
        if action == "layer":
            return self._layers > 1
        return super().check_action(action, parameters)

    @property
    def _layers(self) -> int:
        """The layers of the net that has most of them."""
        return max((len(each.found.lengths) for each in self._nets if each.found), default=1)

    def action_gate(self) -> None:
        """Show the next gate."""
        self._gate += 1
        self._draw()

    def action_layer(self) -> None:
        """Show the next layer, after the last one the first."""
        self._layer = self._layer % self._layers + 1
        self._draw()

    def export_json(self) -> list[dict[str, Any] | None]:
        """Return the gates of each net; None of those that have none."""
        return [self._as_seen(each.found).as_json() if each.found else None for each in self._nets]

    def export_lines(self, width: int) -> list[Text]:
        """Return all gates of the layer that is seen, and which nets have none."""
        shown = [(each.name, self._as_seen(each.found)) for each in self._nets if each.found]
        without = [each.name for each in self._nets if each.found is None]
        return [
            *(Text(f"{safe_line(name)}: {NO_GATES}") for name in without),
            *picture(shown, width),
        ]

    def _as_seen(self, found: Gates) -> Gates:
        """Return the gates, with the layer that is seen."""
        return replace(found, layer=min(self._layer, len(found.lengths)))


def _gates_of(subject: Subject, text: str) -> Gates | None:
    traced = trace(subject.model, subject.vocabulary.encode(text))
    return gates(traced, text) if traced.gates else None

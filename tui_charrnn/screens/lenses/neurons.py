"""The lens Neurons: a text by what one hidden unit does, and which units react to what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from rich.text import Text
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.lenses.neurons import CELL, HIDDEN, Neurons, looking_at, neurons
from tui_charrnn.engine.lenses.reactions import ANY, FEATURES, measured, title_of
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.trace import trace
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.base import key_of
from tui_charrnn.screens.lenses.base import LensScreen
from tui_charrnn.screens.lenses.looking import Looking
from tui_charrnn.screens.lenses.neurons_ask import PatternScreen, UnitScreen
from tui_charrnn.widgets.lenses.neurons import NeuronsPane
from tui_charrnn.widgets.lenses.neurons_picture import LEGEND, picture

_key = partial(key_of, "neurons")


@dataclass(frozen=True, slots=True)
class Search:
    """What is shown.

    Attributes:
        reacts_to: what the units were searched by.
        nets: name, config and units of each net.
        problem: why they could not be searched by it; empty if they were.
    """

    reacts_to: str
    nets: Sequence[tuple[str, TrainConfig, Neurons]]
    problem: str = ""


class NeuronsLens(LensScreen):
    """Shows one unit of each net, one net above the other, and searches units."""

    NAME: ClassVar[str] = "neurons"
    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "neurons.tcss"]

    HELP: ClassVar[str | None] = """
    # Neurons

    The text in the colours of **one hidden unit**: what its activation was, from -1 to 1, after the
    net read each character. Orange is positive, blue negative, no colour near 0. Below each line
    stand marks that say the same: `#` strongly positive, `+` positive, `-` negative, `=` strongly
    negative; `m` takes them away.

    The list has all units, best first. **r** is the correlation of the unit with what the units are
    searched by: near +1 or -1 the unit does nothing else, near 0 it has nothing to do with it. The
    sign does not matter to the net. `f` goes through

    - **any**: for each unit the one of the next four that it reacts to most strongly,
    - **inside quotes**: from the opening mark on to before the closing one; apostrophes are none,
    - **line position**: how many characters of the line were read,
    - **upper case** letters,
    - **after a vowel**: the character before was one of a, e, i, o, u,
    - the last **regular expression** that was typed with `/`: the characters that it matches.

    With several layers, `2:17` is unit 17 of layer 2. An LSTM has a cell state too: `c` shows
    tanh(c), what a unit holds, in place of the hidden state h, what it shows to the others.

    # What to look for

    After some minutes of training a few units have a meaning that one can see: on inside quotes,
    off outside; rising along the line; on in the midst of long words. Most have none that anybody
    could name. Look at the text, not at r alone: on a short text, or one with a single quote, some
    unit of a hundred fits by chance. Units in an RNN mostly follow the last letters; what lasts
    over a whole quote is more often found in a GRU or an LSTM.

    `up` and `down` go from unit to unit as `n` and `b` do, `tab` goes to the text, which scrolls,
    and to the next net.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("n", "next", "Next", "Look at the next unit of the list"),
        _key("b", "previous", "Before", "Look at the unit before it"),
        _key("f", "feature", "By", "Search units by the next feature"),
        _key("slash", "pattern", "Regex", "Search units by a regular expression"),
        _key("u", "number", "Unit", "Look at the unit with a number"),
        _key("c", "view", "tanh(c)", "Look at tanh(c) of an LSTM in place of h"),
        _key("c", "view_hidden", "Hidden", "Look at h again"),
        _key("m", "marks", "Marks", "Marks below the text, or none", show=False),
    ]

    def __init__(self, looking: Looking) -> None:
        """Begin with the strongest reactions to anything."""
        super().__init__(looking)
        self._reacts_to, self._pattern, self._view = ANY, "", HIDDEN
        self._marks, self._best = True, True
        self._search = Search(ANY, ())
        self._panes: list[NeuronsPane] = []

    def body(self) -> ComposeResult:
        """Yield what the units are searched by, the meaning of the marks, a place for the nets."""
        yield Static(id="features")
        yield Static(id="no-feature", markup=False)
        yield VerticalScroll(id="panes", can_focus=False)
        yield Static(LEGEND, id="legend", markup=False)

    def on_mount(self) -> None:
        """Say what the units are searched by."""
        self._show_features()

    def compute(self, subjects: Sequence[Subject], text: str) -> Search:
        """Let all nets read the text, and search their units.

        Raises:
            ValueError: if a net does not know a character.
        """
        reacts_to, view = self._reacts_to, self._view
        traces = [trace(each.model, each.vocabulary.encode(text)) for each in subjects]
        try:
            features, problem = measured(text, reacts_to), ""
        except ValueError as error:  # the units can be looked at all the same, in their order
            features, problem = {}, str(error)
        nets = [
            (each.name, each.model.config, neurons(traced, text, features, reacts_to, view=view))
            for each, traced in zip(subjects, traces, strict=True)
        ]
        return Search(reacts_to, nets, problem)

    def show(self, result: Search) -> None:
        """Show the best unit of each net, or the one that was chosen."""
        self._search, best, self._best = result, self._best, False
        if len(result.nets) != len(self._panes):
            self._rebuild(len(result.nets))
        for (name, _, found), pane in zip(result.nets, self._panes, strict=True):
            pane.show(name, found, marks=self._marks, best=best)
        line = self.query_one("#no-feature", Static)
        line.update(safe_line(result.problem))
        line.display = bool(result.problem)
        self._show_features()
        self.refresh_bindings()

    def _rebuild(self, count: int) -> None:
        """Make a place for each net."""
        self._panes = [NeuronsPane(focused=place == 0) for place in range(count)]
        column = self.query_one("#panes", VerticalScroll)
        column.remove_children()
        column.mount_all(self._panes)

    def _show_features(self) -> None:
        """Name all that units can be searched by, and which of it they are."""
        words = [(ANY, "any"), *((word, each.title) for word, each in FEATURES.items())]
        if self._pattern:
            words.append((self._pattern, safe_line(title_of(self._pattern))))
        chosen = self._reacts_to
        line = Content("").join(
            Content.styled(f" {title} ", "bold reverse" if word == chosen else "")
            for word, title in words
        )
        self.query_one("#features", Static).update(Content("by ") + line)

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        if action in ("next", "previous", "number"):
            return bool(self._panes)
        if action in ("view", "view_hidden"):
            can_see = any(found.has_cells for _, _, found in self._search.nets)
            return can_see and (self._view == CELL) == (action == "view_hidden")
        return super().check_action(action, parameters)

    def _current(self) -> int:
        """Return the place of the net that the cursor is in; 0 if it is in none."""
        inside = self.focused.ancestors_with_self if self.focused else []
        return next((place for place, pane in enumerate(self._panes) if pane in inside), 0)

    def action_next(self) -> None:
        """Look at the next unit of the list."""
        self._panes[self._current()].units.action_move(1)

    def action_previous(self) -> None:
        """Look at the unit before it."""
        self._panes[self._current()].units.action_move(-1)

    def action_number(self) -> None:
        """Ask for a unit."""
        place = self._current()
        current = self._panes[place].current
        if current is not None:
            config = self._search.nets[place][1]
            self.app.push_screen(UnitScreen(current.layer, config), partial(self._choose, place))

    def _choose(self, place: int, chosen: tuple[int, int] | None) -> None:
        if chosen is not None and place < len(self._panes):
            self._panes[place].choose(*chosen)

    def action_feature(self) -> None:
        """Search by the next feature, after the last one by any."""
        words = [ANY, *FEATURES, *filter(None, [self._pattern])]
        self._search_by(words[(words.index(self._reacts_to) + 1) % len(words)])

    def action_pattern(self) -> None:
        """Ask for a regular expression."""
        self.app.push_screen(PatternScreen(self._pattern), self._search_pattern)

    def _search_pattern(self, pattern: str | None) -> None:
        if pattern is not None:
            self._pattern = pattern
            self._search_by(pattern)

    def _search_by(self, reacts_to: str) -> None:
        self._reacts_to, self._best = reacts_to, True
        self._show_features()
        self.recompute()

    def action_view(self) -> None:
        """Look at the cell states."""
        self._look_at(CELL)

    def action_view_hidden(self) -> None:
        """Look at the hidden states."""
        self._look_at(HIDDEN)

    def _look_at(self, view: str) -> None:
        self._view, self._best = view, True
        self.recompute()

    def action_marks(self) -> None:
        """Draw marks below the text, or none."""
        self._marks = not self._marks
        self.query_one("#legend").display = self._marks
        for pane in self._panes:
            pane.show_marks(self._marks)

    def export_json(self) -> list[dict[str, Any]]:
        """Return what is seen of each net: all correlations, and what the shown unit does."""
        return [found.as_json() for _, found in self._as_seen()]

    def export_lines(self, width: int) -> list[Text]:
        """Return what is seen of each net."""
        return picture(self._as_seen(), width)

    def _as_seen(self) -> list[tuple[str, Neurons]]:
        """Return what was found, with the unit of each net that is looked at."""
        seen = []
        for (name, _, found), pane in zip(self._search.nets, self._panes, strict=True):
            unit = pane.current
            seen.append((name, looking_at(found, unit.layer, unit.unit) if unit else found))
        return seen

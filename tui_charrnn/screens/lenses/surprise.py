"""The lens of surprise: what each character of a text cost, and what was expected instead."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, Final

from rich.text import Text
from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Static

from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.surprise import Reading, compute
from tui_charrnn.runs import wording
from tui_charrnn.screens.base import key_of
from tui_charrnn.screens.lenses.base import LensScreen
from tui_charrnn.widgets.lenses.surprise import MUCH, SurpriseText
from tui_charrnn.widgets.lenses.surprise_bars import columns
from tui_charrnn.widgets.lenses.surprise_lines import legend
from tui_charrnn.widgets.lenses.surprise_picture import picture

Results = list[tuple[str, Reading]]

_key = partial(key_of, "surprise")

PADDING: Final = 2
"""Cells at the sides of the bars."""


class SurpriseLens(LensScreen):
    """Text coloured by bits, nets above each other, and bars for the character at the cursor."""

    NAME: ClassVar[str] = "surprise"
    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "surprise.tcss"]

    HELP: ClassVar[str | None] = f"""
    # Surprise

    Each character is coloured by the bits that it cost: -log2 of the probability that the net gave
    it before it came. 1 bit is a probability of one half, 3 bits one of 1/8, 10 bits one of 1/1024.
    `d` writes the whole bits below. The mean over the text is its loss in bits per character.
    The nets of a race, or one and another that `v` chose, are above each other.

    The cursor moves over all of them. Below are the characters that each held for likeliest in that
    place, with their probabilities; what came is marked. Behind the end: what it expects next.

    What to look for: the first letters of words cost, their ends do not, once spelling is learned.
    Where does a net know that a quote or a name is still open, 20 or 50 characters later? There
    a GRU is often sure where an RNN has forgotten. `n` goes to the next character that cost
    {MUCH:g} bits or more.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("n", "surprise(1)", "Next", "Go to the next character that surprised a net"),
        _key("N", "surprise(-1)", "", "Go to the one before", show=False),
        _key("d", "digits", "Digits", "Write the bits of each character below it, or not"),
    ]

    def body(self) -> ComposeResult:
        """Yield text, legend and bars."""
        yield SurpriseText(id="surprise-text")
        yield Static(id="surprise-legend")
        yield Static(id="surprise-bars")

    def on_mount(self) -> None:
        """Put the cursor on the text; where there are no colours, show digits."""
        text = self.query_one(SurpriseText)
        text.digits = self.app.no_color
        text.focus()

    def compute(self, subjects: Sequence[Subject], text: str) -> Results:
        """Let all nets read the text."""
        options = LensOptions()
        return [(subject.name, compute(subject, text, options)) for subject in subjects]

    def show(self, result: Results) -> None:
        """Colour the text."""
        self.query_one(SurpriseText).show(result)

    def notes(self) -> Sequence[str]:
        """Return the mean of each net."""
        return [f"{each.surprise.mean_bits:.3f} bits" for _, each in self._results]

    @property
    def _results(self) -> Sequence[tuple[str, Reading]]:
        return self.query_one(SurpriseText).results

    def on_resize(self) -> None:
        """Draw the bars as wide as there is room."""
        self._show_place()

    @on(SurpriseText.Moved)
    def _show_place(self) -> None:
        """Show what was expected where the cursor is."""
        text = self.query_one(SurpriseText)
        if not text.results:
            return
        width = self.size.width - PADDING
        drawn = columns(text.results, text.cursor, width)
        self.query_one("#surprise-bars", Static).update(Text("\n").join(drawn))
        where = f"   character {wording.count(text.cursor + 1)} of {wording.count(len(text.text))}"
        behind = text.cursor == len(text.text)
        line = legend(self.app.current_theme.dark)
        line.append("   behind the end" if behind else where)
        self.query_one("#surprise-legend", Static).update(line)

    def action_surprise(self, step: int) -> None:
        """Go to the next or last character that surprised a net."""
        if not self.query_one(SurpriseText).to_surprise(step):
            where = "after" if step > 0 else "before"
            self.notify(f"No character {where} this one cost {MUCH:g} bits or more.", timeout=3)

    def action_digits(self) -> None:
        """Write bits below the text, or not."""
        text = self.query_one(SurpriseText)
        text.digits = not text.digits

    def export_json(self) -> Any:
        """Return the figures of each net."""
        return [reading.as_json() for _, reading in self._results]

    def export_lines(self, width: int) -> list[Text]:
        """Return the whole text in colours and digits, whatever is seen of it."""
        return picture(self._results, width)

"""The dialogs of the lens Neurons: a regular expression to search units by, a unit to look at."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui_charrnn.engine.config import TrainConfig
from tui_charrnn.engine.lenses.options import LAYER, UNIT, LensOptions
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.widgets.field import Field


class PatternScreen(Dialog[str | None]):
    """Returns a regular expression, or None if it is left; what is wrong with it is told later."""

    CSS_PATH: ClassVar[CSSPathType | None] = "../dialog.tcss"
    TITLE: ClassVar[str | None] = "Units by a regular expression"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="pattern.back", tooltip="Search as before"),
    ]

    KEYS: ClassVar[KeyHints] = (("enter", "search"), ("escape", "back"))

    def __init__(self, pattern: str) -> None:
        """Begin with an expression."""
        super().__init__()
        self._before = pattern

    def body(self) -> ComposeResult:
        """Yield the field."""
        yield from rows(
            ("covers", Field(self._before, id="pattern", placeholder='[0-9]+ or "[^"]*'))
        )
        yield problem_line()

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Close with what was typed."""
        typed = self.query_one(Input).value
        if typed:
            self.dismiss(typed)
        else:
            self.say("The regular expression must have at least 1 character.")


class UnitScreen(Dialog[tuple[int, int] | None]):
    """Returns layer and unit, or None if it is left."""

    CSS_PATH: ClassVar[CSSPathType | None] = "../dialog.tcss"
    TITLE: ClassVar[str | None] = "Look at a unit"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="unit.back", tooltip="Stay with the unit"),
    ]

    KEYS: ClassVar[KeyHints] = (("enter", "look"), ("escape", "back"))

    def __init__(self, layer: int, config: TrainConfig) -> None:
        """Ask for a unit of a net.

        Args:
            layer: the one that is meant where none is typed.
            config: of the net.
        """
        super().__init__()
        self._layer, self._config = layer, config

    def body(self) -> ComposeResult:
        """Yield the field."""
        several = self._config.layers > 1
        example = "2:17 is unit 17 of layer 2" if several else "17"
        yield from rows(("unit", Field(id="unit", placeholder=example)))
        yield problem_line()

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Close with the unit, or say why there is no such."""
        try:
            self.dismiss(self._read())
        except ValueError as error:
            self.say(str(error))

    def _read(self) -> tuple[int, int]:
        """Return layer and unit.

        Raises:
            ConfigError: if they are no numbers, or not of the net.
        """
        layer, colon, unit = self.query_one(Input).value.rpartition(":")
        options = LensOptions(
            layer=int(LAYER.parse(layer)) if colon else self._layer, unit=int(UNIT.parse(unit))
        )
        options.check(self._config)
        return options.layer, options.unit or 0

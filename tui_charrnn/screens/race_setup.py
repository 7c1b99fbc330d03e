"""The dialog before a race: in which respect the contenders are made equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui_charrnn.engine import ConfigError, Corpus, TrainConfig
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.memory import check_memory, parameter_count
from tui_charrnn.engine.trainer import check_length
from tui_charrnn.runs import wording
from tui_charrnn.runs.fairness import Comparison, contenders
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, row

SECONDS = 60.0
"""Of an equal-time race, until somebody says otherwise."""


@dataclass(frozen=True, slots=True)
class RaceChoice:
    """What was chosen: how the contenders are made equal, and what each of them trains."""

    comparison: Comparison
    configs: dict[str, TrainConfig]


class RaceSetupScreen(Dialog[RaceChoice | None]):
    """Offers the fair ways to compare; returns the chosen one, or None if it is left."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["dialog.tcss", "race_setup.tcss"]

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="race.setup.back", tooltip="No race"),
    ]

    KEYS: ClassVar[KeyHints] = (
        ("up down", "choose"),
        ("enter", "start the race"),
        ("tab", "seconds"),
        ("escape", "back"),
    )

    def __init__(self, config: TrainConfig, corpus: Corpus) -> None:
        """Offer races of these hyperparameters on this text; the cell of the config is one side."""
        super().__init__()
        self._config, self._corpus = config, corpus
        self._seconds = config.time_limit or SECONDS
        names = " against ".join(name.upper() for name in self._sides(Comparison.HIDDEN_SIZE))
        self.title = f"Race: {names} on {safe_line(corpus.name)}"

    def _sides(self, comparison: Comparison) -> dict[str, TrainConfig]:
        return contenders(self._config, self._corpus.vocab_size, comparison, self._seconds)

    def body(self) -> ComposeResult:
        """Yield the ways to compare, and the seconds of an equal-time race."""
        yield Static(
            "The values of the form, the same text, seed and windows, each net in a process of "
            "its own. Compared at:",
            classes="about",
            markup=False,
        )
        options = [Option(self._described(each), id=each.name) for each in Comparison]
        yield OptionList(*options)
        yield from row("seconds", Input(f"{self._seconds:g}", id="seconds", compact=True))
        yield problem_line()

    def _described(self, comparison: Comparison) -> Content:
        """Return the option: its name, what it means, and the nets that it comes to."""
        sides = self._sides(comparison)
        sizes = " · ".join(self._in_words(name, config) for name, config in sides.items())
        name = Content.styled(comparison.title, "bold")
        about = Content.styled(f"  {comparison.explanation}\n  {sizes}", "$foreground 70%")
        return name + Content("\n") + about

    def _in_words(self, name: str, config: TrainConfig) -> str:
        parameters = wording.count(parameter_count(config, self._corpus.vocab_size))
        return f"{name.upper()} {wording.count(config.hidden_size)}: {parameters} parameters"

    def on_mount(self) -> None:
        """Begin on the first way to compare."""
        self.query_one(OptionList).focus()

    @on(OptionList.OptionSelected)
    def _select(self, event: OptionList.OptionSelected) -> None:
        self._choose(Comparison[str(event.option.id)])

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Seconds were typed: they are for a race against the clock."""
        self._choose(Comparison.TIME)

    def _choose(self, comparison: Comparison) -> None:
        try:
            if comparison is Comparison.TIME:
                text = self.query_one("#seconds", Input).value
                self._seconds = float(SPECS["time_limit"].parse(text))
            configs = self._sides(comparison)
            for config in configs.values():
                check_memory(config, self._corpus.vocab_size)
                check_length(config, self._corpus)
        except ConfigError as error:
            self.say(str(error))
            return
        self.dismiss(RaceChoice(comparison, configs))

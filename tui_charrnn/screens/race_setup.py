"""The dialog before a race: in which respect the contenders are made equal."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, cast

from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Select, Static
from textual.widgets.option_list import Option

from tui_charrnn.engine import ConfigError, Corpus, TrainConfig
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.memory import check_memory, parameter_count
from tui_charrnn.engine.parts import check_length, check_prime
from tui_charrnn.engine.registry import CELLS
from tui_charrnn.runs import wording
from tui_charrnn.runs.fairness import Comparison, contenders, usual_cells
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.widgets.field import Choice, Field

SECONDS = 60.0
"""Of an equal-time race, until somebody says otherwise."""

ABOUT = "All else is the same for every net, as in the form. Compared at:"

ENDLESS = (
    "The same hidden size and seconds of training. As no update is the last one, a cosine does not "
    "lower the rate."
)
"""What equal time means to a schedule that counts the updates up to the last one."""

WAYS_TO_WRITE = (("parameters", "    "), ("params", "  "))
"""What trained values are called, and what stands between two nets: where they are large, less."""

ROOM = 64
"""Columns that two nets may take, so that they stay on one line of a narrow screen."""


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
        ("enter", "start"),
        ("tab", "nets, time limit"),
        ("escape", "back"),
    )

    def __init__(self, config: TrainConfig, corpus: Corpus) -> None:
        """Offer races of these hyperparameters on this text; the cell they name keeps its size."""
        super().__init__()
        self._config, self._corpus = config, corpus
        self._seconds = config.time_limit or SECONDS
        self._cells = usual_cells(config.cell)
        self._shown = {each: self._sides(each) for each in Comparison}
        self.title = f"Race on {safe_line(corpus.name)}"

    def _sides(self, comparison: Comparison) -> dict[str, TrainConfig]:
        vocab_size = self._corpus.vocab_size
        return contenders(self._config, vocab_size, comparison, self._seconds, self._cells)

    def body(self) -> ComposeResult:
        """Yield the ways to compare, what the chosen one means, and the time of an equal-time race.

        The nets that each way comes to stand below one another, so that they compare at a glance.
        """
        yield Static(ABOUT, classes="about", markup=False)
        yield OptionList(*(Option(self._described(each), id=each.name) for each in Comparison))
        yield Static(id="meaning", markup=False)
        pairs = [(_against(pair), pair) for pair in itertools.combinations(CELLS, 2)]
        yield from rows(
            ("nets", Choice(pairs, self._cells, id="nets")),
            ("time limit", Field(f"{self._seconds:g}", id="seconds")),
        )
        yield problem_line()

    def _described(self, comparison: Comparison) -> Content:
        """Return the option: its name, and the nets that it comes to."""
        name = Content.styled(comparison.title, "bold")
        return name + Content.styled(f"\n  {self._nets(comparison)}", "$foreground 70%")

    def _nets(self, comparison: Comparison) -> str:
        lines = [
            gap.join(self._net(comparison, name, noun) for name in self._shown[comparison])
            for noun, gap in WAYS_TO_WRITE
        ]
        return next((line for line in lines if len(line) <= ROOM), lines[-1])

    def _net(self, comparison: Comparison, name: str, noun: str) -> str:
        """Return the size of a net and what it is given, as wide in every option."""
        sides = [sides[name] for sides in self._shown.values()]
        sizes = [wording.units(side) for side in sides]
        amounts = [self._amount(each, name, noun) for each in Comparison]
        place = list(Comparison).index(comparison)
        size, amount = sizes[place].rjust(_width(sizes)), amounts[place].ljust(_width(amounts))
        return f"{name.upper()} {size}  {amount}"

    def _amount(self, comparison: Comparison, name: str, noun: str) -> str:
        if comparison is Comparison.TIME:
            return f"{self._seconds:g} s of training"
        count = parameter_count(self._shown[comparison][name], self._corpus.vocab_size)
        return f"{wording.count(count)} {noun}"

    def on_mount(self) -> None:
        """Begin on the first way to compare."""
        self.query_one(OptionList).focus()

    @on(Select.Changed)
    def _choose_cells(self, event: Select.Changed) -> None:
        """Let other cells race, and go back to where `enter` starts."""
        if event.value == self._cells:
            return
        self._cells = cast(tuple[str, ...], event.value)
        self._shown = {each: self._sides(each) for each in Comparison}
        self._show_options()
        self.query_one(OptionList).focus()

    @on(OptionList.OptionHighlighted)
    def _explain(self, event: OptionList.OptionHighlighted) -> None:
        comparison = Comparison[str(event.option.id)]
        endless = comparison is Comparison.TIME and self._config.schedule == "cosine"
        self.query_one("#meaning", Static).update(ENDLESS if endless else comparison.explanation)

    @on(OptionList.OptionSelected)
    def _select(self, event: OptionList.OptionSelected) -> None:
        self._choose(Comparison[str(event.option.id)])

    @on(Input.Changed)
    def _read_seconds(self) -> None:
        """Let the option say what was typed, as soon as it is a time."""
        with contextlib.suppress(ConfigError):
            self._seconds = self._typed()
            self._show_options()

    def _show_options(self) -> None:
        options = self.query_one(OptionList)
        for each in Comparison:
            options.replace_option_prompt(each.name, self._described(each))

    def _typed(self) -> float:
        """Return the time limit that was typed, in seconds.

        Raises:
            ConfigError: if it is none.
        """
        seconds = float(SPECS["time_limit"].parse(self.query_one("#seconds", Input).value))
        contenders(self._config, self._corpus.vocab_size, Comparison.TIME, seconds)
        return seconds

    @on(Input.Submitted)
    def _submit(self) -> None:
        """A time was typed: it is for a race against the clock."""
        self._choose(Comparison.TIME)

    def _choose(self, comparison: Comparison) -> None:
        try:
            if comparison is Comparison.TIME:
                self._seconds = self._typed()
            configs = self._sides(comparison)
            for config in configs.values():
                check_memory(config, self._corpus.vocab_size)
                check_length(config, self._corpus)
                check_prime(config, self._corpus)
        except ConfigError as error:
            self.say(str(error))
            if error.field == "time_limit":
                self.query_one("#seconds").focus()
            return
        self.dismiss(RaceChoice(comparison, configs))


def _against(cells: tuple[str, ...]) -> str:
    return " against ".join(name.upper() for name in cells)


def _width(texts: Iterable[str]) -> int:
    return max(map(len, texts))

"""The dialog that sets what `s` draws: prompt, length, how boldly and from which weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from tui_charrnn.engine import ConfigError, SampleRequest, TrainConfig
from tui_charrnn.engine.config import SPECS, Value
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.widgets.field import Choice, Field
from tui_charrnn.widgets.typed_text import from_line, to_line

if TYPE_CHECKING:
    from tui_charrnn.engine import Corpus

LATEST, BEST = "latest", "best validation"

LABELS: Final = {"top_k": "top-k (0: all)", "top_p": "top-p (1: all)"}
"""Of the numbers whose names do not say enough."""


@dataclass(frozen=True, slots=True)
class SampleSettings:
    """What the next requested sample is drawn with."""

    request: SampleRequest = field(default_factory=SampleRequest)
    best: bool = False


class ChosenSettings:
    """What `s` draws with: as a run draws its own samples, until somebody sets something else."""

    def __init__(self) -> None:
        """Begin with nothing set."""
        self._chosen: SampleSettings | None = None

    def of(self, config: TrainConfig) -> SampleSettings:
        """Return the settings for a net that is trained by `config`."""
        return self._chosen or _usual(config)

    def choose(self, settings: SampleSettings, config: TrainConfig) -> None:
        """Keep what was set for this net and all later ones, unless it is what is usual for it."""
        self._chosen = None if settings == _usual(config) else settings


def _usual(config: TrainConfig) -> SampleSettings:
    return SampleSettings(SampleRequest.of(config))


class SampleScreen(Dialog[SampleSettings | None]):
    """Edits the settings; returns them to draw at once, or None if it is left."""

    TITLE: ClassVar[str | None] = "Draw a sample"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="sample.back", tooltip="Change nothing"),
    ]

    KEYS: ClassVar[KeyHints] = (
        ("enter", "draw"),
        ("tab", "next field"),
        ("escape", "back"),
    )

    def __init__(self, has_best: bool) -> None:
        """Have nothing to show before `show` has said what.

        Args:
            has_best: whether the weights of the best validation can be chosen.
        """
        super().__init__()
        self._settings, self._has_best = SampleSettings(), has_best
        self._corpus: Corpus  # by `show`

    @staticmethod
    def name_of(has_best: bool) -> str:
        """Return the name by which one is kept, with that choice or without."""
        return "sample of the latest or best" if has_best else "sample of the latest"

    def body(self) -> ComposeResult:
        """Yield one row a setting."""
        fields = [(LABELS.get(name, name), Field(id=name)) for name in self._texts()]
        yield from rows(*fields, ("weights", self._weights()))
        yield problem_line()

    def _texts(self) -> dict[str, str]:
        """Return what is in the fields, by their names."""
        request = self._settings.request
        numbers = {name: f"{getattr(request, name):.12g}" for name in SampleRequest.SPEC_NAMES}
        return {"prompt": to_line(request.prompt), **numbers}

    def _weights(self) -> Widget:
        """Return what chooses the weights; where there is no choice, only what they are."""
        if not self._has_best:
            return Static(LATEST, id="weights")
        names = [(name, name) for name in (LATEST, BEST)]
        return Choice(names, LATEST, id="weights")

    def show(self, settings: SampleSettings, corpus: Corpus) -> None:
        """Show settings as they are now.

        Args:
            settings: of the next sample.
            corpus: a prompt may only use its characters.
        """
        self._settings, self._corpus = settings, corpus
        if self.is_mounted:
            self._fill()

    def on_mount(self) -> None:
        """Show what is to be seen."""
        self._fill()

    def _fill(self) -> None:
        for name, text in self._texts().items():
            self.query_one(f"#{name}", Field).value = text
        if self._has_best:
            self.query_one(Select).value = BEST if self._settings.best else LATEST
        self.say("")
        self.set_focus(self.query_one("#prompt"))

    @on(Select.Changed)
    def _chosen(self) -> None:
        """Go where `enter` draws, and does not open the list again."""
        if self.query_one(Select).has_focus:
            self.query_one("#prompt").focus()

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Close with the settings, or say what is wrong with them."""
        try:
            self.dismiss(self._read())
        except ValueError as error:
            self.say(str(error))

    def _read(self) -> SampleSettings:
        """Return what the fields say.

        Raises:
            ValueError: with one sentence on the first field that is wrong.
        """
        prompt = from_line(self.query_one("#prompt", Input).value)
        self._corpus.encode(prompt)
        numbers: dict[str, Any] = {
            name: self._number(name, spec) for name, spec in SampleRequest.SPEC_NAMES.items()
        }
        request = SampleRequest(prompt, **numbers)
        best = self._has_best and self.query_one("#weights", Select).value == BEST
        return SampleSettings(request, best)

    def _number(self, name: str, spec: str) -> Value:
        try:
            return SPECS[spec].parse(self.query_one(f"#{name}", Input).value)
        except ConfigError as error:
            self.query_one(f"#{name}").focus()
            raise error

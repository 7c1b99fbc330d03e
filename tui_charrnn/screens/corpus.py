"""The picker of a text: shipped ones, the standard library, or any file or folder."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from tui_charrnn.runs.catalogue import Entry, catalogue


class CorpusScreen(ModalScreen[tuple[str, str] | None]):
    """Returns the name or path of a text and its encoding, or None if it is left."""

    CSS_PATH = "dialogs.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="corpus.back", tooltip="Keep the text"),
    ]

    def __init__(self, current: str) -> None:
        """Mark the text that is in use."""
        super().__init__()
        self._current = current

    def compose(self) -> ComposeResult:
        """Lay out the list of known texts and the field for a path."""
        with Vertical(classes="dialog"):
            yield Label("Text to train on", classes="title")
            entries = catalogue().values()
            yield OptionList(*(Option(_describe(entry), id=entry.name) for entry in entries))
            with Horizontal(classes="row"):
                yield Label("file or folder", classes="name")
                yield Input(id="path", compact=True, suggester=PathSuggester())
            with Horizontal(classes="row"):
                yield Label("encoding", classes="name")
                yield Input("utf-8", id="encoding", compact=True)
            yield Static(id="problem", classes="problem", markup=False)
            yield Static(
                "[b]enter[/b] choose   [b]tab[/b] next field   [b]right[/b] complete a path   "
                "[b]escape[/b] back",
                classes="keys",
            )

    def on_mount(self) -> None:
        """Put the cursor on the text in use."""
        options = self.query_one(OptionList)
        names = list(catalogue())
        options.highlighted = names.index(self._current) if self._current in names else 0
        options.focus()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        self.dismiss((str(event.option_id), "utf-8"))

    @on(Input.Submitted)
    def _submit(self) -> None:
        path = self.query_one("#path", Input).value.strip()
        if not path or not Path(path).expanduser().exists():
            problem = f"There is no file or folder {path}." if path else "Type a path first."
            self.query_one("#problem", Static).update(problem)
            return
        self.dismiss((path, self.query_one("#encoding", Input).value.strip() or "utf-8"))


def _describe(entry: Entry) -> Text:
    """Return the title with its numbers, and below it the description."""
    numbers = "" if entry.characters is None else f"  {entry.characters:,} characters"
    numbers += "" if entry.vocabulary is None else f", {entry.vocabulary} distinct"
    numbers += "" if entry.entropy is None else f", {entry.entropy:.2f} bits/char at best"
    text = Text.assemble((entry.name, "bold"), numbers)
    return text.append(f"\n  {entry.description}", style="dim")


class PathSuggester(Suggester):
    """Completes a path with the first entry of its folder that fits."""

    def __init__(self) -> None:
        """Look at the folder each time: files come and go."""
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the completed path, None if nothing fits."""
        if not value:
            return None
        path = Path(value).expanduser()
        folder, start = (path, "") if value.endswith("/") else (path.parent, path.name)
        try:
            names = sorted(entry.name for entry in folder.iterdir() if entry.name.startswith(start))
        except OSError:
            return None
        shown = [name for name in names if start or not name.startswith(".")]
        return value + shown[0][len(start) :] if shown else None

"""What the dialogs share: a frame in the middle of the screen, with a title and a line of keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache, partial
from typing import ClassVar

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.css.styles import RulesMap
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.strip import Strip
from textual.style import Style as VisualStyle
from textual.visual import RenderOptions, Visual
from textual.widget import Widget
from textual.widgets import Label, Static

from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.quick import QuickScreen
from tui_charrnn.widgets.narrow_compositor import NarrowCompositor

KeyHints = tuple[tuple[str, str], ...]
"""Keys and what they do."""


class Behind(Visual):
    """The screen behind a dialog: what has changed of it, and each of its few styles dimmed once.

    Textual draws all of it in each frame of the dialog, dims every piece, and takes the lines apart
    and puts them together again, for longer than it draws the dialog.
    """

    def __init__(self, screen: Screen[object], color: Color) -> None:
        """Show a screen through a colour."""
        self._screen, self._color = screen, color
        self._lines: dict[int, Strip] = {}

    def shows(self, background: BackgroundScreen) -> bool:
        """Whether it shows the same screen through the same colour."""
        return (self._screen, self._color) == (background.screen, background.color)

    def forget(self, rows: Iterable[int]) -> None:
        """Know that some rows have changed."""
        for row in rows:
            self._lines.pop(row, None)

    def render_strips(
        self, width: int, height: int | None, style: VisualStyle, options: RenderOptions
    ) -> list[Strip]:
        """Return the lines as they look behind the dialog."""
        rows = range(self._screen._compositor.size.height)
        missing = [row for row in rows if row not in self._lines]
        look = partial(dimmed, base=style.rich_style, color=self._color)
        for row, line in zip(missing, lines_of(self._screen, missing), strict=True):
            pieces = [Segment(text, look(style)) for text, style, _ in line]
            self._lines[row] = Strip(pieces, line.cell_length)
        return [self._lines[row] for row in rows]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return the columns of the screen."""
        return self._screen.size.width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return the rows of the screen."""
        return self._screen.size.height


def lines_of(screen: Screen[object], rows: Sequence[int]) -> list[Strip]:
    """Return some lines of a screen."""
    compositor = screen._compositor
    if isinstance(compositor, NarrowCompositor):
        return compositor.render_rows(rows)
    lines = compositor.render_strips()  # a screen of Textual's own
    return [lines[row] for row in rows]


@lru_cache(maxsize=4096)
def dimmed(style: Style | None, base: Style, color: Color) -> Style:
    """Return a style as it looks through a colour; what it says nothing of is as in the base."""
    (segment,) = BackgroundScreen.process_segments([Segment(" ", style)], color)
    return base + segment.style


class Dialog(QuickScreen[ScreenResultType], ModalScreen[ScreenResultType]):
    """A dialog over the screen that opened it; a subclass says what is in it."""

    CSS_PATH: ClassVar[CSSPathType | None] = "dialog.tcss"

    TITLE: ClassVar[str | None] = None
    KEYS: ClassVar[KeyHints] = ()
    """What the last line says."""

    def __init__(self) -> None:
        """Begin over no screen."""
        super().__init__()
        self._behind: Behind | None = None

    def render(self) -> RenderableType:
        """Return what is seen around the dialog."""
        found = super().render()
        if not isinstance(found, BackgroundScreen):
            return found
        if self._behind is None or not self._behind.shows(found):
            self._behind = Behind(found.screen, found.color)
        self._behind.forget(row for region in self._dirty_regions for row in region.line_range)
        # Textual takes visuals from all widgets, and names less for screens
        return self._behind  # type: ignore[return-value]

    def on_screen_suspend(self) -> None:
        """Forget what was behind it: when it is seen again, that may be something else."""
        self._behind = None

    def compose(self) -> ComposeResult:
        """Lay out the title, the body and the keys."""
        with Vertical(classes="dialog"):
            yield Label(self.title or "", classes="title", markup=False)
            yield from self.body()
            yield Static(keys_line(self.KEYS), classes="keys")

    def body(self) -> ComposeResult:
        """Yield what stands between the title and the keys."""
        raise NotImplementedError

    def say(self, problem: str) -> None:
        """Show what is wrong, in the line that `problem_line` made."""
        self.query_one("#problem", Static).update(safe_line(problem))


def problem_line() -> Static:
    """Return the line in which a dialog says what is wrong."""
    return Static(id="problem", classes="problem", markup=False)


def rows(*editors: tuple[str, Widget]) -> ComposeResult:
    """Yield a line for each editor, which takes one, with its name before it."""
    names = "\n".join(name for name, _ in editors)
    with Horizontal(classes="rows"):
        yield Static(names, classes="name", markup=False)
        with Vertical():
            yield from (editor for _, editor in editors)


def keys_line(keys: KeyHints) -> Content:
    """Return the keys in bold, each with what it does."""
    return Content("   ").join(Content.styled(key, "bold") + f" {what}" for key, what in keys)

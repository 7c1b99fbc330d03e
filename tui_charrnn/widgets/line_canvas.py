"""LineCanvas: a widget that is made of lines, and draws only what has changed in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from tui_charrnn.widgets.plot import Line


class LineCanvas(Widget, can_focus=True):
    """Shows what `draw_lines` returns; a part `smooth` has the style of `<PREFIX>--smooth`."""

    DEFAULT_CSS = """
    LineCanvas {
        text-wrap: nowrap;
        text-overflow: clip;
    }
    """

    PREFIX: ClassVar[str] = ""
    """Of the component classes of the parts."""

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._styles_of_parts: dict[str, Style] = {}

    def draw_lines(self, size: Size) -> list[Line]:
        """Return what there is to see, at most as large as `size`."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew."""
        size = self.content_size
        self.show_lines(self.draw_lines(size) if size else [])

    def show_lines(self, lines: list[Line]) -> None:
        """Show these lines; only the cells that have changed are drawn."""
        before, self._lines = self._lines, lines
        if len(before) != len(lines):
            self.refresh()
            return
        spans = [changed(old, new) for old, new in zip(before, lines, strict=True)]
        regions = [Region(x1, y, x2 - x1, 1) for y, (x1, x2) in enumerate(spans) if x1 < x2]
        if regions:
            self.refresh(*regions)

    def on_resize(self) -> None:
        """Fill the new room."""
        self.redraw()

    def notify_style_update(self) -> None:
        """Look up the styles of the parts again."""
        super().notify_style_update()
        self._styles_of_parts.clear()

    def render_line(self, y: int) -> Strip:
        """Return a line in the styles of the theme."""
        if y >= len(self._lines):
            return Strip([])
        return Strip([Segment(text, self._style(part)) for part, text in self._lines[y]])

    def _style(self, part: str) -> Style:
        if not part:
            return self.rich_style
        style = self._styles_of_parts.get(part)
        if style is None:
            style = self.get_component_rich_style(f"{self.PREFIX}--{part}")
            self._styles_of_parts[part] = style
        return style


def changed(old: Line, new: Line) -> tuple[int, int]:
    """Return the first cell in which two lines differ, and the one behind the last; 0, 0 if none.

    Of a line with characters that are not one cell wide, that is all.
    """
    if old == new:
        return 0, 0
    before, after = _text(old), _text(new)
    widths = cell_len(before), cell_len(after)
    if widths != (len(before), len(after)):
        return 0, max(widths)
    first, end = _alike(old, new), max(widths)
    if widths[0] == widths[1]:
        end -= _alike(_backwards(old), _backwards(new))
    return first, max(first, end)


def _text(line: Line) -> str:
    return "".join(text for _, text in line)


def _alike(old: Iterable[tuple[str, str]], new: Iterable[tuple[str, str]]) -> int:
    """Return how many characters at the start of two lines are the same, in the same part."""
    count = 0
    for (part, text), (other, words) in zip(old, new, strict=False):
        if part != other:
            break
        pairs = enumerate(zip(text, words, strict=False))
        shorter = min(len(text), len(words))
        alike = next((at for at, (one, two) in pairs if one != two), shorter)
        count += alike
        if alike < max(len(text), len(words)):
            break
    return count


def _backwards(line: Line) -> Iterable[tuple[str, str]]:
    return ((part, text[::-1]) for part, text in reversed(line))

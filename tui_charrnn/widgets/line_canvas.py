"""LineCanvas: a widget that is made of lines, and draws only what has changed in them.

It keeps its rows as they are on the screen, frame included, and makes those of which the text has
changed itself: Textual works out all colours of the widgets around it anew for each of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from tui_charrnn.widgets.plot import Line


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the lines, and how they look, with the filters of the app applied.

    Attributes:
        top: rows above the first line.
        size: of what is inside.
        left: pieces at the left of every line.
        right: those at its right.
        blank: the style of what no line fills.
        styles: those of the parts, as far as they were looked up.
    """

    top: int
    size: Size
    left: Strip
    right: Strip
    blank: Style
    styles: dict[str, Style]


class LineCanvas(Widget, can_focus=True):
    """Shows what `draw_lines` returns; a part `smooth` has the style of `<PREFIX>--smooth`.

    Its styles may have borders and padding, but no outline, tint, hatch or opacity.
    """

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
        self._rows: dict[int, Strip] = {}
        self._frame: Frame | None = None

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
            self.repaint(*regions)

    def repaint(self, *regions: Region) -> None:
        """Let some cells of lines be drawn, as `refresh` does in the end, two messages later."""
        frame = self._frame
        if frame is None:
            self._set_dirty(*regions)
        else:
            inside = frame.left.cell_length, frame.top
            seen = [region.translate(inside) for region in regions]
            self._repaint_regions.update(seen)
            for region in seen:
                for y in region.line_range:
                    self._rows.pop(y, None)
        if self.is_attached and self.display:
            self.screen._dirty_widgets.add(self)
            self.screen.check_idle()

    def on_resize(self) -> None:
        """Fill the new room."""
        self.redraw()

    def notify_style_update(self) -> None:
        """Look up the styles of the parts again."""
        super().notify_style_update()
        self._styles_of_parts.clear()

    def _set_dirty(self, *regions: Region) -> None:
        """Forget all rows, and how they look."""
        super()._set_dirty(*regions)
        self._rows.clear()
        self._frame = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return some rows, of which those are made that have changed."""
        rows, (x1, x2) = self._rows, crop.column_span
        for y in crop.line_range:
            if y not in rows:
                rows[y] = self._row(y)
        return [rows[y].crop(x1, x2) for y in crop.line_range]

    def _row(self, y: int) -> Strip:
        frame = self._frame
        if frame is not None and 0 <= y - frame.top < frame.size.height:
            return self._framed(frame, y - frame.top)
        row = super().render_lines(Region(0, y, self.outer_size.width, 1))[0]
        if frame is None:
            self._frame = self._frame_of(y, row)
        return row

    def _frame_of(self, y: int, row: Strip) -> Frame | None:
        """Return what stands around a line, None if the row is none of the lines."""
        (left, top), size = self.content_offset, self.content_size
        if not 0 <= y - top < size.height:
            return None
        blank = self._filtered(Style(bgcolor=self.background_colors[1].rich_color))
        sides = row.crop(0, left), row.crop(left + size.width)
        return Frame(top, size, *sides, blank, {})

    def _filtered(self, style: Style) -> Style:
        """Return a style as the terminal shows it."""
        background = self.background_colors[1]
        strip = Strip([Segment(" ", style)])
        for each in self.get_line_filters():
            strip = strip.apply_filter(each, background)
        return next(iter(strip)).style or Style()

    def _framed(self, frame: Frame, number: int) -> Strip:
        """Return a line as Textual would draw it."""
        line = self._lines[number] if number < len(self._lines) else []
        pieces = [Segment(text, self._shown_style(frame, part)) for part, text in line]
        content = Strip(pieces).adjust_cell_length(frame.size.width, frame.blank)
        width = frame.left.cell_length + frame.size.width + frame.right.cell_length
        return Strip([*frame.left, *content, *frame.right], width)

    def _shown_style(self, frame: Frame, part: str) -> Style:
        style = frame.styles.get(part)
        if style is None:
            style = frame.styles[part] = self._filtered(self._style(part))
        return style

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
        if text == words:
            count += len(text)
            continue
        pairs = enumerate(zip(text, words, strict=False))
        shorter = min(len(text), len(words))
        alike = next((at for at, (one, two) in pairs if one != two), shorter)
        count += alike
        if alike < max(len(text), len(words)):
            break
    return count


def _backwards(line: Line) -> Iterable[tuple[str, str]]:
    return ((part, text[::-1]) for part, text in reversed(line))

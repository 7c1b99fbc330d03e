"""NarrowCompositor: draws what has changed on a screen, and looks at nothing else.

Textual asks every widget inside the rectangle around all changes for its lines: with a chart above
and a status below, that is every field of the form between them, ten times a second. Here, only the
widgets that are seen where something changed are asked, and only for the rows of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from rich.console import Console
from rich.control import Control
from textual._compositor import (
    ChopsUpdate,
    Compositor,
    CompositorUpdate,
    LayoutUpdate,
    ReflowResult,
)
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

Span = tuple[int, int, int]
"""A row, its first column, and the one behind the last."""

Patch = tuple[int, int, Strip]
"""A row, its first column, and what stands there."""


class Patches(CompositorUpdate):
    """Pieces of lines to be drawn."""

    def __init__(self, patches: Sequence[Patch]) -> None:
        """Keep them."""
        self.patches = patches

    def render_segments(self, console: Console) -> str:
        """Return what draws them in a terminal."""
        return "".join(
            f"{Control.move_to(x, y).segment.text}{strip.render(console)}"
            for y, x, strip in self.patches
        )


@dataclass(frozen=True, slots=True)
class Known:
    """What a widget has drawn of itself.

    Attributes:
        crop: the part of it.
        filters: what its colours went through.
        inner: the lines before that, which the widget keeps for as long as they are right.
        strips: the lines.
    """

    crop: Region
    filters: tuple[LineFilter, ...]
    inner: list[Strip | None]
    strips: list[Strip]


class NarrowCompositor(Compositor):
    """Draws a change by the widgets that lie where it is."""

    def __init__(self) -> None:
        """Know of no widget what it looks like."""
        super().__init__()
        self._known = WeakKeyDictionary[Widget, Known]()

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Arrange all widgets, and know from then on where each of them is.

        Textual would arrange them once more to tell it, if something had been scrolled before.
        """
        result = super().reflow(parent, size)
        self._full_map_invalidated = False
        return result

    def render_partial_update(self) -> ChopsUpdate | None:
        """Return what has changed since the last time; None if nothing has."""
        screen = self.size.region
        dirty, self._dirty_regions = self._dirty_regions, set()
        regions = filter(None, (region.intersection(screen) for region in dirty))
        patches = self._patches(self._regions_to_spans(regions))
        # Textual names the one kind of update that its own method returns; any kind is drawn
        return Patches(patches) if patches else None  # type: ignore[return-value]

    def render_full_update(self, simplify: bool = False) -> LayoutUpdate:
        """Return the whole screen; `simplify` is asked for when a picture is exported."""
        if simplify:
            return super().render_full_update(simplify)
        self._dirty_regions.clear()
        return LayoutUpdate([[strip] for strip in self.render_strips()], self.size.region)

    def render_strips(self, size: Size | None = None) -> list[Strip]:
        """Return the lines of the screen; what is covered by other widgets is not drawn."""
        return self.render_rows(range((size or self.size).height))

    def render_rows(self, rows: Iterable[int]) -> list[Strip]:
        """Return some lines of the screen, in rising order."""
        lines: dict[int, list[Strip]] = {y: [] for y in rows}
        for y, _, strip in self._patches((y, 0, self.size.width) for y in lines):
            lines[y].append(strip)
        return [Strip.join(line) for line in lines.values()]

    def _patches(self, spans: Iterable[Span]) -> list[Patch]:
        """Return what is seen in some spans, in the order of reading."""
        layers = self.layers_visible
        wanted = dict[Widget, tuple[Region, Region, list[Span]]]()
        for y, first, end in spans:
            bare = [(first, end)]
            for widget, seen, region in layers[y]:  # those in front first
                left, right = seen.x, seen.x + seen.width
                if not any(x1 < right and left < x2 for x1, x2 in bare):
                    continue
                covered = wanted.setdefault(widget, (seen, region, []))[2]
                covered += [(y, max(x1, left), min(x2, right)) for x1, x2 in bare]
                bare = [
                    (x1, x2)
                    for gap in bare
                    for x1, x2 in ((gap[0], min(gap[1], left)), (max(gap[0], right), gap[1]))
                    if x1 < x2
                ]
                if not bare:
                    break
        patches = [
            patch
            for widget, (seen, region, covered) in wanted.items()
            for patch in self._pieces(widget, seen, region, covered)
        ]
        return sorted(patches, key=lambda patch: patch[:2])

    def _pieces(
        self, widget: Widget, seen: Region, region: Region, spans: list[Span]
    ) -> Iterator[Patch]:
        """Yield what a widget shows in some spans, rising, where it is seen; they may be empty."""
        top, bottom = spans[0][0], spans[-1][0]
        crop = Region(seen.x - region.x, top - region.y, seen.width, bottom - top + 1)
        strips = self._lines_of(widget, crop)
        for y, x1, x2 in spans:
            if x1 < x2:
                yield y, x1, strips[y - top].crop(x1 - seen.x, x2 - seen.x)

    def _lines_of(self, widget: Widget, crop: Region) -> list[Strip]:
        """Return some lines of a widget, the ones from before if nothing of them has changed.

        Textual keeps the lines as well, but works out all colours behind a widget, its place and
        its filters before it looks at them: for a form, half of the time to draw it.
        """
        if type(widget).render_lines is not Widget.render_lines:
            return widget.render_lines(crop)
        filters = tuple(widget.get_line_filters())
        known, lines = self._known.get(widget), widget._styles_cache
        inner = [lines._cache.get(y) for y in crop.line_range]
        if (
            known is not None
            and known.crop == crop
            and known.filters == filters
            and lines._dirty_lines.isdisjoint(crop.line_range)
            and all(old is new is not None for old, new in zip(known.inner, inner, strict=True))
        ):
            return known.strips
        strips = widget.render_lines(crop)
        inner = [lines._cache.get(y) for y in crop.line_range]
        self._known[widget] = Known(crop, filters, inner, strips)
        return strips

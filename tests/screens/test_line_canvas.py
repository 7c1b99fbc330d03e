"""Of a line that changes, only the cells that differ are drawn; its frame stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from tui_charrnn.widgets.line_canvas import LineCanvas, changed

NARROW = st.text("ab ▚⣿━", max_size=4)
LINE = st.lists(st.tuples(st.sampled_from(["", "smooth", "raw"]), NARROW), max_size=4)


def cells(line, width: int) -> list[tuple[str, str]]:
    """Return part and character of every cell, blanks behind the line."""
    known = [(part, char) for part, text in line for char in text]
    return known + [("", "")] * (width - len(known))


@given(LINE, LINE)
def test_what_lies_outside_has_not_changed(old, new) -> None:
    first, end = changed(old, new)
    width = max(len(cells(old, 0)), len(cells(new, 0)))
    before, after = cells(old, width), cells(new, width)
    assert before[:first] == after[:first]
    assert before[end:] == after[end:]
    assert 0 <= first <= end <= width


@pytest.mark.parametrize(
    ("old", "new", "span"),
    [
        ([("a", "smooth 2.345 ")], [("a", "smooth 2.341 ")], (11, 12)),
        ([("a", "one"), ("b", "two")], [("a", "one"), ("b", "two")], (0, 0)),
        ([("a", "one"), ("b", "two")], [("a", "one"), ("c", "two")], (3, 6)),
        ([("a", "ab")], [("a", "abc")], (2, 3)),
        ([("a", "abc")], [("a", "ab")], (2, 3)),
        ([("a", "aaa")], [("a", "aba")], (1, 2)),
        ([("a", "日本 1")], [("a", "日本 2")], (0, 6)),  # wide characters are not cut
        ([("a", "e\u0301 1")], [("a", "e 1")], (0, 3)),
    ],
)
def test_as_few_cells_as_have_changed(old, new, span: tuple[int, int]) -> None:
    assert changed(old, new) == span


class Canvas(LineCanvas):
    """Shows what a test puts there."""

    DEFAULT_CSS = """
    Canvas { height: 6; background: $surface; border: round $foreground 30%; padding: 0 1; }
    Canvas:focus { border: heavy $accent; }
    Canvas.-bare { border: none; padding: 0; background: $primary 20%; }
    Canvas .canvas--smooth { color: $text-accent; text-style: bold; }
    Canvas .canvas--raw { color: $text-muted; background: $error 40%; text-style: dim; }
    """
    PREFIX = "canvas"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"canvas--smooth", "canvas--raw"}

    def draw_lines(self, size: Size) -> list[list[tuple[str, str]]]:
        return []


class CanvasApp(App[None]):
    """Two canvases, of which one has the cursor."""

    def compose(self) -> ComposeResult:
        yield Canvas(id="one")
        yield Canvas(id="two")


LINES = [
    [("", "plain "), ("smooth", "2.345"), ("raw", " ▚⣿━")],
    [("raw", "日本 e\u0301"), ("", "")],
    [],
    [("smooth", "much longer than the canvas is wide " * 3)],
]


def looks(strips: list[Strip]) -> list[list[tuple[str, Any]]]:
    """Return every cell with its style."""
    return [[(char, style) for text, style, _ in strip for char in text] for strip in strips]


def as_textual_draws(canvas: Canvas) -> Iterator[tuple[Any, Any]]:
    """Yield every row as the canvas draws it, and as Textual would."""
    everything = canvas.outer_size.region
    rows = looks(canvas.render_lines(everything))
    canvas._styles_cache.clear()
    yield from zip(rows, looks(Widget.render_lines(canvas, everything)), strict=True)


@pytest.mark.parametrize("no_color", ["", "1"], ids=["colour", "no colour"])
async def test_a_row_that_changes_looks_as_textual_would_draw_it(
    no_color: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", no_color)
    app = CanvasApp()

    async def check(why: str) -> None:
        await pilot.pause()
        for canvas in app.query(Canvas):
            for number in range(len(LINES) + 1):  # every line in every row
                lines = (LINES[number:] + LINES)[:4]
                canvas.show_lines(lines)
                for row, wanted in as_textual_draws(canvas):
                    assert row == wanted, why

    async with app.run_test(size=(40, 20)) as pilot:
        one, two = app.query(Canvas)
        await check("at first")
        one.focus()
        await check("with the cursor")
        two.focus()
        await check("without it")
        one.border_title = "Loss"
        await check("with a title")
        app.theme = "textual-light"
        await check("in another theme")
        two.add_class("-bare")
        await check("without a frame")
        await pilot.resize_terminal(31, 20)
        await check("on a narrower screen")


async def test_only_changed_rows_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    app = CanvasApp()
    async with app.run_test(size=(40, 20)) as pilot:
        canvas = app.query_one("#one", Canvas)
        canvas.show_lines(LINES)
        await pilot.pause()
        made = list[int]()
        real = canvas._row
        monkeypatch.setattr(canvas, "_row", lambda y: made.append(y) or real(y))
        canvas.show_lines([LINES[0], LINES[1], LINES[3], LINES[3]])
        await pilot.pause()
        assert made == [3]  # the third line, below the border
        made.clear()
        canvas.refresh()
        await pilot.pause()
        assert made == list(range(6))

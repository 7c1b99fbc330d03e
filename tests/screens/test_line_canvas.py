"""Of a line that changes, only the cells that differ are drawn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_charrnn.widgets.line_canvas import changed

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

"""The files of the lenses: whatever a picture says, it does nothing to a terminal or a viewer."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.style import Style
from rich.text import Text

from tests.disks import fill
from tui_charrnn.runs.jsonl import OutputError
from tui_charrnn.runs.lenses import export
from tui_charrnn.safe_text import INVISIBLE, safe_line, stands_on_another

HOSTILE = st.text(st.characters() | st.sampled_from("\x1b\x00\x9b\u202e\ufffe\ud800<&>\"']]>\n\t"))


def test_a_line_is_made_harmless_and_keeps_its_styles() -> None:
    bold, red = Style(bold=True), Style(color="red")
    line = Text.assemble(("a\x1b[31m", bold), ("\u202eb\n", red), "◌\u0301")
    shown = export.harmless(line)
    assert shown.plain == "a␛[31m�b␤◌\u0301"
    assert [(span.start, span.end, span.style) for span in shown.spans] == [
        (0, 6, bold),
        (6, 9, red),
    ]
    assert line.plain.startswith("a\x1b")


@given(HOSTILE)
def test_whatever_a_line_says_it_is_harmless(text: str) -> None:
    shown = export.harmless(Text(text)).plain
    assert len(shown) == len(Text(text).plain)
    assert all(char == safe_line(char) or stands_on_another(char) for char in shown)


@settings(max_examples=40, deadline=None)
@given(st.lists(HOSTILE, max_size=3), HOSTILE)
def test_whatever_a_picture_says_its_svg_is_sound(lines: list[str], title: str) -> None:
    svg = export.svg_of([Text(line) for line in lines], 40, title)
    assert svg.isascii()
    words = "".join(ElementTree.fromstring(svg).itertext())
    assert not {char for char in words if unicodedata.category(char) in INVISIBLE} - {"\n"}


def test_svg_has_the_colours_and_the_spaces(monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")  # a picture has its colours all the same
    monkeypatch.setenv("TERM", "dumb")
    line = Text.assemble("  two ", ("spaces", Style(color="#123456", bgcolor="#654321")))
    svg = export.svg_of([line], 40, "t")
    assert "#123456" in svg
    assert "#654321" in svg
    (first, *_) = ElementTree.fromstring(svg).iterfind(".//*[@textLength]")
    assert first.text == "\xa0\xa0two\xa0"
    assert svg.startswith('<svg xml:space="preserve" ')


def test_svg_cuts_lines_off_at_the_width() -> None:
    svg = export.svg_of([Text("x" * 50 + "y")], 40, "t")
    rows = ElementTree.fromstring(svg).iterfind(".//*[@textLength]")
    assert "".join(row.text.strip() for row in rows) == "x" * 40


def test_a_full_disk_leaves_the_old_file(small_disk) -> None:
    path = small_disk / "out"
    path.write_text("old")
    fill(small_disk)
    with pytest.raises(OutputError, match=r"out: No space left on device$"):
        export.write("new" * 500_000, str(path))
    assert path.read_text() == "old"
    assert sorted(each.name for each in small_disk.iterdir() if each.name.startswith(".")) == []


@pytest.mark.parametrize("blank", ["\ufe0f", "\U000e0100", "\u3164"])
def test_what_is_seen_as_nothing_is_shown(blank: str) -> None:
    assert export.harmless(Text(f"a{blank}b")).plain == f"a{safe_line(blank)}b" != f"a{blank}b"

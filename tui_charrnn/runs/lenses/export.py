"""What a lens shows, as a file: the figures as JSON, the picture as SVG."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.runs.export import output
from tui_charrnn.runs.jsonl import STDOUT
from tui_charrnn.safe_text import BLANK, safe_line, stands_on_another

FONTS: Final = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""Fonts that rich would have a viewer fetch from a server."""

SPACES_COUNT: Final = '<svg xml:space="preserve" '
"""Of a picture whose lines may begin with spaces: some viewers would leave them out."""


def document(
    lens: str, text: str, subjects: Sequence[Subject], result: Sequence[Any]
) -> dict[str, Any]:
    """Return what a lens shows as plain values.

    Args:
        lens: its name.
        text: that the nets have read.
        subjects: the nets.
        result: what was computed for each of them, as plain values.
    """
    return {
        "lens": lens,
        "text": text,
        "runs": [
            {
                "name": subject.name,
                "iteration": subject.iteration,
                "config": subject.model.config.as_dict(),
            }
            for subject in subjects
        ],
        "result": list(result),
    }


def json_of(values: Mapping[str, Any]) -> str:
    """Return plain values as JSON in ASCII, over several lines, with a line end."""
    return json.dumps(values, allow_nan=False, indent=1) + "\n"


def title_of(lens: str, subjects: Iterable[Subject]) -> str:
    """Return what a picture is called: the lens, the nets, the updates that they have made."""
    nets = [f"{subject.name} after {subject.iteration:,}" for subject in subjects]
    return safe_line(f"{lens} · {' · '.join(nets)}")


def harmless(line: Text) -> Text:
    """Return a line of a picture on which nothing can act on a terminal; its styles stay."""
    copy = line.copy()
    # as many characters as before, so that the styles stay in place; marks stay where they stand
    copy.plain = "".join(map(_harmless, line.plain))
    return copy


def _harmless(char: str) -> str:
    return char if stands_on_another(char) and char not in BLANK else safe_line(char)


def svg_of(lines: Iterable[Text], width: int, title: str) -> str:
    """Return a picture as SVG in ASCII, which needs nothing from elsewhere.

    Args:
        lines: of text, each cut off at the width.
        width: in cells.
        title: shown above; made harmless here.
    """
    console = Console(
        record=True, width=width, file=io.StringIO(), force_terminal=True, no_color=False,
        color_system="truecolor", legacy_windows=False, _environ={},
    )  # fmt: skip
    _print(console, lines)
    styles, end, picture = console.export_svg(title=safe_line(title)).partition("</style>")
    styles = FONTS.sub("", styles).replace("<svg ", SPACES_COUNT, 1)
    svg = styles + end + picture
    return svg.encode("ascii", "xmlcharrefreplace").decode("ascii")


def print_lines(lines: Iterable[Text], width: int, name: str) -> None:
    """Print a picture, in colour where a terminal with colours shows it, unless NO_COLOR is set.

    Args:
        lines: of text, each cut off at the width.
        width: in cells.
        name: path of a file, `-` for standard output.

    Raises:
        OutputError: if it cannot be written.
    """
    file = io.StringIO()
    is_shown = name == STDOUT and sys.stdout.isatty()
    console = Console(file=file, width=width, force_terminal=is_shown, legacy_windows=False)
    _print(console, lines)
    write(file.getvalue(), name)


def _print(console: Console, lines: Iterable[Text]) -> None:
    for line in lines:
        console.print(harmless(line), no_wrap=True, overflow="crop", crop=True)


def write(content: str, name: str) -> None:
    """Write to a file, which is there as a whole or not at all, or to standard output.

    Args:
        content: all of it.
        name: path of the file, `-` for standard output.

    Raises:
        OutputError: if it cannot be written; an older file of that name is then untouched.
    """
    with output(name) as out:
        out.writelines(content.splitlines(keepends=True))  # one large write may hide a broken pipe

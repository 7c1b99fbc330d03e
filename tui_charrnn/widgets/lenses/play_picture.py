"""The picture of play: texts that nets have drawn, above each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.text import Text

from tui_charrnn.engine.control import SampleRequest
from tui_charrnn.engine.lenses.play import Drawing
from tui_charrnn.runs import wording
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.lenses import surprise_lines as lines
from tui_charrnn.widgets.lenses.fitting import fitting
from tui_charrnn.widgets.lenses.play_lines import bits_of, text_line

EXPLAINED: Final = (
    "below each line: whole bits of what was drawn, · under 1, + from 10 on; the prompt has none"
)


def picture(results: Sequence[tuple[str, Drawing]], width: int) -> list[Text]:
    """Return the lines of a picture: each text below the name of its net, then a legend.

    Args:
        results: by the names of the runs.
        width: in cells; no line is wider.
    """
    drawn = list[Text]()
    for name, drawing in results:
        drawn += [_head(name, drawing), *_block(drawing, width), Text()]
    drawn += [lines.legend(dark=True), Text(EXPLAINED)]
    return [fitting(line, width) for line in drawn]


def _head(name: str, drawing: Drawing) -> Text:
    """Return who has drawn how much, and by which numbers, where these were always the same."""
    told = f"  {wording.counted(len(drawing.drawn), 'character')}"
    numbers = {numbers_text(drawn.request) for drawn in drawing.drawn}
    how = numbers.pop() if len(numbers) == 1 else "in several ways" if numbers else ""
    return Text.assemble((safe_line(name), "bold"), f"{told} {how}".rstrip())


def numbers_text(request: SampleRequest) -> str:
    """Say how text is drawn: `at temperature 0.8, top-k 5, top-p 0.9`."""
    parts = [f"at temperature {request.temperature:g}"]
    parts += [f"top-k {request.top_k:,}"] * bool(request.top_k)
    parts += [f"top-p {request.top_p:g}"] * (request.top_p < 1)
    return ", ".join(parts)


def _block(drawing: Drawing, width: int) -> Iterator[Text]:
    text, bits = drawing.prompt + drawing.text, bits_of(drawing)
    cells = lines.cells_of(text)
    for line in lines.lines_of(text, cells, width):
        yield text_line(drawing, cells, bits, line, dark=True)
        yield lines.digits_line(cells, bits, line)

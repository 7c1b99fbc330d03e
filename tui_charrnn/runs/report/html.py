"""A report as one HTML file that needs nothing else: no script, no font, no file beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from tui_charrnn.runs.report.blocks import (
    Block,
    Chart,
    Code,
    Heading,
    Items,
    Paragraph,
    Table,
)
from tui_charrnn.safe_text import safe, safe_line

STYLE = """
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1a1a1b; --line: #d8dbe0;
  --panel: #f5f6f8; --quiet: #5b626c; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #15171b; --ink: #e4e6ea; --line: #3a3f47; --panel: #1e2126; --quiet: #a4abb6;
    --rnn: #56b4e9; --gru: #ff8c42; --other-0: #2fc99a; --other-1: #e39ac3; --other-2: #8ccff2; }
}
@media print {
  :root { color-scheme: light; --ground: #ffffff; --ink: #000000; --line: #bbbbbb;
    --panel: #ffffff; --quiet: #333333; --rnn: #0072b2; --gru: #d55e00; --other-0: #009e73;
    --other-1: #cc79a7; --other-2: #56b4e9; }
  figure, table, pre { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--ground);
  color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 2.6rem 0 .8rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .5rem; }
p, ul { margin: .7rem 0; max-width: 46rem; }
ul { padding-left: 1.2rem; }
li { margin: .5rem 0; }
.wide { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .8rem .35rem 0; text-align: right; vertical-align: top;
  border-bottom: 1px solid var(--line); }
td { white-space: nowrap; }
th { color: var(--quiet); font-weight: 600; vertical-align: bottom; }
th.words, td.words { text-align: left; white-space: normal; }
td.words { min-width: 6rem; }
pre { margin: .7rem 0; padding: .8rem 1rem; background: var(--panel);
  border: 1px solid var(--line); border-radius: 4px; font: .82rem/1.5 ui-monospace, monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 1.2rem 0; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { color: var(--quiet); font-size: .85rem; margin-top: .3rem; }
"""


def html(blocks: Sequence[Block]) -> str:
    """Return the report; charts are part of the file."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "Report")
    body = "\n".join(map(_block, blocks))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{_text(block.text)}</h{block.level}>"
        case Paragraph():
            return f"<p>{_text(block.text)}</p>"
        case Items():
            items = (
                f"<li><strong>{_text(i.label)}</strong>: {_text(i.text)}</li>" for i in block.items
            )
            return f"<ul>\n{_lines(items)}\n</ul>"
        case Table():
            return _table(block)
        case Code():
            # the newline after <pre> is dropped by the browser, one of the text is not
            return f"<pre>\n{escape(safe(block.text))}</pre>"
        case Chart():
            return _figure(block)


def _text(text: str) -> str:
    return escape(safe_line(text))


def _lines(parts: Iterable[str]) -> str:
    return "\n".join(parts)


def _figure(chart: Chart) -> str:
    alt = _text(chart.alt)
    picture = chart.inline.replace("<svg", f'<svg role="img" aria-label="{alt}"', 1)
    return f"<figure>\n{picture}\n<figcaption>{alt}</figcaption>\n</figure>"


def _table(table: Table) -> str:
    head = _row("th", table.columns, table.words)
    rows = _lines(_row("td", row, table.words) for row in table.rows)
    return (
        f'<div class="wide"><table>\n<thead>{head}</thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _row(tag: str, cells: Sequence[str], words: int) -> str:
    opened = [
        f'<{tag} class="words">' if index < words else f"<{tag}>" for index in range(len(cells))
    ]
    parts = [f"{open}{_text(cell)}</{tag}>" for open, cell in zip(opened, cells, strict=True)]
    return f"<tr>{''.join(parts)}</tr>"

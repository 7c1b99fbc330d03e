"""Markdown and HTML: text from strangers stays text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tui_charrnn.runs.report.blocks import (
    Block,
    Chart,
    Code,
    Heading,
    Item,
    Items,
    Paragraph,
    Table,
)
from tui_charrnn.runs.report.html import html
from tui_charrnn.runs.report.markdown import markdown

HOSTILE = "<script>alert(1)</script> ![x](http://e.vil/a.png) **b** | `c` \x1b[31m \u202e\n# no"


class Page(HTMLParser):
    """The tags of a page, and the text within each `pre`."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.samples: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag == "pre":
            self.samples.append("")

    def handle_endtag(self, tag) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data) -> None:
        if "pre" in self.open:
            self.samples[-1] += data


BLOCKS: list[Block] = [
    Heading(1, HOSTILE),
    Paragraph(HOSTILE),
    Items([Item(HOSTILE, HOSTILE)]),
    Table(("name", HOSTILE), [(HOSTILE, "1.5")]),
    Code(HOSTILE),
]


def test_html_holds_no_markup_of_strangers() -> None:
    page = html(BLOCKS)
    tags = {tag for tag, _ in Page(page).tags}
    assert not tags & {"script", "img", "a", "b"}
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_markdown_holds_no_markup_of_strangers() -> None:
    text = markdown(BLOCKS[:-1])
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert not re.search(r"(?<!\\)[<`|]script|(?<!\\)!?(?<!\\)\[x|(?<!\\)`c|\n# no", text)
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [len(re.findall(r"(?<!\\)\|", row)) for row in rows] == [3, 3, 3]


@pytest.mark.parametrize("sample", ["a ``` b", "`````", "```\n# x\n```", "", "plain", "\n lead"])
def test_samples_are_text_to_the_letter(sample) -> None:
    block = markdown([Code(sample)])
    fence = re.match("`+", block)[0]
    assert block == f"{fence}text\n{sample}\n{fence}\n"
    assert fence not in sample
    assert [text.removeprefix("\n") for text in Page(html([Code(sample)])).samples] == [sample]


def test_names_of_fields_stay_readable_in_markdown() -> None:
    assert (
        markdown([Paragraph("hidden_size is 5 * 2, _so_")]) == "hidden_size is 5 \\* 2, \\_so\\_\n"
    )


def test_a_chart_is_a_file_in_markdown_and_inline_in_html() -> None:
    chart = Chart("chart-01-loss", 'Loss "of" RNN & GRU.', "<svg>file</svg>", "<svg>page</svg>")
    assert markdown([chart]) == '![Loss "of" RNN \\& GRU.](chart-01-loss.svg)\n'
    page = html([chart])
    assert '<svg role="img" aria-label="Loss &quot;of&quot; RNN &amp; GRU.">page</svg>' in page

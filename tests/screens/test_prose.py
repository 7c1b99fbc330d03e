"""What the help shows of its texts."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.widgets import Markdown, Static

import tui_charrnn
from tui_charrnn.screens.prose import prose

TEXT = """
# Title

First **strong** words, and `code`
in one paragraph.

A second one: a * b * c.

- one **item**
  on two lines
- another
"""


def test_each_kind_of_block_is_one_widget() -> None:
    widgets = list(prose(TEXT))
    assert [set(widget.classes) for widget in widgets] == [{"heading"}, {"text"}, {"list"}]
    heading, text, items = (widget.content for widget in widgets)
    assert str(heading) == "Title"
    assert str(text) == (
        "First strong words, and code in one paragraph.\n\nA second one: a * b * c."
    )
    assert str(items) == "• one item on two lines\n• another"
    assert isinstance(text, Content)
    styled = {text.plain[span.start : span.end]: str(span.style) for span in text.spans}
    assert styled == {"strong": "bold", "code": ".help--code"}


def helps() -> dict[str, str]:
    """Return the help texts of all widgets and screens, by the names of their classes."""
    found = {}
    for module in walk_packages(tui_charrnn.__path__, "tui_charrnn."):
        if module.name.startswith(("tui_charrnn.widgets", "tui_charrnn.screens")):
            for name, each in vars(import_module(module.name)).items():
                if isinstance(each, type) and isinstance(vars(each).get("HELP"), str):
                    found[name] = each.HELP
    return found


class Rendered(App[Any]):
    """Shows a text as Textual's Markdown does."""

    def compose(self) -> ComposeResult:
        yield Markdown()


async def test_the_help_texts_read_as_their_markdown_does() -> None:
    texts = helps()
    assert len(texts) > 10
    app = Rendered()
    async with app.run_test() as pilot:
        for name, text in texts.items():
            ours = [str(widget.content) for widget in prose(text)]
            await app.query_one(Markdown).update("\n".join(map(str.strip, text.splitlines())))
            await pilot.pause()
            theirs = [str(block.content) for block in app.query("MarkdownBlock").results(Static)]
            assert words("".join(ours)) == words("".join(filter(None, theirs))), name


def words(text: str) -> str:
    """Return a text without what only sets its words apart."""
    return "".join(text.replace("•", "").split())


@pytest.mark.parametrize("mark", ["`", "**"])
def test_a_mark_that_does_not_end_is_text(mark: str) -> None:
    (widget,) = prose(f"a {mark}b")
    assert str(widget.content) == f"a {mark}b"

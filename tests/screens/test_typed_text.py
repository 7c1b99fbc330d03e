"""Text of several lines in a field of one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.widgets import Input

from tui_charrnn.engine import Corpus, SampleRequest
from tui_charrnn.screens.dialog import Dialog
from tui_charrnn.screens.sample import SampleScreen, SampleSettings
from tui_charrnn.widgets.typed_text import from_line, to_line

ANY = st.text(st.sampled_from("nrtx\\\n\t\r é\u202e") | st.characters())


@given(ANY)
def test_every_text_can_be_typed(text: str) -> None:
    line = to_line(text)
    assert from_line(line) == text
    assert not set(line) & set("\n\t\r")


@pytest.mark.parametrize(
    ("line", "text"),
    [(r"a\nb", "a\nb"), (r"a\\nb", r"a\nb"), (r"a\\\nb", "a\\\nb"), (r"\d\ ", r"\d\ "),
     ("\\", "\\"), (r"\t\r", "\t\r"), ("", "")],
)  # fmt: skip
def test_a_line_is_read_as_it_is_meant(line: str, text: str) -> None:
    assert from_line(line) == text


class Asking(App[None]):
    """Nothing but the dialog, and what it was left with."""

    settings: SampleSettings | None = None

    def ask(self, request: SampleRequest) -> None:
        corpus = Corpus.from_text('print("a\\n")\n', "program")
        screen = SampleScreen(has_best=True)
        screen.show(SampleSettings(request), corpus)
        self.push_screen(screen, lambda settings: setattr(self, "settings", settings))


async def test_settings_that_are_not_changed_come_back_as_they_were() -> None:
    request = SampleRequest('"\\n")\npr', 1234, 0.123456789, 1_114_112, 0.9)
    app = Asking()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(request)
        await pilot.pause()
        assert isinstance(app.screen, Dialog)
        assert app.screen.query_one("#prompt", Input).value == r'"\\n")\npr'
        await pilot.press("enter")
        await pilot.pause()
        assert app.settings is not None
        assert app.settings.request == request


async def test_all_of_the_dialog_is_seen_on_a_small_terminal() -> None:
    app = Asking()
    async with app.run_test(size=(80, 24)) as pilot:
        app.ask(SampleRequest())
        await pilot.pause()
        app.screen.query_one("#top_p", Input).value = "0"
        await pilot.press("enter")
        await pilot.pause()
        frame = app.screen.query_one(".dialog").content_region
        for widget in app.screen.query(".title, .row, .problem, .keys"):
            assert widget.region.height > 0
            assert frame.contains_region(widget.region), widget

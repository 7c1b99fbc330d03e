"""Whatever is pasted into a field, or stands in it from the start, is shown harmlessly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.control import strip_control_codes
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input

from tests.hostile.conftest import hostile_line
from tests.hostile.recorded import Recorded
from tests.hostile.strangers import COLOUR, PAYLOADS, REVERSED, TITLE, is_harmless
from tests.hostile.test_screen_is_harmless import assert_harmless
from tests.test_end_to_end import iteration
from tui_charrnn.safe_text import safe_line
from tui_charrnn.widgets.field import LONGEST, Field
from tui_charrnn.widgets.runs_columns import natural

Start = Callable[..., Recorded]


class FieldApp(App[None]):
    def __init__(self, value: str = "") -> None:
        super().__init__()
        self._first = value

    def compose(self) -> ComposeResult:
        yield Field(self._first, id="field")


def shown(app: App[None]) -> str:
    return app.query_one(Field).render_line(0).text.rstrip()


@pytest.mark.parametrize("payload", PAYLOADS)
async def test_a_field_shows_stand_ins_and_keeps_the_letter(payload: str) -> None:
    app = FieldApp(payload)
    async with app.run_test(size=(120, 10)) as pilot:
        assert app.query_one(Field).value == payload
        assert is_harmless(shown(app))
        # Rich leaves out the five that it takes for harmful
        assert shown(app) == safe_line(strip_control_codes(payload)).rstrip()[: len(shown(app))]
        await pilot.press("home", "a", "end", "b")
        assert app.query_one(Field).value == f"a{payload}b"
        assert is_harmless(shown(app))


async def test_a_field_takes_what_it_can_draw_between_two_keys() -> None:
    app = FieldApp("x" * (LONGEST + 5))  # what stands in it is not cut
    async with app.run_test(size=(120, 10)) as pilot:
        field = app.query_one(Field)
        assert len(field.value) == LONGEST + 5
        field.value = ""
        app.post_message(events.Paste("y" * 1_000_000))
        await pilot.pause()
        assert field.value == ""
        app.post_message(events.Paste("y" * LONGEST))
        await pilot.pause()
        assert len(field.value) == LONGEST


def test_every_field_of_the_app_is_one() -> None:
    package = Path(__file__).parents[2] / "tui_charrnn"
    for path in package.rglob("*.py"):
        text = path.read_text("utf-8")
        assert " Input(" not in text, path
        assert "(Input(" not in text, path
    assert issubclass(Field, Input)


def test_what_is_pasted_in_a_terminal(screen: Start, tmp_path: Path) -> None:
    app = screen("--store", str(tmp_path / "runs.sqlite3"))
    app.wait_for("READY")
    app.press("e")
    app.wait_for("hidden size: hidden units")
    app.paste(f"{hostile_line()}\x1bq\x1b]0;PWNED\x07")  # keys, if it came out of the paste
    app.wait_for("1 to correct")
    app.press_until("Escape", "e Edit")
    app.press("c")
    app.wait_for("Text to train on")
    app.press("Tab")
    app.press_until("z", "file or folder +z")
    app.paste(f"{TITLE}{REVERSED}quokka")
    app.wait_for("file or folder.*quokka")
    app.press("Enter")
    app.wait_for("(?s)There is no file or folder.*␛]0;PWNED")
    app.press("Escape")
    app.wait_for(lambda shown: "Text to train on" not in shown)
    app.press("C-p")
    app.wait_for("Search for commands")
    app.paste(f"{TITLE}{COLOUR}none")
    app.wait_for("No matches found")
    app.press("Escape")
    app.wait_for(lambda shown: "No matches found" not in shown)
    app.leave()
    assert_harmless(app)


def test_bytes_that_are_no_text_are_no_end(screen: Start, tmp_path: Path) -> None:
    app = screen("--store", str(tmp_path / "runs.sqlite3"), "--preset", "quick")
    app.wait_for("READY")
    app.press("Space")
    app.wait_for("TRAINING")
    app.type_bytes(b"\xff\xfe\xc3(\xed\xa0\x80\x9b\x90")
    app.type_bytes(b"\x1b]0;PWNED\x07\x1bP+z\x1b\\\x1b[99999;99999;99999~\x1b[<999;9")
    app.press_until("Escape", "TRAINING")  # the digits of what is no key are keys
    reached = iteration(app.screen())
    app.wait_for(lambda shown: iteration(shown) > reached + 20)
    app.press("x")
    app.wait_for("STOPPED")
    app.leave()
    assert_harmless(app)


def test_naming_a_run_with_a_hostile_name(screen: Start, store: Path) -> None:
    app = screen("--store", str(store))
    app.wait_for("READY")
    app.press("o")
    app.wait_for("Runs · 1")
    app.press("n")
    app.wait_for("(?s)Name the run.*␛]0;PWNED")
    app.press("Enter")
    app.wait_for("A name has visible characters only")
    app.press("C-u")
    app.wait_for("│  name +│")
    app.press("harmless")
    app.wait_for("name +harmless")
    app.press("Enter")
    app.wait_for(lambda shown: "Name the run" not in shown and "harmless" in shown)
    app.press("Escape")
    app.wait_for("READY")
    app.leave()
    assert_harmless(app)


def test_a_text_that_cannot_be_read_is_asked_for_again(screen: Start, text_file: Path) -> None:
    app = screen("--corpus", str(text_file), "--encoding", TITLE)
    app.wait_for("There is no text encoding named")
    app.leave()
    assert_harmless(app)


def test_a_report_in_a_folder_with_a_hostile_name(terminal, store: Path) -> None:
    app = terminal("report", "--out", f"out{TITLE}", folder=store.parent, CHARRNN_STORE=str(store))
    assert app.end() == 0
    assert_harmless(app)
    assert "Wrote out␛]0;PWNED␇" in app.written()


@pytest.mark.parametrize(("less", "more"), [("gru-2", "gru-10"), ("a007", "a8"), ("1", "9" * 5000)])
def test_names_are_sorted_by_their_numbers_however_long(less: str, more: str) -> None:
    assert natural(less) < natural(more)

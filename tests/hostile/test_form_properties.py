"""Whatever is typed or pasted into the form is a value within its bounds, or one harmless line."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual.widgets import Input

from tests.hostile.strangers import (
    ANY_TEXT,
    MARKUP,
    NASTY_TEXT,
    PAYLOADS,
    STEADY,
    TITLE,
    assert_one_sentence,
    is_harmless,
)
from tests.screens.support import ScriptedApp, loaded
from tui_charrnn.engine import ConfigError, TrainConfig
from tui_charrnn.engine.config import FIELDS, LONGEST_SHOWN, SPECS, FieldSpec
from tui_charrnn.safe_text import safe, safe_line

NUMBERS = st.from_regex(r"[ \t]*[+-]?[0-9_,.]{0,12}([eE][+-]?[0-9]{0,4})?[ \t]*", fullmatch=True)

TYPED = (
    ANY_TEXT
    | NASTY_TEXT
    | NUMBERS
    | st.floats().map(str)
    | st.integers(-(10**40), 10**40).map(str)
    | st.sampled_from(["", "nan", "-inf", "1e999", "9" * 5000, "\u0663", "1\u200b2", "0x10", "gru"])
)

NUMERIC = tuple(spec.name for spec in FIELDS if spec.kind is not str)


def assert_within(spec: FieldSpec, value: object) -> None:
    assert type(value) is spec.kind
    if spec.choices:
        assert value in spec.choices
        return
    if isinstance(value, str):
        assert spec.maximum is not None
        assert len(value) <= spec.maximum
        return
    assert isinstance(value, (int, float))
    assert math.isfinite(value)
    if spec.minimum is not None:
        assert value > spec.minimum if spec.above else value >= spec.minimum
    if spec.maximum is not None:
        assert value <= spec.maximum


def complaint(spec: FieldSpec, text: str) -> str:
    """Return what is said of a text that is no value; empty if it is one, within its bounds."""
    try:
        value = spec.parse(text)
    except ConfigError as error:
        return str(error)
    assert_within(spec, value)
    config = TrainConfig(**{"layers": 2, spec.name: value})  # with one, there is no dropout
    assert getattr(config, spec.name) == value
    return ""


@STEADY
@given(TYPED, st.sampled_from(FIELDS))
@example(TITLE, SPECS["hidden_size"])
@example("\ud800", SPECS["cell"])
@example("9" * 5000, SPECS["iterations"])
def test_any_text_is_a_value_within_bounds_or_one_harmless_line(text: str, spec: FieldSpec) -> None:
    if sentence := complaint(spec, text):
        shown = safe_line(sentence)
        assert shown.startswith(f"{spec.name} must be ")
        assert_one_sentence(shown)
        assert is_harmless(shown)
        assert len(shown.splitlines()) == 1
        assert len(shown) < len(spec.name) + len(spec.range_text) + LONGEST_SHOWN + 50


@pytest.mark.parametrize("char", ["9", "x", " ", "\x1b", "\u0301", "9_", "[red]"])
def test_a_million_characters_are_refused_in_one_line(char: str) -> None:
    for spec in FIELDS:
        assert 0 < len(complaint(spec, char * 1_000_000)) < 400


@pytest.fixture
def app(tmp_path: Path) -> ScriptedApp:
    path = tmp_path / "owls.txt"
    path.write_text("The owl saw the fox.\n" * 300)
    return ScriptedApp(path)


def said(app: ScriptedApp, name: str) -> str:
    """Return what the screen shows below a field, in the characters that reach the terminal."""
    line = app.screen.query_one(f"#error-{name}")
    if not line.display:
        return ""
    rows = [line.render_line(y).text.strip() for y in range(line.size.height)]
    return " ".join(row for row in rows if row)


async def test_what_is_pasted_into_the_fields_is_said_to_be_wrong_harmlessly(
    app: ScriptedApp,
) -> None:
    form = app.main_screen.panes.form
    async with app.run_test(size=(140, 90)) as pilot:
        await loaded(pilot)
        for payload in PAYLOADS:
            for name in NUMERIC:
                form.query_one(f"#{name}", Input).value = payload
            await pilot.pause()
            for name in NUMERIC:
                shown = said(app, name)
                assert shown.startswith(f"{name} must be ")
                assert is_harmless(shown)
                assert safe(shown) == shown  # nor is anything piled up
            assert form.config is None
            assert form.border_subtitle == f"{len(NUMERIC)} to correct"
        app.main_screen.action_start()
        assert not app.trainers
        form.show(**{name: SPECS[name].default for name in NUMERIC})
        await pilot.pause()
        assert {said(app, name) for name in NUMERIC} == {""}
        assert form.config == TrainConfig()
        for payload in PAYLOADS:  # looked at when all else is right: it must be of the text
            form.query_one("#prime", Input).value = payload
            await pilot.pause()
            shown = said(app, "prime")
            assert shown.startswith("prime must have only characters of owls.txt, not ")
            assert is_harmless(shown)
            assert safe(shown) == shown
            assert form.config is None


async def test_markup_is_shown_and_not_obeyed(app: ScriptedApp) -> None:
    async with app.run_test(size=(160, 45)) as pilot:
        await loaded(pilot)
        app.screen.query_one("#seed", Input).value = MARKUP
        await pilot.pause()
        assert "[bold red]PWNED[/] [@click=app.quit]here[/]" in said(app, "seed")
        line = app.screen.query_one("#error-seed")
        meta = [segment.style for segment in line.render_line(0) if segment.style]
        assert not any(style.meta.get("@click") for style in meta)
        await pilot.click(line)
        assert app.is_running

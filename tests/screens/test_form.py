"""The hyperparameter form: made from the specs, checked as it is typed."""

from __future__ import annotations

import pytest
from textual.widgets import Input, Select

from tests.screens.support import ScriptedApp, loaded
from tui_charrnn.engine.config import FIELDS, PRESETS
from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.widgets.form import HyperparameterForm

SIZE = (120, 40)


def form_of(app: ScriptedApp) -> HyperparameterForm:
    return app.main_screen.query_one(HyperparameterForm)


def error_of(app: ScriptedApp, name: str) -> str:
    line = app.main_screen.query_one(f"#error-{name}")
    return str(line.render()) if line.display else ""


async def test_every_field_has_an_editor_with_its_default(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        for spec in FIELDS:
            editor = app.screen.query_one(f"#{spec.name}")
            assert isinstance(editor, Select if spec.choices else Input)
            assert spec.parse(form_of(app).value(spec.name)) == spec.default


@pytest.mark.parametrize(
    ("name", "typed", "part"),
    [
        ("hidden_size", "0", "hidden_size must be a whole number of at least 1, not 0."),
        ("hidden_size", "-1", "not -1."),
        ("hidden_size", "1000000000", "of memory, but only"),
        ("learning_rate", "0", "learning_rate must be a number above 0 and at most 1,000, not 0"),
        ("learning_rate", "nan", "not nan."),
        ("learning_rate", "inf", "not inf."),
        ("learning_rate", "fast", "not 'fast'."),
        ("iterations", "1.5", "iterations must be a whole number from 1 to"),
        ("temperature", "-1", "temperature must be a number from 0 to 100"),
        ("seq_length", "20000", "owls.txt has 11,160 characters to train on"),
        ("batch_size", "", "batch_size must be a whole number"),
        ("hidden_size", "9" * 2500, "hidden_size must be a whole number of at least 1, not '999"),
    ],
)
async def test_a_wrong_value_is_said_at_its_field_and_nothing_starts(
    app: ScriptedApp, name: str, typed: str, part: str
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        app.screen.query_one(f"#{name}", Input).value = typed
        await pilot.pause()
        assert part in error_of(app, name)
        assert form_of(app).config is None
        await pilot.press("space")
        assert not app.trainers
        assert app.focused is app.screen.query_one(f"#{name}")  # where there is to correct


async def test_typing_keys_go_into_the_field(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("e", "home", "delete", "delete", "delete", "6", "4", "x", "q")
        await pilot.pause()
        assert form_of(app).value("hidden_size") == "64xq"
        assert "not '64xq'" in error_of(app, "hidden_size")
        await pilot.press("backspace", "backspace")
        await pilot.pause()
        assert error_of(app, "hidden_size") == ""
        await pilot.press("escape", "space")
        assert app.trainer.config.hidden_size == 64


async def test_the_size_of_the_model_follows_what_is_typed(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        app.screen.query_one("#hidden_size", Input).value = "77"
        await pilot.pause()
        count = parameter_count(form_of(app).config, app.main_screen.text.corpus.vocab_size)
        summary = str(app.screen.query_one("#summary").render())
        assert summary.startswith(f"{count:,} parameters, ")


async def test_a_preset_leaves_the_cell_unless_it_names_one(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        form = form_of(app)
        form.show(cell="rnn")
        form.apply_preset("quick")
        await pilot.pause()
        assert form.config.cell == "rnn"
        form.apply_preset("strong")
        await pilot.pause()
        assert form.config.cell == "gru"


@pytest.mark.parametrize("name", list(PRESETS))
async def test_presets_fill_the_form_and_are_recognised(app: ScriptedApp, name: str) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        form = form_of(app)
        form.show(hidden_size=33)
        app.screen.query_one("#preset", Select).value = name
        await pilot.pause()
        for field, value in PRESETS[name].items():
            assert getattr(form.config, field) == value
        assert app.screen.query_one("#preset", Select).value == name
        form.show(hidden_size=33)
        await pilot.pause()
        assert app.screen.query_one("#preset", Select).value == "custom"

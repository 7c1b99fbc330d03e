"""The hyperparameter form: made from the specs, checked as it is typed."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from tests.screens.support import ScriptedApp, loaded, press
from tui_charrnn.engine.config import FIELDS, PRESETS, SPECS
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
        ("prime", "The Ωwl", "prime must have only characters of owls.txt, not 'Ω'."),
        ("top_k", "-1", "top_k must be a whole number from 0 to 1,114,112, not -1."),
        ("top_p", "0", "top_p must be a number above 0 and at most 1, not 0"),
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
        assert form.config.cell == "lstm"


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


def shown_fields(app: ScriptedApp) -> list[str]:
    return [spec.name for spec in FIELDS if app.screen.query_one(f"#row-{spec.name}").display]


NEEDED = {spec.name: spec.needs for spec in FIELDS if spec.needs}


@pytest.mark.parametrize(
    ("values", "more"),
    [
        ({}, set()),
        ({"optimizer": "sgd"}, {"momentum"}),
        ({"optimizer": "rmsprop"}, {"decay_rate"}),
        ({"optimizer": "adam"}, {"beta1", "beta2"}),
        ({"optimizer": "adamw"}, {"beta1", "beta2", "weight_decay"}),
        ({"schedule": "step"}, {"decay_every", "decay_factor"}),
        ({"schedule": "cosine", "optimizer": "sgd"}, {"final_rate", "momentum"}),
    ],
)
async def test_fields_of_another_optimizer_or_schedule_are_left_out(
    app: ScriptedApp, values: dict[str, str], more: set[str]
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        form_of(app).show(**values)
        await pilot.pause()
        expected = [spec.name for spec in FIELDS if spec.name not in NEEDED or spec.name in more]
        assert shown_fields(app) == expected


async def test_a_wrong_value_stays_in_sight_when_its_field_would_go(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        form = form_of(app)
        form.show(optimizer="sgd")
        app.screen.query_one("#momentum", Input).value = "2"
        form.show(optimizer="adagrad")
        await pilot.pause()
        assert "momentum" in shown_fields(app)
        assert error_of(app, "momentum").startswith("momentum must be a number from 0 to 0.9999")
        assert form.config is None
        app.screen.query_one("#momentum", Input).value = "0.5"
        await pilot.pause()
        assert "momentum" not in shown_fields(app)
        assert form.config.momentum == 0.5


async def test_dropout_with_one_layer_is_an_error_at_its_field(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        form = form_of(app)
        app.screen.query_one("#dropout", Input).value = "0.2"
        await pilot.pause()
        sentence = "dropout must be 0 with layers 1, since it acts between layers, not 0.2."
        assert error_of(app, "dropout") == sentence
        assert app.screen.query_one("#dropout").has_class("-invalid")
        assert form.config is None
        app.screen.query_one("#layers", Input).value = "2"
        await pilot.pause()
        assert error_of(app, "dropout") == ""
        assert (form.config.layers, form.config.dropout) == (2, 0.2)


async def test_a_text_of_several_lines_is_typed_and_shown_in_one(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        form = form_of(app)
        form.show(prime="home.\nThe owl ")
        await pilot.pause()
        assert form.value("prime") == "home.\\nThe owl "
        assert form.config.prime == "home.\nThe owl "
        app.screen.query_one("#prime", Input).value = " fox\\n"
        await pilot.pause()
        assert form.config.prime == " fox\n"
        await pilot.press("space")
        assert app.trainer.config.prime == " fox\n"


def is_in_sight(app: ScriptedApp, selector: str) -> bool:
    return app.screen.query_one(selector).region in app.screen.query_one("#fields").region


async def comes_in_sight(app: ScriptedApp, pilot: Pilot, selector: str) -> bool:
    """Whether it is seen as soon as what was laid out anew is on the screen."""
    for _ in range(500):
        if is_in_sight(app, selector):
            return True
        await pilot.pause(0.02)
    return False


async def test_tab_goes_through_what_is_shown_and_keeps_it_in_sight(app: ScriptedApp) -> None:
    async with app.run_test(size=(100, 24)) as pilot:  # the narrowest form, and the lowest
        await loaded(pilot)
        form_of(app).show(optimizer="adamw", schedule="step")
        await pilot.press("e", "shift+tab")
        seen = []
        while (name := app.focused.id) in SPECS:
            seen.append(name)
            assert await comes_in_sight(app, pilot, f"#{name}"), name
            assert SPECS[name].help in str(app.screen.query_one("#hint").render())
            assert form_of(app)._border_title.plain == f"Hyperparameters · {SPECS[name].group}"
            app.screen.focus_next()  # as `tab` does; pressed, it would take three times as long
            await pilot.pause()
        assert sorted(seen) == sorted(shown_fields(app))
        assert "final_rate" not in seen
        assert form_of(app)._border_title.plain == "Hyperparameters"


async def test_page_keys_go_from_group_to_group(app: ScriptedApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(pilot)
        groups = list(dict.fromkeys(spec.group for spec in FIELDS))
        first = {group: next(s.name for s in FIELDS if s.group == group) for group in groups}
        await pilot.press("3", "pagedown")
        seen = [app.focused.id]
        for group in groups[1:]:
            await pilot.press("pagedown")
            await pilot.pause()
            seen.append(app.focused.id)
            assert await comes_in_sight(app, pilot, f"#group-{group}")
            assert await comes_in_sight(app, pilot, f"#{first[group]}")
        assert seen == [first[group] for group in groups]
        await pilot.press("pagedown")
        assert app.focused.id == seen[-1]
        for name in [*seen[-2::-1], seen[0]]:
            await pilot.press("pageup")
            assert app.focused.id == name


async def test_page_keys_that_come_at_once_all_count(app: ScriptedApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(pilot)
        await pilot.press("e")
        await press(app, *["pagedown"] * 3)
        assert app.focused.id == "schedule"
        heading = app.screen.query_one("#group-schedule").region
        assert heading.y == app.screen.query_one("#fields").region.y
        await press(app, *["pageup"] * 4)
        assert app.focused.id == "cell"
        assert await comes_in_sight(app, pilot, "#preset")


async def test_what_is_wrong_is_in_sight_where_it_is_typed(app: ScriptedApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(pilot)
        await pilot.press("e")
        fields = app.screen.query_one("#fields")
        while app.focused.region.bottom < fields.region.bottom:
            await pilot.press("tab")
        name = app.focused.id
        await pilot.press("x")
        await pilot.pause()
        assert error_of(app, name)
        assert await comes_in_sight(app, pilot, f"#error-{name}")
        assert await comes_in_sight(app, pilot, f"#{name}")

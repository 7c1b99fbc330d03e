"""What a hyperparameter may be, and the one sentence about what it may not."""

from __future__ import annotations

import contextlib
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.support import CELLS, small
from tui_charrnn.engine import ConfigError, SampleRequest, TrainConfig, build_model
from tui_charrnn.engine.config import FIELDS, PRESETS, SPECS

REFUSED = [
    ("hidden_size", 0, "hidden_size must be a whole number of at least 1, not 0."),
    ("hidden_size", -1, "hidden_size must be a whole number of at least 1, not -1."),
    ("hidden_size", True, "hidden_size must be a whole number of at least 1, not True."),
    ("hidden_size", None, "hidden_size must be a whole number of at least 1, not None."),
    ("learning_rate", 0, "learning_rate must be a number above 0 and at most 1,000, not 0.0."),
    ("learning_rate", -1e-3, "not -0.001."),
    ("learning_rate", math.nan, "not nan."),
    ("learning_rate", math.inf, "not inf."),
    ("learning_rate", "0.1", "learning_rate must be a number above 0"),
    ("learning_rate", 1e-3j, "not 0.001j."),
    ("learning_rate", 10**400, "learning_rate must be a number above 0"),
    ("cell", "lstm2", "cell must be rnn, gru or lstm, not 'lstm2'."),
    ("cell", "GRU", "cell must be rnn, gru or lstm, not 'GRU'."),
    ("cell", 3, "cell must be rnn, gru or lstm, not 3."),
    ("iterations", 1.5, "iterations must be a whole number from 1 to 1,000,000,000, not 1.5."),
    ("iterations", math.nan, "not nan."),
    ("iterations", math.inf, "not inf."),
    ("iterations", "10", "iterations must be a whole number"),
    ("iterations", 10**400, "iterations must be a whole number"),
    ("iterations", False, "not False."),
    ("temperature", -0.1, "temperature must be a number from 0 to 100, not -0.1."),
    ("temperature", math.nan, "not nan."),
    ("seq_length", 0, "seq_length must be a whole number from 1 to 100,000, not 0."),
    ("batch_size", 0, "batch_size must be a whole number from 1 to 65,536, not 0."),
    ("clip", 0, "clip must be a number above 0"),
    ("dtype", "float16", "dtype must be float32 or float64, not 'float16'."),
    ("seed", -1, "seed must be a whole number from 0 to 4,294,967,295, not -1."),
    ("validation_fraction", 1, "validation_fraction must be a number from 0 to 0.9, not 1.0."),
    ("sample_every", -1, "sample_every must be a whole number of at least 0, not -1."),
    (
        "optimizer",
        "lion",
        "optimizer must be adagrad, rmsprop, adam, adamw or sgd, not 'lion'.",
    ),
    ("layers", 0, "layers must be a whole number from 1 to 3, not 0."),
    ("layers", 4, "layers must be a whole number from 1 to 3, not 4."),
    ("dropout", 0.95, "dropout must be a number from 0 to 0.9, not 0.95."),
    ("dropout", 0.5, "dropout must be 0 with layers 1, since it acts between layers, not 0.5."),
    ("top_p", 0, "top_p must be a number above 0 and at most 1, not 0.0."),
    ("prime", 3, "prime must be a text of at most 1,000 characters, not 3."),
    ("prime", "x" * 1001, "prime must be a text of at most 1,000 characters, not 'xxx"),
    ("schedule", "linear", "schedule must be constant, step or cosine, not 'linear'."),
]


@pytest.mark.parametrize(("field", "value", "sentence"), REFUSED)
def test_what_cannot_be_used_is_refused_by_name(field: str, value: object, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        TrainConfig(**{field: value})
    assert sentence in str(caught.value)
    assert caught.value.field == field
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError):
        TrainConfig().replace(**{field: value})


@pytest.mark.parametrize(
    ("field", "text"),
    [
        *[("learning_rate", text) for text in ("", "0", "nan", "inf", "-inf", "fast", "1,5", "--")],
        *[
            ("iterations", text)
            for text in ("", "1.5", "1,5", "1,00", "ten", "1e400", "nan", "0x1")
        ],
        *[("hidden_size", text) for text in ("0", "-1", "1e-3", "2_", "9" * 5000 + ".5")],
        *[("temperature", text) for text in ("-1", "hot", "1e999")],
        *[("cell", text) for text in ("", "LSTM", "rnn gru")],
    ],
)
def test_text_that_cannot_be_used_is_refused_by_name(field: str, text: str) -> None:
    with pytest.raises(ConfigError, match=f"^{field} must be .*, not ") as caught:
        SPECS[field].parse(text)
    assert caught.value.field == field
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("iterations", "10000", 10_000),
        ("iterations", " 10_000 ", 10_000),
        ("iterations", "10,000", 10_000),
        ("iterations", "1e4", 10_000),
        ("iterations", "1,000,000", 1_000_000),
        ("learning_rate", "1e-3", 0.001),
        ("learning_rate", "1000", 1000.0),
        ("temperature", "0", 0.0),
        ("cell", " rnn ", "rnn"),
        ("prime", " the owl\n", " the owl\n"),
    ],
)
def test_text_is_read_as_people_write_it(field: str, text: str, value: object) -> None:
    parsed = SPECS[field].parse(text)
    assert parsed == value
    assert type(parsed) is SPECS[field].kind


@settings(deadline=None, max_examples=60)
@given(st.text() | st.integers().map(str) | st.floats().map(str))
def test_any_text_gives_a_value_in_range_or_a_sentence(text: str) -> None:
    for spec in FIELDS:
        with contextlib.suppress(ConfigError):  # and no other error
            value = spec.parse(text)
            config = TrainConfig(**{"layers": 2, spec.name: value})
            assert config.as_dict()[spec.name] == value


def test_bounds_belong_to_the_range_unless_said_otherwise() -> None:
    for spec in FIELDS:
        if spec.minimum is not None and not spec.above:
            assert spec.check(spec.minimum) == spec.minimum
        if spec.is_text:
            assert spec.check("x" * int(spec.maximum)) == "x" * int(spec.maximum)
        elif spec.maximum is not None:
            assert spec.check(spec.maximum) == spec.maximum


def test_whole_numbers_may_come_as_floats_and_are_kept_as_integers() -> None:
    config = TrainConfig(iterations=100.0, learning_rate=1)
    assert (type(config.iterations), type(config.learning_rate)) == (int, float)


def test_defaults_are_the_documented_ones() -> None:
    expected = {
        "cell": "gru", "hidden_size": 256, "seq_length": 200, "learning_rate": 1e-3, "seed": 42,
        "iterations": 10_000, "sample_every": 100, "sample_length": 200, "clip": 5.0,
        "dtype": "float32", "batch_size": 1, "optimizer": "adagrad", "validation_fraction": 0.1,
        "layers": 1, "dropout": 0, "initialization": "normal", "clip_by": "value", "patience": 0,
        "schedule": "constant", "warmup": 0, "top_k": 0, "top_p": 1, "prime": "",
    }  # fmt: skip
    assert expected.items() <= TrainConfig().as_dict().items()
    assert {spec.name: spec.default for spec in FIELDS} == TrainConfig().as_dict()
    assert TrainConfig(**TrainConfig().as_dict()) == TrainConfig()


def test_every_field_has_a_help_line_and_says_its_range() -> None:
    for spec in FIELDS:
        assert spec.help
        assert spec.group
        assert spec.range_text
        assert "_" not in spec.label


@pytest.mark.parametrize("name", PRESETS)
def test_presets_can_be_used(name: str) -> None:
    assert TrainConfig(**PRESETS[name]) != TrainConfig()


def test_the_notebooks_preset_holds_nothing_out() -> None:
    assert TrainConfig(**PRESETS["notebook"]).validation_fraction == 0


def test_a_config_cannot_be_changed_unchecked() -> None:
    with pytest.raises(AttributeError):
        small().hidden_size = 0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"temperature": -1}, "temperature"),
        ({"temperature": math.nan}, "temperature"),
        ({"length": 0}, "sample_length"),
        ({"length": 10**6}, "sample_length"),
        ({"top_k": -1}, "top_k"),
        ({"top_p": 0}, "top_p"),
    ],
)
def test_a_sample_request_is_checked_as_a_runs_own_samples(
    arguments: dict[str, float], field: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{field} must be"):
        SampleRequest(**arguments)
    assert SampleRequest(temperature=0).temperature == 0


@pytest.mark.parametrize("hidden_size", [10**9, 10**200])
@pytest.mark.parametrize("cell", CELLS)
def test_a_monstrous_model_is_refused_before_anything_is_allocated(
    cell: str, hidden_size: int
) -> None:
    with pytest.raises(ConfigError, match=r"of memory, but only .* is free") as caught:
        build_model(TrainConfig(cell=cell, hidden_size=hidden_size), 100)
    assert caught.value.field == "hidden_size"

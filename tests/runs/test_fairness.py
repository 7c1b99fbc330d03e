"""What is made equal is equal, and nothing else is changed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_charrnn.engine import ConfigError, TrainConfig, build_model
from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.engine.registry import CELLS
from tui_charrnn.runs.fairness import Comparison, contenders

NOTEBOOK = TrainConfig(cell="gru", hidden_size=256, seed=7, time_limit=30.0)


def changed(one: TrainConfig, other: TrainConfig) -> set[str]:
    before, after = one.as_dict(), other.as_dict()
    return {name for name in before if before[name] != after[name]}


@pytest.mark.parametrize("comparison", Comparison)
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_contends_under_its_name(comparison: Comparison, cell: str) -> None:
    sides = contenders(NOTEBOOK.replace(cell=cell), 121, comparison, 10, tuple(CELLS))
    assert list(sides) == list(CELLS)
    assert [config.cell for config in sides.values()] == list(CELLS)


@pytest.mark.parametrize("comparison", Comparison)
def test_two_contend_unless_others_are_named(comparison: Comparison) -> None:
    usual = {"rnn": ["rnn", "gru"], "gru": ["rnn", "gru"], "lstm": ["gru", "lstm"]}
    for cell, names in usual.items():
        assert list(contenders(NOTEBOOK.replace(cell=cell), 121, comparison, 10)) == names
    strangers = contenders(NOTEBOOK, 121, comparison, 10, ("lstm", "rnn"))
    assert list(strangers) == ["rnn", "lstm"]
    assert {side.cell for side in strangers.values()} == {"rnn", "lstm"}


def test_at_equal_hidden_size_nothing_but_the_cell_differs() -> None:
    sides = contenders(NOTEBOOK, 121, Comparison.HIDDEN_SIZE)
    assert sides["gru"] == NOTEBOOK
    assert changed(sides["rnn"], NOTEBOOK) == {"cell"}


def test_at_equal_parameters_the_cell_of_the_config_keeps_its_size() -> None:
    sides = contenders(NOTEBOOK, 121, Comparison.PARAMETERS)
    assert sides["gru"] == NOTEBOOK
    assert changed(sides["rnn"], NOTEBOOK) == {"cell", "hidden_size"}
    counts = [build_model(config, 121).parameter_count for config in sides.values()]
    assert abs(counts[0] - counts[1]) / counts[1] < 0.002


@given(st.sampled_from(sorted(CELLS)), st.integers(1, 3000), st.integers(2, 2000))
def test_no_other_hidden_size_comes_nearer(cell: str, hidden: int, vocab: int) -> None:
    config = NOTEBOOK.replace(cell=cell, hidden_size=hidden)
    target = parameter_count(config, vocab)
    for name, side in contenders(config, vocab, Comparison.PARAMETERS, cells=tuple(CELLS)).items():
        reached = abs(parameter_count(side, vocab) - target)
        near = range(max(1, side.hidden_size - 3), side.hidden_size + 4)
        sizes = [*near, max(1, side.hidden_size // 2), 2 * side.hidden_size, hidden]
        distances = [
            abs(parameter_count(side.replace(hidden_size=size), vocab) - target) for size in sizes
        ]
        assert reached == min(distances), name


def test_of_all_sizes_none_comes_nearer() -> None:
    for hidden in range(1, 40):
        config = NOTEBOOK.replace(hidden_size=hidden)
        target = parameter_count(config, 30)
        side = contenders(config, 30, Comparison.PARAMETERS)["rnn"]
        every = (parameter_count(side.replace(hidden_size=size), 30) for size in range(1, 200))
        assert abs(parameter_count(side, 30) - target) == min(abs(n - target) for n in every)


def test_at_equal_time_the_clock_alone_ends_the_race() -> None:
    for name, side in contenders(NOTEBOOK, 121, Comparison.TIME, 12.5).items():
        assert (side.time_limit, side.iterations) == (12.5, 1_000_000_000)
        assert changed(side, NOTEBOOK) - {"cell"} == {"time_limit", "iterations"}, name


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, 1e9, "a while"])
def test_no_time_to_train_for_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigError, match=r"^time_limit must be a number above 0 and at most"):
        contenders(NOTEBOOK, 121, Comparison.TIME, seconds)


def test_what_is_shown_of_each_comparison() -> None:
    assert [comparison.title for comparison in Comparison] == [
        "equal hidden size",
        "equal number of parameters",
        "equal wall-clock time",
    ]
    for comparison in Comparison:
        assert comparison.explanation.endswith(".")
        assert "\n" not in comparison.explanation

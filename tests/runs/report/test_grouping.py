"""Which runs stand side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.runs.report.support import TEXT, Maker
from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.report.grouping import arrange, common
from tui_charrnn.runs.report.loading import Curve, Run


def test_seeds_make_a_setting_and_cells_a_comparison() -> None:
    maker = Maker()
    found = arrange(maker.runs("gru", [2.0, 2.1]) + maker.runs("rnn", [2.3, 2.4, 2.5]))
    (one,) = found.comparisons
    assert [(s.cell, len(s.runs)) for s in one.settings] == [("RNN", 3), ("GRU", 2)]
    assert [run.record.config.seed for run in one.settings[0].runs] == [3, 4, 5]
    assert one.settings[0].final_validation.mean == np.mean([2.3, 2.4, 2.5])
    assert found.left_out == found.series == ()
    assert one.title == ("tales, 1,000 iterations of 50 characters, 1,080,088 to learn from")


def test_other_groups_texts_and_updates_are_other_comparisons() -> None:
    maker = Maker()
    other = replace(TEXT, sha256="b" * 64)
    runs = [
        maker.run("rnn", 2.0),
        maker.run("rnn", 2.0, group="race"),
        maker.run("rnn", 2.0, text=other),
        maker.run("rnn", 2.0, iterations=2000),
        maker.run("rnn", 2.0, seq_length=25),
        maker.run("rnn", 2.0, validation_fraction=0.2),
        maker.run("gru", 2.0, learning_rate=0.1),  # this one belongs with the first
    ]
    found = arrange(runs)
    assert len(found.comparisons) == 6
    assert [len(one.settings) for one in found.comparisons].count(2) == 1


def test_the_best_setting_stands_for_its_cell() -> None:
    maker = Maker()
    runs = [
        *maker.runs("rnn", [2.4, 2.6], learning_rate=0.1),
        *maker.runs("rnn", [2.2, 2.4], learning_rate=0.01),
        *maker.runs("gru", [2.0], learning_rate=0.01),
    ]
    (one,) = arrange(runs).comparisons
    assert one.differing == ["learning_rate"]
    assert one.name(one.best["RNN"]) == "RNN, learning rate 0.01"
    assert [[s.cell for s in pair] for pair in one.same_but_for_the_cell()] == [["RNN", "GRU"]]
    assert "learning_rate" not in common([s.config for s in one.settings])


def test_amounts_make_a_series_of_rising_comparisons() -> None:
    maker = Maker()
    runs = [
        maker.run(cell, 2.0, training_characters=limit, characters=limit or 1_080_088)
        for limit in (0, 10_000, 100_000)
        for cell in ("rnn", "gru")
    ]
    (series,) = arrange(runs).series
    assert [one.train_characters for one in series.comparisons] == [10_000, 100_000, 1_080_088]


def test_a_repeated_seed_counts_once_and_is_named() -> None:
    """Two equal runs would make the spread over seeds look smaller than it is."""
    maker = Maker()
    runs = [
        maker.run("gru", 2.0, seed=7),
        maker.run("gru", 2.0, seed=7),
        maker.run("gru", 2.5, seed=7, state="stopped"),
    ]
    found = arrange(runs)
    assert [run.record.name for run in found.runs] == ["gru-2"]
    assert [(one.name, one.reason) for one in found.left_out] == [
        ("gru-1", "the same setting and seed as gru-2"),
        ("gru-3", "the same setting and seed as gru-2"),
    ]


def test_runs_without_a_finite_result_are_left_out_and_named() -> None:
    maker = Maker()
    good, silent = maker.run("rnn", 2.0), replace(maker.run("rnn", 2.0), smooth=Curve.of([]))
    broken = maker.run("rnn", 2.0, best=float("nan"))
    lost = replace(maker.run("gru", 2.0), smooth=Curve.of([(1, 50, 1.0, float("inf"))]))
    found = arrange([good, silent, broken, lost])
    assert [run.record.name for run in found.runs] == ["rnn-1"]
    assert [(one.name, one.reason) for one in found.left_out] == [
        ("rnn-2", "no update was made"),
        ("rnn-3", "a validation of it is nan"),
        ("gru-4", "its smooth loss is inf"),
    ]


def sweep(maker: Maker, name: str, cell: str, **fields: object) -> list[Run]:
    """Make two cells of a sweep, of two seeds."""
    return [maker.run(cell, 2.0, group=name, cell_key=f"{name} {n}", **fields) for n in (1, 2)]


def test_cells_that_an_earlier_sweep_finished_are_compared_with_those_of_the_later() -> None:
    maker = Maker()
    runs = sweep(maker, "sweep a", "rnn") + sweep(maker, "sweep b", "gru", hidden_size=64)
    (one,) = arrange(runs).comparisons
    assert one.group == "sweep a and sweep b"
    assert [(setting.cell, len(setting.runs)) for setting in one.settings] == [
        ("RNN", 2), ("GRU", 2)
    ]  # fmt: skip


def test_sweeps_of_one_cell_each_may_differ_in_their_layers() -> None:
    maker = Maker()
    runs = [
        *sweep(maker, "sweep a", "gru"),
        *sweep(maker, "sweep b", "lstm"),
        *sweep(maker, "sweep b", "lstm", layers=2),
    ]
    (one,) = arrange(runs).comparisons
    assert one.group == "sweep a and sweep b"
    names = [one.name(setting) for setting in one.settings]
    assert names == ["GRU, layers 1", "LSTM, layers 1", "LSTM, layers 2"]


def test_what_no_run_looks_at_is_not_among_what_they_have_in_common() -> None:
    adagrad, adam = TrainConfig(), TrainConfig(optimizer="adam", schedule="step")
    assert not {"beta1", "momentum", "decay_every"} & set(common([adagrad]))
    assert {"beta1", "beta2", "decay_every"} <= set(common([adagrad, adam]))
    assert not {"momentum", "final_rate", "optimizer"} & set(common([adagrad, adam]))
    assert common([adam])["optimizer"] == "adam"


def test_sweeps_with_both_cells_or_other_settings_stay_apart() -> None:
    maker = Maker()
    whole = [
        run for name in ("a", "b") for cell in ("rnn", "gru") for run in sweep(maker, name, cell)
    ]
    assert [one.group for one in arrange(whole).comparisons] == ["a", "b"]
    others = sweep(maker, "a", "rnn") + sweep(maker, "b", "gru", eval_every=7)
    assert [one.group for one in arrange(others).comparisons] == ["a", "b"]
    race = [*sweep(maker, "a", "rnn"), maker.run("gru", 2.0, group="race")]
    assert [one.group for one in arrange(race).comparisons] == ["a", "race"]


def test_results_are_those_that_all_runs_reached_where_some_were_stopped() -> None:
    maker = Maker()
    rnn = maker.runs("rnn", [1.0, 1.2])
    gru = maker.runs("gru", [1.0, 1.2], state="stopped", made=400)
    (one,) = arrange(rnn + gru).comparisons
    for setting in one.settings:
        assert setting.best_validation.values == pytest.approx((2.8, 2.88))  # on the way from 4
        assert setting.final_validation.values == setting.best_validation.values
        assert setting.final_smooth.values == pytest.approx((4.0, 4.08))  # on the way from 6
    assert "within the first 400 iterations" in one.stopped_early


def test_a_stop_before_the_first_validation_leaves_the_smooth_loss() -> None:
    maker = Maker()
    rnn = maker.runs("rnn", [1.0, 1.2])
    gru = maker.runs("gru", [1.0, 1.2], state="stopped", made=100)
    (one,) = arrange(rnn + gru).comparisons
    assert not one.is_validated
    assert one.merit(one.settings[0]) == one.merit(one.settings[1]) == pytest.approx(5.51)


def test_runs_that_a_limit_of_time_ended_count_whole() -> None:
    maker = Maker()
    rnn = maker.runs("rnn", [1.0, 1.2], time_limit=100.0)
    gru = maker.runs("gru", [1.0, 1.2], time_limit=100.0, made=400)
    (one,) = arrange(rnn + gru).comparisons
    assert one.settings[0].best_validation.values == pytest.approx((1.0, 1.2))
    assert one.stopped_early == ""


def test_all_amounts_of_a_series_are_cut_where_one_was_stopped() -> None:
    maker = Maker()
    few = {"training_characters": 9000, "characters": 9000}
    runs = [
        *(maker.run(cell, 1.0) for cell in ("rnn", "gru")),
        maker.run("rnn", 1.0, **few),
        maker.run("gru", 1.0, state="stopped", made=600, **few),
    ]
    (series,) = arrange(runs).series
    found = [setting.best_validation.mean for one in series.comparisons for setting in one.settings]
    assert found == pytest.approx([2.2] * 4)

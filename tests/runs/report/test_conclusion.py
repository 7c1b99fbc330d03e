"""The conclusion, on made-up runs whose outcome is known."""

from __future__ import annotations

import re

import pytest

from tests.runs.report.support import Maker, comparison
from tui_charrnn.runs.report.amounts import amount_of
from tui_charrnn.runs.report.conclusion import conclude
from tui_charrnn.runs.report.grouping import Comparison, arrange
from tui_charrnn.runs.report.loading import Run
from tui_charrnn.runs.report.tables import all_but_the_cell, overview, overviews


def said(one: Comparison) -> dict[str, str]:
    return {item.label: item.text for item in conclude(one)}


def test_the_gru_leads_beyond_the_spread() -> None:
    text = said(comparison([2.50, 2.52, 2.54], [2.00, 2.02, 2.04]))["Equal iterations"]
    assert text == (
        "After 1,000 iterations each, by the validation: The GRU leads by 0.5000 bits/char "
        "(19.8 %): RNN 2.5200, GRU 2.0200. This exceeds the spread over 3 seeds each (95 % "
        "interval 0.4547 to 0.5453)."
    )  # half width by hand: 2.776 * sqrt(2 * 0.0004 / 3) = 0.0453


def test_the_rnn_leads_beyond_the_spread() -> None:
    text = said(comparison([2.00, 2.02], [2.50, 2.52]))["Equal iterations"]
    assert "The RNN leads by 0.5000 bits/char (19.9 %): RNN 2.0100, GRU 2.5100." in text
    assert "exceeds the spread over 2 seeds each" in text


def test_a_tie_within_the_spread_says_so() -> None:
    text = said(comparison([2.0, 2.2, 2.4], [1.9, 2.1, 2.3]))["Equal iterations"]
    assert "No difference that these seeds can show: RNN 2.2000, GRU 2.1000." in text
    assert "The GRU's mean is lower by 0.1000 bits/char (4.5 %), but" in text
    assert "leads" not in text


def test_one_seed_is_no_result() -> None:
    text = said(comparison([2.5], [2.0]))["Equal iterations"]
    assert "The GRU is lower by 0.5000 bits/char (20.0 %): RNN 2.5000, GRU 2.0000." in text
    assert "so this is no result" in text
    text = said(comparison([2.5, 2.6], [2.0]))["Equal iterations"]
    assert "With 2 and 1 seeds the spread is not known" in text


def test_equal_means_are_no_difference() -> None:
    assert said(comparison([2.0, 2.0], [2.0, 2.0]))["Equal iterations"].endswith(
        "Both have 2.0000 bits/char: no difference."
    )


def test_one_cell_alone_has_nothing_to_compare_with() -> None:
    (one,) = arrange(Maker().runs("gru", [2.0, 2.1])).comparisons
    assert said(one) == {
        "No comparison": "Only the GRU was run here: there is no other cell to compare it with."
    }


def test_without_validation_the_smooth_loss_is_compared_and_named() -> None:
    text = said(comparison([2.5, 2.52], [2.0, 2.02], validated=False))
    assert text["Equal iterations"].startswith(
        "After 1,000 iterations each, by the smooth loss: The GRU leads by 0.5000"
    )
    assert "on the text that it trained on" in text["Equal iterations"]
    assert "by the smooth loss" in text["Equal training time"]


def test_the_best_validation_is_told_where_it_is_another() -> None:
    maker = Maker()
    runs = [maker.run("rnn", final, best=1.5 + final / 100) for final in (2.50, 2.52)]
    runs += [maker.run("gru", final, best=1.0 + final / 100) for final in (2.80, 2.82)]
    (one,) = arrange(runs).comparisons
    text = said(one)["Equal iterations"]
    assert "by the validation: The RNN leads by 0.3000" in text
    assert "By the best validation until then: The GRU leads by 0.4970" in text


def test_equal_iterations_are_those_that_all_runs_reached() -> None:
    """One GRU stopped at update 400: there, its line from 4 to 1.5 bits is at 3."""
    maker = Maker()
    runs = maker.runs("rnn", [3.0, 3.0]) + maker.runs("gru", [1.5, 1.5])
    short = runs[3]
    for name in ("iterations", "characters", "seconds", "bits"):
        object.__setattr__(short.validation, name, getattr(short.validation, name)[:2])
    (one,) = arrange(runs).comparisons
    text = said(one)["Equal iterations"]
    assert text.startswith("After 400 iterations each")
    assert "RNN 3.6000, GRU 3.0000" in text


def test_equal_parameters_need_counts_within_five_per_cent() -> None:
    text = said(comparison([2.5, 2.52], [2.0, 2.02]))["Equal parameters"]
    assert text.startswith("These runs do not tell: ")
    assert "the RNN has 1,000, the GRU 2,600" in text
    close = said(comparison([2.5, 2.52], [2.0, 2.02], parameters=1000))["Equal parameters"]
    assert "RNN (1,000 parameters) and GRU (1,000 parameters): After 1,000 iterations" in close
    assert "The GRU leads by 0.5000" in close


@pytest.mark.parametrize(("count", "told"), [(2470, True), (2469, False)])
def test_another_pair_of_settings_may_have_equal_parameters(count, told) -> None:
    maker = Maker()
    runs = maker.runs("rnn", [2.0, 2.02], hidden_size=10)
    runs += maker.runs("rnn", [2.6, 2.62], hidden_size=20, parameters=count)
    runs += maker.runs("gru", [2.3, 2.32], hidden_size=10)
    (one,) = arrange(runs).comparisons
    text = said(one)
    assert "The RNN leads by 0.3000" in text["Equal iterations"]
    assert text["Equal iterations"].startswith(
        "Each cell at its best setting (RNN, hidden size 10; GRU, hidden size 10). "
    )
    assert ("The GRU leads by 0.3000" in text["Equal parameters"]) is told
    assert ("These runs do not tell" in text["Equal parameters"]) is not told


def test_equal_time_is_on_the_line_between_points() -> None:
    """The RNN has 50 s: the GRU, of 100 s, is then half way from 4 to 2 bits."""
    maker = Maker()
    runs = maker.runs("rnn", [2.5, 2.5], seconds=50.0) + maker.runs("gru", [2.0, 2.0])
    (one,) = arrange(runs).comparisons
    text = said(one)["Equal training time"]
    assert text.startswith("After 50.0 s of training each")
    assert "The RNN leads by 0.5000 bits/char (16.7 %): RNN 2.5000, GRU 3.0000" in text


def test_equal_time_is_not_told_before_the_first_validation() -> None:
    maker = Maker()
    runs = maker.runs("rnn", [2.5, 2.5], seconds=10.0) + maker.runs("gru", [2.0, 2.0])
    (one,) = arrange(runs).comparisons
    assert said(one)["Equal training time"].startswith("These runs do not tell")


def test_pairs_that_differ_in_the_cell_alone_are_counted() -> None:
    maker = Maker()
    runs = maker.runs("rnn", [2.5, 2.51], learning_rate=0.1)
    runs += maker.runs("gru", [2.0, 2.01], learning_rate=0.1)
    runs += maker.runs("rnn", [2.3, 2.31], learning_rate=0.01)
    runs += maker.runs("gru", [2.3, 2.32], learning_rate=0.01)
    (one,) = arrange(runs).comparisons
    assert said(one)["All but the cell equal"] == (
        "Of 2 pairs of settings that differ in the cell alone, the RNN leads beyond the spread "
        "in 0 and the GRU leads beyond the spread in 1; 1 show no difference that these seeds "
        "can show."
    )


def test_gradient_memory_tells_which_reaches_further() -> None:
    maker = Maker()
    runs = [maker.run("rnn", 2.0, norms=[5.0, 0.5, 0.04, 0.01]) for _ in range(2)]
    runs += [maker.run("gru", 2.0, norms=[2.0, 1.0, 0.5, third]) for third in (0.2, 0.019)]
    (one,) = arrange(runs).comparisons
    text = said(one)["Gradient memory"]
    assert "RNN lag 2 (2 seeds), GRU none within 3 characters (2 seeds)." in text
    assert re.search(r"further back in the GRU than in the RNN, in every seed\.$", text)


def test_gradient_memory_that_overlaps_shows_no_difference() -> None:
    maker = Maker()
    runs = [maker.run("rnn", 2.0, norms=row) for row in ([1, 0.009, 0, 0], [1, 0.5, 0.2, 0.009])]
    runs += [maker.run("gru", 2.0, norms=row) for row in ([1, 0.5, 0.009, 0], [1, 1, 0.1, 0.02])]
    (one,) = arrange(runs).comparisons
    text = said(one)["Gradient memory"]
    assert "RNN lag 3 (1 to 3 over 2 seeds)" in text
    assert text.endswith("no difference in reach that these seeds can show.")


def test_no_gradient_memory_says_nothing_of_it() -> None:
    assert "Gradient memory" not in said(comparison([2.5, 2.52], [2.0, 2.02]))


def three_cells(maker: Maker, **fields: object) -> list[Run]:
    """Make runs of one and of two layers of every cell; the LSTM is best, the RNN worst."""
    return [
        run
        for cell, bits in {"rnn": 2.4, "gru": 2.0, "lstm": 1.6}.items()
        for layers in (1, 2)
        for run in maker.runs(cell, [bits, bits + 0.02], layers=layers, **fields)
    ]


def test_three_cells_are_compared_two_by_two() -> None:
    maker = Maker()
    found = arrange(three_cells(maker) + three_cells(maker, iterations=2000))
    assert len(found.comparisons) == 2
    every = [("RNN", "GRU"), ("RNN", "LSTM"), ("GRU", "LSTM")]
    leaders = ["GRU", "LSTM", "LSTM"]
    for table, cells, leader in zip(overviews(found), every, leaders, strict=True):
        assert table.columns[1:3] == cells
        assert [row[3] for row in table.rows] == [leader] * 2
    one = found.comparisons[0]
    for table, cells, leader in zip(all_but_the_cell(one), every, leaders, strict=True):
        assert table.columns[:3] == ("both with", *cells)
        assert [(row[0], row[3]) for row in table.rows] == [
            ("layers 1", leader), ("layers 2", leader)
        ]  # fmt: skip
    labels = list(said(one))
    for one_cell, other in every:
        assert f"Equal iterations ({one_cell} and {other})" in labels
        assert f"All but the cell equal ({one_cell} and {other})" in labels


def test_no_part_lets_runs_lead_that_were_merely_not_stopped() -> None:
    maker = Maker()
    rnn = maker.runs("rnn", [1.0, 1.2])
    gru = maker.runs("gru", [1.0, 1.2], state="stopped", made=400)
    found = arrange(rnn + gru)
    (one,) = found.comparisons
    amount = amount_of(one)
    assert amount is not None
    assert amount.verdict.leader == ""
    assert [row[3] for row in overview(found, "RNN", "GRU").rows] == ["-"]
    items = said(one)
    assert "Both have 2.8400 bits/char: no difference." in items["Equal iterations"]
    assert "within the first 400 iterations" in items["Stopped early"]


def test_a_third_setting_that_was_stopped_limits_all_parts_alike() -> None:
    maker = Maker()
    rnn = maker.runs("rnn", [1.0, 1.2])
    gru = maker.runs("gru", [1.0, 1.2])
    slow = maker.runs("gru", [3.0, 3.2], state="stopped", made=400, learning_rate=0.01)
    (one,) = arrange(rnn + gru + slow).comparisons
    assert "After 400 iterations each" in said(one)["Equal iterations"]

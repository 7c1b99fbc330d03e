"""The table of a race by itself: which columns, which figure stands out, what failed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_charrnn.engine import TrainConfig
from tui_charrnn.runs.figures import fitting
from tui_charrnn.runs.progress import RunProgress, State
from tui_charrnn.widgets.race_table import (
    Contender,
    columns,
    leader,
    reasons,
    state_width,
    table,
)

ALL = [
    "hidden",
    "params",
    "iteration",
    "done",
    "smooth",
    "valid",
    "best",
    "chars/s",
    "time",
    "left",
]


def contender(cell: str, bits: float | None = 2.0, **progress: object) -> Contender:
    known = {
        "state": "training", "iteration": 1234, "iterations": 10_000, "fraction": 0.1234,
        "bits": bits, "validation_bits": bits, "elapsed": 61.0, "characters": 61_700, **progress,
    }  # fmt: skip
    return Contender(TrainConfig(cell=cell), 86_985, RunProgress(**known, best_bits=bits))


def headings(width: int) -> list[str]:
    return str(table([contender("rnn"), contender("gru")], width)[0]).split()


def bold(row: int, *contenders: Contender) -> list[str]:
    """Return the figures of a row that stand out."""
    text = table(contenders, 200)[1 + row]
    return [
        text.plain[span.start : span.end].strip()
        for span in text.spans
        if "success" in str(span.style) and "●" not in text.plain[span.start : span.end]
    ]


def test_columns_that_count_less_go_where_room_is_short() -> None:
    assert headings(200) == ALL
    wanted = {"iteration", "smooth", "valid", "chars/s", "params", "time"}
    assert wanted <= set(headings(78))  # a screen of 80 columns
    assert headings(40) == ["smooth", "valid"]
    assert headings(0) == []


@given(st.integers(16, 200))
def test_no_line_is_wider_than_the_room(width: int) -> None:
    failed = contender("gru", state="failed", message="The loss became nan. " * 9)
    both = [contender("rnn"), failed]
    shown = [*table(both, width), *reasons(both, width)]
    assert all(line.cell_length <= max(width, state_width(both)) for line in shown)


def test_columns_stay_where_they_are_when_figures_grow() -> None:
    early = contender("rnn", None, iteration=0, elapsed=0.0, characters=0)
    late = contender("rnn", 2.1, iteration=9_999, elapsed=3723.0)
    before, after = (table([one, one], 200)[0].plain for one in (early, late))
    assert before.index("time") == after.index("time")


def test_the_lower_loss_stands_out() -> None:
    first, second = contender("rnn", 2.0001), contender("gru", 2.0002)
    assert bold(0, first, second) == ["2.0001"] * 3
    assert bold(1, first, second) == []


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        (["2.1", "2.0"], 1),
        (["1,000.5", "999.9"], 1),
        (["2.0", "2.0"], None),
        (["-", "2.0"], None),
        (["nan", "2.0"], None),
        (["2.0", "inf"], None),
    ],
)
def test_who_leads(cells: list[str], place: int | None) -> None:
    assert leader(cells) == place


def test_figures_that_look_alike_lead_nobody() -> None:
    assert bold(0, contender("rnn", 2.00001), contender("gru", 2.00002)) == []


def test_the_speed_of_an_ended_net_is_that_of_the_whole_run() -> None:
    run = contender("rnn", state="finished", elapsed=10.0, characters=36_400)
    cells = {column.heading: column.cells[0] for column in columns([run, run])}
    assert cells["chars/s"] == "3.6k"
    assert cells["left"] == "-"


@pytest.mark.parametrize("state", ["starting", "training", "paused", "finished", "stopped"])
def test_every_state_is_told(state: State) -> None:
    row = table([contender("rnn", state=state)], 200)[1].plain
    assert row.startswith("RNN  ")
    assert f" {state} " in row


def test_a_pause_that_was_asked_for_is_told_at_once() -> None:
    waits = Contender(TrainConfig(cell="rnn"), 1, RunProgress(state="training"), pausing=True)
    ended = Contender(TrainConfig(cell="rnn"), 1, RunProgress(state="finished"), pausing=True)
    assert (waits.state, ended.state) == ("pausing", "finished")


def test_why_a_net_was_over_early_is_said_but_not_as_an_error() -> None:
    over = contender("rnn", state="finished", message="No better validation.")
    (line,) = reasons([over, contender("gru")], 50)
    assert (line.plain, line.spans) == ("RNN: No better validation.", [])


def test_reasons_are_wrapped_named_and_harmless() -> None:
    broken = contender("gru", state="failed", message="It \x1b[31mbroke " + "apart " * 20)
    shown = [line.plain for line in reasons([contender("rnn"), broken], 50)]
    assert shown[0].startswith("GRU: It ␛[31mbroke apart")
    assert len(shown) == 3
    assert " ".join(shown).count("apart") == 20


def test_one_reason_of_both_is_said_once() -> None:
    both = [contender(cell, state="failed", message="No memory.") for cell in ("rnn", "gru")]
    assert [line.plain for line in reasons(both, 80)] == ["RNN and GRU: No memory."]


def test_fitting_keeps_the_order() -> None:
    known = columns([contender("rnn"), contender("gru")])
    assert [column.heading for column in fitting(known, 1000)] == ALL
    assert math.isfinite(sum(column.width for column in known))

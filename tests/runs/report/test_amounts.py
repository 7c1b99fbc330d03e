"""Does the GRU need a megabyte? The answers, on made-up amounts."""

from __future__ import annotations

import pytest

from tui_charrnn.runs.report.amounts import (
    Amount,
    from_which_on,
    lead_over_amounts,
    leads_from,
    megabyte_answer,
)
from tui_charrnn.runs.report.statistics import Summary
from tui_charrnn.runs.report.verdict import Verdict

OUTCOMES = {
    "gru": ((2.5, 2.52), (2.0, 2.02)),
    "rnn": ((2.0, 2.02), (2.5, 2.52)),
    "tie": ((2.0, 2.4), (2.1, 2.5)),
    "one": ((2.5,), (2.0,)),
}


def amount(characters: int, outcome: str) -> Amount:
    rnn, gru = OUTCOMES[outcome]
    return Amount(characters, 0.1, Verdict("RNN", Summary(rnn), "GRU", Summary(gru)))


def amounts(*outcomes: str) -> list[Amount]:
    return [amount(10**4 * 10**step, outcome) for step, outcome in enumerate(outcomes)]


@pytest.mark.parametrize(
    ("outcomes", "first"),
    [
        (("gru", "gru"), 0), (("tie", "gru", "gru"), 1), (("gru", "tie"), None),
        (("gru", "rnn", "gru"), 2), (("rnn", "rnn"), None), (("one", "one"), None),
    ],
)  # fmt: skip
def test_the_amount_from_which_on_the_gru_leads(outcomes, first) -> None:
    assert leads_from(amounts(*outcomes)) == first


def test_from_which_on_in_words() -> None:
    assert from_which_on(amounts("gru", "gru")) == (
        "The GRU leads beyond the spread at every amount, from 10,000 characters on."
    )
    assert from_which_on(amounts("rnn", "gru")) == (
        "From 100,000 characters on, the GRU leads beyond the spread; with 10,000 characters the "
        "RNN leads."
    )
    assert from_which_on(amounts("tie", "one")) == (
        "At none of these amounts does the GRU lead beyond the spread."
    )
    assert from_which_on(amounts("gru", "tie")) == (
        "The GRU leads beyond the spread with 10,000 characters, but not with the most, 100,000 "
        "characters, where these seeds show no difference."
    )


def test_by_how_much_at_each_amount() -> None:
    assert lead_over_amounts(amounts("tie", "gru")) == (
        "By how much, at each amount of characters: 10,000: RNN by 0.1000 bits/char (4.3 %), "
        "which these seeds do not show to be more than chance; 100,000: GRU by 0.5000 bits/char "
        "(19.9 %)."
    )


@pytest.mark.parametrize(
    ("found", "answer"),
    [
        (amounts("gru"), "No: with 10,000 characters to learn from"),
        (amounts("tie", "gru", "gru"), "it does so in 1 of 2 comparisons on less than a megabyte"),
        ([amount(899_999, "tie"), amount(900_000, "gru")], "These runs fit that: "),
        ([amount(900_000, "gru")], "These runs do not tell: it leads"),
        (amounts("tie", "rnn", "tie"), "Even a megabyte shows none here: with 1,000,000"),
        (amounts("tie", "rnn"), "These runs do not tell: up to 100,000 characters"),
        (amounts("one", "one", "one"), "two seeds or more of each cell are needed"),
    ],
)
def test_the_megabyte(found, answer) -> None:
    assert answer in megabyte_answer(found)

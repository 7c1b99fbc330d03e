"""Does a cell need much text to show its advantage? The answer of a series of amounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_charrnn.runs import wording
from tui_charrnn.runs.report.grouping import Comparison, Series
from tui_charrnn.runs.report.verdict import Verdict, compare

MEGABYTE = 1_000_000
"""Characters of the whole text that the notebook asks for, to see the GRU do better."""

CHALLENGER = "GRU"
"""The cell that is said to need them."""


@dataclass(frozen=True, slots=True)
class Amount:
    """The best validation of two cells, or their last smooth loss, on one amount of text.

    `held_out_fraction` of the text is not among the `characters` that are trained on.
    """

    characters: int
    held_out_fraction: float
    verdict: Verdict

    @property
    def is_a_megabyte(self) -> bool:
        """Whether it is the training part of a text of a megabyte, or more."""
        return self.characters >= int(MEGABYTE * (1 - self.held_out_fraction))


def amount_of(comparison: Comparison) -> Amount | None:
    """Return what a comparison says of RNN and GRU on its amount of text, None without both."""
    best = comparison.best
    if "RNN" not in best or CHALLENGER not in best:
        return None
    rnn, gru = best["RNN"], best[CHALLENGER]
    verdict = (
        compare(rnn, rnn.best_validation, gru, gru.best_validation)
        if comparison.is_validated
        else compare(rnn, rnn.final_smooth, gru, gru.final_smooth)
    )
    return Amount(comparison.train_characters, comparison.config.validation_fraction, verdict)


def amounts_of(series: Series) -> list[Amount]:
    """Return what a series says, by rising amount."""
    return [amount for one in series.comparisons if (amount := amount_of(one)) is not None]


def leads_from(amounts: Sequence[Amount]) -> int | None:
    """Return the index of the amount from which on, without a gap, the GRU leads; None if none."""
    first: int | None = None
    for index in reversed(range(len(amounts))):
        if amounts[index].verdict.winner != CHALLENGER:
            break
        first = index
    return first


def from_which_on(amounts: Sequence[Amount]) -> str:
    """Return the sentence that says from which amount of text on the GRU leads."""
    first = leads_from(amounts)
    if first == 0:
        return (
            f"The GRU leads beyond the spread at every amount, from {_characters(amounts[0])} on."
        )
    if first is not None:
        before = amounts[first - 1]
        return (
            f"From {_characters(amounts[first])} on, the GRU leads beyond the spread; with "
            f"{_characters(before)} {_instead(before)}."
        )
    ahead = [amount for amount in amounts if amount.verdict.winner == CHALLENGER]
    if not ahead:
        return "At none of these amounts does the GRU lead beyond the spread."
    at = ", ".join(wording.count(amount.characters) for amount in ahead)
    return (
        f"The GRU leads beyond the spread with {at} characters, but not with the most, "
        f"{_characters(amounts[-1])}, where {_instead(amounts[-1])}."
    )


def _instead(amount: Amount) -> str:
    winner = amount.verdict.winner
    if winner:
        return f"the {winner} leads"
    if amount.verdict.difference.beyond_spread is None:
        return "one seed cannot show who leads"
    return "these seeds show no difference"


def _characters(amount: Amount) -> str:
    return f"{wording.count(amount.characters)} characters"


def lead_over_amounts(amounts: Sequence[Amount]) -> str:
    """Return the sentence that says by how much the cells differ at each amount."""
    parts = [f"{wording.count(amount.characters)}: {_ahead(amount.verdict)}" for amount in amounts]
    return f"By how much, at each amount of characters: {'; '.join(parts)}."


def _ahead(verdict: Verdict) -> str:
    if not verdict.leader:
        return "no difference"
    within = "" if verdict.winner else ", which these seeds do not show to be more than chance"
    return f"{verdict.leader} by {verdict.lead_text}{within}"


def megabyte_answer(amounts: Sequence[Amount]) -> str:
    """Answer whether the GRU needs a megabyte of text, from all that was compared on one text.

    Args:
        amounts: by rising number of characters; may be empty.
    """
    ahead = [amount for amount in amounts if amount.verdict.winner == CHALLENGER]
    small = [amount for amount in ahead if not amount.is_a_megabyte]
    if small:
        least = small[0]
        return (
            f"No: with {_characters(least)} to learn from, less than a megabyte, it leads beyond "
            f"the spread, by {least.verdict.lead_text}{_how_often(small, amounts)}."
        )
    if all(amount.verdict.difference.beyond_spread is None for amount in amounts):
        return "These runs do not tell: two seeds or more of each cell are needed."
    if not ahead:
        return _never_ahead(amounts)
    least = ahead[0]
    below = [amount for amount in amounts if not amount.is_a_megabyte]
    if not below:
        return (
            f"These runs do not tell: it leads beyond the spread with {_characters(least)}, by "
            f"{least.verdict.lead_text}, but less than a megabyte was not tried."
        )
    return (
        f"These runs fit that: it leads beyond the spread with {_characters(least)}, by "
        f"{least.verdict.lead_text}, but not with {_characters(below[-1])}, the most below a "
        f"megabyte that was tried. Where between the two it begins, they do not tell."
    )


def _how_often(ahead: Sequence[Amount], amounts: Sequence[Amount]) -> str:
    """Say in how many comparisons on little text it leads: one alone may be chance."""
    tried = [amount for amount in amounts if not amount.is_a_megabyte]
    if len(tried) < 2:
        return ""
    return f"; it does so in {len(ahead)} of {len(tried)} comparisons on less than a megabyte"


def _never_ahead(amounts: Sequence[Amount]) -> str:
    most = amounts[-1]
    if most.is_a_megabyte:
        return (
            f"Even a megabyte shows none here: with {_characters(most)} to learn from, "
            f"{_instead(most)}."
        )
    return (
        f"These runs do not tell: up to {_characters(most)}, the most that was tried, the GRU does "
        f"not lead beyond the spread."
    )

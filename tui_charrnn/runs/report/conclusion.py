"""The conclusion, made from the data: who leads, by how much, and what these runs do not tell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from tui_charrnn.runs import wording
from tui_charrnn.runs.report.blocks import Item
from tui_charrnn.runs.report.grouping import Comparison, Setting
from tui_charrnn.runs.report.reach import reach_of, reach_sentence
from tui_charrnn.runs.report.verdict import AtEqual, at_equal, best_until

CLOSE = 0.05
"""Part by which the parameter counts of two models may differ and still count as equal."""


def conclude(comparison: Comparison) -> list[Item]:
    """Return what follows from a comparison, a labelled sentence or two for each question."""
    best = comparison.best
    if len(best) < 2:
        only = next(iter(best))
        text = f"Only the {only} was run here: there is no other cell to compare it with."
        return [Item("No comparison", text)]
    stopped = comparison.stopped_early
    return [Item("Stopped early", stopped)] * bool(stopped) + [
        item
        for one, two in combinations(best.values(), 2)
        for item in _conclude_pair(comparison, one, two)
    ]


def _conclude_pair(comparison: Comparison, one: Setting, two: Setting) -> Iterator[Item]:
    who = f" ({one.cell} and {two.cell})" if len(comparison.best) > 2 else ""
    yield Item(f"Equal iterations{who}", _at_equal_iterations(comparison, one, two))
    yield Item(f"Equal parameters{who}", _at_equal_parameters(comparison, one, two))
    yield Item(f"Equal training time{who}", _at_equal_time(one, two))
    yield from _all_else_equal(comparison, one, two, who)
    reaches = reach_of(one), reach_of(two)
    if reaches[0] is not None and reaches[1] is not None:
        yield Item(f"Gradient memory{who}", reach_sentence(reaches[0], reaches[1]))


def _at_equal_iterations(comparison: Comparison, one: Setting, two: Setting) -> str:
    """Compare the final losses, and the best ones where they are others."""
    found = at_equal("iterations", one, two)
    if found is None:
        return _not_told("a validation at the same iteration")
    chosen = _chosen(comparison, one, two)
    sentence = f"{chosen}{_after(found)}: {found.verdict.sentence}"
    if found.measure == "smooth loss":
        return f"{sentence} {_no_validation()}"
    best = best_until(found.place, one, two)
    if (best.one, best.two) == (found.verdict.one, found.verdict.two):
        return sentence
    return f"{sentence} By the best validation until then: {best.sentence}"


def _after(found: AtEqual) -> str:
    return f"After {wording.count(round(found.place))} iterations each, by {_measure(found)}"


def _measure(found: AtEqual) -> str:
    return "the validation" if found.measure == "validation" else "the smooth loss"


def _no_validation() -> str:
    return "Not every run read held-out text, so this is the loss on the text that it trained on."


def _chosen(comparison: Comparison, one: Setting, two: Setting) -> str:
    """Name the settings, where they are the best of several."""
    if len(comparison.settings) == len(comparison.best):
        return ""
    return f"Each cell at its best setting ({comparison.name(one)}; {comparison.name(two)}). "


def _at_equal_parameters(comparison: Comparison, one: Setting, two: Setting) -> str:
    pair = _of_equal_size(comparison, one, two)
    if pair is None:
        few, many = sorted((one, two), key=lambda setting: setting.parameters)
        return _not_told(
            f"a pair of models whose parameters differ by 5 % at the most (the {few.cell} has "
            f"{wording.count(few.parameters)}, the {many.cell} {wording.count(many.parameters)})"
        )
    found = at_equal("iterations", *pair)
    if found is None:
        return _not_told("a validation at the same iteration")
    names = " and ".join(
        f"{comparison.name(setting)} ({wording.count(setting.parameters)} parameters)"
        for setting in pair
    )
    return f"{names}: {_after(found)}: {found.verdict.sentence}"


def _of_equal_size(
    comparison: Comparison, one: Setting, two: Setting
) -> tuple[Setting, Setting] | None:
    """Return two settings of about as many parameters: these two, else the best such pair."""
    cells = (one.cell, two.cell)
    close = [
        pair
        for pair in comparison.pairs()
        if (pair[0].cell, pair[1].cell) == cells and is_close(*pair)
    ]
    if (one, two) in close:
        return one, two
    merit = comparison.merit
    return min(close, key=lambda pair: merit(pair[0]) + merit(pair[1]), default=None)


def is_close(one: Setting, two: Setting) -> bool:
    """Tell whether two models have about as many parameters."""
    few, many = sorted((one.parameters, two.parameters))
    return many - few <= CLOSE * many


def _at_equal_time(one: Setting, two: Setting) -> str:
    found = at_equal("seconds", one, two)
    if found is None:
        return _not_told("a validation of the slower cell before the faster one had ended")
    sentence = (
        f"After {seconds(found.place)} of training each, the longest that all of them reached, by "
        f"{_measure(found)} (on the line between the two nearest points): "
        f"{found.verdict.sentence}"
    )
    machines = {tuple(sorted(run.record.machine.items())) for one in (one, two) for run in one.runs}
    if len(machines) > 1:
        return f"{sentence} The runs were made on different machines: mind that for the time."
    return sentence


def seconds(time: float) -> str:
    """Write a time to compare at: `0.25 s`, `61.2 s`."""
    return f"{time:,.1f} s" if time >= 10 else f"{time:.2f} s"


def _all_else_equal(comparison: Comparison, one: Setting, two: Setting, who: str) -> Iterator[Item]:
    """Sum up the pairs that differ in the cell alone, where these are not the best settings."""
    pairs = all_else_equal(comparison, one.cell, two.cell)
    if len(pairs) == 1 and (pairs[0].one, pairs[0].two) != (one, two):
        label = f"All but the cell equal ({pairs[0].name})"
        yield Item(label, f"{_after(pairs[0].found)}: {pairs[0].found.verdict.sentence}")
    elif len(pairs) > 1:
        yield Item(f"All but the cell equal{who}", _how_often(pairs, (one.cell, two.cell)))


def _how_often(pairs: Sequence[Pair], cells: tuple[str, str]) -> str:
    """Count the pairs in which each cell leads."""
    winners = [pair.found.verdict.winner for pair in pairs]
    parts = [f"the {cell} leads beyond the spread in {winners.count(cell)}" for cell in cells]
    return (
        f"Of {len(pairs)} pairs of settings that differ in the cell alone, {parts[0]} and "
        f"{parts[1]}; {winners.count('')} show no difference that these seeds can show."
    )


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two settings that differ in the cell alone, where both had as many updates."""

    name: str
    one: Setting
    two: Setting
    found: AtEqual


def all_else_equal(comparison: Comparison, first: str, second: str) -> list[Pair]:
    """Return the pairs of settings of two cells that differ in nothing else."""
    pairs = []
    for one, two in comparison.same_but_for_the_cell():
        found = at_equal("iterations", one, two)
        if (one.cell, two.cell) == (first, second) and found is not None:
            pairs.append(Pair(comparison.name(one).partition(", ")[2], one, two, found))
    return pairs


def _not_told(missing: str) -> str:
    return f"These runs do not tell: it would take {missing}."

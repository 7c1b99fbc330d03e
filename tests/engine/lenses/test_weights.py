"""The lens Weights: histograms, saturation and verdicts against plain counting."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from tests.engine.support import CELLS, lively_model, small
from tui_charrnn.engine.events import GradientMemory, Health
from tui_charrnn.engine.health import SATURATED
from tui_charrnn.engine.lenses import verdicts
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.lenses.verdicts import RECENT, Verdict
from tui_charrnn.engine.lenses.weights import BINS, Weights, compute, describe
from tui_charrnn.engine.registry import zero_state
from tui_charrnn.engine.vocabulary import Vocabulary

CHARS = "abcdef"
TEXT = "abcabfedacbdefabcdeffedcba" * 3


def subject(cell: str = "gru", iteration: int = 90, scale: float = 0.7, **changes) -> Subject:
    model = lively_model(small(cell=cell, **changes), len(CHARS), scale)
    return Subject("run", model, Vocabulary("text", tuple(CHARS)), iteration)


def look(iteration: int, **changes) -> Health:
    usual = Health(
        iteration=iteration, clipped_share=0.02, update_ratio=1e-3, saturated=0.1,
        gradient_norm=12.5, spectral_radii=(1.1,),
    )  # fmt: skip
    return replace(usual, **changes)


def verdict(found: Weights, measure: str) -> Verdict:
    (one,) = [each for each in found.verdicts if each.measure == measure]
    return one


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_every_recurrent_matrix_against_plain_counting(cell: str, layers: int) -> None:
    net = subject(cell, layers=layers)
    found = compute(net, TEXT, LensOptions())
    gates = {"rnn": "h", "gru": "zrh", "lstm": "ifog"}[cell]
    suffixes = ["", "2"][:layers]
    assert {m.name for m in found.matrices} == {f"Wh{g}{s}" for g in gates for s in suffixes}
    for matrix in found.matrices:
        weights = net.model.parameters()[matrix.name]
        assert matrix.layer == (2 if matrix.name.endswith("2") else 1)
        assert matrix.makes_state == (matrix.name[2] == gates[-1])
        exact = np.abs(np.linalg.eigvals(weights)).max()
        assert matrix.spectral_radius == pytest.approx(exact, rel=0.005)
        assert matrix.mean == pytest.approx(weights.mean())
        assert matrix.deviation == pytest.approx(weights.std())
        assert matrix.limit == np.abs(weights).max()
        width = 2 * matrix.limit / BINS
        counts = [0] * BINS
        for weight in weights.ravel().tolist():
            counts[min(BINS - 1, math.floor((weight + matrix.limit) / width))] += 1
        assert list(matrix.counts) == counts
        assert sum(matrix.counts) == weights.size


@pytest.mark.parametrize("cell", CELLS)
def test_saturation_against_single_steps(cell: str) -> None:
    net = subject(cell, layers=2, scale=2.5)
    found, size = compute(net, TEXT, LensOptions()), net.model.config.hidden_size
    parts = 2 if cell == "lstm" else 1
    state, beyond = zero_state(net.model.config), []
    for char in TEXT:
        _, state = net.model.step(CHARS.index(char), state)
        hidden = state.reshape(2, parts, size)[:, 0]
        beyond.append(np.abs(hidden) > SATURATED)
    for number, layer in enumerate(found.layers):
        units = np.array(beyond)[:, number]
        assert layer.units == size
        assert layer.share == pytest.approx(units.sum() / units.size)
        often = sum(units[:, unit].sum() > len(TEXT) / 2 for unit in range(size))
        assert layer.most_of_the_time == often
    assert found.layers[0].share > 0.02
    mean = (found.layers[0].share + found.layers[1].share) / 2
    assert verdict(found, "saturated").value == pytest.approx(mean)


def test_looks_up_to_the_weights_and_no_further() -> None:
    memory = GradientMemory(iteration=20, norms=(1.0,), windows=1)
    looks = [look(at) for at in (9, 49, 89, 90, 100)]
    found = compute(subject(), TEXT, LensOptions(moments=(memory, *looks)))
    assert [each.iteration for each in found.looks] == [9, 49, 89]  # look 89 followed update 90
    without = compute(subject(), TEXT, LensOptions(moments=(memory,)))
    measures = [each.measure for each in without.verdicts]
    assert measures == ["saturated", "spectral_radius"]


def test_the_newest_look_counts_and_clipping_in_the_mean() -> None:
    looks = [look(at, clipped_share=at / 100, update_ratio=at * 1e-5) for at in range(20)]
    found = compute(subject(), TEXT, LensOptions(moments=tuple(looks)))
    assert verdict(found, "update_ratio").value == pytest.approx(19e-5)
    recent = [at / 100 for at in range(20 - RECENT, 20)]
    assert verdict(found, "clipped_share").value == pytest.approx(sum(recent) / RECENT)


@pytest.mark.parametrize(
    ("value", "state"),
    [(9e-5, "low"), (1e-4, "healthy"), (1e-3, "healthy"), (1e-2, "healthy"), (1.1e-2, "high"),
     (0.0, "low"), (math.inf, "not finite"), (math.nan, "not finite")],
)  # fmt: skip
def test_the_update_ratio_is_well_around_a_thousandth(value: float, state: str) -> None:
    judged = verdicts.of_update_ratio(value)
    assert judged.state == state
    assert bool(judged.hint) == (state in ("low", "high"))


def test_bounds_of_all_others() -> None:
    assert verdicts.of_clipped(0.1, "value").state == "healthy"
    assert verdicts.of_clipped(0.11, "value").state == "high"
    assert verdicts.of_clipped(0.5, "norm").state == "healthy"
    assert verdicts.of_clipped(0.6, "norm").state == "high"
    assert verdicts.of_clipped(0.6, "norm").quantity == "clipped updates"
    assert verdicts.of_saturated(0.5).state == "healthy"
    assert verdicts.of_saturated(0.51).state == "high"
    assert [verdicts.of_radius(value, "rnn", "Whh").state for value in (0.89, 0.9, 1.5, 1.6)] == [
        "low", "healthy", "healthy", "high",
    ]  # fmt: skip
    assert verdicts.of_radius(5.0, "gru", "Whh").state == "no bound"
    assert verdicts.of_radius(math.nan, "lstm", "Whg").state == "not finite"
    assert verdicts.of_gradient_norm(3.0).state == "no bound"


def test_an_rnn_is_judged_by_the_radius_of_each_layer() -> None:
    found = compute(subject("rnn", layers=3, scale=0.01), TEXT, LensOptions())
    radii = [each for each in found.verdicts if each.measure == "spectral_radius"]
    assert [each.quantity for each in radii] == [f"radius of Whh{n}" for n in ("", "2", "3")]
    assert {each.state for each in radii} == {"low"}


def test_weights_that_are_not_finite_are_left_out_of_the_histogram() -> None:
    matrix = np.array([[1.0, -2.0], [math.nan, math.inf]])
    found = describe("Whh", 1, True, matrix)
    assert (found.limit, sum(found.counts), found.mean) == (2.0, 2, -0.5)
    assert math.isnan(found.spectral_radius)
    empty = describe("Whh", 1, True, np.full((2, 2), math.nan))
    assert (empty.limit, sum(empty.counts), empty.deviation) == (0.0, 0, 0.0)
    zero = describe("Whh", 1, True, np.zeros((3, 3)))
    assert (zero.limit, sum(zero.counts), zero.spectral_radius) == (0.0, 9, 0.0)
    huge = describe("Whh", 1, True, np.array([[1e300, -1e300], [0, 1e300]]))
    assert huge.deviation == pytest.approx(1e300 * np.std([1, -1, 0, 1]))


def test_as_json_is_plain() -> None:
    looks = (look(9, update_ratio=math.inf, spectral_radii=(math.nan,)),)
    found = compute(subject("lstm", layers=2), TEXT, LensOptions(moments=looks))
    row = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert row == found.as_json()
    assert row["looks"][0]["update_ratio"] == "inf"
    assert row["verdicts"][0]["value"] == "inf"
    assert len(row["matrices"]) == 8
    assert sum(row["matrices"][0]["counts"]) == 12 * 12


@pytest.mark.parametrize(("text", "problem"), [("", "1 character, not 0"), ("abx", "'x'")])
def test_texts_that_will_not_do(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        compute(subject(), text, LensOptions())


def test_nothing_in_the_net_changes() -> None:
    net = subject("gru", layers=2)
    before = net.model.weights.flat.copy()
    compute(net, TEXT, LensOptions(moments=(look(3, spectral_radii=(1.0, 2.0)),)))
    assert (net.model.weights.flat == before).all()

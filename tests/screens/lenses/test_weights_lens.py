"""The lens Weights: figures and hints, histograms, charts over the iterations, keys, export."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from textual.geometry import Size
from textual.pilot import Pilot

from tests.screens.lenses.support import CORPUS, LensApp, settled
from tests.screens.lenses.watched import Watched, looking_at, looks, net, race
from tui_charrnn.engine.lenses.options import LensOptions
from tui_charrnn.engine.lenses.weights import BINS, Weights, compute
from tui_charrnn.screens.lenses.weights import WeightsLens
from tui_charrnn.widgets.lenses.health_charts import charts
from tui_charrnn.widgets.lenses.panels import Panels
from tui_charrnn.widgets.lenses.weights_picture import BARS, figures, picture

TEXT = CORPUS.decode(CORPUS.ids[:300].tolist())


def found(watched: Watched) -> tuple[str, Weights]:
    subject, moments = watched
    return subject.name, compute(subject, TEXT, LensOptions(moments=tuple(moments)))


def lines_of(*watched: Watched, width: int = 78) -> list[str]:
    return [line.plain for line in figures([found(each) for each in watched], width)]


def drawn(*watched: Watched, width: int = 78, height: int = 19) -> list[str]:
    lines = charts([found(each) for each in watched], Size(width, height))
    return ["".join(text for _, text in line) for line in lines]


def shown(pilot: Pilot) -> str:
    return pilot.app.lens.query_one("#figures Static").content.plain


async def test_figures_with_hints_where_a_value_is_out_of_its_bounds() -> None:
    app = LensApp(WeightsLens, looking_at(*race()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        lines = shown(pilot).splitlines()
        gru = lines.index("GRU after 20,000  updates and clipping: at iteration 19,999")
        rnn, gru_lines = " ".join(lines[:gru]), lines[gru:]
        assert lines[1].split()[:6] == ["!", "update", "to", "weights", "2.0e-02", "high:"]
        assert "lower the learning rate" in rnn
        assert "! clipped elements" in rnn
        assert sum(line.startswith("!") for line in lines[:gru]) == 3
        assert not any(line.startswith("!") for line in gru_lines)
        assert gru_lines[1].split() == ["update", "to", "weights", "1.0e-03", "healthy"]
        assert gru_lines[3].split()[:3] == ["gradient", "norm", "200"]
        names = [line.split()[0] for line in gru_lines if "sd" in line]
        assert names == ["Whz", "Whr", "Whh"]
        head = str(pilot.app.lens.query_one("#nets").content)
        assert "RNN after 20,000: 3 warnings" in head
        assert "GRU after 20,000: healthy" in head


async def test_h_goes_to_the_charts_and_back() -> None:
    app = LensApp(WeightsLens, looking_at(*race()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        panels, pane = app.lens.query_one(Panels), app.lens.query_one("#figures")
        assert (pane.display, panels.display) == (True, False)
        await pilot.press("h")
        assert (pane.display, panels.display) == (False, True)
        assert app.focused is panels
        text = "\n".join("".join(t for _, t in line) for line in panels._lines)
        for title in ("spectral radius", "update to weights", "saturated", "clipped"):
            assert title in text
        await pilot.press("h")
        assert (pane.display, panels.display) == (True, False)
        assert app.focused is pane


async def test_a_large_terminal_shows_both_and_has_no_key_for_it() -> None:
    app = LensApp(WeightsLens, looking_at(*race()))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app.lens.query_one(Panels).display
        assert app.lens.query_one("#figures").display
        assert "h" not in {binding.key for binding in app.lens.offered_keys()}
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert not app.lens.query_one(Panels).display
        assert "h" in {binding.key for binding in app.lens.offered_keys()}


async def test_many_matrices_are_scrolled_by_key() -> None:
    deep = net("deep", "lstm", 0.2, layers=3)
    app = LensApp(WeightsLens, looking_at((deep, looks(1e-3, 0, 0.1, 1.0, 1.1, 1.2))))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        pane = app.lens.query_one("#figures")
        assert sum(" sd " in line for line in shown(pilot).splitlines()) == 12
        await pilot.press("down")
        assert not pane.max_scroll_y or pane.scroll_y > 0


async def test_a_text_that_the_net_does_not_know_is_one_sentence() -> None:
    app = LensApp(WeightsLens, looking_at(*race()))
    async with app.run_test() as pilot:
        await settled(pilot)
        app.looking.type("owl €")
        app.lens.recompute()
        await settled(pilot)
        assert app.lens.problem == "The character '€' does not occur in owls."


async def test_export_is_what_is_seen() -> None:
    app = LensApp(WeightsLens, looking_at(*race()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        rows = json.loads(json.dumps(app.lens.export_json(), allow_nan=False))
        assert [len(row["matrices"]) for row in rows] == [1, 3]
        assert [len(row["looks"]) for row in rows] == [20, 20]
        text = "\n".join(line.plain for line in app.lens.export_lines(78))
        assert shown(pilot).splitlines()[0] in text
        assert "Over the iterations" in text
        assert "spectral radius  ▚ RNN  ⣿ GRU" in text


def test_a_histogram_has_a_bar_for_each_piece_and_none_is_lost() -> None:
    (_, weights), lines = found(race()[0]), lines_of(race()[0])
    counts = weights.matrices[0].counts
    (line,) = [line for line in lines if " sd " in line]
    limit = f"{weights.matrices[0].limit:.2g}"
    bars = line.split(f"-{limit} ", 1)[1][:BINS]
    most = max(counts)
    for bar, count in zip(bars, counts, strict=True):
        height = BARS.index(bar)
        assert (height == 0) == (count == 0)
        assert height - 1 < 8 * count / most <= height
    narrow = next(line for line in lines_of(race()[0], width=70) if " sd " in line)
    half = narrow.split(f"-{limit} ", 1)[1][: BINS // 2]
    pairs = [one + other for one, other in zip(counts[::2], counts[1::2], strict=True)]
    assert [BARS.index(bar) == 0 for bar in half] == [count == 0 for count in pairs]
    assert BARS.index(half[pairs.index(max(pairs))]) == 8


def test_before_the_first_look_nothing_is_said_of_updates() -> None:
    (line, *others) = lines_of((net("new", "gru", 0.3, 10), looks(1e-3, 0, 0, 1.0)))
    assert line == "new after 10  its training was not looked at yet"
    assert not any("update" in line or "clipped" in line for line in others)
    assert "watch_every" in " ".join(drawn((net("new", "gru", 0.3, 10), [])))


def test_each_layer_has_a_line_of_its_own_radius() -> None:
    lines = drawn((net("deep", "gru", 0.2, layers=2), looks(1e-3, 0.1, 0.1, 1.0, 2.0)), width=120)
    assert "▚ deep layer 1" in lines[0]
    assert "⣿ deep layer 2" in lines[0]


def test_bounds_are_drawn_where_all_nets_have_the_same() -> None:
    def radius_chart(*watched: Watched) -> str:
        lines = drawn(*watched)
        return "".join(line[:38] for line in lines[: len(lines) // 2])

    rnn, gru = race()
    assert "┄" in radius_chart(rnn)
    assert "┄" not in radius_chart(gru)
    assert "┄" not in radius_chart(rnn, gru)
    assert "┄" in "".join(drawn(rnn, gru))


@pytest.mark.parametrize("bound", [0.1, 0.2, 0.3])
def test_no_bound_is_drawn_where_nets_have_different_ones(bound: float) -> None:
    name, weights = found((net("one", "gru", 0.25), looks(1e-3, 0.4, 0.0, 1.0)))
    verdicts = [
        replace(each, bounds=(0.0, bound)) if each.measure == "clipped_share" else each
        for each in weights.verdicts
    ]
    other = replace(weights, verdicts=tuple(verdicts))
    lines = charts([(name, weights), ("other", other)], Size(78, 20))
    clipped = "".join("".join(text for _, text in line)[40:] for line in lines[10:])
    assert ("┄" in clipped) == (bound == 0.1)


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, 1e300])
def test_values_of_all_kinds_are_drawn(value: float) -> None:
    odd = [
        replace(look, update_ratio=value, spectral_radii=(value,), gradient_norm=value)
        for look in looks(1e-3, 0.1, 0.1, 1.0)[:3]
    ]
    odd[1] = replace(odd[1], update_ratio=1e-3, spectral_radii=(1.0,))
    watched = (net("odd", "rnn", 0.3), odd)
    assert len(drawn(watched)) == 18
    assert "odd" in lines_of(watched)[0]
    alone = (net("odd", "rnn", 0.3), odd[:1])
    assert len(drawn(alone)) == 18


@pytest.mark.parametrize("width", [40, 60, 78, 100, 200])
def test_a_picture_is_never_wider_than_asked_for(width: int) -> None:
    rnn, gru = race()
    named = (replace(gru[0], name="[b]漢字[/b]\x1b[31m" * 20), gru[1])
    lines = picture([found(each) for each in (rnn, named)], width)
    assert all(line.cell_len <= width for line in lines)
    assert not any("\x1b" in line.plain for line in lines)


@pytest.mark.parametrize("height", [1, 4, 6, 12, 19, 30])
def test_charts_never_need_more_lines_than_there_are(height: int) -> None:
    for width in (30, 78, 160):
        lines = drawn(*race(), width=width, height=height)
        assert len(lines) <= height
        assert all(len(line) <= width for line in lines)

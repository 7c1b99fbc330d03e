"""The lens Gradient memory: which lines are drawn, how they are told apart, what is exported."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from textual.geometry import Size
from textual.pilot import Pilot

from tests.screens.lenses.support import LensApp, settled
from tests.screens.lenses.watched import looking_at, memories, net, race
from tui_charrnn.engine.events import GradientMemory
from tui_charrnn.engine.lenses.memory import Memory
from tui_charrnn.screens.lenses.memory import MemoryLens
from tui_charrnn.widgets.lenses.memory_picture import Memories, charts, picture
from tui_charrnn.widgets.lenses.panels import Panels
from tui_charrnn.widgets.run_marks import MARKS


def plain(results: Memories, width: int = 78, height: int = 18) -> list[str]:
    return ["".join(text for _, text in line) for line in charts(results, Size(width, height))]


def measured(*names: str) -> Memories:
    *earlier, now = memories(0.6)
    return [(name, Memory(now, tuple(earlier))) for name in names]


def drawn(pilot: Pilot) -> str:
    panels = pilot.app.lens.query_one(Panels)
    lines = panels.draw_lines(panels.content_size)
    return "\n".join("".join(text for _, text in line) for line in lines)


async def test_nets_are_beside_each_other_with_a_line_for_each_moment() -> None:
    app = LensApp(MemoryLens, looking_at(*race()))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        lines = drawn(pilot).splitlines()
        assert lines[0].split() == ["RNN", "after", "20,000", "GRU", "after", "20,000"]
        told = [line.split()[:2] for line in lines[1:6]]
        assert told == [
            ["▚", "now"],
            ["⣿", "8,000"],
            ["x", "4,000"],
            ["+", "2,000"],
            ["o", "1,000"],
        ]
        assert lines[5].split()[2:7] == ["1", "%", "after", "4", "characters"]  # 0.3^4 < 0.01
        assert all(sign in "\n".join(lines[6:]) for sign in "x+o")
        notes = str(pilot.app.lens.query_one("#nets").content)
        assert notes.count("reach") == 2


async def test_another_text_is_measured_anew() -> None:
    app = LensApp(MemoryLens, looking_at(*race()))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        before = [memory for _, memory in pilot.app.lens.seen.result]
        app.looking.type("owl fox")
        app.lens.recompute()
        await settled(pilot)
        after = [memory for _, memory in pilot.app.lens.seen.result]
        assert [len(memory.now.norms) for memory in after] == [3, 3]
        assert [memory.earlier for memory in after] == [memory.earlier for memory in before]
        assert all(a.now != b.now for a, b in zip(after, before, strict=True))


async def test_a_text_that_the_net_does_not_know_is_one_sentence() -> None:
    app = LensApp(MemoryLens, looking_at(*race()))
    async with app.run_test() as pilot:
        await settled(pilot)
        app.looking.type("owl €")
        app.lens.recompute()
        await settled(pilot)
        assert pilot.app.lens.problem == "The character '€' does not occur in owls."


async def test_a_net_that_was_never_measured_has_the_line_of_now() -> None:
    app = LensApp(MemoryLens, looking_at((net("[b]new[/b]", "lstm", 0.3, 0), [])))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        lines = drawn(pilot).splitlines()
        assert lines[0].strip() == "[b]new[/b] after 0"
        assert lines[1].split()[:2] == ["▚", "now"]
        assert lines[2].split()[0] != MARKS[1]


@pytest.mark.parametrize("form", ["json", "svg"])
async def test_export(tmp_path: Path, form: str) -> None:
    app = LensApp(MemoryLens, looking_at(*race()))
    async with app.run_test() as pilot:
        await settled(pilot)
        lens = pilot.app.lens
        if form == "json":
            rows = json.loads(json.dumps(lens.export_json(), allow_nan=False))
            assert [row["earlier"][0]["iteration"] for row in rows] == [1000, 1000]
            assert rows[0]["now"]["norms"] == list(lens.seen.result[0][1].now.norms)
        else:
            text = "\n".join(line.plain for line in lens.export_lines(100))
            assert "RNN after 20,000" in text
            assert "GRU after 20,000" in text


@pytest.mark.parametrize("width", [40, 60, 76, 100, 200])
@pytest.mark.parametrize("names", [("RNN",), ("RNN", "GRU"), ("a", "b" * 90, "漢字" * 30)])
def test_a_picture_is_never_wider_than_asked_for(names: tuple[str, ...], width: int) -> None:
    lines = picture(measured(*names), width)
    assert all(line.cell_len <= width for line in lines)
    assert sum("now" in line.plain for line in lines) >= 1
    assert "dLoss_T/dh" in lines[0].plain


@pytest.mark.parametrize("height", range(3, 40))
def test_charts_never_need_more_lines_than_there_are(height: int) -> None:
    lines = plain(measured("RNN", "GRU"), 78, height)
    assert len(lines) <= height
    assert "RNN after 16,000" in lines[0]
    assert "now" in "".join(lines)


def test_charts_stand_below_each_other_where_there_is_no_room_beside() -> None:
    lines = plain(measured("RNN", "GRU"), 60, 40)
    assert [index for index, line in enumerate(lines) if "after 16,000" in line] == [0, 20]
    three = plain(measured("a", "b", "c"), 120, 20)
    assert three[0].count("after 16,000") == 3


def test_all_charts_have_the_same_axes() -> None:
    steep = GradientMemory(iteration=9, norms=tuple(1e-1**lag for lag in range(8)), windows=1)
    flat = GradientMemory(iteration=9, norms=tuple(0.9**lag for lag in range(40)), windows=1)
    lines = plain([("steep", Memory(steep, ())), ("flat", Memory(flat, ()))], 100, 20)
    left = [line[:6].strip() for line in lines]
    right = [line[51:57].strip() for line in lines]
    assert left[2:] == right[2:]
    assert "1e-7┤" in left
    assert lines[-1][:49].split() == lines[-1][51:].split()


@pytest.mark.parametrize("norms", [(0.0, 0.0), (math.nan, 1.0), (math.inf, 2.0), (1.0,)])
def test_norms_of_all_kinds_are_drawn(norms: tuple[float, ...]) -> None:
    memory = GradientMemory(iteration=5, norms=norms, windows=1)
    assert plain([("net", Memory(memory, (memory,)))])

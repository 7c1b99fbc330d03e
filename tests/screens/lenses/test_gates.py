"""The lens Gates: a heat map under the text, its cursor, its gates and layers."""

from __future__ import annotations

import json

import numpy as np
import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Static

from tests.hostile.strangers import PAYLOADS, is_harmless
from tests.screens.lenses.neurons_support import gru, net
from tests.screens.lenses.support import LensApp, looking_at, said_on, settled
from tui_charrnn.engine.lenses.gates import Gates, memory_lengths
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.screens.help import HelpScreen
from tui_charrnn.screens.lenses.gates import GatesLens
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.lenses.gates import GatesMap
from tui_charrnn.widgets.lenses.gates_picture import HEADING, PINNED, Columns, length_text, shades

SIZE = (100, 30)

SAID = 'The owl said "a fox"\nand "one fox, so wet" and went.\n'


def app_with(*subjects: Subject, text: str = SAID, live: bool = False) -> LensApp:
    looking = looking_at(*subjects, live=live)
    looking.type(text)
    return LensApp(GatesLens, looking)


def maps(pilot: Pilot) -> list[GatesMap]:
    return list(pilot.app.lens.query(GatesMap))


def line(pilot: Pilot, y: int, place: int = 0) -> str:
    return maps(pilot)[place].render_line(y).text


def title(pilot: Pilot, place: int = 0) -> str:
    return maps(pilot)[place]._border_title.plain


def told(pilot: Pilot, place: int = 0) -> str:
    """What is said of the cell under the cursor."""
    return maps(pilot)[place]._border_subtitle.plain


async def press(pilot: Pilot, *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def test_rows_are_units_by_memory_and_columns_are_characters() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        (shown,) = maps(pilot)
        found, order = shown.found, shown.found.order(1).tolist()
        assert line(pilot, 0).rstrip() == HEADING + SAID.replace("\n", "␤")
        assert found.lengths[0, order[0]] == found.lengths.max()
        for y, unit in enumerate(order[: shown.size.height - 1], 1):
            row, values = line(pilot, y), found.gates["update"][0, :, unit]
            assert int(row[:5]) == unit
            assert row[5:13].strip() == length_text(found, 1, unit)
            assert row[PINNED : PINNED + len(SAID)] == shades(values)
        assert title(pilot) == "gru-7 · update gate · 24 units"
        assert told(pilot).startswith(f"unit {order[0]} at 'T' 1 · update 0.0")


async def test_a_key_goes_through_the_gates_of_a_gru() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "s")
        (shown,) = maps(pilot)
        assert title(pilot) == "gru-7 · reset gate · 24 units"
        unit = int(line(pilot, 3)[:5])
        values = shown.found.gates["reset"][0, :, unit]
        assert line(pilot, 3)[PINNED : PINNED + len(SAID)] == shades(values)
        assert float(line(pilot, 3)[13:18]) == pytest.approx(values.mean(), abs=0.006)
        await press(pilot, "s")
        assert "update gate" in title(pilot)


async def test_the_gates_of_an_lstm_begin_with_the_one_that_decides_on_memory() -> None:
    async with app_with(net("lstm")).run_test(size=SIZE) as pilot:
        await settled(pilot)
        seen = []
        for _ in range(4):
            seen.append(title(pilot).split()[2])
            await press(pilot, "s")
        assert seen == ["forget", "input", "output", "forget"]
        assert all(f" · {name} 0." in told(pilot) for name in ("forget", "input", "output"))


async def test_a_key_goes_through_the_layers() -> None:
    async with app_with(net("gru", layers=3)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        for layer in (1, 2, 3, 1):
            (shown,) = maps(pilot)
            assert title(pilot) == f"gru-3 · update gate · layer {layer}, 10 units"
            assert int(line(pilot, 1)[:5]) == shown.found.order(layer)[0]
            values = shown.found.gates["update"][layer - 1, :, int(line(pilot, 1)[:5])]
            assert line(pilot, 1)[PINNED : PINNED + len(SAID)] == shades(values)
            await press(pilot, "l")


async def test_a_net_of_one_layer_is_not_asked_for_another() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        keys = pilot.app.lens.query_one(KeyLine).render().plain
        assert ("Layer" in keys, "Gate" in keys) == (False, True)


async def test_the_cursor_tells_the_numbers_and_stays_inside() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        (shown,) = maps(pilot)
        order = shown.found.order(1).tolist()
        last = len(SAID)
        for keys, row, column in [
            (["down", "right", "right"], 1, 3), (["j", "j"], 3, 3), (["k", "left"], 2, 2),
            (["home", "left", "up"], 1, 1), (["end", "right"], 1, last),
            (["pagedown", "pagedown", "down"], 23, last), (["home"], 23, 1),
            (["pageup", "pageup"], 0, 1), (["up"], 0, 1),
        ]:  # fmt: skip
            await press(pilot, *keys)
            unit = order[row]
            update = shown.found.gates["update"][0, column - 1, unit]
            assert told(pilot).startswith(f"unit {unit} at "), keys
            assert f"{column} · update {update:.2f} · reset " in told(pilot)
            assert told(pilot).endswith(f"memory {length_text(shown.found, 1, unit)}")


async def test_a_long_text_and_many_units_are_scrolled_under_what_stays() -> None:
    async with app_with(gru(), text=SAID * 5).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        (shown,) = maps(pilot)
        await press(pilot, "end", *["down"] * 23)
        room = shown.scrollable_content_region.width - PINNED
        head = line(pilot, 0)
        assert head[: PINNED - 2].split() == ["unit", "memory", "mean"]
        assert head[PINNED : PINNED + room] == (SAID * 5).replace("\n", "␤")[-room:]
        y = shown.scrollable_content_region.height - 1
        unit = shown.found.order(1)[-1]
        assert int(line(pilot, y)[:5]) == unit
        values = shown.found.gates["update"][0, :, unit]
        assert line(pilot, y)[PINNED : PINNED + room] == shades(values)[-room:]
        await press(pilot, "shift+left", "shift+left")
        assert shown.scroll_offset.x < len(SAID * 5) - room
        await press(pilot, "home", "pageup", "pageup")
        assert shown.scroll_offset == (0, 0)


class MapApp(App[None]):
    """Shows a heat map and nothing else."""

    def compose(self) -> ComposeResult:
        yield GatesMap()


async def test_wide_characters_that_are_cut_at_the_edge_move_nothing() -> None:
    text = "猫a猫bc" * 20
    values = np.linspace(0, 1, len(text))[np.newaxis, :, np.newaxis]
    found = Gates(text, 1, {"update": values}, memory_lengths({"update": values}))
    async with MapApp().run_test(size=(50, 6)) as pilot:
        shown = pilot.app.query_one(GatesMap)
        shown.show("x", found, 0, 1)
        await pilot.pause()
        room = shown.scrollable_content_region.width - PINNED
        columns = Columns.of(text)
        whole = text, columns.row(values[0, :, 0], 0, len(text))
        for left in range(40):
            shown.scroll_to(x=left, animate=False, immediate=True)
            assert shown.scroll_offset.x == left
            for y, wanted in enumerate(whole):
                strip = Strip([Segment(wanted)]).crop(left, left + room)
                assert shown.render_line(y).crop(PINNED, PINNED + room).text == strip.text


async def test_a_click_goes_to_a_cell() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        (shown,) = maps(pilot)
        await pilot.click(shown, offset=(1 + PINNED + 4, 1 + 3))
        unit = shown.found.order(1)[2]
        assert told(pilot).startswith(f"unit {unit} at 'o' 5 ·")
        await pilot.click(shown, offset=(3, 1 + 1))
        assert told(pilot).startswith(f"unit {shown.found.order(1)[0]} at 'o' 5 ·")


async def test_an_rnn_has_no_gates_and_says_so() -> None:
    async with app_with(net("rnn"), gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        says = pilot.app.lens.query_one(".no-gates", Static)
        assert says.render().plain == "rnn-3: An RNN has no gates."
        assert len(maps(pilot)) == 1
        assert says.region.y < maps(pilot)[0].region.y
        document = json.loads(json.dumps(pilot.app.lens.export_json()))
        assert document[0] is None
        lines = [each.plain for each in pilot.app.lens.export_lines(80)]
        assert lines[0] == "rnn-3: An RNN has no gates."
        assert any(each.startswith("gru-7  reset gate") for each in lines)


async def test_with_an_rnn_alone_there_is_nothing_else() -> None:
    async with app_with(net("rnn")).run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert not maps(pilot)
        assert "Gate " not in pilot.app.lens.query_one(KeyLine).render().plain
        await press(pilot, "s", "l", "down")
        assert pilot.app.lens.query_one(".no-gates", Static).display


async def test_nets_with_gates_stand_above_each_other() -> None:
    async with app_with(gru(), net("lstm", layers=2)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "l", "s")
        assert title(pilot, 0) == "gru-7 · reset gate · 24 units"
        assert title(pilot, 1) == "lstm-3 · input gate · layer 2, 10 units"
        assert maps(pilot)[0].region.bottom <= maps(pilot)[1].region.y
        before = told(pilot, 0)
        await press(pilot, "tab", "down")
        assert told(pilot, 0) == before
        assert told(pilot, 1).startswith(f"unit {maps(pilot)[1].found.order(2)[1]} at")
        first, second = pilot.app.lens.export_json()
        assert (first["layer"], second["layer"]) == (1, 2)


async def test_the_cursor_stays_at_its_unit_while_the_net_learns() -> None:
    app = app_with(gru(), live=True)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, *["down"] * 4, "right")
        (shown,) = maps(pilot)
        unit = shown.unit
        other = net("gru", "gru-7", hidden_size=24)
        app.looking._nets.subjects = (other,)
        while pilot.app.lens.seen.subjects[0].iteration != other.iteration:
            await pilot.pause(0.02)
        await settled(pilot)
        assert shown.found.order(1).tolist().index(unit) != 4
        assert told(pilot).startswith(f"unit {unit} at 'h' 2 ·")


async def test_help_explains_what_to_look_for() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        assert "mean of 1/z" in said_on(pilot.app.screen)


async def test_names_are_shown_harmlessly() -> None:
    name = "".join(PAYLOADS)
    async with app_with(net("gru", name), net("rnn", name)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert is_harmless(title(pilot))
        assert is_harmless(pilot.app.lens.query_one(".no-gates", Static).render().plain)

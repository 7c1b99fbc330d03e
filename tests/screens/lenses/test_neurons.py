"""The lens Neurons: searching units, going from one to another, nets above each other."""

from __future__ import annotations

import json

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from tests.hostile.strangers import PAYLOADS, is_harmless
from tests.screens.lenses.neurons_support import KNOWS_QUOTES, gru, net
from tests.screens.lenses.support import LensApp, looking_at, said_on, settled
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.screens.help import HelpScreen
from tui_charrnn.screens.lenses.looking import Looking
from tui_charrnn.screens.lenses.neurons import NeuronsLens
from tui_charrnn.screens.lenses.neurons_ask import PatternScreen, UnitScreen
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.lenses.neurons import NeuronsPane

SIZE = (100, 30)

LINES = ('The owl said "a fox"', 'and "one fox, so wet"', "in an owl.", '"A fox" said the owl')

QUOTED = "".join(line + "\n" for line in LINES)

PATTERN = "(a|one|A) fox(, so wet)?"
"""What is inside the quotes of the text."""


def app_with(*subjects: Subject, text: str = QUOTED, live: bool = False) -> LensApp:
    looking: Looking = looking_at(*subjects, live=live)
    looking.type(text)
    return LensApp(NeuronsLens, looking)


def panes(pilot: Pilot) -> list[NeuronsPane]:
    return list(pilot.app.lens.query(NeuronsPane))


def looked_at(pilot: Pilot, place: int = 0) -> tuple[int, int]:
    current = panes(pilot)[place].current
    return current.layer, current.unit


def words_of(pilot: Pilot, selector: str) -> str:
    return pilot.app.lens.query_one(selector, Static).render().plain


def title(pilot: Pilot, place: int = 0) -> str:
    return panes(pilot)[place]._border_title.plain


def listed(pilot: Pilot, place: int = 0) -> list[str]:
    units = panes(pilot)[place].units
    return [units.render_line(y).text.rstrip() for y in range(units.size.height)]


async def press(pilot: Pilot, *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


async def ask(pilot: Pilot, key: str, typed: str) -> None:
    await pilot.press(key)
    pilot.app.screen.query_one(Input).value = typed
    await press(pilot, "enter")


async def test_the_best_unit_is_shown_first_and_the_text_in_its_colours() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert looked_at(pilot) == (1, KNOWS_QUOTES)
        assert title(pilot).startswith(f"gru-7 · unit {KNOWS_QUOTES} · h · r = +")
        assert title(pilot).endswith("inside quotes")
        assert listed(pilot)[0].split()[0] == str(KNOWS_QUOTES)
        assert listed(pilot)[0].split()[2] == "quotes"
        words, marks = panes(pilot)[0]._text.render().plain.splitlines()[:2]
        assert words == LINES[0] + "␤"
        assert [at for at, mark in enumerate(marks) if mark in "#+"] == [*range(13, 19)]
        assert "tanh(c)" not in pilot.app.lens.query_one(KeyLine).render().plain


async def test_keys_go_from_unit_to_unit() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        order = [each.unit for each in panes(pilot)[0].found.reactions]
        for keys, place in [
            (["n"], 1), (["down", "down"], 3), (["b"], 2), (["end", "down"], 23),
            (["home", "up"], 0), (["pagedown"], 22), (["pageup"], 0),
        ]:  # fmt: skip
            await press(pilot, *keys)
            assert looked_at(pilot) == (1, order[place]), keys
            assert f"unit {order[place]} ·" in title(pilot)


async def test_a_click_looks_at_a_unit() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.click(panes(pilot)[0].units, offset=(3, 4))
        assert looked_at(pilot) == (1, panes(pilot)[0].found.reactions[4].unit)
        await pilot.click(panes(pilot)[0].units, offset=(3, 23))
        assert looked_at(pilot) == (1, panes(pilot)[0].found.reactions[4].unit)


async def test_a_key_goes_through_what_units_are_searched_by() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        for word, named in [
            ("quotes", "inside quotes"), ("line", "line position"), ("upper", "upper case"),
            ("vowel", "after a vowel"),
        ]:  # fmt: skip
            await press(pilot, "f")
            assert {each.to for each in panes(pilot)[0].found.reactions} == {word}
            assert title(pilot).endswith(named)
        await press(pilot, "f")
        assert len({each.to for each in panes(pilot)[0].found.reactions}) > 1
        assert "inside quotes  line position  upper case" in words_of(pilot, "#features")


async def test_another_feature_goes_to_its_best_unit_but_another_text_does_not() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "down", "down")
        chosen = looked_at(pilot)
        await press(pilot, "p")
        assert panes(pilot)[0].found.text != QUOTED
        assert looked_at(pilot) == chosen
        await press(pilot, "f")
        assert looked_at(pilot) == (1, KNOWS_QUOTES)


async def test_units_are_searched_by_a_regular_expression() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("slash")
        assert isinstance(pilot.app.screen, PatternScreen)
        pilot.app.screen.query_one(Input).value = PATTERN
        await press(pilot, "enter")
        assert looked_at(pilot) == (1, KNOWS_QUOTES)
        assert title(pilot).endswith(f"with /{PATTERN}/")
        assert words_of(pilot, "#features").rstrip().endswith(f"/{PATTERN}/")
        await press(pilot, "f", *"ffff")
        assert title(pilot).endswith("after a vowel")
        await press(pilot, "f")
        assert title(pilot).endswith(f"with /{PATTERN}/")


async def test_an_expression_of_no_use_is_said_and_units_can_be_looked_at() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        problem = pilot.app.lens.query_one("#no-feature", Static)
        for pattern, says in [
            ("(", "The regular expression '(' cannot be used: missing ), unterminated subpattern"),
            ("owls", "The regular expression 'owls' matches nothing in this text."),
        ]:
            await ask(pilot, "slash", pattern)
            assert problem.display
            assert says in problem.render().plain
            assert looked_at(pilot) == (1, 0)
            assert title(pilot).endswith("no correlation")
            assert listed(pilot)[2].split() == ["2", "–"]
        await press(pilot, "f")
        assert not problem.display


async def test_an_empty_expression_is_refused_and_escape_keeps_the_search() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("slash", "enter")
        assert "must have at least 1 character" in _problem(pilot)
        await press(pilot, "escape")
        assert looked_at(pilot) == (1, KNOWS_QUOTES)


def _problem(pilot: Pilot) -> str:
    return pilot.app.screen.query_one("#problem", Static).render().plain


async def test_a_unit_is_looked_at_by_its_number() -> None:
    async with app_with(net("gru", layers=2)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await ask(pilot, "u", "2:7")
        assert looked_at(pilot) == (2, 7)
        assert "layer 2, unit 7" in title(pilot)
        assert any(line.split()[0] == "2:7" for line in listed(pilot))
        await ask(pilot, "u", "3")
        assert looked_at(pilot) == (2, 3)  # of the same layer


async def test_a_unit_that_is_not_there_is_one_sentence() -> None:
    async with app_with(net("gru", layers=2)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        before = looked_at(pilot)
        await pilot.press("u")
        for typed, says in [
            ("10", "unit must be from 0 to 9 for this net, not 10."),
            ("", "unit must be a whole number of at least 0, not ''."),
            ("3:1", "layer must be from 1 to 2 for this net, not 3."),
            ("x:1", "layer must be a whole number from 1 to 3, not 'x'."),
            ("-1", "unit must be a whole number of at least 0, not -1."),
        ]:
            pilot.app.screen.query_one(Input).value = typed
            await pilot.press("enter")
            assert isinstance(pilot.app.screen, UnitScreen)
            assert _problem(pilot) == says
        await press(pilot, "escape")
        assert looked_at(pilot) == before


async def test_nets_stand_above_each_other_each_with_its_own_unit() -> None:
    async with app_with(gru(), net("rnn")).run_test(size=SIZE) as pilot:
        await settled(pilot)
        assert len(panes(pilot)) == 2
        above, below = (pane.region for pane in panes(pilot))
        assert above.bottom <= below.y
        assert looked_at(pilot, 0) == (1, KNOWS_QUOTES)
        assert title(pilot, 1).startswith("rnn-3 · unit ")
        best = looked_at(pilot, 1)
        await press(pilot, "n")
        assert looked_at(pilot, 0) != (1, KNOWS_QUOTES)
        assert looked_at(pilot, 1) == best
        await press(pilot, "tab", "tab", "n")
        assert looked_at(pilot, 1) != best


async def test_a_chosen_unit_stays_while_the_net_learns_and_the_best_is_followed_else() -> None:
    app = app_with(gru(), live=True)
    async with app.run_test(size=SIZE) as pilot:
        await settled(pilot)
        other = net("gru", "gru-7", hidden_size=24)
        app.looking._nets.subjects = (other,)
        await learned(pilot, other)
        followed = panes(pilot)[0].found.reactions[0]
        assert looked_at(pilot) == (1, followed.unit)
        await press(pilot, "down")
        chosen = looked_at(pilot)
        app.looking._nets.subjects = (gru(),)
        await learned(pilot, gru())
        assert looked_at(pilot) == chosen
        assert chosen != (1, KNOWS_QUOTES)


async def learned(pilot: Pilot, subject: Subject) -> None:
    """Wait until the lens shows what a net is now."""
    while pilot.app.lens.seen.subjects[0].iteration != subject.iteration:
        await pilot.pause(0.02)
    await settled(pilot)


async def test_the_cell_state_of_an_lstm_can_be_looked_at() -> None:
    async with app_with(net("lstm")).run_test(size=SIZE) as pilot:
        await settled(pilot)
        hidden = panes(pilot)[0].found.activations
        assert "tanh(c)" in pilot.app.lens.query_one(KeyLine).render().plain
        assert " · h · " in title(pilot)
        await press(pilot, "c")
        assert " · tanh(c) · " in title(pilot)
        assert not (panes(pilot)[0].found.activations == hidden).all()
        await press(pilot, "c")
        assert " · h · " in title(pilot)


async def test_marks_can_be_taken_away() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "m")
        lines = [line + "␤" for line in LINES]
        assert panes(pilot)[0]._text.render().plain.splitlines() == lines
        await press(pilot, "m")
        assert panes(pilot)[0]._text.render().plain.splitlines()[::2] == lines


async def test_the_text_is_wrapped_to_the_room_there_is() -> None:
    async with app_with(gru(), text=QUOTED.replace("\n", " ") * 8).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("m")
        narrow = panes(pilot)[0]._text.render().plain.splitlines()
        await pilot.resize_terminal(140, 30)
        await settled(pilot)
        wide = panes(pilot)[0]._text.render().plain.splitlines()
        assert len(wide) < len(narrow)
        room = panes(pilot)[0]._scroll.scrollable_content_region.width
        assert 0 < max(map(len, wide)) <= room


async def test_help_explains_what_to_look_for() -> None:
    async with app_with(gru()).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        assert "What to look for" in said_on(pilot.app.screen)


async def test_what_is_exported_is_what_is_seen() -> None:
    async with app_with(gru(), net("rnn")).run_test(size=SIZE) as pilot:
        await settled(pilot)
        await press(pilot, "f", "n")
        unit = looked_at(pilot)[1]
        first, second = json.loads(json.dumps(pilot.app.lens.export_json(), allow_nan=False))
        assert (first["unit"], first["reacts_to"], first["text"]) == (unit, "quotes", QUOTED)
        activation = panes(pilot)[0].found.activation(1, unit)
        assert first["activations"] == pytest.approx(activation, abs=1e-6)
        assert second["unit"] == looked_at(pilot, 1)[1]
        lines = [line.plain for line in pilot.app.lens.export_lines(70)]
        assert any(line.startswith(f"gru-7  unit {unit}, h") for line in lines)
        assert any(line.startswith("rnn-3  unit") for line in lines)


async def test_names_and_expressions_are_shown_harmlessly() -> None:
    name = "".join(PAYLOADS)
    async with app_with(net("gru", name)).run_test(size=SIZE) as pilot:
        await settled(pilot)
        for payload in PAYLOADS[:2]:
            await ask(pilot, "slash", f"owl|{payload.replace('[', '.')}")
            assert is_harmless(title(pilot))
            assert is_harmless("".join(listed(pilot)))
            assert is_harmless(words_of(pilot, "#features") + words_of(pilot, "#no-feature"))

"""The dialog before a race: the ways to compare, a time limit, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Select

from tests.runs.processes import is_gone
from tests.screens.race_support import CONFIG, until
from tests.screens.support import TEXT, ScriptedApp, loaded
from tests.screens.support import started as first_event
from tests.screens.support import steps as some_steps
from tui_charrnn.engine import Corpus, TrainConfig
from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.runs.fairness import Comparison
from tui_charrnn.screens.race import RaceScreen
from tui_charrnn.screens.race_setup import RaceChoice, RaceSetupScreen

SIZE = (120, 40)


async def opened_setup(pilot: Pilot) -> RaceSetupScreen:
    await loaded(pilot)
    await pilot.press("R")
    await until(lambda: isinstance(pilot.app.screen, RaceSetupScreen))
    await pilot.pause()
    return pilot.app.screen


@pytest.fixture
def main_app(tmp_path: Path) -> ScriptedApp:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT, encoding="utf-8")
    return ScriptedApp(path, CONFIG)


def option_lines(screen: RaceSetupScreen) -> list[str]:
    options = screen.query_one(OptionList)
    return [options.render_line(y).text.rstrip() for y in range(options.size.height)]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_options_take_two_lines_with_sizes_aligned(
    main_app: ScriptedApp, size: tuple[int, int]
) -> None:
    async with main_app.run_test(size=size) as pilot:
        screen = await opened_setup(pilot)
        shown = option_lines(screen)
        assert [line.strip() for line in shown[::2]] == [each.title for each in Comparison]
        assert len({line.index("RNN") for line in shown[1::2]}) == 1
        assert len({line.index("GRU") for line in shown[1::2]}) == 1
        assert shown[5].count("60 s of training") == 2
        dialog = screen.query_one(".dialog")
        assert screen.query_one(".keys").region.bottom < dialog.region.bottom  # nothing is cut


LARGE = TrainConfig(cell="lstm", hidden_size=1024, layers=3, seq_length=50)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_large_nets_take_one_line_too(main_app: ScriptedApp, size: tuple[int, int]) -> None:
    async with main_app.run_test(size=size) as pilot:
        await loaded(pilot)
        corpus = main_app.main_screen.text.corpus
        main_app.push_screen(RaceSetupScreen(LARGE, corpus))
        await pilot.pause()
        shown = option_lines(main_app.screen)
        assert [line.strip() for line in shown[::2]] == [each.title for each in Comparison]
        count = parameter_count(LARGE, corpus.vocab_size)
        assert f"LSTM 3x1,024  {count:,} params" in shown[1]
        assert len({line.index("LSTM") for line in shown[1::2]}) == 1
        keys = main_app.screen.query_one(".keys")
        assert keys.region.bottom < main_app.screen.query_one(".dialog").region.bottom


@pytest.mark.parametrize(
    ("keys", "names"),
    [
        ([], ["rnn", "gru"]),
        (["down"], ["rnn", "lstm"]),
        (["down", "down"], ["gru", "lstm"]),
    ],
)
async def test_the_nets_are_chosen_by_keys(
    main_app: ScriptedApp, keys: list[str], names: list[str]
) -> None:
    async with main_app.run_test(size=(80, 24)) as pilot:
        screen = await opened_setup(pilot)
        await pilot.press("down", "tab", "enter", *keys, "enter")
        await pilot.pause()
        shown = option_lines(screen)
        for line in shown[1::2]:
            assert [word.lower() for word in re.findall("RNN|GRU|LSTM", line)] == names
        if not keys:  # nothing was changed: the cursor stays with the nets
            await pilot.press("shift+tab")
        assert screen.query_one(OptionList).has_focus
        assert screen.query_one(OptionList).highlighted == 1
        choices: list[RaceChoice | None] = []
        screen.dismiss = choices.append
        await pilot.press("enter")
        (choice,) = choices
        assert choice.comparison is Comparison.PARAMETERS
        assert list(choice.configs) == names


async def test_lstm_races_gru_each_in_a_process_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "owls.txt"
    path.write_text(TEXT, encoding="utf-8")
    config = CONFIG.replace(cell="lstm", layers=2, hidden_size=8, dropout=0.1, optimizer="adam")
    app = ScriptedApp(path, config.replace(iterations=10**8, top_k=3, prime="The owl"))
    async with app.run_test(size=SIZE) as pilot:
        screen = await opened_setup(pilot)
        assert screen.query_one("#nets", Select).value == ("gru", "lstm")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, RaceScreen))
        lanes = app.screen.race.lanes
        await until(lambda: all(lane.progress.iteration for lane in lanes.values()))
        pids = {lane.process.pid for lane in lanes.values()}
        assert len(pids) == 2
        panes = app.screen.panes.samples
        assert [str(pane.border_title) for pane in panes.values()] == ["GRU 2x8", "LSTM 2x8"]
        await pilot.press("s")
        await until(lambda: all(pane.asked_for for pane in panes.values()))
        for pane in panes.values():
            assert str(pane.border_subtitle).endswith("kept · top-k 3")
            assert "The owl" in "".join(line.text for line in pane.lines)
        table = str(app.screen.table.render())
        assert [word for word in table.split() if word in ("GRU", "LSTM", "2x8")] == [
            "GRU", "2x8", "LSTM", "2x8",
        ]  # fmt: skip
        await pilot.press("escape", "y")
        await until(lambda: app.screen is app.main_screen)
        await until(lambda: all(is_gone(pid, 0.02) for pid in pids))


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
async def test_equal_time_tells_that_a_cosine_does_not_come_down(
    main_app: ScriptedApp, schedule: str
) -> None:
    async with main_app.run_test(size=(80, 24)) as pilot:
        await loaded(pilot)
        config = CONFIG.replace(schedule=schedule)
        main_app.push_screen(RaceSetupScreen(config, main_app.main_screen.text.corpus))
        await pilot.pause()
        meaning = main_app.screen.query_one("#meaning")
        assert str(meaning.render()) == Comparison.HIDDEN_SIZE.explanation
        await pilot.press("down", "down")
        await pilot.pause()
        text = str(meaning.render())
        assert ("a cosine does not lower the rate" in text) == (schedule == "cosine")
        assert text.startswith("The same hidden size and seconds of training")
        shown = " ".join(meaning.render_line(y).text.strip() for y in range(meaning.size.height))
        assert shown.strip() == text  # none of it is cut


async def test_the_seconds_that_are_typed_are_those_of_the_option(main_app: ScriptedApp) -> None:
    async with main_app.run_test(size=SIZE) as pilot:
        screen = await opened_setup(pilot)
        screen.query_one(Input).value = "90"
        await pilot.pause()
        assert option_lines(screen)[5].count("90 s of training") == 2
        screen.query_one(Input).value = "9x"
        await pilot.pause()
        assert option_lines(screen)[5].count("90 s of training") == 2


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0", "time_limit must be a number above 0 and at most 31,536,000, not 0.0."),
        ("x", "time_limit must be a number from 0 to 31,536,000, not 'x'."),
        ("1e99", "time_limit must be a number from 0 to 31,536,000, not 1e+99."),
        ("", "time_limit must be a number from 0 to 31,536,000, not ''."),
        ("-1", "time_limit must be a number from 0 to 31,536,000, not -1.0."),
    ],
)
async def test_seconds_that_are_none_are_said(
    main_app: ScriptedApp, typed: str, sentence: str
) -> None:
    async with main_app.run_test(size=SIZE) as pilot:
        screen = await opened_setup(pilot)
        screen.query_one(Input).value = typed
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert main_app.screen is screen
        assert str(screen.query_one("#problem").render()) == sentence
        assert screen.query_one(Input).has_focus


async def test_a_net_that_cannot_be_is_said_before_the_race(main_app: ScriptedApp) -> None:
    async with main_app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        main_app.push_screen(
            RaceSetupScreen(TrainConfig(hidden_size=3_000_000), main_app.main_screen.text.corpus)
        )
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.pause()
        assert "hidden_size" in str(main_app.screen.query_one("#problem").render())


async def test_a_text_too_small_is_said_before_the_race(main_app: ScriptedApp) -> None:
    async with main_app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        corpus = Corpus.from_text("abc" * 18, "tiny")
        main_app.push_screen(RaceSetupScreen(CONFIG, corpus))
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        problem = str(main_app.screen.query_one("#problem").render())
        assert problem.startswith("tiny has 49 characters to train on, but seq_length 50")


async def test_a_prime_that_the_text_does_not_have_is_said_before_the_race(
    main_app: ScriptedApp,
) -> None:
    async with main_app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        corpus = Corpus.from_text("abc" * 600, "tiny\x1b")
        main_app.push_screen(RaceSetupScreen(CONFIG.replace(prime="abcd"), corpus))
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        problem = str(main_app.screen.query_one("#problem").render())
        assert problem == "prime must have only characters of tiny␛, not 'd'."


async def test_escape_leaves_the_dialog(main_app: ScriptedApp) -> None:
    async with main_app.run_test(size=SIZE) as pilot:
        await opened_setup(pilot)
        await pilot.press("escape")
        await until(lambda: main_app.screen is main_app.main_screen)


async def test_the_single_run_waits_while_a_race_is_run(main_app: ScriptedApp) -> None:
    async with main_app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("space")
        config = main_app.trainer.config
        main_app.trainer.send(first_event(config), *some_steps(config, 0, 5))
        await pilot.pause()
        await opened_setup(pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(main_app.screen, RaceScreen))
        assert main_app.trainer.control.pausing
        assert main_app.screen.choice.comparison is Comparison.HIDDEN_SIZE
        pids = [lane.process for lane in main_app.screen.race.lanes.values()]
        await pilot.press("escape", "y")
        await until(lambda: main_app.screen is main_app.main_screen)
        assert all(process.pid is None or is_gone(process.pid, 5) for process in pids)

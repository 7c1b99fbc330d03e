"""The race screen: what it shows of both nets, every key, and the ways out."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from tests.runs.processes import is_gone
from tests.screens.race_support import (
    CONFIG,
    RaceApp,
    begun,
    config_of,
    gradients,
    lines,
    notices,
    offered,
    paused,
    rows,
    sample,
    send,
    started,
    stopped,
    until,
    updates,
    validation,
)
from tui_charrnn.engine import SampleRequest
from tui_charrnn.engine.events import Resumed, Step
from tui_charrnn.runs import wording
from tui_charrnn.runs.drawing import NotDrawn
from tui_charrnn.runs.fairness import Comparison
from tui_charrnn.runs.host import TrainerThread
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.help import HelpScreen
from tui_charrnn.screens.sample import SampleScreen, SampleSettings
from tui_charrnn.widgets.comparison_chart import ComparisonChart

SIZE = (120, 40)
BOTH = ("rnn", "gru")


@pytest.fixture
def app(tmp_path: Path) -> RaceApp:
    return RaceApp(tmp_path / "owls.txt", store=tmp_path / "runs.sqlite3")


async def under_way(pilot: Pilot, rnn: int = 700, gru: int = 400) -> None:
    """Let both make updates and a validation."""
    await begun(pilot)
    await send(pilot, "rnn", started(pilot, "rnn"), *updates(pilot, "rnn", 0, rnn))
    await send(pilot, "gru", started(pilot, "gru"), *updates(pilot, "gru", 0, gru))
    await send(pilot, "rnn", validation(pilot, "rnn", rnn - 1, 2.6612))
    await send(pilot, "gru", validation(pilot, "gru", gru - 1, 2.3499))


async def ended(pilot: Pilot) -> None:
    await under_way(pilot)
    for name, iteration in (("rnn", 700), ("gru", 400)):
        await send(pilot, name, stopped(pilot, name, iteration, "stopped"))


# what is shown


async def test_table_legend_and_store_agree_to_the_digit(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        legend = lines(pilot, "#chart")[0]
        shown = rows(pilot)
        for name in BOTH:
            await send(pilot, name, stopped(pilot, name, shown_iteration(shown, name), "stopped"))
        store = app.keeper.store()
        await until(lambda: {run.state for run in store.runs()} == {"stopped"})
        runs = {run.config.cell: run for run in store.runs()}
        assert {run.origin.group for run in runs.values()} == {app.race_screen.group}
        for name, valid in (("rnn", "2.6612"), ("gru", "2.3499")):
            lane, run = app.race_screen.race.lanes[name], runs[name]
            last = [event for event in store.events(run.id) if isinstance(event, Step)][-1]
            smooth = wording.bits(last.smooth_bits_per_character)
            assert shown[name]["smooth"] == smooth
            assert f"{name.upper()} {smooth}" in legend
            assert valid in legend
            assert wording.bits(run.validation_bits) == shown[name]["valid"] == valid
            assert wording.bits(run.best_bits) == shown[name]["best"]
            assert wording.count(run.iteration) == shown[name]["iteration"]
            assert wording.count(lane.config.hidden_size) == shown[name]["hidden"]
            assert shown[name]["time"] == wording.duration(last.elapsed)
            assert shown[name]["done"] == f"{run.iteration * 100 // 2000}%"


def shown_iteration(shown: dict[str, dict[str, str]], name: str) -> int:
    return int(shown[name]["iteration"].replace(",", ""))


async def test_parameters_are_those_of_the_nets(tmp_path: Path) -> None:
    app = RaceApp(tmp_path / "owls.txt", Comparison.PARAMETERS)
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        shown = rows(pilot)
        vocab = app.race_screen.race.corpus.vocab_size
        rnn, gru = (config_of(pilot, name).hidden_size for name in BOTH)
        assert shown["rnn"]["params"] == f"{rnn * (2 * vocab + rnn + 1) + vocab:,}"
        assert shown["gru"]["params"] == f"{gru * (3 * (vocab + gru + 1) + vocab) + vocab:,}"
        assert "Race at equal number of parameters · owls · seed 42" in title(app)
        assert app.race_screen.query_one("#samples-rnn").border_title == f"RNN {rnn}"


def title(app: RaceApp) -> str:
    return str(app.race_screen.table.border_title)


async def test_while_the_nets_load_the_screen_says_so(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begun(pilot)
        assert "The nets are being loaded; all of them start together." in lines(pilot, "#chart")[1]
        assert [row["state"] for row in rows(pilot).values()] == ["starting", "starting"]
        assert rows(pilot)["rnn"]["smooth"] == "-"
        await send(pilot, "rnn", started(pilot, "rnn"))
        assert "No update has been made yet." in lines(pilot, "#chart")[1]


async def test_a_net_that_fails_leaves_the_other_going_and_its_reason_stays(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        reason = "The trainer process was killed (SIGKILL); the system may have run out of memory."
        await send(pilot, "gru", stopped(pilot, "gru", 400, "failed", f"{reason}\x1b[31m"))
        app.clear_notifications()
        await pilot.pause()
        shown = str(app.race_screen.table.render())
        assert f"GRU: {reason}␛[31m" in shown
        assert app.race_screen.table.region.height == 6  # the line is not cut off
        assert [row["state"] for row in rows(pilot).values()] == ["training", "failed"]
        assert rows(pilot)["gru"]["iteration"] == "400"
        await send(pilot, "rnn", *updates(pilot, "rnn", 700, 710))
        assert rows(pilot)["rnn"]["iteration"] == "710"
        assert offered(pilot)["space"] == "Pause"


async def test_both_failed_for_one_reason(app: RaceApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(pilot)
        reason = "There is not enough memory for this model."
        for name in BOTH:
            await send(pilot, name, stopped(pilot, name, 0, "failed", reason))
        assert str(app.race_screen.table.render()).endswith(f"\nRNN and GRU: {reason}")
        assert not {"s", "g", "space", "x"} & set(offered(pilot))  # nothing is left of them


async def test_samples_go_to_the_pane_of_their_net(app: RaceApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await under_way(pilot)
        await send(pilot, "gru", sample(pilot, "gru", 400, "the [b]owl[/b]"))
        texts = [
            "\n".join(line.text for line in app.race_screen.query_one(f"#samples-{name}").lines)
            for name in BOTH
        ]
        assert "the [b]owl[/b]" in texts[1]
        assert not texts[0]
        assert app.race_screen.query_one("#samples-gru").border_subtitle == "1 kept"


async def test_a_hidden_chart_is_not_drawn(app: RaceApp, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    real = ComparisonChart.draw_lines
    monkeypatch.setattr(
        ComparisonChart, "draw_lines", lambda self, size: drawn.append(1) or real(self, size)
    )
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        await pilot.press("g")
        await pilot.pause()
        drawn.clear()
        await send(pilot, "rnn", *updates(pilot, "rnn", 700, 800))
        assert not drawn
        await pilot.press("g")
        await pilot.pause()
        assert f"RNN {rows(pilot)['rnn']['smooth']}" in lines(pilot, "#chart")[0]


async def test_two_batches_in_a_frame_are_drawn_once(
    app: RaceApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        drawn = []
        real = ComparisonChart.redraw
        monkeypatch.setattr(ComparisonChart, "redraw", lambda self: drawn.append(1) or real(self))
        for first in range(0, 50, 10):
            app.trainer("rnn").send(*updates(pilot, "rnn", 700 + first, 710 + first))
            app.trainer("gru").send(*updates(pilot, "gru", 400 + first, 410 + first))
        await until(lambda: app.trainer("gru").acknowledged == 7)
        await until(lambda: app.race_screen._drawing is None)
        assert 1 <= len(drawn) <= 5  # of ten batches
        assert rows(pilot)["gru"]["iteration"] == "450"


# the keys


async def test_space_and_x_go_to_both(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        controls = [app.trainer(name).control for name in BOTH]
        await pilot.press("space")
        assert all(control.pausing for control in controls)
        assert [row["state"] for row in rows(pilot).values()] == ["pausing", "pausing"]
        assert offered(pilot)["space"] == "Go on"
        await send(pilot, "rnn", paused(pilot, "rnn", 700))
        await send(pilot, "gru", paused(pilot, "gru", 400))
        assert [row["state"] for row in rows(pilot).values()] == ["paused", "paused"]
        await pilot.press("space")
        assert not any(control.pausing for control in controls)
        await send(pilot, "rnn", Resumed(iteration=700, elapsed=8.6))
        assert rows(pilot)["rnn"]["state"] == "training"
        await pilot.press("x")
        assert all(control.stopping for control in controls)


async def test_s_asks_both_for_a_sample(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        await pilot.press("s")
        requests = [app.trainer(name).control.next_request() for name in BOTH]
        assert requests == [SampleRequest(), SampleRequest()]
        await pilot.press("S")
        assert isinstance(app.screen, SampleScreen)
        app.screen.query_one("#prompt", Input).value = "The owl"
        app.screen.query_one("#length", Input).value = "30"
        await pilot.press("enter")
        await pilot.pause()
        requests = [app.trainer(name).control.next_request() for name in BOTH]
        assert requests == [SampleRequest("The owl", 30)] * 2


async def test_s_draws_as_the_race_does_until_something_is_set(tmp_path: Path) -> None:
    own = SampleRequest("The ", 40, 0.7, 4, 0.9)
    config = CONFIG.replace(
        prime=own.prompt, sample_length=own.length, temperature=own.temperature, top_k=4, top_p=0.9
    )
    app = RaceApp(tmp_path / "owls.txt", config=config)
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        await pilot.press("s")
        assert [app.trainer(name).control.next_request() for name in BOTH] == [own] * 2
        await pilot.press("S")
        assert app.screen.query_one("#top_k", Input).value == "4"
        app.screen.query_one("#top_k", Input).value = "2"
        await pilot.press("enter")
        await pilot.pause()
        changed = replace(own, top_k=2)
        assert [app.trainer(name).control.next_request() for name in BOTH] == [changed] * 2
        await pilot.press("s")
        assert [app.trainer(name).control.next_request() for name in BOTH] == [changed] * 2


async def test_a_prompt_that_the_text_does_not_have_is_one_sentence(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        app.race_screen._draw(SampleSettings(SampleRequest("Ω")))
        await pilot.pause()
        assert notices(pilot) == ["The character 'Ω' does not occur in owls. S changes the prompt."]
        assert not any(app.trainer(name).control.next_request() for name in BOTH)
        await send(pilot, "rnn", NotDrawn(iteration=1, elapsed=0.0, message="No memory."))
        assert notices(pilot)[-1] == "No memory."


async def test_g_shows_the_gradient_memory_and_leads_back(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        await pilot.press("g")
        await pilot.pause()
        assert all(app.trainer(name).control.wants_gradient_memory() for name in BOTH)
        assert app.race_screen.focused is app.race_screen.panes.memory
        assert not app.race_screen.panes.chart.display
        assert "Measuring" in lines(pilot, "#memory")[1]
        await send(pilot, "gru", gradients(400, 0.99))
        assert "Measuring" in lines(pilot, "#memory")[1]  # both, so that both have their colours
        await send(pilot, "rnn", gradients(700, 0.5))
        legend = lines(pilot, "#memory")[0]
        assert legend.index("RNN at 700: 1 % after 7 characters") < legend.index("GRU at 400:")
        assert not {"t"} & set(offered(pilot))
        assert offered(pilot)["g"] == "Loss"
        await pilot.press("g")
        await pilot.pause()
        assert app.race_screen.panes.chart.display
        assert app.race_screen.focused is app.race_screen.panes.chart
        assert not app.race_screen.panes.memory.display
        assert offered(pilot)["g"] == "Gradients"


async def test_the_gradient_memory_of_both_is_named_on_every_size(app: RaceApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await under_way(pilot)
        await pilot.press("g")
        await send(pilot, "gru", gradients(10_000, 0.985))
        await send(pilot, "rnn", gradients(10_000, 0.72))
        legend = lines(pilot, "#memory")[0]
        assert "RNN 1 % after 15 characters" in legend
        assert "GRU over 1 % at all 49 lags" in legend
        await pilot.resize_terminal(120, 40)
        await until(lambda: "RNN at 10,000: 1 % after" in lines(pilot, "#memory")[0])
        assert "GRU at 10,000: over 1 %" in lines(pilot, "#memory")[0]


async def test_a_failed_net_is_not_waited_for_by_the_gradient_memory(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        await pilot.press("g")
        await send(pilot, "gru", gradients(400, 0.99))
        await send(pilot, "rnn", stopped(pilot, "rnn", 700, "failed", "It broke."))
        legend = lines(pilot, "#memory")[0]
        assert "▚ RNN no gradient" in legend
        assert "⣿ GRU at 400:" in legend  # in the colour and with the mark of the loss chart


async def test_t_goes_through_the_axes(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        chart = app.race_screen.panes.chart
        seen = []
        for _ in range(4):
            seen.append(str(chart.border_subtitle))
            await pilot.press("t")
        assert seen == [
            "iterations, linear", "characters read, linear", "seconds of training, linear",
            "iterations, linear",
        ]  # fmt: skip
        await pilot.press("l", "u")
        assert str(chart.border_subtitle) == "characters read, logarithmic"
        assert "nats" in str(chart.border_title)


async def test_equal_time_starts_on_seconds_and_names_them(tmp_path: Path) -> None:
    app = RaceApp(tmp_path / "owls.txt", Comparison.TIME, seconds=30)
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        assert title(app) == "Race at equal wall-clock time · owls · seed 42 · 30 s each"
        assert app.race_screen.panes.chart.border_subtitle == "seconds of training, linear"
        assert rows(pilot)["gru"]["done"] == "38%"  # of 30 s, by 400 updates in 11.64 s
        assert rows(pilot)["gru"]["left"] == "0:18"


@pytest.mark.parametrize(("key", "selector"), [("1", "#chart"), ("3", "#samples-gru")])
async def test_z_shows_one_pane_and_escape_leaves_it_first(
    app: RaceApp, key: str, selector: str
) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await under_way(pilot)
        await pilot.press(key, "z")
        await pilot.pause()
        pane = app.race_screen.query_one(selector)
        assert pane.region.width == 80
        assert pane.region.height == 24 - 4 - 1  # the table and the keys stay
        assert app.race_screen.query_one("#keys").region.y == 23
        panes = [app.race_screen.panes.chart, *app.race_screen.panes.samples.values()]
        assert [other for other in panes if other.region.height] == [pane]
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.race_screen
        assert all(pane.region.height for pane in panes)
        assert app.race_screen.focused is pane


async def test_a_maximised_pane_gives_way_to_the_one_asked_for(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        panes = app.race_screen.panes
        await pilot.press("2", "z", "g")
        await pilot.pause()
        assert panes.memory.region.height == 40 - 5 - 1
        await pilot.press("3")
        await pilot.pause()
        assert panes.samples["gru"].region.height == 40 - 5 - 1
        await pilot.press("z")
        await pilot.pause()
        assert panes.samples["rnn"].region.height > 5
        assert panes.memory.region.height > 5
        assert app.race_screen.focused is panes.samples["gru"]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_all_is_seen_on_every_size(app: RaceApp, size: tuple[int, int]) -> None:
    async with app.run_test(size=size) as pilot:
        await under_way(pilot)
        screen = app.race_screen
        assert screen.panes.chart.size.height >= 8
        assert all(pane.size.height >= 5 for pane in screen.panes.samples.values())
        assert screen.table.region.height == (4 if size[1] < 30 else 5)
        wanted = {"iteration", "smooth", "valid", "chars/s", "params", "time"}
        assert wanted <= set(rows(pilot)["rnn"])
        for line in str(screen.table.render()).split("\n"):
            assert len(line) <= screen.table.content_size.width
        assert {"escape", "space", "s", "x", "g", "t", "question_mark", "q"} <= set(offered(pilot))


async def test_help_names_all_keys(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)


# the end


async def test_after_the_end_what_still_works_is_offered(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot)
        for lane in app.race_screen.race.lanes.values():
            lane.process.returned = True  # as after a child that handed its weights over
        app.race_screen._show_keys()
        await pilot.pause()
        assert list(offered(pilot)) == [
            "escape", "s", "r", "g", "4", "t", "p", "z", "question_mark", "q",
        ]  # fmt: skip
        before = app.race_screen.race.states
        await pilot.press("space", "x")
        assert app.race_screen.race.states == before
        assert app.screen is app.race_screen


async def test_r_begins_the_same_race_again(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        await pilot.press("r")  # not while it is under way
        assert app.screen is app.race_screen
        for name, iteration in (("rnn", 700), ("gru", 400)):
            await send(pilot, name, stopped(pilot, name, iteration, "stopped"))
        first = app.race_screen
        await pilot.press("r")
        await until(lambda: app.screen is not first and app.screen.race.active)
        app.race_screen = app.screen
        await under_way(pilot)
        assert app.screen.choice == first.choice
        assert app.trainer("rnn").run != first.race.lanes["rnn"].run
        assert all(lane.trainer.abandoned for lane in first.race.lanes.values())
        await pilot.press("escape")
        await pilot.press("y")
        await until(lambda: app.screen is app.main_screen)


async def test_leaving_a_race_under_way_is_asked_for(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        trainers = [app.trainer(name) for name in BOTH]
        await pilot.press("escape")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("n")
        await pilot.pause()
        assert app.screen is app.race_screen
        assert not any(trainer.abandoned for trainer in trainers)
        await pilot.press("escape", "y")
        await until(lambda: app.screen is app.main_screen)
        assert all(trainer.abandoned for trainer in trainers)


async def test_an_ended_race_is_left_without_a_question(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await ended(pilot)
        assert app.race_screen.unfinished() == ""
        await pilot.press("escape")
        await until(lambda: app.screen is app.main_screen)


async def test_quitting_asks_and_ends_the_race(app: RaceApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await under_way(pilot)
        trainers = [app.trainer(name) for name in BOTH]
        await pilot.press("q")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("y")
        await pilot.pause()
    assert all(trainer.abandoned for trainer in trainers)
    assert app.return_code == 0


async def test_a_real_race_leaves_no_child_behind(tmp_path: Path) -> None:
    config = CONFIG.replace(hidden_size=8, seq_length=10, iterations=10**8, eval_every=0)
    app = RaceApp(tmp_path / "owls.txt", config=config, store=tmp_path / "s", trainer=TrainerThread)
    async with app.run_test(size=SIZE) as pilot:
        await begun(pilot)
        lanes = app.race_screen.race.lanes
        await until(lambda: all(lane.progress.iteration for lane in lanes.values()))
        pids = [lane.process.pid for lane in lanes.values()]
        await pilot.press("x")
        await until(lambda: not app.race_screen.race.active)
        await pilot.pause()
        assert {"s", "g", "r"} <= set(offered(pilot))
        await pilot.press("s", "g")
        panes = app.race_screen.panes
        await until(lambda: all(pane.border_subtitle for pane in panes.samples.values()))
        await until(lambda: "RNN at" in lines(pilot, "#memory")[0])
        await pilot.press("r")
        await until(lambda: app.screen is not app.race_screen)
        again = app.screen.race.lanes
        await until(lambda: all(lane.progress.iteration for lane in again.values()))
        pids += [lane.process.pid for lane in again.values()]
        await pilot.press("escape", "y")
        await until(lambda: app.screen is app.main_screen)
        await until(lambda: all(is_gone(pid, 0.02) for pid in pids))
        assert os.getpid() not in pids

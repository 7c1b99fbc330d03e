"""Every key of the main screen, pressed as a person would."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from tests.screens.support import (
    TEXT,
    ScriptedApp,
    loaded,
    paused,
    rate_change,
    sample,
    send,
    started,
    status,
    steps,
    stopped,
)
from tui_charrnn.engine import SampleRequest
from tui_charrnn.runs.host import Batch
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.corpus import CorpusScreen
from tui_charrnn.screens.help import HelpScreen
from tui_charrnn.screens.messages import BatchArrived
from tui_charrnn.screens.sample import SampleScreen
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.loss_chart import LossChart
from tui_charrnn.widgets.samples import SamplesPane

SIZE = (120, 40)


async def begin(pilot, count: int = 5) -> None:
    """Start a run and let it make a few updates."""
    await loaded(pilot)
    await pilot.press("space")
    config = pilot.app.trainer.config
    await send(pilot, started(config), *steps(config, 0, count))


def footer_keys(app: ScriptedApp) -> dict[str, str]:
    line = app.screen.query_one(KeyLine)
    shown = {binding.key: binding.description for binding in line.shown_bindings()}
    text = str(line.render())
    assert all(description in text for description in shown.values())
    return shown


def shown(app: ScriptedApp, selector: str) -> str:
    return str(app.screen.query_one(selector).render())


async def test_space_starts_pauses_and_resumes(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        assert app.trainer.started
        assert "TRAINING" in status(app)[0]
        await pilot.press("space")
        assert app.trainer.control.pausing
        assert "PAUSING" in status(app)[0]
        await send(pilot, paused(5))
        assert "PAUSED" in status(app)[0]
        await pilot.press("space")
        assert not app.trainer.control.pausing


async def test_the_footer_offers_what_applies(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        assert footer_keys(app)["space"] == "Start"
        assert not {"x", "s", "r", "plus,equals_sign"} & set(footer_keys(app))
        await begin(pilot)
        await pilot.pause()
        assert footer_keys(app)["space"] == "Pause"
        assert {"x", "s", "r"} <= set(footer_keys(app))
        await pilot.press("space")
        await pilot.pause()
        assert footer_keys(app)["space"] == "Go on"


async def test_s_asks_the_trainer_for_a_sample(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press("s")
        request = app.trainer.control.next_request()
        assert request is not None
        assert (request.prompt, request.length, request.temperature) == ("", 200, 1.0)
        config = app.trainer.config
        await send(pilot, sample(config, 5, "the [b]owl[/b]", requested=True))
        text = "\n".join(line.text for line in app.screen.query_one(SamplesPane).lines)
        assert "iteration 5" in text
        assert "the [b]owl[/b]" in text


async def test_capital_s_sets_how_samples_are_drawn(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press("S")
        assert isinstance(app.screen, SampleScreen)
        app.screen.query_one("#prompt", Input).value = "The owl"
        app.screen.query_one("#length", Input).value = "30"
        app.screen.query_one("#temperature", Input).value = "0.5"
        app.screen.query_one("#top_k", Input).value = "5"
        app.screen.query_one("#top_p", Input).value = "0.9"
        await pilot.press("enter")
        await pilot.pause()
        request = app.trainer.control.next_request()
        assert request == SampleRequest("The owl", 30, 0.5, 5, 0.9)
        await pilot.press("s")  # the settings stay
        assert app.trainer.control.next_request() == request


OWN = {
    "prime": "The owl\n", "sample_length": 40, "temperature": 0.7, "top_k": 4, "top_p": 0.9,
}  # fmt: skip


async def test_s_draws_as_the_run_does_until_something_is_set(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        form = app.main_screen.panes.form
        form.show(**OWN)
        await begin(pilot)
        await pilot.press("s")
        own = SampleRequest("The owl\n", 40, 0.7, 4, 0.9)
        assert app.trainer.control.next_request() == own
        await pilot.press("S")
        fields = app.screen.query(Input)
        assert [field.value for field in fields] == ["The owl\\n", "40", "0.7", "4", "0.9"]
        await pilot.press("enter")  # nothing is changed: the next run draws as it does itself
        await pilot.pause()
        assert app.trainer.control.next_request() == own
        await send(pilot, stopped(5, "stopped"))
        form.show(top_k=0, prime="")
        await pilot.press("r")
        await send(pilot, started(app.trainer.config), *steps(app.trainer.config, 0, 5))
        await pilot.press("s")
        assert app.trainer.control.next_request() == SampleRequest("", 40, 0.7, 0, 0.9)
        await pilot.press("S")
        app.screen.query_one("#temperature", Input).value = "0.2"
        await pilot.press("enter")
        await pilot.pause()
        changed = SampleRequest("", 40, 0.2, 0, 0.9)
        assert app.trainer.control.next_request() == changed
        await send(pilot, stopped(5, "stopped"))
        form.show(**OWN)
        await pilot.press("r")
        await send(pilot, started(app.trainer.config), *steps(app.trainer.config, 0, 5))
        await pilot.press("s")
        assert app.trainer.control.next_request() == changed


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("prompt", "Ω", "The character 'Ω' does not occur in owls.txt."),
        ("length", "0", "sample_length must be a whole number from 1 to 100,000, not 0."),
        ("temperature", "-1", "temperature must be a number from 0 to 100, not -1.0."),
        ("top_k", "-1", "top_k must be a whole number from 0 to 1,114,112, not -1."),
        ("top_k", "1.5", "top_k must be a whole number from 0 to 1,114,112, not '1.5'."),
        ("top_p", "0", "top_p must be a number above 0 and at most 1, not 0.0."),
    ],
)
async def test_wrong_sample_settings_are_said(
    app: ScriptedApp, field: str, value: str, sentence: str
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press("S")
        app.screen.query_one(f"#{field}", Input).value = value
        await pilot.press("enter")
        assert isinstance(app.screen, SampleScreen)
        assert shown(app, "#problem") == sentence
        assert app.trainer.control.next_request() is None


async def test_x_stops(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press("x")
        assert app.trainer.control.stopping
        await send(pilot, stopped(5, "stopped"))
        assert "STOPPED" in status(app)[0]


async def test_r_asks_and_then_waits_for_the_old_run(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        old = app.trainer
        await pilot.press("r")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("n")
        assert not old.control.stopping
        await pilot.press("r")
        await pilot.press("y")
        await pilot.pause()
        assert old.control.stopping
        assert len(app.trainers) == 1  # the new run waits for the old one's last word
        old.send(stopped(5, "stopped"))
        await pilot.pause()
        assert len(app.trainers) == 2
        old.send(*steps(old.config, 5, 9), sample(old.config, 9, "from the old run"))
        await pilot.pause()
        assert app.main_screen.session.progress.iteration == 0
        assert not app.screen.query_one(SamplesPane).lines
        assert "STARTING" in status(app)[0]


@pytest.mark.parametrize("key", ["space", "r"])
async def test_a_model_is_only_given_up_after_a_question(app: ScriptedApp, key: str) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        app.trainer.model = object()
        await send(pilot, stopped(5, "finished"))
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("n")
        assert len(app.trainers) == 1
        await pilot.press(key, "y")
        await pilot.pause()
        assert len(app.trainers) == 2


async def test_m_changes_the_cell_of_the_next_run(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        for cell in ("lstm", "rnn", "gru", "lstm", "rnn"):
            await pilot.press("m")
            await pilot.pause()
            assert f"{cell} 256 on owls.txt" in status(app)[0]
        await pilot.press("space")
        assert app.trainer.config.cell == "rnn"


async def test_plus_and_minus_change_the_rate(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press("plus")
        await pilot.press("plus")
        assert app.trainer.control.next_learning_rate(0.001) == 0.005
        assert "rate 0.005" in status(app)[1]
        await pilot.press("minus")
        assert app.trainer.control.next_learning_rate(0.001) == 0.002
        await send(pilot, rate_change(5, 0.001, 0.002))
        assert app.main_screen.session.history.rate_changes


async def test_z_maximises_the_focused_pane(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("2", "z")
        await pilot.pause()
        samples = app.screen.query_one(SamplesPane)
        assert samples.size.width > 110
        assert not app.screen.query_one(LossChart).is_on_screen
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen.query_one(LossChart).display
        assert samples.size.width < 100


async def test_e_edits_and_escape_leaves(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("e")
        await pilot.pause()
        assert app.focused is app.screen.query_one("#hidden_size")
        await pilot.press("escape", "escape")
        assert app.focused is app.screen.query_one(LossChart)


async def test_u_and_l_switch_the_axes(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        chart = app.screen.query_one(LossChart)
        await pilot.press("u", "l")
        assert (chart.unit, chart.log_x) == ("nats", True)
        await pilot.press("u", "l")
        assert (chart.unit, chart.log_x) == ("bits", False)


async def test_c_chooses_another_text(app: ScriptedApp, tmp_path) -> None:
    other = tmp_path / "foxes.txt"
    other.write_text("foxes " * 500)
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert isinstance(app.screen, CorpusScreen)
        path = app.screen.query_one("#path", Input)
        path.focus()
        path.value = str(tmp_path / "nowhere")
        await pilot.press("enter")
        assert "There is no file or folder" in shown(app, "#problem")
        path.value = str(other)
        await pilot.press("enter")
        await loaded(pilot)
        await pilot.press("space")
        assert app.trainer.corpus.name == "foxes.txt"


async def test_a_text_that_cannot_be_read_leaves_the_one_in_use(app: ScriptedApp, tmp_path) -> None:
    broken = tmp_path / "broken.txt"
    broken.write_bytes(b"good so far \xff")
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("c")
        await pilot.pause()
        path = app.screen.query_one("#path", Input)
        path.focus()
        path.value = str(broken)
        await pilot.press("enter")
        while app.main_screen.text.loading:
            await pilot.pause(0.01)
        await pilot.pause()
        assert "byte offset 12" in shown(app, "#problem")
        assert app.screen.query_one("#path", Input).value == str(broken)
        await pilot.press("escape")
        assert "on owls.txt" in status(app)[0]
        await pilot.press("space")
        assert app.trainer.corpus.name == "owls.txt"


async def test_without_a_text_no_run_starts_and_the_state_says_so(tmp_path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    app = ScriptedApp(empty)
    async with app.run_test(size=SIZE) as pilot:
        while app.main_screen.text.loading:
            await pilot.pause(0.01)
        await pilot.press("space")
        assert not app.trainers
        assert "no text yet, press c" in status(app)[0]
        assert any("is empty" in notice.message for notice in app._notifications)


async def test_c_offers_the_standard_library(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("c")
        await pilot.pause()
        await pilot.press("end", "enter")
        await loaded(pilot)
        assert app.main_screen.text.corpus.name == "stdlib"


async def test_question_mark_lists_every_key(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        rows = [line.split()[0] for line in app.screen._keys.plain.splitlines()]
        for key in [
            "space",
            "s",
            "S",
            "x",
            "r",
            "e",
            "c",
            "m",
            "+",
            "-",
            "z",
            "u",
            "l",
            "1",
            "2",
            "3",
            "?",
            "q",
            "escape",
        ]:
            assert key in rows
        await pilot.press("escape")
        assert app.screen is app.main_screen


async def test_the_palette_offers_what_applies_under_names_that_differ(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        idle = [command.title for command in app.get_system_commands(app.screen)]
        assert "Stop the run; its model stays and can still be sampled" not in idle
        await begin(pilot)
        running = [command.title for command in app.get_system_commands(app.screen)]
        assert "Stop the run; its model stays and can still be sampled" in running
        assert all(running)
        assert len(set(running)) == len(running)


async def test_every_command_of_the_palette_can_be_run(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        own = [c for c in app.get_system_commands(app.screen) if c.help.startswith(("key", "Fill"))]
        assert len(own) > 15
        for command in own:
            command.callback()
            await pilot.pause()
            while app.screen is not app.main_screen:  # a dialog
                await pilot.press("escape")
                await pilot.pause()
        assert app._exception is None


async def test_the_palette_quits(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("ctrl+p", *"quit")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert app.return_code == 0


@pytest.mark.parametrize("typed", ["~nobody", "~nobody/x", "x" * 300, "/root/x\0y", "/proc/1/fd/"])
async def test_a_path_that_cannot_be_is_said(app: ScriptedApp, typed: str) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("c")
        await pilot.pause()
        path = app.screen.query_one("#path", Input)
        path.focus()
        path.value = typed
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        while app.main_screen.text.loading:
            await pilot.pause(0.01)
        await pilot.pause()
        said = shown(app, "#problem") if isinstance(app.screen, CorpusScreen) else ""
        assert "no file or folder" in said or "holds no text file" in said
        assert app.main_screen.text.corpus.name == "owls.txt"


async def test_a_name_with_escape_sequences_is_shown_harmlessly(tmp_path) -> None:
    name = "a\x1b[31mred\x1b]0;title\x07.txt"
    (tmp_path / name).write_text(TEXT)
    app = ScriptedApp(tmp_path / name)
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        form = app.main_screen.panes.form
        form.show(seq_length=100_000)
        await pilot.pause()
        assert "␛[31mred" in shown(app, "#error-seq_length")
        form.show(seq_length=10)
        await pilot.press("S")
        app.screen.query_one("#prompt", Input).value = "Ω"
        await pilot.press("enter")
        assert "␛[31mred" in shown(app, "#problem")
        await pilot.press("escape")
        await send(pilot, stopped(5, "failed", f"The text {name} is gone."))
        await pilot.press("c")
        await pilot.pause()
        path = app.screen.query_one("#path", Input)
        path.focus()
        path.value = f"{tmp_path}/a"
        await pilot.pause(0.2)
        assert path._suggestion == ""  # it would be written as it is
        for row in app.screen._compositor.render_strips():
            assert not any(set(segment.text) & {"\x1b", "\x07"} for segment in row)


async def test_a_prompt_of_several_lines_is_shown_as_it_was_typed(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press("S")
        app.screen.query_one("#prompt", Input).value = "The owl\\nsaw"
        await pilot.press("enter")
        assert app.trainer.control.next_request().prompt == "The owl\nsaw"
        await pilot.press("S")
        assert app.screen.query_one("#prompt", Input).value == "The owl\\nsaw"


async def test_space_twice_while_paused_stays_paused(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press("space")
        await send(pilot, paused(5))
        await pilot.press("space", "space")
        assert app.trainer.control.pausing


async def test_the_last_choice_of_a_text_wins(app: ScriptedApp, tmp_path) -> None:
    text = tmp_path / "both.txt"
    text.write_bytes("owls and foxes ".encode("utf-16-le") * 40)
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        app.main_screen._load((str(text), "utf-16-le"))
        app.main_screen._load((str(text), "utf-16-be"))
        await loaded(pilot)
        assert "o" not in app.main_screen.text.corpus.chars


async def test_q_quits_at_once_when_nothing_runs(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await loaded(pilot)
        await pilot.press("q")
        await pilot.pause()
        assert app.return_code == 0
        assert app.return_value == 0


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_q_asks_when_a_run_would_be_lost(app: ScriptedApp, key: str) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await pilot.press(key)
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("n")
        assert not app.trainer.abandoned
        await pilot.press(key)
        await pilot.press("y")
        await pilot.pause()
        assert app.trainer.abandoned
        assert app.return_value == 0


async def test_every_batch_is_acknowledged(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        before = app.trainer.acknowledged
        await send(pilot, *steps(app.trainer.config, 5, 7))
        assert app.trainer.acknowledged == before + 1


async def test_a_batch_is_acknowledged_even_if_showing_it_fails(
    app: ScriptedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        before = app.trainer.acknowledged

        def fail() -> None:
            raise RuntimeError("no room")

        monkeypatch.setattr(app.main_screen.panes.chart, "redraw", fail)
        batch = Batch(app.trainer.run, tuple(steps(app.trainer.config, 5, 7)))
        with pytest.raises(RuntimeError, match="no room"):
            app.main_screen._show_batch(BatchArrived(batch))
        assert app.trainer.acknowledged == before + 1


async def test_a_failed_run_says_why(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot)
        await send(pilot, stopped(5, "failed", "The loss became nan at iteration 5."))
        assert "FAILED" in status(app)[0]
        assert "The loss became nan at iteration 5." in status(app)[1]


async def test_resizing_while_training_is_harmless(app: ScriptedApp) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await begin(pilot, 200)
        config = app.trainer.config
        for width, height in [(80, 24), (200, 60), (20, 8), (1, 1), (120, 40)]:
            await pilot.resize_terminal(width, height)
            await send(pilot, *steps(config, 200, 210), sample(config, 209, "owl " * 50))
        assert app.trainer.acknowledged == 6


async def test_a_text_that_cannot_be_read_is_said(tmp_path) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(b"good text \xff bad")
    app = ScriptedApp(path)
    async with app.run_test(size=SIZE) as pilot:
        while not app._notifications:
            await pilot.pause(0.01)
        message = next(iter(app._notifications)).message
        assert "byte offset 10" in message
        await pilot.press("space")
        assert not app.trainers

"""Which panes are seen on large and small screens, and what the line of keys has room for."""

from __future__ import annotations

import re

import pytest

from tests.screens.support import (
    TEXT,
    ScriptedApp,
    loaded,
    paused,
    sample,
    send,
    started,
    status,
    steps,
    validation,
)
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.panes import PANES
from tui_charrnn.widgets.status import BAR, StatusPane, bar

NARROW, NORMAL, FLAT = (80, 24), (120, 40), (140, 20)


def seen(app: ScriptedApp) -> set[str]:
    panes = {name: app.screen.query_one(f"#{name}") for name in PANES}
    return {name for name, pane in panes.items() if pane.is_on_screen and pane.size.area}


async def begin(pilot) -> None:
    await loaded(pilot)
    await pilot.press("space")
    config = pilot.app.trainer.config
    await send(pilot, started(config), *steps(config, 0, 700), validation(499, 2.5))


@pytest.mark.parametrize("size", [NORMAL, FLAT])
async def test_a_wide_screen_shows_all_panes(app: ScriptedApp, size) -> None:
    async with app.run_test(size=size) as pilot:
        await loaded(pilot)
        assert seen(app) == {"chart", "samples", "form"}
        await pilot.press("3", "z")
        await pilot.pause()
        assert seen(app) == {"form"}
        await pilot.press("1")
        await pilot.pause()
        assert seen(app) == {"chart"}
        await pilot.press("z")
        await pilot.pause()
        assert seen(app) == {"chart", "samples", "form"}


async def test_a_narrow_screen_shows_the_run_or_the_form(app: ScriptedApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await loaded(pilot)
        assert seen(app) == {"chart", "samples"}
        await pilot.press("e")
        await pilot.pause()
        assert seen(app) == {"form"}
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert seen(app) == {"chart", "samples"}


async def test_a_sample_that_was_asked_for_is_seen(app: ScriptedApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        for keys in (("3",), ("1", "z")):
            await pilot.press(*keys)
            await pilot.pause()
            assert "samples" not in seen(app)
            await pilot.press("s")
            config = app.trainer.config
            await send(pilot, sample(config, 700, "the owl", requested=True))
            assert "samples" in seen(app)


async def test_a_terminal_may_be_resized_at_any_time(app: ScriptedApp) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await begin(pilot)
        config = app.trainer.config
        for count, size in enumerate([(80, 24), (200, 60), (20, 5), (3, 2), (120, 40)]):
            await pilot.resize_terminal(*size)
            await send(pilot, *steps(config, 700 + count, 701 + count))
        assert seen(app) == {"chart", "samples", "form"}
        assert app.main_screen.session.progress.iteration == 705


@pytest.mark.parametrize("is_paused", [False, True])
async def test_all_keys_fit_into_80_columns(app: ScriptedApp, is_paused: bool) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        if is_paused:
            await pilot.press("space")
            await send(pilot, paused(700))
        line = str(app.screen.query_one(KeyLine).render())
        assert line.endswith("q Quit")
        assert len(line) <= 80


async def test_a_field_in_focus_leaves_the_way_back(app: ScriptedApp) -> None:
    async with app.run_test(size=NORMAL) as pilot:
        await loaded(pilot)
        await pilot.press("e")
        await pilot.pause()
        assert str(app.screen.query_one(KeyLine).render()) == "escape Back"


@pytest.mark.parametrize(
    ("width", "missing"), [(120, set()), (80, {"rate"}), (40, {"rate", "time"})]
)
async def test_the_status_keeps_the_chief_figures(app: ScriptedApp, width: int, missing) -> None:
    async with app.run_test(size=(width, 24)) as pilot:
        await begin(pilot)
        line = status(app)[1].strip()
        labels = {"smooth", "valid", "epoch", "rate", "chars/s", "time", "left"}
        shown = {label for label in labels if label in line.split()}
        assert not missing & shown
        assert {"smooth", "left"} <= shown
        if width >= 80:
            assert shown == labels - missing
        assert len(line) <= app.screen.query_one(StatusPane).content_size.width


async def test_samples_that_come_while_they_are_hidden_are_wrapped_when_they_are_seen(
    app: ScriptedApp,
) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        config = app.trainer.config
        await pilot.press("3")
        await pilot.pause()
        await send(pilot, sample(config, 700, "the owl saw the fox"))
        await pilot.press("1", "z")
        await send(pilot, sample(config, 800, "the fox saw the owl"))
        await pilot.press("z")
        await pilot.pause()
        lines = [line.text for line in app.main_screen.panes.samples.lines]
        assert "the owl saw the fox" in lines
        assert "the fox saw the owl" in lines
        assert len(lines) == 4


async def test_a_long_name_leaves_room_for_the_progress(tmp_path) -> None:
    path = tmp_path / f"{'long' * 12}.txt"
    path.write_text(TEXT)
    app = ScriptedApp(path)
    async with app.run_test(size=NARROW) as pilot:
        await begin(pilot)
        line = status(app)[0]
        assert len(line) <= app.screen.query_one(StatusPane).content_size.width
        assert "700 / 10,000" in line


async def test_a_run_of_one_iteration_shows_it(app: ScriptedApp) -> None:
    async with app.run_test(size=NARROW) as pilot:
        await loaded(pilot)
        app.main_screen.panes.form.show(iterations=1)
        await pilot.press("space")
        config = app.trainer.config
        await send(pilot, started(config), *steps(config, 0, 1))
        assert re.search(r"━+  1 / 1 100%$", status(app)[0])


async def test_help_and_the_way_out_are_named_on_any_width(app: ScriptedApp) -> None:
    for width in (80, 60, 30):
        async with app.run_test(size=(width, 24)) as pilot:
            await begin(pilot)
            await pilot.press("z")
            await pilot.pause()
            line = str(app.screen.query_one(KeyLine).render())
            assert line.startswith("escape Back")
            assert line.endswith("? Help q Quit")
            assert len(line) <= width
        app = ScriptedApp(app.main_screen.text.first[0])


@pytest.mark.parametrize(
    ("fraction", "width", "drawn"),
    [
        (0.0, 4, "|━━━━"),
        (0.125, 4, "╸|━━━"),
        (0.25, 4, "━|╺━━"),
        (0.9, 4, "━━━╸|"),
        (1.0, 4, "━━━━|"),
        (0.5, 0, ""),
        (0.5, 1, "╸|"),
    ],
)
def test_the_bar_is_true_to_half_a_cell(fraction: float, width: int, drawn: str) -> None:
    assert "|".join(text for _, text in bar(fraction, width, BAR)) == drawn
    plain = "".join(text for _, text in bar(fraction, width, " "))
    assert plain == drawn.partition("|")[0].ljust(width)


@pytest.mark.parametrize("width", [40, 50, 60, 200])
async def test_no_figure_of_the_status_is_cut(app: ScriptedApp, width: int) -> None:
    async with app.run_test(size=(width, 24)) as pilot:
        await begin(pilot)
        first, second = status(app)
        assert first.endswith("700 / 10,000   7%")
        assert max(len(first), len(second)) <= app.screen.query_one(StatusPane).content_size.width

"""What is seen through a lens once the run is over: the last net, or why there is none."""

from __future__ import annotations

from tests.screens.lenses.support import (
    LensApp,
    looking_at,
    offered,
    said,
    settled,
    subject,
    until,
)
from tui_charrnn.screens.lenses.surprise import SurpriseLens


async def test_a_lens_that_is_held_can_follow_when_the_run_is_over() -> None:
    looking = looking_at(subject("gru"), live=True)
    app = LensApp(SurpriseLens, looking)
    async with app.run_test() as pilot:
        await settled(pilot)
        await pilot.press("space")
        looking._nets.train(10)
        looking._nets.live = False
        await pilot.pause(0.3)
        assert " after 400: " in said(app, "#nets")
        assert said(app, "#nets").endswith("held")
        assert offered(app)[1] == "Follow"
        await pilot.press("space")
        await until(lambda: app.lens.seen.subjects[0].iteration == 410)
        await pilot.pause()
        assert "held" not in said(app, "#nets")
        assert offered(app)[1] == "Next"


async def test_a_run_that_ends_without_a_net_is_not_waited_for() -> None:
    looking = looking_at(live=True)
    app = LensApp(SurpriseLens, looking)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert {"Passage", "Generate"} < set(offered(app))  # for the net that will come
        looking._nets.live = False
        await settled(pilot)
        assert said(app, "#lens-problem") == "The run has left no net."
        assert said(app, "#text") == ""
        assert not {"Passage", "Generate", "Type"} & set(offered(app))


async def test_a_net_that_was_seen_stays_with_its_keys_when_the_run_leaves_none() -> None:
    looking = looking_at(subject("gru"), live=True)
    app = LensApp(SurpriseLens, looking)
    async with app.run_test() as pilot:
        await settled(pilot)
        before = app.lens.seen
        looking._nets.live, looking._nets.subjects = False, ()
        await until(lambda: "live" not in said(app, "#nets"))
        await pilot.press("p")
        await until(lambda: app.lens.seen is not before)
        assert app.lens.seen.subjects == before.subjects
        assert app.lens.seen.text.origin.startswith("training part")
        assert not app.lens.problem

"""From the main screen to a race with what its form says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui_charrnn.engine import Corpus, TrainConfig
from tui_charrnn.runs.keeping import Keeper
from tui_charrnn.runs.session import Job
from tui_charrnn.screens.race import RaceScreen
from tui_charrnn.screens.race_setup import RaceChoice, RaceSetupScreen

if TYPE_CHECKING:
    from tui_charrnn.screens.train import TrainScreen


def ask_for_race(
    screen: TrainScreen, config: TrainConfig, corpus: Corpus, keeper: Keeper | None
) -> None:
    """Ask in which respect the nets of a race are equal, and let them learn a text."""
    begin = partial(_begin, screen, corpus, keeper)
    screen.app.push_screen(RaceSetupScreen(config, corpus), begin)


def _begin(
    screen: TrainScreen, corpus: Corpus, keeper: Keeper | None, choice: RaceChoice | None
) -> None:
    if choice is None:
        return
    session = screen.session
    if session.active and not session.pausing:
        session.pause()  # it would take a core from one of the contenders
        screen.notify("The single run waits meanwhile.", timeout=3)
    job = Job(next(iter(choice.configs.values())), corpus, *screen.text.source)
    screen.app.push_screen(RaceScreen(choice, job, keeper))

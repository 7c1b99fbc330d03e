"""What a lens looks at when it is opened: a run, a race, runs of the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tui_charrnn.runs.keeping import Keeper
from tui_charrnn.runs.lenses.texts import text_of
from tui_charrnn.runs.race import Race
from tui_charrnn.runs.session import TrainSession
from tui_charrnn.runs.store import RunRecord, RunStore
from tui_charrnn.screens.base import FullScreen
from tui_charrnn.screens.lenses import load
from tui_charrnn.screens.lenses.looking import Looking
from tui_charrnn.screens.lenses.nets import RaceNets, SessionNets, StoredNets


def open_lens(screen: FullScreen, name: str, looking: Looking) -> None:
    """Look through a lens, over a screen."""
    screen.app.push_screen(load(name)(looking))


def into_run(session: TrainSession, keeper: Keeper | None) -> Looking:
    """Look into the run on the main screen, or what it left."""
    corpus = session.job.corpus if session.job else None
    return Looking(SessionNets(session), corpus, _store_of(keeper))


def into_race(race: Race, keeper: Keeper | None) -> Looking:
    """Look into all nets of a race."""
    return Looking(RaceNets(race), race.corpus, _store_of(keeper))


def into_stored(store: RunStore, runs: Sequence[RunRecord]) -> Looking:
    """Look into the checkpoints of runs, at least one, with the text of the first."""
    return Looking(StoredNets(store, runs), partial(text_of, runs[0]), lambda: store)


def _store_of(keeper: Keeper | None) -> Callable[[], RunStore] | None:
    return None if keeper is None else keeper.store

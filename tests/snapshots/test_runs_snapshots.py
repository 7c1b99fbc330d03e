"""How the runs screen looks: pictures of it on a store with recorded runs and fixed dates."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.screens.runs_support import RunsApp, change, open_store, settled, usual
from tui_charrnn.runs.store import RunStore

NORMAL, NARROW, WIDE = (120, 40), (80, 24), (200, 60)

VERSIONS = {"charrnn-tui": "0.1.0", "python": "3.11.7", "numpy": "2.4.1"}
MACHINE = {"processor": "Example CPU", "cores": "2", "system": "Linux"}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunStore]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    opened = open_store(tmp_path)
    yield opened
    opened.close()
    monkeypatch.undo()
    time.tzset()


def fill(store: RunStore) -> None:
    """Fill a store with runs of which nothing tells when and where they were made."""
    for run_id in usual(store):
        change(store, "created", f"2026-03-{run_id:02}T09:30:00.000000+00:00", run_id)
        change(store, "versions", json.dumps(VERSIONS), run_id)
        change(store, "machine", json.dumps(MACHINE), run_id)


@pytest.fixture
def picture(snap_compare, store: RunStore) -> Callable[..., bool]:
    """Compare the screen, after some keys, with the accepted picture."""

    def compare(*keys: str, size=NORMAL, theme: str = "textual-dark", empty: bool = False) -> bool:
        if not empty:
            fill(store)
        app = RunsApp(store)

        async def run(pilot: Pilot) -> None:
            app.theme = theme
            await settled(pilot)
            await pilot.press(*keys)
            await settled(pilot)

        return snap_compare(app, terminal_size=size, run_before=run)

    return compare


MARKED = ("space", "down", "space", "down", "down", "space")

sizes = pytest.mark.parametrize(
    "size", [NORMAL, NARROW, WIDE], ids=["normal", "narrow", "wide"]
)  # fmt: skip


@sizes
def test_marked(picture, size) -> None:
    assert picture(*MARKED, size=size)


@sizes
def test_one_failed_run_is_seen(picture, size) -> None:
    assert picture("down", "down", size=size)


@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_empty(picture, size) -> None:
    assert picture(size=size, empty=True)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "nord"])
def test_themes(picture, theme: str) -> None:
    assert picture(*MARKED, theme=theme)


def test_without_colour(picture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert picture("a")


def test_a_filter_without_sense(picture) -> None:
    assert picture("slash", *"gru", "space", *"sed=1", size=NARROW)


def test_sorted_by_a_column_at_the_right(picture) -> None:
    assert picture(*"oooooooooo", *MARKED, size=NARROW)


def test_maximised_table(picture) -> None:
    assert picture("a", "z", "z", size=NARROW)


@pytest.mark.parametrize("key", ["n", "d", "x", "p", "question_mark"])
def test_dialogs(picture, key: str) -> None:
    assert picture(*MARKED, key, size=NARROW)

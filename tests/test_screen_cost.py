"""The benchmark of the screen reads turns from a store, and compares the app with no app."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import screen_cost
from benchmarks.screen_cost import Measured, Net, Seen, speed_of, speeds, table_of, turns_of


def points(*turns: tuple[float, float, float]) -> np.ndarray:
    """Return updates of turns: when each begins and ends, and its characters a second."""
    rows, characters = [], 0
    for start, end, speed in turns:
        for elapsed in np.arange(start, end, 0.01):
            characters += round(speed * 0.01)
            rows.append((elapsed, characters))
    return np.array(rows, [("elapsed", "<f8"), ("characters", "<i8")])


def test_every_turn_but_the_first_has_its_speed() -> None:
    run = points((0, 1.5, 9000), (3, 5, 1000), (7, 9, 2000), (11, 13, 3000), (15, 15.1, 7000))
    assert speeds(run, 3, 2.0) == pytest.approx([1000, 2000, 3000])


def test_turns_without_a_gap_between_them_do_not_count() -> None:
    run = points((0, 1.5, 9000), (3, 7, 1000), (9, 11, 3000))
    assert speeds(run, 3, 2.0) == pytest.approx([np.nan, np.nan, 3000], nan_ok=True)
    assert speeds(run, 4, 2.0) == pytest.approx([np.nan, np.nan, 3000, np.nan], nan_ok=True)


def test_what_had_piled_up_does_not_count() -> None:
    run = points((0, 0.2, 90_000), (0.2, 2, 1000))
    (turn,) = turns_of(run)
    assert speed_of(turn) == pytest.approx(1000)
    assert np.isnan(speed_of(turn[:3]))


def test_a_row_says_whether_the_target_is_reached() -> None:
    seen = [Seen(screen=20.0, others=3.0, frames=10.0, written=5000.0)] * 3
    hundreds = np.full(3, 100.0)
    rows = [
        ([Net("rnn", 8, 5), Net("gru", 8, 5)][:count], Measured(np.full(3, app), hundreds, seen))
        for count, app in ((1, 96), (2, 94))
    ]
    cells = {column.header: list(column.cells) for column in table_of(rows).columns}
    assert cells["cell"] == ["rnn", "rnn and gru"]
    assert cells["ratio"] == ["0.960 (0.960-0.960)", "0.940 (0.940-0.940)"]
    assert cells["reached"] == ["yes", "no"]
    assert (cells["screen ms/s"][0], cells["kB/s"][0]) == ("20.0", "5.0")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs the /proc of Linux")
@pytest.mark.parametrize("cells", [("gru",), ("rnn", "gru")], ids=["one net", "a race"])
def test_app_and_command_train_in_turn(tmp_path: Path, cells: tuple[str, ...]) -> None:
    nets = [Net(cell, 12, 7) for cell in cells]
    found = screen_cost.measure(nets, rounds=2, seconds=1.0, folder=tmp_path)
    assert len(screen_cost.points_of(tmp_path / "app.sqlite3")) == len(cells)
    assert len(found.seen) == 2
    assert len(found.ratios) >= 1
    assert (found.app > 0).all()
    assert (found.headless > 0).all()
    for seen in found.seen:
        assert 0 < seen.screen < 1500
        assert 1 < seen.frames < 60
        assert seen.written > 0

"""What the benchmarks of start-up, idleness and keys make of what they measure."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from rich.table import Table

from benchmarks import idle, key_latency, startup


def cells(table: Table, heading: str) -> list[str]:
    return next([*column.cells] for column in table.columns if column.header == heading)


def test_a_start_is_judged_by_its_ratio_to_the_bare_app_in_the_same_round() -> None:
    times = {name: [0.3, 0.6, 0.9] for name in ("welcome", "ready", "--help", "runs")}
    times |= {"bare": [0.2, 0.4, 0.8], "app": [0.28, 0.6, 1.2]}
    screens, commands = startup.report(times)
    assert cells(screens, "median ms") == ["400", "600", "600", "600"]
    assert cells(screens, "ratio to bare")[:2] == ["", "1.50 (1.45-1.50)"]
    assert cells(screens, "reached") == ["", "yes", "", ""]
    times["app"] = [0.28, 0.61, 1.21]
    assert cells(next(iter(startup.report(times))), "reached")[1] == "no"
    assert cells(commands, "command") == ["charrnn-tui --help", "charrnn-tui runs"]


def test_the_bare_app_shows_its_word_and_ends(tmp_path) -> None:
    script = tmp_path / "bare.py"
    script.write_text(startup.BARE)
    seconds = startup.first_frame(startup.WORDS, (sys.executable, str(script)), {})
    assert 0 < seconds < 10


def test_work_counts_all_threads_and_children() -> None:
    code = "import time; end = time.time() + 30\nwhile time.time() < end: pass"
    before = idle.work_of(os.getpid())
    with subprocess.Popen([sys.executable, "-c", code]) as child:
        deadline = time.monotonic() + 30
        while idle.grown(before.seconds, idle.work_of(child.pid).seconds) < 0.05:
            assert time.monotonic() < deadline
        after = idle.work_of(os.getpid())
        child.kill()
    assert idle.grown(before.seconds, after.seconds) >= 0.05
    assert str(child.pid) in after.seconds
    assert str(child.pid) not in before.seconds


def test_a_thread_that_has_ended_takes_nothing_back() -> None:
    assert idle.grown({"1": 5.0, "2": 3.0}, {"1": 6.0, "3": 0.5}) == pytest.approx(1.5)


def test_the_slowest_of_a_hundred_keys_is_seen_but_not_decisive() -> None:
    times = [10.0] * 198 + [300.0] * 2
    assert key_latency.percentile(times, 99) == 300.0  # two of two hundred are one too many
    assert key_latency.percentile([10.0] * 199 + [300.0], 99) == 10.0
    assert key_latency.percentile([7.0], 99) == 7.0


def test_a_net_keeps_the_bound_with_all_keys_that_count() -> None:
    table = Table(*["cell"] * 10)
    slow = {"u": [10.0] * 200, "esc byte": [160.0] * 20}
    assert key_latency.add_rows(table, "gru", slow)
    assert not key_latency.add_rows(table, "gru", {**slow, "z": [60.0] * 3})
    assert [*table.columns[-1].cells] == ["", "", "yes", "", "", "", "no"]


def test_enough_keys_are_pressed_for_a_percentile() -> None:
    counted = [press for press in key_latency.ROUND if press.counts]
    assert len(counted) * 8 >= 200
    assert {"u", "l", "z", "1", "2", "tab", "?", "e", "+", "-", "space"} <= {
        press.name for press in counted
    }

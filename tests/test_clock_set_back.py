"""The clock of the machine is set back by a day in the midst of a run: nothing notices.

The clock is that of the processes alone, as libfaketime (Debian's package faketime) gives it to
them. What tells how much time has passed is not touched, as when a real clock is set.
"""

from __future__ import annotations

import glob
import os
import signal
import time
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.places import CONFIG, check_as_in_one_go, flags, run_in, text_in
from tests.places import start as start  # noqa: PLC0414 - a fixture
from tui_charrnn.engine import checkpoint_file
from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.store.checkpoints import path_of

PLACES = ("/usr/lib/*/faketime", "/usr/lib*/faketime", "/usr/local/lib/faketime")
FOUND = [file for place in PLACES for file in glob.glob(f"{place}/libfaketimeMT.so.1")]

pytestmark = pytest.mark.skipif(
    not FOUND and not os.environ.get("CHARRNN_REQUIRE_FAKETIME"), reason="faketime is not installed"
)

BY_TIME = CONFIG.replace(
    checkpoint_every=0, checkpoint_seconds=1, sample_every=10, sample_length=5
)  # fmt: skip


class Clock:
    """What processes take for the time of day."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.set("+0")
        self.environment = {
            **os.environ,
            "LD_PRELOAD": FOUND[0],
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set(self, shift: str) -> None:
        """Let the time of day be another from now on, in whatever runs already."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{shift}\n")
        new.rename(self._file)


def test_a_run_is_kept_and_goes_on_as_if_the_clock_had_not_been_set_back(start, tmp_path) -> None:
    begun, store, clock = time.monotonic(), tmp_path / "runs.sqlite3", Clock(tmp_path / "clock")
    text, kept = f"--corpus={text_in(tmp_path)}", f"--store={store}"

    def program(*words: str):
        return start(*words, kept, env=clock.environment)

    def saved() -> int:
        file = path_of(store, 1)
        return checkpoint_file.load(file).iteration if file.exists() else 0

    train = program("train", text, *flags(BY_TIME))
    train.until(saved)
    told = train.said
    train.until(lambda: train.said != told)  # by updates: nothing is saved just now
    clock.set("-1d")
    after = saved()
    train.until(lambda: saved() > after)
    later = program("train", text, *flags(BY_TIME.replace(iterations=60)), "--quiet")
    assert (later.exit_code(), later.said) == (0, "")
    after = saved()
    train.until(lambda: saved() > after)
    listed, refused = program("runs"), program("resume", "1")
    deleted = program("runs", "delete", "1", "--yes")
    assert listed.exit_code() == 0
    assert [line.split()[:3] for line in listed.said.splitlines()[1:3]] == [
        ["2", "gru-2", "finished"],
        ["1", "gru-1", "running"],
    ]
    assert refused.exit_code() == deleted.exit_code() == 2
    assert "is still running" in refused.said
    assert "is still running" in deleted.said
    assert train.exit_code(signal.SIGTERM) == 128 + signal.SIGTERM
    assert "charrnn-tui train: " not in train.said

    with RunStore.open(store) as opened:
        second, first = opened.runs()
        assert (second.id, first.id, first.state) == (2, 1, "stopped")
        assert second.created < first.created - timedelta(hours=23)  # it was set back indeed
        elapsed = [event.elapsed for event in opened.events(1)]
        assert opened.checkpoint(1).iteration == first.iteration
    assert np.all(np.diff(elapsed) >= 0)
    assert 0 < elapsed[-1] < time.monotonic() - begun

    again = program("resume", "1", f"--iterations={first.iteration + 30}", "--quiet")
    assert (again.exit_code(), again.said) == (0, "")
    assert run_in(store) == ("finished", first.iteration + 30)
    check_as_in_one_go(store)

"""What the new process is told: it arrives as it was meant, or is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tui_charrnn.engine import ConfigError, TrainConfig
from tui_charrnn.runs.detached import DetachError, GoingOn, NewRun
from tui_charrnn.runs.detached.orders import from_json, to_json

CONFIG = TrainConfig(hidden_size=8, learning_rate=0.1, dtype="float64")


@pytest.mark.parametrize(
    "order",
    [
        NewRun(CONFIG, "tales", "utf-8", Path("/data/runs.sqlite3"), "owl ☃"),
        NewRun(CONFIG, "/data/\udcff.txt", "latin-1", Path("/da\nta/\udcff.sqlite3")),
        GoingOn(5, Path("/data/runs.sqlite3")),
        GoingOn(5, Path("/data/runs.sqlite3"), {"iterations": 7, "learning_rate": 0.5}),
    ],
)
def test_an_order_arrives_as_it_was_meant(order: NewRun | GoingOn) -> None:
    line = to_json(order)
    assert line.count(b"\n") == 1
    assert from_json(line) == order


def test_paths_hold_in_any_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    order = from_json(to_json(NewRun(CONFIG, "owls.txt", "utf-8", Path("runs.sqlite3"))))
    assert (order.source, order.store) == (f"{tmp_path}/owls.txt", tmp_path / "runs.sqlite3")
    other = from_json(to_json(NewRun(CONFIG, "~/owls.txt", "utf-8", Path("runs.sqlite3"))))
    assert other.source == "/home/somebody/owls.txt"


@pytest.mark.parametrize("line", [b"", b"\n", b"[]\n", b'{"store": "x"}\n', b'{"run_id": 5}\n'])
def test_what_is_no_order_is_refused(line: bytes) -> None:
    with pytest.raises(DetachError, match=r"What is to be trained cannot be read: .*\."):
        from_json(line)


def test_hyperparameters_are_checked_where_they_arrive() -> None:
    row = json.loads(to_json(NewRun(CONFIG, "tales", "utf-8", Path("x"))))
    row["config"]["hidden_size"] = 0
    with pytest.raises(ConfigError, match="hidden_size must be"):
        from_json(json.dumps(row).encode())
    row["config"]["hidden_sise"] = 5
    with pytest.raises(DetachError, match="hidden_sise"):
        from_json(json.dumps(row).encode())

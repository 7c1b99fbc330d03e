"""The program in a terminal, on what strangers wrote: every byte that it sends is looked at."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.hostile.conftest import NAME, SHOWN, SMALL, hostile_line
from tests.hostile.strangers import TITLE, is_harmless
from tests.hostile.terminal import obeyed, plain
from tui_charrnn.runs.store import RunStore

MANY = 12_000
"""Distinct characters of a large vocabulary."""


def assert_harmless(app) -> None:
    """Check all that was sent until the end."""
    raw = app.raw
    assert obeyed(raw) == set()
    for part in (b"\x1b]0;", b"\x1b]52", b"\x1b[2J", "\x9b".encode(), "\u202e".encode(), b"\xff"):
        assert part not in raw


def test_the_app_trains_and_samples_a_hostile_text(screen, text_file: Path, store: Path) -> None:
    text_file.write_text("\x1b]0;LEARNED\x07\x9b31m\u202e[bold red]me[/]" * 900, encoding="utf-8")
    app = screen("--corpus", str(text_file), "--preset", "quick", "--store", str(store))
    app.wait_for(lambda shown: "READY" in shown and SHOWN in shown)
    app.press("Space")
    app.wait_for("TRAINING")
    app.press_until("s", "␛]0;LEARNED␇\ufffd31m", 120)  # it has learned to write titles
    app.press_until("s", r"\[bold red\]me\[/\]", 120)  # and markup
    app.press("x")
    app.wait_for("STOPPED")
    app.leave()
    assert_harmless(app)


def test_the_app_on_a_long_line_of_many_characters(screen, tmp_path: Path) -> None:
    path = tmp_path / "many.txt"
    letters = [chr(code) for code in range(0x20, 0x20000) if not 0xD800 <= code < 0xE000][:MANY]
    path.write_text("".join(letters) * (1_000_000 // MANY), encoding="utf-8")
    app = screen("--corpus", str(path), "--store", str(tmp_path / "runs.sqlite3"))
    app.wait_for("READY +gru 256 on many")  # the text was read: before, no run can start
    app.press("Space")
    app.wait_for("iteration 0 ", 60)
    app.press("u")  # keys are obeyed meanwhile
    app.wait_for("nats a sequence", 10)
    app.press("x")
    app.wait_for("STOPPED", 60)
    app.leave()
    assert_harmless(app)
    assert "\ufffd" in plain(app.raw)


def test_the_runs_of_a_hostile_store(screen, store: Path) -> None:
    name = re.escape("␛]0;PWNED␇")
    app = screen("--store", str(store))
    app.wait_for("READY")
    app.press("o")
    app.wait_for(f"(?s)Runs · 1.*{name}.*{name}")  # in the table and below it
    app.press("Space")
    app.wait_for(f"(?s){name}.*Smooth loss|Smooth loss.*{name}.*1 marked")  # in the legend
    app.press("d")
    app.wait_for(f"Delete {name}")
    app.press("n")
    app.wait_for(lambda shown: "Delete ␛" not in shown)
    app.press("x")
    app.wait_for(f"Export {name}")
    app.press("Escape")
    app.wait_for(lambda shown: "Export ␛" not in shown)
    app.press("p")
    app.wait_for(f"Report on {name}")
    app.press("Escape")
    app.wait_for(lambda shown: "Report on" not in shown)
    app.press("/")
    app.wait_for("gru tales hidden_size>=128")
    app.press("[b]none")
    app.wait_for("Runs · 0 of 1")
    app.press("Escape")
    app.wait_for("Runs · 1,")
    app.press("Escape")
    app.wait_for("READY")
    app.leave()
    assert_harmless(app)


def test_train_on_a_terminal(terminal, text_file: Path, tmp_path: Path) -> None:
    app = terminal("train", "--corpus", str(text_file), "--store", str(tmp_path / "s"), *SMALL)
    assert app.end() == 0
    assert_harmless(app)
    assert SHOWN in app.written()
    assert "finished after 40 of 40 iterations" in app.written()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_exports_and_events_on_a_terminal(
    terminal, text_file: Path, store: Path, form: str
) -> None:
    app = terminal("runs", "--store", str(store), "export", "1", "--format", form)
    assert app.end() == 0
    assert_harmless(app)
    assert "\x7f" not in app.written()
    other = ("train", "--corpus", str(text_file), "--store", str(store), *SMALL)
    events = terminal(*other, "--jsonl", "-")
    assert events.end() == 0
    assert_harmless(events)


def test_listings_on_a_terminal(terminal, store: Path) -> None:
    for words in (("list",), (TITLE,), ("show", "1"), ("show", hostile_line()[:60])):
        app = terminal("runs", "--store", str(store), *words)
        assert app.end() == 0
        assert_harmless(app)
        assert "PWNED" in app.written()


def test_an_export_to_a_file_or_pipe_is_exact(store: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tui_charrnn", "runs", "--store", str(store), "export", "1"]
    opened = RunStore.open(store, read_only=True)
    with closing(opened):
        events = [event.as_json() for event in opened.events(1)]
    piped = subprocess.run([*command, "--format", "jsonl"], capture_output=True, check=True).stdout
    assert piped.isascii()
    assert [json.loads(line) for line in piped.decode().splitlines()] == events
    assert any(not is_harmless(str(event.get("text", ""))) for event in events)
    file = tmp_path / "out.jsonl"
    subprocess.run([*command, "--format", "jsonl", "--out", file], check=True)
    assert file.read_bytes() == piped
    figures = subprocess.run([*command, "--format", "csv"], capture_output=True, check=True).stdout
    rows = list(csv.DictReader(io.StringIO(figures.decode())))
    steps = [event for event in events if event["event"] == "Step"]
    assert [float(row["loss"]) for row in rows] == [step["loss"] for step in steps]


WRONG = (
    ("--corpus", TITLE),
    ("--corpus", b"\xff\x9b31m"),
    ("--preset", TITLE),
    (TITLE,),
    ("--\x1b]0;PWNED\x07",),
    ("train", "--hidden-size", hostile_line()),
    ("train", "--cell", "\x9b31m\u202e"),
    ("train", "--corpus", os.fsdecode(NAME), "--encoding", "\x1b[2J"),
    ("train", "--corpus", os.fsdecode(NAME), "--jsonl", f"nowhere/{TITLE}"),
    ("train", "--name", hostile_line()),
    ("runs", "--store", b"\xff\x1b[2J/x"),
    ("runs", "show", TITLE),
    ("runs", "name", "1", TITLE),
    ("runs", "export", "1", "--format", TITLE),
    ("runs", "export", "1", "--format", "csv", "--out", f"nowhere/{TITLE}"),
    ("runs", "delete", hostile_line(), "--yes"),
    ("runs", "--store", TITLE),
    ("sweep", TITLE),
    ("report", TITLE, "--out", TITLE),
    ("report", "--sweep", TITLE, "--out", "x"),
)


@pytest.mark.parametrize("words", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said_harmlessly(
    terminal, words: tuple[str | bytes, ...], store: Path
) -> None:
    app = terminal(*words, folder=store.parent, CHARRNN_STORE=str(store))
    code = app.end()
    assert_harmless(app)
    said = app.written().strip().splitlines()
    assert code == 2
    assert len(said) == 1
    assert said[0].startswith("charrnn-tui")
    assert said[0].endswith(".") or "choose from" in said[0] or "unrecognized" in said[0]


def test_a_hostile_store_is_what_it_claims_to_be(store: Path) -> None:
    """Else the tests above would look at nothing."""
    with closing(sqlite3.connect(store)) as connection:
        name, text = connection.execute("SELECT name, text FROM runs").fetchone()
    assert TITLE in name
    assert json.loads(text)["name"] == os.fsdecode(NAME)

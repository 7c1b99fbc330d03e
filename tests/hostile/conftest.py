"""Programs in terminals, and what strangers give them to read."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.hostile.recorded import Recorded
from tests.hostile.strangers import MARKUP, PAYLOADS
from tests.hostile.terminal import Terminal
from tests.test_end_to_end import REQUIRED
from tui_charrnn.cli import main

NAME = b"\x1b]0;PWNED\x07\xc2\x9b31m\xe2\x80\xae[red]x\xff.txt"
"""Of a file: a title, a colour, a reversed line, markup and a byte that is no text."""

SHOWN = "␛]0;PWNED␇\ufffd31m\ufffd[red]x"
"""How it begins where it is shown."""


SMALL = ("--iterations", "40", "--hidden-size", "12", "--seq-length", "30", "--sample-every", "5")
"""Flags of a short run."""


def hostile_line() -> str:
    """Return everything to be feared, but for what UTF-8 and text files cannot hold."""
    line = "".join(PAYLOADS).replace("\0", "").replace("\r", "")
    return "".join(char for char in line if not 0xD800 <= ord(char) < 0xE000)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def start(*arguments: str | bytes, **options: str) -> Terminal:
        opened.append(Terminal(*arguments, **options))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Callable[..., Recorded]]:
    """Starts the app in a tmux whose bytes are kept."""
    if not shutil.which("tmux") and not REQUIRED:
        pytest.skip("tmux is not installed")
    opened: list[Recorded] = []

    def start(*arguments: str) -> Recorded:
        opened.append(Recorded(tmp_path, *arguments))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    """A text of one line, of which no character is harmless, in a file that is not either."""
    path = tmp_path / os.fsdecode(NAME)
    path.write_text(hostile_line() * 100, encoding="utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path, text_file: Path) -> Path:
    """A store as somebody else might have left it, with a run whose every word is hostile."""
    path = tmp_path / "runs.sqlite3"
    words = ["train", "--quiet", "--corpus", str(text_file), "--store", str(path)]
    assert main([*words, *SMALL]) == 0
    words = hostile_line() + MARKUP
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "UPDATE runs SET name = ?, collection = ?, message = ?", (words[:60], words, words)
        )
        for column in ("versions", "machine"):
            row = f"json_object({', '.join(['?'] * 2)})"
            connection.execute(f"UPDATE runs SET {column} = {row}", ("python", words))
    return path

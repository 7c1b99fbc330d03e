"""`--low-bandwidth`: where it is understood, what it changes, and what it does not go with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interrupted import app_command
from tests.ptys import Pty
from tui_charrnn.cli import main

MOUSE = b"\x1b[?1000h"
"""What asks a terminal to tell of the mouse."""


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--low-bandwidth", "train"], "--low-bandwidth is for the app, not for `train`."),
        (["--low-bandwidth", "runs"], "--low-bandwidth is for the app, not for `runs`."),
        (["sweep", "grid.toml", "--low-bandwidth", "--plain"],
         "--low-bandwidth does not go with --plain, which writes lines of text."),
        (["--low-bandwidth", "sweep", "grid.toml", "--dry-run"],
         "--low-bandwidth does not go with --dry-run, which writes lines of text."),
    ],
)  # fmt: skip
def test_where_no_screen_is_shown_it_is_refused_in_one_sentence(words, sentence, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith(f": error: {sentence}\n")


@pytest.mark.parametrize("words", [["attach"], ["sweep", "grid.toml"], []])
def test_commands_that_open_the_app_understand_it_on_either_side(words, capsys) -> None:
    for given in ([*words, "--low-bandwidth"], ["--low-bandwidth", *words]):
        with pytest.raises(SystemExit) as ended:
            main(given)  # there is no terminal, or no such file
        assert ended.value.code == 2
        assert "low-bandwidth" not in capsys.readouterr().err


@pytest.mark.parametrize("flags", [(), ("--low-bandwidth",)])
def test_the_mouse_is_left_alone_then(tmp_path: Path, flags) -> None:
    app = Pty(*app_command(tmp_path, *flags))
    try:
        app.wait_for(b"READY")
        assert (MOUSE in app.output) == (not flags)
        app.press("q")
        assert app.exit_code() == 0
    finally:
        app.end()

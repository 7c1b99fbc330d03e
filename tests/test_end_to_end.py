"""The app as a person runs it: in a real terminal, on real text, with real training."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

REQUIRED = bool(os.environ.get("CHARRNN_REQUIRE_TMUX"))

pytestmark = pytest.mark.skipif(
    not shutil.which("tmux") and not REQUIRED, reason="tmux is not installed"
)


class Terminal:
    """The app in a tmux of its own."""

    def __init__(self, width: int, height: int, *arguments: str, **environment: str) -> None:
        self.socket = f"charrnn-{uuid.uuid4().hex}"
        settings = {"TERM": "xterm-256color", **environment}
        words = [f"{name}={value}" for name, value in settings.items()]
        command = [*words, sys.executable, "-m", "tui_charrnn", *arguments]
        shell = f"env {' '.join(command)}; echo exit code $?; sleep 60"
        self.tmux("new-session", "-d", "-x", str(width), "-y", str(height), shell)

    def tmux(self, *arguments: str) -> str:
        command = ["tmux", "-L", self.socket, "-f", "/dev/null", *arguments]
        # os.environ and not what the C library holds: there, the readline that pytest loads has
        # set COLUMNS and LINES, which would overrule the size of the terminal
        environment = dict(os.environ)
        return subprocess.run(
            command, check=True, capture_output=True, text=True, env=environment
        ).stdout

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", *keys)

    def resize(self, width: int, height: int) -> None:
        self.tmux("resize-window", "-x", str(width), "-y", str(height))

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def wait_for(self, seen: str | Callable[[str], object], seconds: float = 60) -> str:
        """Wait until a pattern is seen or a test of the screen is true; return the screen."""
        test = seen if callable(seen) else lambda screen: re.search(seen, screen)
        deadline = time.monotonic() + seconds
        while not test(screen := self.screen()):
            assert time.monotonic() < deadline, f"waited in vain for {seen} on\n{screen}"
            time.sleep(0.05)
        return screen

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self.socket, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def make(*arguments, **environment) -> Terminal:
        opened.append(Terminal(*arguments, **environment))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def iteration(screen: str) -> int:
    match = re.search(r"([\d,]+) / [\d,]+ +\d+%", screen)
    return int(match[1].replace(",", "")) if match else 0


def test_train_pause_sample_resume_quit(terminal) -> None:
    app = terminal(120, 40, "--corpus", "stdlib")
    app.wait_for(r"READY +gru 256 on stdlib")
    app.press("Space")
    app.wait_for(lambda screen: "TRAINING" in screen and iteration(screen) > 20)
    app.resize(80, 24)
    app.wait_for("3 Hyperparameters")
    app.resize(120, 40)
    app.wait_for(lambda screen: "learning rate" in screen and "3 Hyper" not in screen)
    app.press("Space")
    paused = app.wait_for("PAUSED")
    assert re.search(r"loss \d\.\d{4}", paused)
    time.sleep(0.5)
    assert iteration(app.screen()) == iteration(paused)  # a pause is a pause
    app.press("s")
    app.wait_for(r"smooth loss \d\.\d{4} bits/char · temperature 1")
    assert iteration(app.screen()) == iteration(paused)
    app.press("S", *"import", "Enter")  # all at once, and typed into what S opens
    app.wait_for("│ import")
    app.press("Space")
    app.wait_for(lambda screen: iteration(screen) > iteration(paused) + 10)
    app.press("q")
    app.wait_for(r"Quit\?")
    app.press("y")
    app.wait_for("exit code 0", seconds=20)
    assert "Traceback" not in app.screen()


@pytest.mark.parametrize(
    ("width", "height", "environment"),
    [(80, 24, {"NO_COLOR": "1"}), (200, 60, {"COLORTERM": "truecolor"})],
)
def test_other_sizes_and_no_colour(terminal, width, height, environment) -> None:
    app = terminal(width, height, **environment)
    app.wait_for(r"READY +gru 256 on tales")
    app.press("m", "Space")
    screen = app.wait_for(lambda screen: iteration(screen) > 5)
    assert "lstm 256 on tales" in screen
    lines = screen.splitlines()
    assert max(map(len, lines)) <= width
    app.press("x")
    app.wait_for("STOPPED")
    app.press("q")
    app.press("y")
    app.wait_for("exit code 0", seconds=20)


def test_a_text_of_ones_own(terminal, tmp_path) -> None:
    text = tmp_path / "owls.txt"
    text.write_text("the owl saw the fox, and the fox saw the owl. " * 200)
    app = terminal(100, 30, "--corpus", str(text), "--preset", "quick")
    app.wait_for(r"READY +gru 128 on owls.txt")
    app.press("Space")
    app.wait_for(lambda screen: iteration(screen) > 50)
    app.press("x")
    screen = app.wait_for("STOPPED")
    in_chart, in_status = re.findall(r"smooth (\d\.\d{4})", screen)
    assert in_chart == in_status

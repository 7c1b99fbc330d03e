"""The app in a tmux that keeps every byte which the app writes."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
import uuid
from pathlib import Path

from tests.hostile.terminal import COLUMNS, ROWS
from tests.test_end_to_end import Terminal


class Recorded(Terminal):
    """A real terminal: what is on its screen, and what was sent to it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        """Start the app with these arguments; `folder` gets the record."""
        self.socket = f"charrnn-{uuid.uuid4().hex}"
        self._record = folder / "record"
        command = shlex.join([sys.executable, "-m", "tui_charrnn", *arguments])
        wait = f"tmux -L {self.socket} wait-for record"
        shell = f"{wait}; TERM=xterm-256color {command}; echo exit code $?; sleep 60"
        self.tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), shell)
        self.tmux("pipe-pane", f"cat > {shlex.quote(str(self._record))}")
        self.tmux("wait-for", "-S", "record")

    @property
    def raw(self) -> bytes:
        """All bytes that were sent so far."""
        return self._record.read_bytes()

    def paste(self, text: str | bytes) -> None:
        """Paste a text, in the brackets that the app has asked for."""
        data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        load = ["tmux", "-L", self.socket, "load-buffer", "-"]
        subprocess.run(load, input=data, check=True)
        self.tmux("paste-buffer", "-p", "-r")

    def type_bytes(self, data: bytes) -> None:
        """Send bytes as if a keyboard had."""
        self.tmux("send-keys", "-H", *(f"{byte:02x}" for byte in data))

    def press_until(self, key: str, seen: str, seconds: float = 60) -> str:
        """Press a key, again from time to time, until a pattern is seen; return the screen."""
        deadline = time.monotonic() + seconds
        while True:
            self.press(key)
            try:
                return self.wait_for(seen, 3)
            except AssertionError:
                if time.monotonic() > deadline:
                    raise

    def leave(self) -> None:
        """Leave the app, which may ask whether that is meant; see that all went well."""
        self.press("q")
        if "Quit?" in self.wait_for(r"exit code|Quit\?"):
            self.press("y")
        self.wait_for("exit code 0")
        assert "Traceback" not in self.screen()

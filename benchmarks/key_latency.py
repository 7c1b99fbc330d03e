"""How long a key takes to show its effect while the app trains at full speed, and quitting too.

    python -m benchmarks.key_latency [--preset notebook] [--presses 30]

The app runs in a pseudo-terminal of 120x40 on the default text. A key is written to it, and the
time is taken until the words that the key brings up have come back. `q` is answered with `y`, and
timed until the process has ended. Run it from the root of the repository.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import random
import select
import statistics
import struct
import sys
import termios
import time

ROWS, COLUMNS = 40, 120
PATIENCE = 10.0
"""Seconds after which an effect counts as missing."""

TOGGLES = {
    "u": (b"nats a sequence", b"bits per character"),
    "l": (b"logarithmic", b"linear"),
    "z": (b"3 Hyperparameters", b"learning rate"),
    " ": (b"PAUS", b"TRAINING"),
}
"""Keys that switch something, and the words seen after the first and the second press."""


class AppInTerminal:
    """The app as a child process whose terminal is read and written here."""

    def __init__(self, *arguments: str) -> None:
        """Start the app, which does not know that nobody looks."""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            size = {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
            command = [sys.executable, "-m", "tui_charrnn", *arguments]
            os.execvpe(command[0], command, {**os.environ, **size})
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.written = 0

    def press(self, keys: str) -> None:
        """Send keys as a terminal does."""
        os.write(self.terminal, keys.encode())

    def read_until(self, words: bytes, patience: float = PATIENCE) -> float:
        """Return the seconds until the words came; escape sequences between them do not count."""
        start, seen = time.perf_counter(), b""
        while words not in seen:
            left = patience - (time.perf_counter() - start)
            if left <= 0:
                raise TimeoutError(f"{words!r} did not come within {patience} s")
            seen = (seen + self._read(left))[-65536:]
        return time.perf_counter() - start

    def drain(self, seconds: float) -> None:
        """Read whatever comes for some time, as a terminal does."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self._read(left)

    def _read(self, seconds: float) -> bytes:
        if not select.select([self.terminal], [], [], seconds)[0]:
            return b""
        data = os.read(self.terminal, 65536)
        self.written += len(data)
        return data

    def wait(self) -> int:
        """Read on until the process has ended; return its exit code."""
        try:
            while True:
                self._read(PATIENCE)
        except OSError:
            pass  # the terminal is closed
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def measure(app: AppInTerminal, key: str, presses: int, rng: random.Random) -> list[float]:
    """Press a key again and again, at moments that have nothing to do with the app's frames."""
    times = []
    for press in range(presses):
        app.drain(0.3 + 0.2 * rng.random())
        app.press(key)
        times.append(app.read_until(TOGGLES[key][press % 2]))
    return times


def main() -> None:
    """Measure every key and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", default="tales")
    parser.add_argument("--preset", default="notebook", help="what is trained (default notebook)")
    parser.add_argument("--presses", type=int, default=30)
    options = parser.parse_args()
    rng = random.Random(1)
    app = AppInTerminal("--corpus", options.corpus, "--preset", options.preset)
    app.read_until(b"parameters", 60)
    app.press(" ")
    app.read_until(b"TRAINING")
    app.drain(3)
    print(f"{'key':6}{'median ms':>11}{'p95 ms':>9}{'worst ms':>10}   within 100 ms")
    for key in TOGGLES:
        times = sorted(1000 * seconds for seconds in measure(app, key, options.presses, rng))
        p95 = times[int(0.95 * (len(times) - 1))]
        median, good = statistics.median(times), sum(time <= 100 for time in times)
        name = "space" if key == " " else key
        print(f"{name:6}{median:11.0f}{p95:9.0f}{times[-1]:10.0f}   {good} of {len(times)}")
    before = app.written
    app.drain(10)
    print(f"bytes a second while training: {(app.written - before) / 10:,.0f}")
    app.press("q")
    app.read_until(b"Quit?")
    start = time.perf_counter()
    app.press("y")
    code = app.wait()
    print(f"quit: {time.perf_counter() - start:.2f} s, exit code {code}")


if __name__ == "__main__":
    main()

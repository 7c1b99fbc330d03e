"""How long a key takes to show its effect while the app trains at full speed, and quitting too.

    python -m benchmarks.key_latency [--preset notebook] [--presses 30]

The app runs in a pseudo-terminal of 120x40 on the default text. A key is written to it, and the
time is taken until the words that the key brings up have come back. `q` is answered with `y`, and
timed until the process has ended. Run it from the root of the repository.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time

from benchmarks.app_in_terminal import AppInTerminal

TOGGLES = {
    "u": (b"nats a sequence", b"bits per character"),
    "l": (b"logarithmic", b"linear"),
    "z": (b"3 Hyperparameters", b"learning rate"),
    " ": (b"PAUS", b"TRAINING"),
}
"""Keys that switch something, and the words seen after the first and the second press."""


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

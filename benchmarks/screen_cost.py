"""What the screen costs the training: characters a second in the app, beside the same run headless.

    python -m benchmarks.screen_cost            from the repository root, with the test extra
    python -m benchmarks.screen_cost --quick    two nets and a race of both, a few rounds

The app, in a pseudo-terminal of 120x40, and `charrnn-tui train --quiet` train the same net on the
same text from the same seed, and both keep their run in a store. They take turns of a few seconds:
the one whose turn it is not stands still, so that a slow spell of the machine meets both. What each
has trained is read from the stores afterwards: a turn is seen there as updates in a row, after a
gap. The first turn of each, and the first moments of every turn, do not count. The target is at
least 0.95 of the headless speed.

In a race the app trains two nets at once, each in a process of its own; beside it stand two
commands that do, and what counts is what both nets have read. On two cores nothing is left for the
screen, the trainers share theirs with it.

`screen` is the processor time of the app's main thread, which draws and takes keys, in milliseconds
a second of training: two threads share the interpreter, so that is what the screen takes from the
training at least. It is disturbed less by other programs than the ratio. `other threads` are those
of the app but for the trainer's. `frames` are the times that the screen changed. Only Linux has the
/proc that this is read from.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from threadpoolctl import threadpool_limits

from benchmarks import machine
from benchmarks.app_in_terminal import PATIENCE, AppInTerminal
from benchmarks.timing import median
from tui_charrnn.runs.store import RunStore

TARGET: Final = 0.95
"""Least speed in the app, as a ratio to that of the same run without a screen."""

GAP: Final = 0.5
"""Seconds without an update that part two turns: what stands still makes none."""

SETTLING: Final = 0.3
"""Seconds at the start of a turn that do not count: what had piled up is dealt with there."""

WARMING_UP: Final = 1.5
"""Seconds that the app trains before its first turn."""

FRAME: Final = 0.02
"""Seconds without a byte that part two frames."""

ENDLESS: Final = "1000000000"
"""Updates of a run that ends only when it is told to."""

CELLS: Final = {"gru": "", "lstm": "m", "rnn": "mm"}
"""The keys that choose each cell in the form."""


@dataclass(frozen=True, slots=True)
class Net:
    """What is trained: a cell of H units, on windows of T characters."""

    cell: str
    hidden_size: int
    seq_length: int

    @property
    def values(self) -> dict[str, str]:
        """Hyperparameters by name, the cell left out."""
        sizes = {"hidden_size": str(self.hidden_size), "seq_length": str(self.seq_length)}
        return {**sizes, "iterations": ENDLESS}


NETS: Final = tuple(
    Net(cell, *size)
    for size in ((32, 25), (100, 25), (256, 200), (512, 200))
    for cell in ("rnn", "gru")
)
QUICK: Final = (Net("rnn", 32, 25), Net("gru", 256, 200))

RACE: Final = (Net("rnn", 256, 200), Net("gru", 256, 200))
"""What the app lets race on its own: the same hyperparameters for either cell."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One turn of the app, seen from outside.

    Attributes:
        screen: milliseconds of processor time of the main thread, a second.
        others: of all other threads but the trainer's, which a race has in other processes.
        frames: a second.
        written: bytes a second.
    """

    screen: float
    others: float
    frames: float
    written: float


class Headless:
    """`charrnn-tui train`, in a process a net, which can be made to stand still."""

    def __init__(self, nets: Sequence[Net], stores: Sequence[Path]) -> None:
        """Start to train each net, and keep it in a store of its own."""
        self._processes = [_train(*each) for each in zip(nets, stores, strict=True)]
        for store in stores:
            wait_for_updates(store)

    def _send(self, number: signal.Signals) -> None:
        for process in self._processes:
            process.send_signal(number)

    def stand_still(self) -> None:
        """Take the processor away."""
        self._send(signal.SIGSTOP)

    def take_turn(self, seconds: float) -> None:
        """Train for some time."""
        self._send(signal.SIGCONT)
        time.sleep(seconds)
        self.stand_still()

    def end(self) -> None:
        """Stop the runs, and wait until all of them is kept."""
        self._send(signal.SIGCONT)
        self._send(signal.SIGTERM)
        for process in self._processes:
            process.wait()


def _train(net: Net, store: Path) -> subprocess.Popen[bytes]:
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in net.values.items()]
    command = [
        sys.executable, "-m", "tui_charrnn", "train", "--quiet", "--preset", "notebook",
        "--cell", net.cell, "--store", str(store), *flags,
    ]  # fmt: skip
    return subprocess.Popen(command)


class InApp:
    """The app in training, which can be made to stand still, and its children with it.

    Attributes:
        seen: its turns.
    """

    def __init__(self, nets: Sequence[Net], store: Path) -> None:
        """Start the app, fill in its form, and begin to train; several nets race."""
        self.seen: list[Seen] = []
        self._trains_itself = len(nets) == 1
        self._app = AppInTerminal("--preset", "notebook", "--store", str(store))
        self._app.read_until(b"parameters", 60)
        self._app.drain(1)  # the fields of the form come after the first frame
        self._app.press(CELLS[nets[0].cell])
        self._app.fill_in(nets[0].values)
        self._app.press("\x1b")  # back to the chart
        self._app.drain(0.5)
        if self._trains_itself:
            self._app.press(" ")
            self._app.read_until(b"TRAINING", 60)
        else:
            self._app.press("R")
            self._app.read_until(b"Race on")
            self._app.press("\r")
            self._app.read_until("● training".encode(), 60)
        self._app.drain(WARMING_UP)

    def stand_still(self) -> None:
        """Take the processor away."""
        os.killpg(self._app.pid, signal.SIGSTOP)

    def take_turn(self, seconds: float) -> None:
        """Train for some time, and look at what that costs."""
        os.killpg(self._app.pid, signal.SIGCONT)
        self._app.drain(SETTLING)
        start, before, written = time.perf_counter(), self._worked(), self._app.written
        frames = self._app.count_bursts(seconds - SETTLING, FRAME)
        taken, after = time.perf_counter() - start, self._worked()
        self.stand_still()
        work = {thread: after[thread] - before.get(thread, 0) for thread in after}
        screen = work.pop(self._app.pid)
        others = sum(work.values()) - (max(work.values()) if self._trains_itself else 0)
        self.seen.append(
            Seen(
                screen=screen / 1e6 / taken,
                others=others / 1e6 / taken,
                frames=frames / taken,
                written=(self._app.written - written) / taken,
            )
        )

    def _worked(self) -> dict[int, int]:
        """Return the nanoseconds that each thread has run."""
        found = {}
        for task in Path(f"/proc/{self._app.pid}/task").iterdir():
            words = (task / "schedstat").read_text(encoding="ascii").split()
            found[int(task.name)] = int(words[0])
        return found

    def end(self) -> None:
        """Leave the app, and wait until all of the run is kept."""
        os.killpg(self._app.pid, signal.SIGCONT)
        os.kill(self._app.pid, signal.SIGTERM)
        self._app.wait()


def wait_for_updates(store: Path) -> None:
    """Wait until there is a run in a store that has been trained."""
    deadline = time.monotonic() + PATIENCE * 6
    while time.monotonic() < deadline:
        time.sleep(0.2)
        if store.exists() and store.stat().st_size:
            with RunStore.open(store) as opened:
                if any(run.iteration for run in opened.runs()):
                    return
    raise TimeoutError("nothing was trained")


def points_of(store: Path) -> list[NDArray[np.void]]:
    """Return the updates of every run of a store."""
    with RunStore.open(store) as opened:
        return [opened.points(run.id) for run in opened.runs()]


def speeds_in(stores: Sequence[Path], rounds: int, seconds: float) -> NDArray[np.float64]:
    """Return the characters a second of all runs of some stores together, by turn: (rounds,)."""
    runs = [points for store in stores for points in points_of(store)]
    total: NDArray[np.float64] = np.sum([speeds(each, rounds, seconds) for each in runs], axis=0)
    return total


def speeds(points: NDArray[np.void], rounds: int, seconds: float) -> NDArray[np.float64]:
    """Return the characters a second of every turn but the first: (rounds,).

    Turns have no gap between them where the process was made to stand still in the very moment in
    which its own clock did; they are nan, and so are those that are missing at the end.

    Args:
        points: the updates of a run, as the store has them.
        rounds: turns that were taken.
        seconds: of a turn.
    """
    found = list[float]()
    for turn in turns_of(points)[1:]:
        length = turn["elapsed"][-1] - turn["elapsed"][0]
        joined = max(1, round(length / seconds))
        found += [speed_of(turn)] if joined == 1 else [np.nan] * joined
    return np.array([*found, *[np.nan] * rounds][:rounds])


def turns_of(points: NDArray[np.void]) -> list[NDArray[np.void]]:
    """Return the updates of every turn."""
    ends = np.flatnonzero(np.diff(points["elapsed"]) > GAP) + 1
    return np.split(points, ends)


def speed_of(turn: NDArray[np.void]) -> float:
    """Return the characters a second of a turn, once it has settled; nan if it never does."""
    settled = turn[turn["elapsed"] >= turn["elapsed"][0] + SETTLING]
    if len(settled) < 2:
        return np.nan
    first, last = settled[0], settled[-1]
    return float((last["characters"] - first["characters"]) / (last["elapsed"] - first["elapsed"]))


@dataclass(frozen=True, slots=True)
class Measured:
    """Characters a second of each round, and what was seen of the app."""

    app: NDArray[np.float64]
    headless: NDArray[np.float64]
    seen: list[Seen]

    @property
    def ratios(self) -> NDArray[np.float64]:
        """The speed in the app, as a ratio to that without: (rounds,)."""
        return self.app / self.headless


def measure(nets: Sequence[Net], rounds: int, seconds: float, folder: Path) -> Measured:
    """Train in the app and without, in turn, with the stores in an empty folder.

    Args:
        nets: what is trained at the same time.
        rounds: turns of each.
        seconds: of a turn.
        folder: for the stores.
    """
    ours, theirs = folder / "app.sqlite3", [folder / f"{net.cell}.sqlite3" for net in nets]
    headless = Headless(nets, theirs)
    headless.stand_still()
    app = InApp(nets, ours)
    app.stand_still()
    for _ in range(rounds):
        headless.take_turn(seconds)
        app.take_turn(seconds)
    app.end()
    headless.end()
    found = np.array([speeds_in(stores, rounds, seconds) for stores in ([ours], theirs)])
    return Measured(*found[:, np.isfinite(found).all(axis=0)], app.seen)


def table_of(measured: Sequence[tuple[Sequence[Net], Measured]]) -> Table:
    """Return one row a net."""
    table = Table(box=MARKDOWN)
    for name in (
        "cell", "H", "T", "headless chars/s", "app chars/s", "ratio", "target", "reached",
        "screen ms/s", "other threads ms/s", "frames/s", "kB/s", "rounds",
    ):  # fmt: skip
        table.add_column(name, justify="left" if name == "cell" else "right")
    for nets, found in measured:
        net = nets[0]
        ratio = median(found.ratios)
        low, high = np.percentile(found.ratios, [25, 75])
        table.add_row(
            " and ".join(net.cell for net in nets), str(net.hidden_size), str(net.seq_length),
            f"{median(found.headless):,.0f}", f"{median(found.app):,.0f}",
            f"{ratio:.3f} ({low:.3f}-{high:.3f})", f">= {TARGET}",
            "yes" if ratio >= TARGET else "no",
            *(f"{median(np.array(values)):.1f}" for values in (
                [each.screen for each in found.seen],
                [each.others for each in found.seen],
                [each.frames for each in found.seen],
                [each.written / 1000 for each in found.seen],
            )),
            str(len(found.ratios)),
        )  # fmt: skip
    return table


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.screen_cost",
        description="Compare the training speed in the app with that without a screen.",
    )
    parser.add_argument("--rounds", type=int, default=9, help="turns of each (default 9)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of a turn (default 3)")
    parser.add_argument("--quick", action="store_true", help="three rows, five rounds of 1.5 s")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure every net, print the table, and return the exit code."""
    arguments = _arguments(argv)
    if not Path("/proc/self/task").is_dir():
        print(
            "python -m benchmarks.screen_cost: error: it needs the /proc of Linux.", file=sys.stderr
        )
        return 2
    nets, rounds, seconds = NETS, arguments.rounds, arguments.seconds
    if arguments.quick:
        nets, rounds, seconds = QUICK, 5, 1.5
    console = Console(width=170, highlight=False)
    threadpool_limits(limits=1, user_api="blas")  # as the app and the command do
    for line in machine.describe():
        console.print(line)
    measured = []
    for trained in (*((net,) for net in nets), RACE):
        with tempfile.TemporaryDirectory() as folder:
            measured.append((trained, measure(trained, rounds, seconds, Path(folder))))
    console.print()
    console.print(table_of(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())

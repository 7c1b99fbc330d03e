"""However a parent ends, and whatever its child is busy with: the child ends as well."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ptys import until
from tests.runs.processes import is_gone, used_seconds

ROOT = Path(__file__).parents[2]


PARENT = """
import sys, threading
from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.events import Paused, Step
from tui_charrnn.runs.process import TrainerProcess

kind, settings = sys.argv[1], eval(sys.argv[2])
corpus = Corpus.from_text("the owl saw the fox. " * 3000, "owls")
config = TrainConfig(iterations=10**9, sample_every=0, eval_every=0, **settings)
control, trainer = TrainControl(), TrainerProcess()
trainer._ready = lambda: print("ready", trainer.pid, flush=True)
if kind == "paused":
    control.pause()
model = build_model(config, corpus.vocab_size)
for event in trainer.train(config, corpus, model, control):
    if isinstance(event, Paused if kind == "paused" else Step):
        print("reached", trainer.pid, flush=True)
        if kind == "leaves":
            break
        if kind == "raises":
            raise SystemExit("enough")
        if kind == "hangs":
            threading.Event().wait()
"""

SMALL = {"hidden_size": 8, "seq_length": 10}
HUGE = {"cell": "rnn", "hidden_size": 3000, "seq_length": 8, "batch_size": 2000}


@pytest.fixture
def parent() -> Iterator[Callable[..., tuple[subprocess.Popen[str], int]]]:
    """Starts a Python that trains in a child; returns it and the child's number."""
    started: list[subprocess.Popen[str]] = []

    def start(kind: str, settings: object = SMALL, word: str = "reached", **options: object):
        command = [sys.executable, "-c", PARENT, kind, repr(settings)]
        begun = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, **options)
        started.append(begun)
        lines = iter(begun.stdout.readline, "")
        return begun, next(int(line.split()[1]) for line in lines if line.startswith(word))

    yield start
    for each in started:
        each.kill()
        each.wait()
        each.stdout.close()


@pytest.mark.parametrize("kind", ["trains", "paused", "hangs"])
def test_no_child_outlives_a_killed_parent(parent, kind: str) -> None:
    process, child = parent(kind)
    process.send_signal(signal.SIGKILL)
    assert is_gone(child, 20)


def test_no_child_outlives_its_parent_in_the_middle_of_a_long_product(parent) -> None:
    process, child = parent("trains", HUGE, "ready")
    before = used_seconds(child)
    until(lambda: used_seconds(child) - before > 0.5)
    process.send_signal(signal.SIGKILL)
    assert is_gone(child, 20)


@pytest.mark.parametrize("kind", ["leaves", "raises"])
def test_no_child_outlives_a_parent_that_ends_by_itself(parent, kind: str) -> None:
    process, child = parent(kind, stderr=subprocess.DEVNULL)
    process.wait(60)
    assert is_gone(child, 20)


def test_a_parent_that_is_killed_while_the_child_starts_leaves_none() -> None:
    for pause in (0.0, 0.05, 0.1):
        code = textwrap.dedent("""
            from tui_charrnn.runs.process import _Child
            child = _Child()
            print(child.pid, flush=True)
            input()
        """)
        command = [sys.executable, "-c", code]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT) as parent:
            child = int(parent.stdout.readline())
            time.sleep(pause)
            parent.kill()
        assert is_gone(child, 20)

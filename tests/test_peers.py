"""The peers compute what the engine computes, and what is told of the measurement is right."""

import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from benchmarks.contenders import Size
from benchmarks.peers import tables
from benchmarks.peers.agreement import OTHER_MODELS, PRODUCTS, check, disagreement
from benchmarks.peers.engine_model import Engine
from benchmarks.peers.measuring import ENGINE
from benchmarks.peers.task import Task, Windows, stacked, unstacked
from benchmarks.peers.worker import CHECKED, Beginning, Worker, begin, rest
from tests.naive import NaiveRun
from tui_charrnn.engine import Corpus

ROOT = Path(__file__).parents[1]
CELLS = ("rnn", "gru")
CASES = [(cell, batch) for cell in CELLS for batch in (1, 3)]


class ShortText(Size):
    """Two windows of 50 and one character: the engine reads the first one only, again and again."""

    def corpus(self) -> Corpus:
        return Corpus.from_text("abcde" + "fade bed" * 12)


def task_of(cell: str, batch: int = 1) -> Task:
    return Task(Size(cell, 12, 16, 20), batch, 1)


def plain(task: Task, *, clip: float = 5.0, rate: float = 1e-3) -> Beginning:
    """The first updates of the plain algorithm."""
    ids, size = task.size.corpus().ids, task.size
    run = NaiveRun(
        size.cell, task.weights(), ids, size.vocab, size.seq_length, rate, clip, task.batch
    )
    for _ in range(CHECKED):
        run.update()
    return Beginning([loss * task.batch for loss in run.losses], run.parameters, 0.0)


@pytest.mark.parametrize(("cell", "batch"), CASES)
def test_the_engine_and_the_plain_algorithm_agree(cell: str, batch: int) -> None:
    task = task_of(cell, batch)
    assert disagreement(begin(Engine(task)), plain(task), task.weights()) == ""


@pytest.mark.parametrize("cell", CELLS)
def test_on_two_threads_the_engine_shares_the_streams_of_the_same_task(cell: str) -> None:
    task = task_of(cell, 4)
    shared = Task(task.size, task.batch, 2)
    assert (task.config.processes, shared.config.processes) == (1, 2)
    assert disagreement(begin(Engine(shared)), plain(task), task.weights()) == ""


def test_whoever_computes_something_else_is_found() -> None:
    task = task_of("rnn")
    engine, start = begin(Engine(task)), task.weights()
    rate, clip = plain(task, rate=1.05e-3), plain(task, clip=0.5)
    assert "of its way apart" in disagreement(engine, rate, start)
    assert disagreement(engine, clip, start)
    other_loss = Beginning([1.001 * loss for loss in engine.losses], engine.parameters, 0.0)
    assert disagreement(engine, other_loss, start).startswith("loss 1 is")
    none = Beginning([float("nan")] * CHECKED, engine.parameters, 0.0)
    assert disagreement(engine, none, start)
    check({ENGINE: engine, ("torch", "nn.GRU"): clip}, start)  # another model, and said to be
    with pytest.raises(SystemExit, match=r"torch \(loop\) does not compute what the engine"):
        check({ENGINE: engine, ("torch", "loop"): clip}, start)


@pytest.mark.parametrize("library", ["torch", "jax"])
@pytest.mark.parametrize(("cell", "batch"), CASES)
def test_every_form_of_a_peer_agrees_with_the_engine(library: str, cell: str, batch: int) -> None:
    pytest.importorskip(library, reason=f"{library} is only in the extra [bench]")
    module = pytest.importorskip(f"benchmarks.peers.{library}_model")
    task = task_of(cell, batch)
    engine = begin(Engine(task))
    forms = module.FORMS[cell]
    assert tables.BY_HAND in forms
    for name, make in forms.items():
        problem = disagreement(engine, begin(make(task)), task.weights())
        assert bool(problem) == (name in OTHER_MODELS), f"{name}: {problem}"


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_peer_begins_the_text_again_when_the_engine_does(library: str) -> None:
    pytest.importorskip(library, reason=f"{library} is only in the extra [bench]")
    module = pytest.importorskip(f"benchmarks.peers.{library}_model")
    task = Task(ShortText("gru", 4, 50, 7), 1, 1)
    engine = begin(Engine(task))
    peer = begin(module.FORMS["gru"][tables.BY_HAND](task))
    assert disagreement(engine, peer, task.weights()) == ""


def test_windows_are_those_of_the_engine() -> None:
    task = Task(Size("rnn", 4, 50_000, 6), 2, 1)
    ids = task.size.corpus().ids
    windows = Windows(task)
    inputs, targets, is_fresh = windows.next()
    assert is_fresh
    np.testing.assert_array_equal(inputs.T[1], ids[64_500:114_500])
    np.testing.assert_array_equal(targets.T[0], ids[1:50_001])
    again, _, is_fresh = windows.next()  # a second one would not fit
    assert is_fresh
    np.testing.assert_array_equal(again, inputs)
    many = Windows(Task(Size("rnn", 4, 50, 6), 1, 1))
    assert [many.next()[2] for _ in range(3)] == [True, False, False]
    for steps, fresh in ((50, [True] * 3), (49, [True, False, True])):
        short = Windows(Task(ShortText("rnn", 4, steps, 7), 1, 1))
        assert [short.next()[2] for _ in range(3)] == fresh


@pytest.mark.parametrize("cell", CELLS)
def test_stacked_parameters_come_back(cell: str) -> None:
    named = task_of(cell).weights()
    arrays = stacked(cell, named)
    assert arrays["embed"].shape == (20, 12 * {"rnn": 1, "gru": 3}[cell])
    back = unstacked(cell, arrays)
    assert {*back} == {*named}
    for name, value in named.items():
        np.testing.assert_array_equal(back[name], value)


def test_a_worker_answers_and_then_ends() -> None:
    task = task_of("gru")
    worker = Worker("engine", task)
    try:
        beginnings = worker.beginnings()
        assert beginnings.keys() == {"engine", PRODUCTS}
        assert disagreement(beginnings["engine"], begin(Engine(task)), task.weights()) == ""
        for form in beginnings:
            assert 0 < worker.seconds(form, 2) < 10
    finally:
        worker.close()
    assert not worker._process.is_alive()


def test_a_worker_that_dies_is_told() -> None:
    worker = Worker("nothing", task_of("rnn"))
    with pytest.raises(SystemExit, match="The worker of nothing ended with exit code 1"):
        worker.beginnings()
    worker.close()


def test_rest_waits_for_threads_that_still_compute() -> None:
    matrix = np.ones((1800, 1800))
    thread = threading.Thread(target=lambda: matrix @ matrix)  # without the interpreter's lock
    thread.start()
    rest()
    assert not thread.is_alive()


def test_what_is_told_of_made_up_rounds() -> None:
    task = Task(Size("rnn", 256, 200, 121), 1, 1)
    times = {
        ENGINE: 2e-3, ("engine", PRODUCTS): 1.5e-3,
        ("torch", "loop"): 9e-3, ("torch", "script"): 8e-3,
        ("torch", "by hand"): 4e-3, ("torch", "nn.GRU"): 1e-3, ("jax", "scan"): 3.4e-3,
        ("jax", "by hand"): 3.8e-3,
    }  # fmt: skip
    measured = {key: np.full(5, value) for key, value in times.items()}
    table, forms = tables.verdict_table(), tables.form_table()
    tables.add_verdict(table, task, measured, by_hand=False)
    tables.add_verdict(table, task, measured, by_hand=True)
    tables.add_forms(forms, task, measured)
    cells = {column.header: list(column.cells) for column in table.columns}
    assert cells["torch form"] == ["script", "by hand"]
    assert cells["torch/engine"] == ["4.0 (4.0-4.0)", "2.0 (2.0-2.0)"]
    assert cells["jax/engine"] == ["1.7 (1.7-1.7)", "1.9 (1.9-1.9)"]
    assert cells["at most"] == ["5.3, 2.3", "2.7, 2.5"]
    assert cells["target"] == ["torch >= 4, jax >= 1.8"] * 2
    assert cells["reached"] == ["torch yes, jax no", "torch no, jax yes"]
    told = {column.header: list(column.cells) for column in forms.columns}
    assert told["form"][5] == "nn.GRU (another model)"
    assert told["ms"] == ["2.00", "1.50", "9.00", "8.00", "4.00", "1.00", "3.40", "3.80"]


@pytest.mark.parametrize(
    ("cell", "batch", "ratios", "told"),
    [
        ("rnn", 1, (4.0, 1.8), "yes"),
        ("rnn", 1, (3.9, 1.7), "no"),
        ("gru", 1, (4.0, 3.9), "torch yes, jax no"),
        ("rnn", 32, (1.5, 1.6), "yes"),
        ("gru", 32, (9.0, 1.4), "no"),
        ("gru", 8, (9.0, 9.0), ""),
    ],
)
def test_targets(cell: str, batch: int, ratios: tuple[float, float], told: str) -> None:
    size = Size(cell, 512, 200, 121)
    assert tables.verdict(Task(size, batch, 1), *ratios)[1] == told
    elsewhere = Size(cell, 512, 100, 121)
    assert tables.verdict(Task(elsewhere, batch, 1), *ratios) == ("", "")


def run(*flags: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.peers", *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_says_what_is_missing_or_compares() -> None:
    flags = ["--hidden", "12", "--seq-length", "8", "--vocab", "9", "--seconds", "0"]
    ended = run(*flags, "--batch", "1", "--cell", "rnn")
    missing = [name for name in tables.PEERS if find_spec(name) is None]
    if missing:
        assert ended.returncode == 1
        assert (
            ended.stderr == f"{missing[0]} is not installed; pip install -e '.[bench]' brings it.\n"
        )
        return
    assert ended.returncode == 0, ended.stderr
    assert "1 thread(s)" in ended.stdout
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in ended.stdout.splitlines()]
    assert [row[7] for row in rows if len(row) == 14 and row[0] == "rnn"][1] == "by hand"
    forms = {(row[3], row[4]) for row in rows if len(row) == 8 and row[0] == "rnn"}
    assert forms == {
        ("engine", "engine"), ("engine", PRODUCTS),
        ("torch", "nn.RNN"), ("torch", "loop"), ("torch", "script"), ("torch", "by hand"),
        ("jax", "scan"), ("jax", "by hand"),
    }  # fmt: skip

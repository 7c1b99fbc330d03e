"""The benchmark runs from the command line and prints a row for all that it compares."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import recording, sampling, soak, speed, strong, timing
from benchmarks.contenders import Size, engine_update, products
from tests import naive
from tui_charrnn.engine import Corpus, TrainConfig, build_model
from tui_charrnn.engine.config import PRESETS
from tui_charrnn.engine.events import Step

ROOT = Path(__file__).parents[1]
TINY = ("--hidden", "6", "--seq-length", "8", "--vocab", "9", "--seconds", "0")


def run(*arguments: str) -> list[list[str]]:
    """Run the command; return the cells of its tables' rows."""
    command = [sys.executable, "-m", "benchmarks.speed", *arguments]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "1 thread(s)" in printed
    return [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in printed.splitlines()
        if line.startswith(("| rnn", "| gru"))
    ]


def test_every_cell_batch_and_dtype_has_a_row() -> None:
    rows = run(*TINY)
    keys = {tuple(row[:4]) for row in rows if len(row) == 13}
    assert keys == {
        (cell, "6", batch, dtype)
        for cell in ("rnn", "gru")
        for batch in ("1", "32")
        for dtype in ("float64", "float32")
    }
    assert len([row for row in rows if len(row) == 9]) == 4  # B=32 against B=1
    draws = [row for row in rows if len(row) == 11]  # sampling
    assert [row[:3] for row in draws] == [
        [cell, "6", dtype] for cell in ("rnn", "gru") for dtype in ("float64", "float32")
    ]
    assert all(float(row[6].split()[0]) > 0 and row[7] == "" for row in draws)


def test_targets_are_named_at_their_sizes_only() -> None:
    rounds = {
        **{
            f"{part} {dtype}": np.full(5, 1.3)
            for part in ("window", "step")
            for dtype in speed.DTYPES
        },
        **{f"{batch} {dtype}": np.full(5, 0.2) for batch in (1, 32) for dtype in speed.DTYPES},
    }
    table = speed.update_table()
    speed.add_update_rows(table, Size("rnn", 256, 200, 121), rounds)
    speed.add_update_rows(table, Size("rnn", 256, 100, 121), rounds)
    cells = {column.header: list(column.cells) for column in table.columns}
    assert cells["target"] == [">= 6", "", ">= 13", "", "", "", "", ""]
    assert cells["reached"] == ["yes", "", "yes", "", "", "", "", ""]
    assert cells["ratio to float64"][:2] == ["13.0 (13.0-13.0)", "214.5 (214.5-214.5)"]
    assert cells["chars/s"][:2] == ["1,000", "32,000"]


def test_a_missed_target_is_told() -> None:
    assert speed._verdict(3.99, 4.0) == (">= 4", "no")


def test_what_is_timed_of_the_engine_are_updates_and_nothing_else() -> None:
    update = engine_update(Size("rnn", 3, 4, 5), "float32", 2)
    assert [update().iteration for _ in range(210)] == list(range(210))
    assert isinstance(update(), Step)


@pytest.mark.parametrize("cell", speed.CELLS)
def test_the_loop_of_the_notebook_draws_what_the_model_predicts(cell: str) -> None:
    """Its draws are those of the plain loop, given the numbers that its generator gives."""
    size = Size(cell, 7, 8, 9)
    np.random.seed(5)
    drawn = sampling.notebook_draws(size, 60)()
    uniforms = np.random.RandomState(5).random_sample(60).tolist()
    parameters = build_model(size.config("float32"), 9).parameters()
    exact = {name: value.astype("float64") for name, value in parameters.items()}
    assert drawn == naive.sample(cell, exact, 0, np.zeros(7), uniforms)
    assert len(sampling.plain_draws(size, "float32", 60)()) == 60
    assert len(sampling.engine_draws(size, "float32", 60)()) == 60


def test_the_target_of_sampling_is_that_of_the_default_dtype() -> None:
    rounds = {"notebook": 3.2, "plain": 2.0, "engine": 1.0, "products": 0.5}
    times = {name: np.full(5, value) for name, value in rounds.items()}
    table = sampling.table()
    sampling.add_row(table, Size("gru", 64, 200, 121), "float64", times)
    sampling.add_row(table, Size("gru", 64, 200, 121), "float32", times)
    sampling.add_row(
        table, Size("gru", 64, 200, 121), "float32", {**times, "engine": np.full(5, 1.1)}
    )
    cells = {column.header: list(column.cells) for column in table.columns}
    assert cells["target"] == ["", ">= 3", ">= 3"]
    assert cells["reached"] == ["", "yes", "no"]
    assert cells["engine chars/s"] == ["200", "200", "182"]
    assert cells["ratio to plain"][0] == "2.0 (2.0-2.0)"
    assert cells["share of products"][0] == "50%"


def test_rounds_alternate_and_are_timed_per_call(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    clock = iter(range(1000))
    monkeypatch.setattr(timing.time, "perf_counter", lambda: float(next(clock)))
    rounds = timing.measure({n: lambda n=n: order.append(n) for n in "ab"}, 0)
    assert order[-4:] == ["a", "b", "a", "b"]
    assert [len(values) for values in rounds.values()] == [timing.LEAST_ROUNDS] * 2
    assert (rounds["a"] == 1).all()


def test_a_budget_makes_more_rounds() -> None:
    assert len(timing.measure({"nothing": lambda: None}, 0.8)["nothing"]) > timing.LEAST_ROUNDS


def test_products_run_for_both_cells() -> None:
    for cell in speed.CELLS:
        products(Size(cell, 4, 5, 6), "float32", 3)()


def test_recording_prints_a_row_for_each_size() -> None:
    command = [sys.executable, "-m", "benchmarks.recording", "--rounds=1", "--seconds=0"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    rows = [
        line.split("|")[1:-1]
        for line in printed.splitlines()
        if line.startswith(("| rnn", "| gru"))
    ]
    assert [[cell.strip() for cell in row[:4]] for row in rows] == [
        [cell, str(units), str(length), "20"] for cell, units, length in recording.SIZES
    ]
    assert all(float(row[5]) > 0 for row in rows)


def test_a_short_soak_reads_the_app_and_tells_whether_each_bound_was_kept() -> None:
    flags = ["--minutes=0.05", "--every=2", "--rounds=1"]
    command = [sys.executable, "-m", "benchmarks.soak", *flags]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert not ended.stderr
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in ended.stdout.splitlines()
        if line.startswith("|") and not line.startswith("|-")
    ]
    heads, readings = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    assert heads[:3] == ["minute", "updates", "memory MB"]
    assert len(readings) >= 1
    assert all(int(row[1].replace(",", "")) > 0 and float(row[2]) > 10 for row in readings)
    told = {row[0]: row for row in rows if len(row) == 4}
    assert told["exit code"] == ["exit code", "0", "0", "yes"]
    assert told["updates in the store"][3] == "yes"
    assert told["keys"][1].count("ms") == 2
    kept = {row[3] for what, row in told.items() if what != "what"}
    assert ended.returncode == int("no" in kept)


def reading(memory: float, threads: int = 7, files: int = 13) -> soak.Reading:
    return soak.Reading(
        minute=1.0, memory=memory, threads=threads, files=files, children=0, updates=9, store=1.0,
        held_up=1.0, latencies=[10.0],
    )  # fmt: skip


def test_a_soak_tells_what_grew() -> None:
    def missed(*readings: soak.Reading) -> list[str]:
        return [each.what for each in soak.verdicts(readings) if not each.kept]

    assert missed(reading(100)) == missed(reading(100), reading(119), reading(90)) == []
    assert missed(reading(100), reading(120), reading(90)) == ["memory grown"]
    assert missed(reading(100), reading(100, threads=8)) == ["threads"]
    assert missed(reading(100), reading(100, files=14)) == ["files"]
    usual = [20.0, 400.0, 30.0]
    assert soak.key_verdict([25.0, 300.0, 37.0], usual).kept  # by the ratio
    assert soak.key_verdict([29.0, 600.0, 39.0], usual).kept  # by what nobody notices
    assert not soak.key_verdict([31.0, 600.0, 41.0], usual).kept
    ends = [(0, 5, 5), (1, 5, 5), (0, 5, 4), (0, 0, 0)]
    assert [all(each.kept for each in soak.end_verdicts(*end)) for end in ends] == [
        True, False, False, False,
    ]  # fmt: skip


def test_the_twin_in_torch_learns_what_the_engine_learns() -> None:
    """The same weights, windows, steps and held-out text, so the same figure but for rounding."""
    pytest.importorskip("torch", reason="torch is only in the extra [bench]")
    values = {**PRESETS["strong"], "hidden_size": 24, "seq_length": 16, "batch_size": 4}
    values |= {"iterations": 60, "warmup": 10, "eval_every": 60, "eval_length": 0}
    config = TrainConfig(**{**values, "sample_every": 0, "clip": 20.0})
    corpus = Corpus.from_text("the owl saw the fox and the fox saw the owl. " * 60, "owls")
    mine, other = strong.ours(config, corpus), strong.Twin(config, corpus).train()
    assert other.bits == pytest.approx(mine.bits, rel=1e-3)
    assert mine.bits < 3.5  # of 15 characters


def test_what_more_processes_bring_has_a_row_for_every_size() -> None:
    command = [sys.executable, "-m", "benchmarks.sharing", "--seconds", "0"]
    sizes = ["--cell", "rnn", "lstm", "--hidden", "6", "7", "--seq-length", "8", "9"]
    ended = subprocess.run([*command, *sizes], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "1 thread(s)" in ended.stdout
    lines = [line for line in ended.stdout.splitlines() if line.startswith(("| rnn", "| lstm"))]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    assert [row[:3] for row in rows] == [
        [cell, hidden, length]
        for cell in ("rnn", "lstm") for hidden in ("6", "7") for length in ("8", "9")
    ]  # fmt: skip
    for _, _, length, one, two, speed_of_two, ratio, target, reached, rounds in rows:
        assert float(one) > 0
        assert float(speed_of_two.replace(",", "")) == pytest.approx(
            32 * int(length) / float(two) * 1e3, rel=0.02
        )
        assert (target, rounds) == (">= 1.5", "5")
        assert reached == ("yes" if float(ratio.split()[0]) >= 1.5 else "no")

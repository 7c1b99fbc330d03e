"""The benchmark of two trainers side by side runs from the command line and tells all of it."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks import processes

ROOT = Path(__file__).parents[1]


def test_every_arrangement_has_a_row() -> None:
    flags = ["--hidden", "6", "--seq-length", "8", "--rounds", "1", "--seconds", "0.1"]
    command = [sys.executable, "-m", "benchmarks.processes", *flags]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "1 thread(s)" in printed
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines()]
    told = {row[0]: row for row in rows if row and row[0] in ARRANGEMENTS}
    assert set(told) == ARRANGEMENTS
    assert all(int(told["two processes"][place].replace(",", "")) > 0 for place in (1, 2, 3))
    assert told["two processes"][6:] == ["", ""]  # no target at this size


ARRANGEMENTS = {"rnn alone", "gru alone", "two threads", "two processes"}


def test_what_is_told_of_made_up_rounds() -> None:
    speed = {"alone": (30, 10), "threads": (15, 5), "processes": (30, 9)}
    rounds = {
        f"{cell} {name}": np.full(4, 1000.0 * values[place])
        for name, values in speed.items()
        for place, cell in enumerate(processes.CELLS)
    }
    table = processes.result_table(rounds, processes.TARGET)
    cells = {column.header: list(column.cells) for column in table.columns}
    assert cells["together"] == ["", "", "20,000", "39,000"]
    assert [text.split()[0] for text in cells["of one alone"][2:]] == ["1.0", "1.9"]
    assert cells["ratio to threads"][3] == "1.9 (1.9-1.9)"
    assert (cells["target"][3], cells["reached"][3]) == (">= 1.8", "yes")
    assert processes.verdict(1.79, 1.8) == (">= 1.8", "no")

"""Optimizers, schedules and patience from the command line: real runs of `train` and `resume`."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tests.engine.support import OWLS
from tui_charrnn.cli import main
from tui_charrnn.engine.config import SPECS

SMALL = [
    "--corpus=turned.txt", "--store=runs", "--hidden-size=12", "--seq-length=9", "--eval-every=10",
    "--validation-fraction=0.2", "--sample-every=0", "--learning-rate=0.05",
]  # fmt: skip


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a text whose held-out end is read backwards, and the current one."""
    (tmp_path / "turned.txt").write_text(OWLS * 10 + OWLS[::-1] * 3)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, *arguments: str) -> tuple[int, str, str]:
    """Run a command; return exit code, standard output and standard error."""
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = ended.code
    return code, *capsys.readouterr()


def events(capsys, command: str, *flags: str) -> list[dict]:
    code, out, err = said(capsys, command, *flags, "--jsonl=-", "--quiet")
    assert (code, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


def rates(rows: list[dict]) -> list[float]:
    return [row["learning_rate"] for row in rows if row["event"] == "Step"]


@pytest.mark.parametrize("optimizer", SPECS["optimizer"].choices)
def test_rates_go_up_and_down_as_they_are_told_also_in_two_parts(capsys, optimizer: str) -> None:
    flags = [
        *SMALL, f"--optimizer={optimizer}", "--schedule=cosine", "--warmup=10", "--final-rate=0.2",
        "--iterations=31", "--clip-by=norm", "--clip=1",
    ]  # fmt: skip
    rows = events(capsys, "train", *flags)
    cosine = [0.2 + 0.4 * (1 + math.cos(math.pi * n / 20)) for n in range(21)]
    expected = [0.05 * factor for factor in [*(n / 10 for n in range(1, 11)), *cosine]]
    assert rates(rows) == pytest.approx(expected)
    assert rows[0]["learning_rate"] == pytest.approx(0.005)
    losses = [row["loss"] for row in rows if row["event"] == "Step"]
    assert losses[-1] < losses[0]
    longer = events(capsys, "resume", "1", "--store=runs", "--iterations=40")
    assert rates(longer)[-1] == pytest.approx(0.01)
    assert all(a > b for a, b in zip(rates(longer), rates(longer)[1:], strict=False))


def test_a_run_that_gets_no_better_is_over_and_says_so_wherever_it_is_shown(capsys) -> None:
    code, out, err = said(capsys, "train", *SMALL, "--iterations=5000", "--patience=3")
    lines = out.splitlines()
    place = next(n for n, line in enumerate(lines) if line.startswith("finished after "))
    assert code == 0
    assert " of 5,000 iterations" in lines[place]
    assert lines[place + 1].startswith("No better validation in 3")
    assert "error" not in err
    said_once = lines[place + 1]
    _, shown, _ = said(capsys, "runs", "show", "1", "--store=runs")
    facts = dict(line.split(None, 1) for line in shown.splitlines())
    assert (facts["state"], facts["message"]) == ("finished", said_once)

    code, out, err = said(capsys, "resume", "1", "--store=runs")
    assert (code, out) == (2, "")
    assert err == (
        "charrnn-tui resume: error: Run 1 (gru-1) is finished and needs more --patience: patience "
        "must be 0 for no end or more than the 3 validations that the run has had without a better "
        "one, not 3.\n"
    )
    more = events(capsys, "resume", "1", "--store=runs", "--patience=4")
    assert len(rates(more)) == 10
    assert (more[-1]["outcome"], more[-1]["message"][:24]) == (
        "finished",
        "No better validation in ",
    )
    last = events(capsys, "resume", "1", "--store=runs", "--patience=0", "--iterations=100")
    assert (last[-1]["iteration"], last[-1]["message"]) == (100, "")
    _, shown, _ = said(capsys, "runs", "show", "1", "--store=runs")
    assert "No better" not in shown


def test_a_run_that_was_over_early_is_reported_as_a_finished_one(capsys) -> None:
    pytest.importorskip("matplotlib")
    for cell in ("rnn", "gru"):
        flags = [f"--cell={cell}", "--iterations=5000", "--patience=3", "--quiet"]
        assert said(capsys, "train", *SMALL, *flags) == (0, "", "")
    code, _, err = said(capsys, "report", "--store=runs", "--out=report")
    assert (code, err) == (0, "")
    report = Path("report/report.md").read_text(encoding="utf-8")
    assert "## turned.txt, up to 5,000 iterations of 9 characters" in report
    assert "| RNN | 1 | 506 | 40 |" in report
    assert "--patience 3" in report  # in the commands that make them again
    assert "stopped early" not in report

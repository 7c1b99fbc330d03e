"""Runs without a screen: real commands, real signals, real full disks."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tests.ptys import until
from tests.runs.headless_support import CONFIG, ENDLESS, FLAGS, Screen, child, owl_text, rows
from tui_charrnn.cli import main
from tui_charrnn.engine import Corpus, TrainControl, build_model, train
from tui_charrnn.engine.events import Sample, Started, Step, Stopped, Validation
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs import wording
from tui_charrnn.runs.console import Lines, Report, bar, summary
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.headless import Interrupts, follow
from tui_charrnn.runs.jsonl import JsonLines
from tui_charrnn.runs.progress import RunProgress


@pytest.fixture
def text(tmp_path) -> Path:
    return owl_text(tmp_path)


def trained(capsys, text: Path, *flags: str) -> tuple[int, str, str]:
    """Train; return exit code, standard output and standard error."""
    try:
        code = main(["train", "--corpus", str(text), *FLAGS, *flags])
    except SystemExit as ended:
        code = ended.code
    return code, *capsys.readouterr()


def untimed(rows: Sequence[dict]) -> list[dict]:
    return [{name: value for name, value in row.items() if name != "elapsed"} for row in rows]


def test_jsonl_is_every_event_of_the_run(capsys, text, tmp_path) -> None:
    corpus = Corpus.from_path(text)
    model = build_model(CONFIG, corpus.vocab_size)
    events = train_to_the_end(CONFIG, corpus, model, TrainControl())
    wanted = [event.as_json() for event in events]
    assert [row["event"] for row in wanted[-3:]] == ["Sample", "GradientMemory", "Stopped"]
    file = tmp_path / "run.jsonl"
    file.write_text("something older that is longer than a line\n" * 500)
    assert trained(capsys, text, "--jsonl", str(file), "--quiet") == (0, "", "")
    assert untimed(rows(file.read_text())) == untimed(wanted)
    code, out, err = trained(capsys, text, "--jsonl", "-")
    assert code == 0
    assert untimed(rows(out)) == untimed(wanted)
    assert "smooth loss" in err  # the summary gives way to the events


def test_summary_agrees_with_the_last_events(capsys, text, tmp_path) -> None:
    file = tmp_path / "run.jsonl"
    code, out, err = trained(capsys, text, "--jsonl", str(file))
    events = rows(file.read_text())
    step = [row for row in events if row["event"] == "Step"][-1]
    stopped = events[-1]
    ending, loss, best = out.splitlines()[-3:]
    taken = f"0:{int(stopped['elapsed']):02}"
    speed = step["characters"] / stopped["elapsed"]
    shown = f"{speed / 1000:.1f}k" if speed >= 1000 else f"{speed:.0f}"
    assert code == 0
    assert ending == f"finished after 40 of 40 iterations, time {taken}, {shown} chars/s"
    assert loss == (
        f"smooth loss      {step['smooth_bits_per_character']:.4f} bits/char, "
        f"{step['smooth_loss']:.2f} nats a sequence"
    )
    lowest = min(
        (row for row in events if row["event"] == "Validation"),
        key=lambda row: row["bits_per_character"],
    )
    assert best == (
        f"best validation  {lowest['bits_per_character']:.4f} bits/char, "
        f"after {lowest['iteration'] + 1} iterations"
    )
    assert "owl.txt: 2,700 characters to train on, 300 held out" in err


def test_samples_are_headed_as_in_the_app_and_harmless(capsys, text) -> None:
    _, out, err = trained(capsys, text, "--sample-length=3000")
    events = list(train(CONFIG.replace(sample_length=3000), Corpus.from_path(text)))
    drawn = [event for event in events if isinstance(event, Sample)]
    assert len(drawn) == 2
    for sample in drawn:
        head = wording.sample_header(sample, CONFIG.seq_length)
        assert "\x1b" in sample.text
        assert f"{head}\n{sample.text.replace(chr(27), '␛')}\n" in out
    assert "\x1b" not in out + err


def test_progress_lines_at_each_validation(capsys, text) -> None:
    _, _, err = trained(capsys, text)
    events = list(train(CONFIG, Corpus.from_path(text)))
    values = [event for event in events if isinstance(event, Validation)]
    lines = err.splitlines()[2:]
    assert len(lines) == len(values) == 3
    for line, value in zip(lines, values, strict=True):
        assert line.startswith(f"training  {value.iteration + 1} / 40 ")
        assert f"valid {value.bits_per_character:.4f}" in line


def test_quiet_is_quiet(capsys, text) -> None:
    assert trained(capsys, text, "--quiet") == (0, "", "")


def test_loss_that_is_not_finite_fails_the_run(text, tmp_path) -> None:
    corpus, control = Corpus.from_path(text), TrainControl()
    model = build_model(CONFIG, corpus.vocab_size)
    model.load_parameters({**model.parameters(), "by": np.full(corpus.vocab_size, np.nan)})
    file, out, err = tmp_path / "run.jsonl", io.StringIO(), io.StringIO()
    told = [Report(out, err, Lines(err)), JsonLines.open(str(file))]
    config = CONFIG.replace(sample_every=0)
    ending = follow(train(config, corpus, model, control), control, told)
    assert ending.code == 1
    assert "The loss became nan at iteration 0" in ending.problem
    assert out.getvalue().startswith("failed after 0 of 40 iterations")
    last = rows(file.read_text())[-1]
    assert (last["event"], last["outcome"], last["message"]) == (
        "Stopped",
        "failed",
        ending.problem,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_full_device(capsys, text) -> None:
    code, out, err = trained(capsys, text, "--jsonl", "/dev/full")
    assert code == 2
    assert out.startswith("stopped after 0 of 40 iterations")
    assert err.splitlines()[-1] == (
        "charrnn-tui train: error: Cannot write /dev/full: No space left on device; "
        "the run stopped at iteration 0."
    )


def test_full_disk_keeps_whole_lines(text, tmp_path) -> None:
    file = tmp_path / "run.jsonl"
    flags = [f"--corpus={text}", *FLAGS, *ENDLESS, f"--jsonl={file}"]
    limit = 50_001
    process = child(*flags, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert limit - 1000 < file.stat().st_size <= limit
    steps = [row for row in rows(file.read_text()) if row["event"] == "Step"]
    made = int(re.search(r"stopped after ([\d,]+) of", out.decode())[1].replace(",", ""))
    assert 100 < len(steps) <= made
    last = err.decode().splitlines()[-1]
    assert f"Cannot write {file}: File too large; the run stopped at iteration {made:,}." in last


def test_too_little_memory(text) -> None:
    def limit() -> None:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"  # its threads reserve memory that they do not use
        resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))

    process = child(f"--corpus={text}", "--hidden-size=8000", "--seq-length=5", limit=limit)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, b"")
    assert err == b"charrnn-tui train: error: There is not enough memory for this model.\n"


def test_memory_that_runs_out_during_the_run(text, tmp_path) -> None:
    corpus, control = Corpus.from_path(text), TrainControl()

    def events():
        for event in train(CONFIG, corpus, control=control):
            yield event
            if isinstance(event, Step) and event.iteration == 9:
                np.empty(2**62, np.uint8)

    file = tmp_path / "run.jsonl"
    ending = follow(events(), control, [JsonLines.open(str(file))])
    assert ending.code == 1
    assert "not enough memory" in ending.problem
    last = rows(file.read_text())[-1]
    assert (last["event"], last["outcome"], last["iteration"]) == ("Stopped", "failed", 10)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
def test_signal_stops_cleanly(text, tmp_path, number, code) -> None:
    file = tmp_path / "run.jsonl"
    process = child(f"--corpus={text}", *FLAGS, *ENDLESS, "--eval-every=20", f"--jsonl={file}")
    while b"training" not in process.stderr.readline():
        pass
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    *events, snapshot, stopped = rows(file.read_text())
    step = [row for row in events if row["event"] == "Step"][-1]
    assert (stopped["event"], stopped["outcome"]) == ("Stopped", "stopped")
    assert out.decode().startswith(f"stopped after {stopped['iteration']:,} of 1,000,000,000 ")
    assert step["iteration"] == stopped["iteration"] - 1
    assert (snapshot["event"], snapshot["iteration"]) == ("Snapshot", stopped["iteration"])
    assert b"Traceback" not in err


def test_second_interrupt_ends_at_once(text, tmp_path) -> None:
    text.write_text("The owl saw the fox.\n" * 2000)
    file = tmp_path / "run.jsonl"
    slow = ["--hidden-size=500", "--seq-length=20000", "--validation-fraction=0"]
    process = child(f"--corpus={text}", *ENDLESS, *slow, f"--jsonl={file}")
    until(lambda: file.exists() and "Started" in file.read_text())
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert process.poll() is None  # an update takes its time
    process.send_signal(signal.SIGINT)
    asked = time.monotonic()
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - asked < 3  # and not as long as an update takes
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert [row["event"] for row in rows(file.read_text())] == ["Started"]


def test_ignored_signals_stay_ignored() -> None:
    control, given_up = TrainControl(), []
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts(control, given_up.append) as interrupts:
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGTERM)
        assert interrupts.received == signal.SIGTERM
        assert given_up == [signal.SIGTERM]
        assert control.stopping
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)


def test_reader_that_leaves(text) -> None:
    process = child(f"--corpus={text}", *FLAGS, *ENDLESS, "--eval-every=50", "--jsonl=-")
    first = [json.loads(process.stdout.readline())["event"] for _ in range(3)]
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141
    assert first == ["Started", "Step", "Step"]
    assert b"rror" not in err


def test_bar_and_ctrl_c_on_a_terminal(text) -> None:
    flags = [f"--corpus={text}", *FLAGS, *ENDLESS, "--eval-every=100", "--sample-every=200"]
    screen = Screen(*flags, NO_COLOR="1")
    screen.wait_for(rb"iteration 200 .*\n[^$]+training[^\r]+200 / 1,000,000,000   0%")
    screen.wait_for(rb"smooth \d\.\d{4}  valid \d\.\d{4}  .*chars/s [\d.]+k?  .*left \d+d [\d:]+")
    screen.press(b"\x03")
    assert screen.end() == 130
    assert not re.search(rb"\x1b\[[\d;]*3[0-9]\S*m", screen.shown)  # no colour
    assert screen.shown.rindex(b"\x1b[?25h") > screen.shown.rindex(b"\x1b[?25l")  # a cursor
    ending, loss, best = screen.shown.decode().rpartition("\x1b")[2].splitlines()[-3:]
    assert "stopped after" in ending
    assert loss.startswith("smooth loss ")
    assert best.startswith("best validation ")


def far(width: int) -> list[str]:
    """Return the bar of a long run with every figure, as drawn on so many columns."""
    config = CONFIG.replace(iterations=10_000_000)
    progress = RunProgress()
    seconds = 3600 * 9
    about = {"vocab_size": 9, "train_characters": 9, "validation_characters": 9}
    progress.apply(Started(iteration=0, config=config, corpus="x", parameter_count=9, **about))
    for iteration, elapsed in ((4_999_692, seconds - 2), (5_000_000, seconds)):
        progress.apply(
            Step(
                iteration=iteration, elapsed=elapsed, loss=1.0, smooth_loss=12.0,
                bits_per_character=1.0, smooth_bits_per_character=bits_per_character(12.0, 12),
                characters=(iteration + 1) * 12, epoch=3.0, learning_rate=0.1,
            )
        )  # fmt: skip
    progress.apply(Validation(iteration=0, bits_per_character=12.3456, characters=9, is_best=True))
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(bar(progress, width))
    return captured.get().splitlines()


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_bar_fits_its_terminal(width) -> None:
    lines = far(width)
    assert len(lines) == 2
    assert max(map(len, lines)) <= width
    assert "…" not in "".join(lines)
    assert "5,000,001 / 10,000,000  50%" in lines[0]
    assert lines[1].startswith("smooth 1.4427  ")
    assert "left 9:01:07" in lines[1]
    if width >= 80:
        assert lines[0].count("━") > 20  # half of the bar
        assert "chars/s 1.8k  time 9:00:00  left 9:01:07" in lines[1]


def test_a_run_that_was_over_early_says_why() -> None:
    stopped = Stopped(
        iteration=40, elapsed=2.0, outcome="finished", smooth_loss=9.0, message="No \x1b[1mbetter.",
    )  # fmt: skip
    lines = summary(stopped, RunProgress(iterations=100), 12).splitlines()
    assert lines[:2] == ["finished after 40 of 100 iterations, time 0:02", "No ␛[1mbetter."]
    failed = replace(stopped, outcome="failed")  # said on standard error
    assert "better" not in summary(failed, RunProgress(iterations=100), 12)


def test_summary_without_any_update() -> None:
    stopped = Stopped(iteration=0, outcome="stopped", smooth_loss=30.0)
    text = summary(stopped, RunProgress(iterations=40), 12)
    assert text == "stopped after 0 of 40 iterations, time 0:00"

"""Reports on real runs from a real store."""

from __future__ import annotations

import math
import re
import shlex
import threading
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from tests.runs.report.support import CONFIG, kept
from tests.runs.report.test_rendering import Page
from tui_charrnn.cli import main
from tui_charrnn.engine.events import GradientMemory, Sample, Stopped, Validation
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs import wording
from tui_charrnn.runs.report.errors import ReportError
from tui_charrnn.runs.report.report import read, write_report
from tui_charrnn.runs.store.store import RunStore


@pytest.fixture(scope="module")
def written(filled, tmp_path_factory):
    """A report on all runs, written from a thread as the app does."""
    out = tmp_path_factory.mktemp("report") / "out"
    made: list[object] = []
    thread = threading.Thread(
        target=lambda: made.append(write_report(filled.runs(), filled, out, command="the command"))
    )
    thread.start()
    thread.join()
    assert made == [out / "report.html"]
    return out


def column(table: list[list[str]], name: str) -> list[str]:
    return [row[table[0].index(name)] for row in table[2:]]


def tables(text: str) -> list[list[list[str]]]:
    blocks = re.findall(r"(?:^\|.*\|\n)+", text, re.M)
    return [[row.strip("| ").split(" | ") for row in one.splitlines()] for one in blocks]


def test_figures_are_those_of_the_store_to_the_digit(filled, written) -> None:
    text = (written / "report.md").read_text()
    (results, _) = [one for one in tables(text) if "final validation" in one[0]]
    smooth, final, best = [], [], []
    for record in filled.runs():
        if record.config.cell == "gru" and record.config.training_characters == 4000:
            events = list(filled.events(record.id))
            bits = [e.bits_per_character for e in events if isinstance(e, Validation)]
            final.append(bits[-1])
            best.append(min(bits))
            smooth.append(bits_per_character(events[-1].smooth_loss, CONFIG.seq_length))
    wanted = [
        f"{wording.bits(np.mean(v))} ± {wording.bits(np.std(v, ddof=1))}"
        for v in (smooth, final, best)
    ]
    names = ("smooth loss", "final validation", "best validation")
    assert [column(results, name)[1] for name in names] == wanted
    assert column(results, "cell") == ["RNN", "GRU"]
    assert column(results, "seeds") == ["3", "3"]


def test_the_report_answers_and_shows_all_parts(written) -> None:
    text = (written / "report.md").read_text()
    assert text.startswith("# RNN against GRU on tales\n\n12 runs, 4 settings and 2 comparisons, ")
    for part in (
        "**Does the GRU need a megabyte of text to show its advantage? On tales**",
        "**From which amount of text on, tales**", "**Equal iterations**", "**Equal parameters**",
        "**Equal training time**", "**Gradient memory**", "| tales | 1,200,097 | 73 | 0.4400 |",
        "## sweep amounts: tales, by amount of text", "### Samples", "```text\nthe command\n```",
        "95 % interval leaves out 0",
    ):  # fmt: skip
        assert part in text


def test_samples_are_the_final_ones(filled, written) -> None:
    text = (written / "report.md").read_text()
    finals = [
        event.text
        for record in filled.runs()
        if record.config.seed == 1
        for event in filled.events(record.id)
        if isinstance(event, Sample) and event.final
    ]
    assert len(finals) == 4
    assert all(f"```text\n{final}\n```" in text for final in finals)
    samples = Page((written / "report.html").read_text()).samples
    assert {f"\n{final}" for final in finals} <= set(samples)


def test_commands_train_the_same_runs_again(filled, written, tmp_path, capsys) -> None:
    text = (written / "report.md").read_text()
    lines = [line for line in text.splitlines() if line.startswith("charrnn-tui train")]
    assert len(lines) == 12
    first = next(record for record in filled.runs() if record.name == "gru-4")
    line = text.splitlines()[text.splitlines().index("# gru-4") + 1]
    events = tmp_path / "events.jsonl"
    main([*shlex.split(line)[1:], "--quiet", "--jsonl", str(events)])
    (stopped,) = [e for e in filled.events(first.id) if isinstance(e, Stopped)]
    assert f'"smooth_loss": {stopped.smooth_loss!r}' in events.read_text().splitlines()[-1]


def test_charts_are_files_of_their_own(written) -> None:
    text = (written / "report.md").read_text()
    names = re.findall(r"!\[.*\]\((.*)\)", text)
    assert sorted(names) == sorted(path.name for path in written.glob("*.svg"))
    assert [name[9:] for name in names] == [
        "loss.svg", "gradient-memory.svg", "loss.svg", "gradient-memory.svg", "amount.svg",
    ]  # fmt: skip
    for name in names:
        assert ET.parse(written / name).getroot().tag.endswith("svg")


def test_html_needs_nothing_else_and_takes_both_schemes(written) -> None:
    page = (written / "report.html").read_text()
    parsed = Page(page)
    assert [tag for tag, _ in parsed.tags].count("svg") == 5
    assert not {tag for tag, _ in parsed.tags} & {"script", "link", "img", "iframe", "object"}
    for _, attributes in parsed.tags:
        for name in ("src", "href", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    assert not re.search(r"@import|url\((?!#)", page)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    charts = page[page.index("<svg") :]
    assert "currentColor" in charts
    assert "var(--rnn, #0072b2)" in charts
    assert "var(--gru, #d55e00)" in charts


def test_the_same_runs_give_the_same_report(filled, written, tmp_path) -> None:
    write_report(filled.runs()[::-1], filled, tmp_path / "again", command="the command")

    def undated(folder) -> dict[str, str]:
        stamp = r"made on \S+ \S+ UTC"
        return {p.name: re.sub(stamp, "", p.read_text()) for p in folder.iterdir()}

    assert undated(tmp_path / "again") == undated(written)


def test_gradient_memory_is_that_of_the_end(filled) -> None:
    found = read(filled.runs(), filled)
    for run in found.runs:
        norms = [e.norms for e in filled.events(run.record.id) if isinstance(e, GradientMemory)]
        assert run.memory.norms == norms[-1]


@pytest.fixture
def small(tmp_path, tales):
    """A store of its own, for runs that went wrong."""
    store = RunStore.open(tmp_path / "small.sqlite3")
    yield store, tales
    store.close()


SHORT = CONFIG.replace(iterations=20, eval_every=10, sample_every=5)


def test_failed_runs_are_left_out_and_named(small, tmp_path) -> None:
    store, tales = small
    good = kept(store, tales, SHORT.replace(cell="gru"), group="")
    bad = kept(store, tales, SHORT.replace(cell="rnn", learning_rate=1000.0), group="")
    events = [e for e in store.events(bad)][:-1]
    failed = Stopped(
        iteration=20, outcome="failed", smooth_loss=math.nan, message="It <b>broke</b>."
    )
    origin = store.record_of(bad).origin
    store.delete([bad])
    store.keep(origin, [*events, failed])
    assert {run.state for run in store.runs()} == {"finished", "failed"}
    write_report(store.runs(), store, tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text()
    failed_name = next(run.name for run in store.runs() if run.state == "failed")
    assert f"| {failed_name} | it failed: It \\<b\\>broke\\</b\\> |" in text
    assert "1 run left out" in text
    assert "Only the GRU was run here" in text
    with pytest.raises(ReportError, match=r"None of the runs has a result .* it failed: It"):
        write_report([r for r in store.runs() if r.id != good], store, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_without_validation_memory_and_final_sample_it_says_so(small, tmp_path) -> None:
    """A run that was stopped on the way, on text with nothing held out."""
    store, tales = small
    config = SHORT.replace(validation_fraction=0.0)
    whole = list(store.events(kept(store, tales, config, group="")))
    origin = store.runs()[0].origin
    steps = [e for e in whole if not isinstance(e, (GradientMemory, Stopped, Validation))]
    steps = [e for e in steps if not (isinstance(e, Sample) and e.final)]
    last = replace(whole[-1], outcome="stopped")
    store.keep(replace(origin, group="stopped"), [*steps, last])
    write_report(store.runs("stopped"), store, tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text()
    assert "the last one drawn on the way, at iteration 15: there is none of the end:" in text
    assert "which was stopped after 20 iterations" in text
    assert not list((tmp_path / "out").glob("*gradient*"))
    (results,) = [one for one in tables(text) if "final validation" in one[0]]
    assert column(results, "final validation") == ["-"]
    assert column(results, "smooth loss")[0].endswith("± -")


def test_no_runs_is_one_sentence(filled, tmp_path) -> None:
    with pytest.raises(ReportError, match=r"^There are no runs to report on\.$"):
        write_report([], filled, tmp_path / "out")


def test_without_matplotlib_the_extra_is_named(filled, tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    with pytest.raises(ReportError, match=r"install charrnn-tui\[report\]\.$"):
        write_report(filled.runs(), filled, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_updates_are_read_as_arrays_alone(filled, monkeypatch) -> None:
    """A report of many runs would spend its time on making events of updates."""
    monkeypatch.setattr(RunStore, "events", lambda *_: pytest.fail("all events were read"))
    assert len(read(filled.runs(), filled).runs) == 12


def test_the_report_says_up_to_where_stopped_runs_were_compared(tales, filled, tmp_path) -> None:
    store = RunStore.open(tmp_path / "runs.sqlite3")
    for record in filled.runs("training_characters=0"):
        events = list(filled.events(record.id))
        if record.config.cell == "gru":
            early = [e for e in events[:-1] if getattr(e, "iteration", 0) < 80]
            events = [*early, replace(events[-1], outcome="stopped")]
        store.keep(replace(record.origin, cell_key=""), events)
    write_report(store.runs(), store, tmp_path / "out")
    store.close()
    text = (tmp_path / "out" / "report.md").read_text()
    assert text.count("which all runs reached that are compared here") == 2
    assert "After 80 iterations each" in text

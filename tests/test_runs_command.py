"""Runs are kept by `train`, and `runs` lists, shows, names, deletes and exports them."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.disks import fill
from tests.rights import folder_of_ours, without_privileges
from tests.runs.store.support import CORPUS, origin, trained
from tui_charrnn.cli import main
from tui_charrnn.runs.run_listing import listing
from tui_charrnn.runs.store import Origin, RunStore, TextIdentity
from tui_charrnn.runs.store.opening import VARIABLE

COMMAND = [sys.executable, "-m", "tui_charrnn"]
TINY = [
    "--hidden-size=6", "--seq-length=12", "--iterations=40", "--sample-every=20",
    "--eval-every=15", "--sample-length=30",
]  # fmt: skip


@pytest.fixture
def path(tmp_path, monkeypatch) -> Path:
    """The default store, which is not there yet."""
    path = tmp_path / "data" / "runs.sqlite3"
    monkeypatch.setenv(VARIABLE, str(path))
    return path


@pytest.fixture
def text(tmp_path) -> Path:
    path = tmp_path / "owl.txt"
    path.write_text("The owl saw the fox, and went home.\n" * 60)
    return path


@pytest.fixture
def kept(path: Path) -> Path:
    """The default store with an RNN and a GRU in it."""
    with RunStore.open(path) as store:
        for cell in ("rnn", "gru"):
            what = origin(cell=cell)
            store.keep(what, trained(what.config))
    return path


def said(capsys, *arguments: str) -> tuple[int, str, str]:
    """Run a command; return exit code, standard output and standard error."""
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = ended.code
    return code, *capsys.readouterr()


def train(capsys, text: Path, *flags: str) -> tuple[int, str, str]:
    return said(capsys, "train", "--corpus", str(text), "--quiet", *TINY, *flags)


def refused(capsys, *arguments: str) -> str:
    """Return the one sentence with which a command refuses."""
    code, out, err = said(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.endswith(".\n")
    return err


def test_a_run_is_kept_and_found_again(capsys, path, text, tmp_path) -> None:
    file = tmp_path / "run.jsonl"
    assert train(capsys, text, "--jsonl", str(file), "--name", "owl net") == (0, "", "")
    code, out, err = said(capsys, "runs", "show", "owl net")
    assert (code, err) == (0, "")
    facts = dict(line.split("  ", 1) for line in out.splitlines())
    facts = {name: value.strip() for name, value in facts.items()}
    assert facts["text from"] == str(text)
    assert facts["hidden_size"] == "6"
    assert facts["iterations made"] == "40 of 40"
    code, exported, _ = said(capsys, "runs", "export", "1", "--format", "jsonl")
    assert code == 0
    assert exported == file.read_text()


def test_the_source_of_a_run_is_known_from_any_folder(capsys, path, text, monkeypatch) -> None:
    monkeypatch.chdir(text.parent)
    assert train(capsys, Path("owl.txt"))[0] == 0
    assert train(capsys, Path("recall"))[0] == 0
    with RunStore.open(path) as store:
        assert [run.origin.text.source for run in store.runs()] == ["recall", str(text)]


def test_store_names_another_file(capsys, path, text, tmp_path) -> None:
    other = tmp_path / "deep" / "other.sqlite3"
    assert train(capsys, text, "--store", str(other)) == (0, "", "")
    assert not path.exists()
    for words in (["--store", str(other), "show", "1"], ["show", "1", f"--store={other}"]):
        code, out, _ = said(capsys, "runs", *words)
        assert code == 0
        assert "gru-1" in out


def test_list_is_a_line_a_run_the_newest_first(capsys, kept) -> None:
    code, out, err = said(capsys, "runs")
    assert (code, err) == (0, "")
    head, *lines = out.splitlines()
    assert head.split() == [
        "id", "name", "state", "cell", "hidden", "text", "iterations", "smooth", "best", "time",
        "started",
    ]  # fmt: skip
    assert [line.split()[:7] for line in lines] == [
        ["2", "gru-2", "finished", "gru", "6", "owls", "60"],
        ["1", "rnn-1", "finished", "rnn", "6", "owls", "60"],
    ]
    assert said(capsys, "runs", "list")[1] == out


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["rnn"], ["1"]),
        (["owls", "id>1"], ["2"]),
        (["list"], []),
        (["--store", "STORE", "gru"], "2"),
    ],
)
def test_filters(capsys, kept, filters, wanted) -> None:
    filters = [word.replace("STORE", str(kept)) for word in filters]
    code, out, _ = said(capsys, "runs", "list", *filters)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == [*wanted]
    if not wanted:
        assert out == "No run matches.\n"


@pytest.mark.parametrize("columns", [50, 80, 100, 200])
def test_list_fits_a_terminal(path, columns) -> None:
    long_name = TextIdentity(
        "the collected tales of the owl and the fox\x1b[31m", "", "utf-8", 1, 1, ""
    )
    with RunStore.open(path) as store:
        for seed in range(3):
            config = origin(seed=seed, iterations=10_000, hidden_size=512).config
            store.keep(Origin(config, long_name if seed else TextIdentity.of(CORPUS)), trained())
        store.rename(1, "an owl with a name longer than any owl's name should be")
        lines = listing(store.runs(), columns).splitlines()
    assert "\x1b" not in "\n".join(lines)
    assert [line.split()[0] for line in lines[1:4]] == ["3", "2", "1"]
    assert max(len(line) for line in lines[:4]) <= columns
    assert ("text" in lines[0]) == (columns > 50)
    assert ("started" in lines[0]) == (columns > 100)
    assert "60/10,000" in lines[1]


def test_no_runs_yet(capsys, path, tmp_path) -> None:
    assert said(capsys, "runs") == (0, "No runs were kept yet.\n", "")
    assert not path.parent.exists()
    assert "There is no run store" in refused(capsys, "runs", "--store", str(tmp_path / "x"))
    assert "There is no run store" in refused(capsys, "runs", "show", "1")


def test_name(capsys, kept) -> None:
    assert said(capsys, "runs", "name", "1", "Eule") == (0, "", "")
    assert said(capsys, "runs", "show", "eule")[0] == 0
    assert "another run named EULE" in refused(capsys, "runs", "name", "2", "EULE")
    assert "nearest names are Eule" in refused(capsys, "runs", "name", "Euel", "x")


def test_delete_needs_a_yes(capsys, kept) -> None:
    err = refused(capsys, "runs", "delete", "1", "gru-2", "gru-2")
    assert "deleting 1 (rnn-1) and 2 (gru-2) needs --yes" in err
    assert "no run 7" in refused(capsys, "runs", "delete", "--yes", "1", "7")
    assert said(capsys, "runs", "delete", "1", "--yes") == (0, "", "")
    with RunStore.open(kept) as store:
        assert [run.id for run in store.runs()] == [2]


@pytest.mark.parametrize(("answer", "left"), [("y\n", 1), ("\n", 2), ("no\n", 2)])
def test_delete_asks_on_a_terminal(kept, answer, left) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "runs", "delete", "1"], stdin=theirs, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        os.write(ours, answer.encode())
        out, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert err == "Delete run 1 (rnn-1) for good? [y/N] "
    assert (process.returncode, out) == (0, "" if left == 1 else "Nothing was deleted.\n")
    with RunStore.open(kept) as store:
        assert len(store.runs()) == left


def test_csv_has_a_row_an_update(capsys, kept) -> None:
    _, out, _ = said(capsys, "runs", "export", "gru-2", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    with RunStore.open(kept) as store:
        points = store.points(2)
    assert len(rows) == 60
    assert set(rows[0]) == set(points.dtype.names)
    for name in points.dtype.names:
        assert [float(row[name]) for row in rows] == points[name].tolist()


def test_several_runs_in_one_file(capsys, kept, tmp_path) -> None:
    file = tmp_path / "both"
    code, out, _ = said(capsys, "runs", "export", "1", "2", "--format=csv", "--out", str(file))
    assert (code, out) == (0, "")
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [row["run"] for row in rows] == ["1"] * 60 + ["2"] * 60
    said(capsys, "runs", "export", "1", "2", "--format=jsonl", "--out", str(file))
    kinds = [json.loads(line)["event"] for line in file.read_text().splitlines()]
    assert kinds.count("Started") == kinds.count("Stopped") == 2
    assert [entry.name for entry in tmp_path.iterdir() if "part" in entry.name] == []


def test_export_that_cannot_be_written_leaves_what_was_there(capsys, kept, tmp_path) -> None:
    older = tmp_path / "older.csv"
    older.write_text("older")
    before = kept.read_bytes()
    with RunStore.open(kept) as store:
        store._connection.execute("UPDATE events SET body = '{}' WHERE run_id = 1 AND place > 30")
    err = refused(capsys, "runs", "export", "1", "--format=jsonl", "--out", str(older))
    assert "holds what cannot be read in run 1" in err
    assert older.read_text() == "older"
    assert [entry.name for entry in tmp_path.iterdir() if "part" in entry.name] == []
    for name, reason in [
        (str(tmp_path), "Is a directory"), (str(tmp_path / "no" / "file"), "No such file"),
        (str(kept), "cannot be written over"), ("/dev/full", "No space left"),
    ]:  # fmt: skip
        assert reason in refused(capsys, "runs", "export", "2", "--format=csv", "--out", name)
    assert len(kept.read_bytes()) == len(before)


def test_export_to_a_full_disk(capsys, kept, small_disk) -> None:
    fill(small_disk)
    file = small_disk / "run.csv"
    err = refused(capsys, "runs", "export", "2", "--format=csv", "--out", str(file))
    assert f"Cannot write {file}: No space left on device." in err
    assert [entry.name for entry in small_disk.iterdir()] == ["ballast"]


def test_nobody_reads_the_export(kept) -> None:
    with subprocess.Popen(
        [*COMMAND, "runs", "export", "1", "--format=jsonl"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["show"], "required: RUN"),
        (["show", "1", "2"], "unrecognized arguments: 2"),
        (["export", "1"], "required: --format"),
        (["export", "1", "--format=xml"], "invalid choice: 'xml'"),
        (["delete", "--yes"], "required: RUN"),
        (["gru", "--yes"], "unrecognized arguments: --yes"),
        (["hiden_size=3"], "the nearest is hidden_size"),
        (["--nothing"], "unrecognized arguments: --nothing"),
    ],
)
def test_bad_arguments(capsys, kept, arguments, part) -> None:
    code, out, err = said(capsys, "runs", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert part in err


def test_a_store_that_may_only_be_read_is_listed_and_exported(capsys) -> None:
    with folder_of_ours() as folder:
        path = folder / "runs.sqlite3"
        with RunStore.open(path) as store:
            store.keep(origin(), trained())
        with without_privileges():
            there = ["--store", str(path)]
            assert "gru-1" in said(capsys, "runs", *there)[1]
            assert said(capsys, "runs", "export", "1", "--format=csv", *there)[1].count("\n") == 61
            assert "is read-only" in refused(capsys, "runs", "name", "1", "owl", *there)
            assert "is read-only" in refused(capsys, "runs", "delete", "1", "--yes", *there)


def test_a_store_that_was_asked_for_has_to_be_one(capsys, text, path, tmp_path) -> None:
    file = tmp_path / "run.jsonl"
    for store, reason in [
        (tmp_path, "is a folder"), (text, "is not a run store"),
        (text / "runs", "cannot be opened: not a directory"),
    ]:  # fmt: skip
        code, out, err = train(capsys, text, "--store", str(store), "--jsonl", str(file))
        assert (code, out) == (2, "")
        assert reason in err
        assert not file.exists()  # nothing was trained, and nothing overwritten


def test_a_name_that_cannot_be_is_refused_before_the_training(capsys, text, kept) -> None:
    for name, reason in [("gru-2", "There is a run named gru-2"), ("7", "id"), ("a\nb", "visible")]:
        code, _, err = train(capsys, text, "--name", name)
        assert code == 2
        assert reason in err
        assert err.count("\n") == 1


def test_the_events_do_not_overwrite_the_store(capsys, text, kept) -> None:
    before = kept.read_bytes()
    code, _, err = train(capsys, text, "--jsonl", str(kept))
    assert code == 2
    assert "--jsonl would overwrite the run store" in err
    assert kept.read_bytes() == before


def test_a_file_for_events_that_cannot_be_opened_leaves_no_run(capsys, text, path) -> None:
    assert train(capsys, text, "--jsonl", "/nowhere/run.jsonl")[0] == 2
    assert said(capsys, "runs")[1] == "No runs were kept yet.\n"


def test_without_the_users_store_training_goes_on(capsys, text, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, str(text))
    file = tmp_path / "run.jsonl"
    code, out, err = train(capsys, text, "--jsonl", str(file))
    assert (code, out, err.count("\n")) == (0, "", 1)
    assert f"The run is not recorded: The run store {text} is not a run store" in err
    assert json.loads(file.read_text().splitlines()[-1])["outcome"] == "finished"


def test_a_disk_that_fills_up_costs_the_record_alone(text, small_disk, tmp_path) -> None:
    path, file = small_disk / "runs.sqlite3", tmp_path / "run.jsonl"
    flags = [f for f in TINY if "iterations" not in f]
    process = subprocess.Popen(
        [*COMMAND, "train", f"--corpus={text}", f"--store={path}", f"--jsonl={file}", *flags,
         "--iterations=1e9", "--time-limit=2.5"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    end = time.monotonic() + 60
    while not (path.exists() and path.with_name(f"{path.name}-wal").exists()):
        assert time.monotonic() < end
        time.sleep(0.01)
    fill(small_disk)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.splitlines()[-1] == (
        "charrnn-tui train: error: The record of the run is incomplete: "
        f"The run store {path} cannot be written: the disk is full."
    )
    assert "finished after" in out
    assert json.loads(file.read_text().splitlines()[-1])["outcome"] == "finished"


def test_an_interrupted_run_is_kept(path, text) -> None:
    process = subprocess.Popen(
        [*COMMAND, "train", f"--corpus={text}", "--quiet", "--iterations=1e9", "--hidden-size=6"]
    )
    end = time.monotonic() + 60
    while not path.exists() or not _iterations(path):
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(2)
    assert process.wait(60) == 130
    with RunStore.open(path) as store:
        assert store.record_of(1).state == "stopped"
        assert len(store.points(1)) == store.record_of(1).iteration > 0


def _iterations(path: Path) -> int:
    with RunStore.open(path, read_only=True) as store:
        return sum(run.iteration for run in store.runs())

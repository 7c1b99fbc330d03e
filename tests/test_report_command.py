"""`charrnn-tui report`: which runs, where to, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs.report.support import CONFIG, kept
from tui_charrnn.cli import main
from tui_charrnn.runs.catalogue import load_corpus
from tui_charrnn.runs.store.store import RunStore

TINY = CONFIG.replace(hidden_size=6, iterations=12, eval_every=6, sample_every=0)


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    """Two sweeps of two runs each, and a run by hand."""
    path = tmp_path_factory.mktemp("store") / "runs.sqlite3"
    opened, recall = RunStore.open(path), load_corpus("recall")
    for group in ("sweep one", "sweep two"):
        for cell in ("rnn", "gru"):
            kept(opened, recall, TINY.replace(cell=cell), group)
    kept(opened, recall, TINY.replace(seed=9), "")
    opened.close()
    return path


@pytest.fixture
def asked(store, tmp_path, capsys):
    """Ask for a report; return exit code, output, error, and the Markdown if there is any."""

    def ask(*arguments: str, out: Path | None = None) -> tuple[int, str, str, str]:
        out = tmp_path / "out" if out is None else out
        try:
            code = main(["report", *arguments, "--out", str(out), "--store", str(store)])
        except SystemExit as ended:
            code = int(ended.code or 0)
        text = out / "report.md"
        return code, *capsys.readouterr(), text.read_text() if text.is_file() else ""

    return ask


def refusal(answer: tuple[int, str, str, str]) -> str:
    """Return the one line with which it was refused."""
    code, out, err, _ = answer
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    return err.removeprefix("charrnn-tui report: error: ").rstrip("\n")


@pytest.mark.parametrize(
    ("arguments", "runs"),
    [
        ((), ["rnn-1", "gru-2", "rnn-3", "gru-4", "gru-5"]),
        (("--sweep", "two"), ["rnn-3", "gru-4"]),
        (("--filter", "gru", "--sweep", "one"), ["gru-2"]),
        (("--sweep", "two", "--sweep", "one"), ["rnn-1", "gru-2", "rnn-3", "gru-4"]),
        (("gru-5", "1", "GRU-5"), ["rnn-1", "gru-5"]),
    ],
)
def test_which_runs(asked, tmp_path, arguments, runs) -> None:
    code, out, err, text = asked(*arguments)
    assert (code, out, err) == (0, f"Wrote {tmp_path / 'out' / 'report.html'}\n", "")
    named = [line[2:] for line in text.splitlines() if line.startswith(("# rnn", "# gru"))]
    assert sorted(named, key=lambda name: name[4:]) == runs
    assert "```text\ncharrnn-tui report " in text


def test_a_folder_that_holds_something_needs_force(asked, tmp_path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert refusal(asked()) == (
        f"The folder {out} is not empty; with --force, the report's files in it are replaced."
    )
    assert [path.name for path in out.iterdir()] == ["mine.txt"]
    code, _, _, text = asked("--force")
    assert code == 0
    assert text
    assert (out / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nobody",), "There is no run named nobody"),
        (("--sweep", "three"), "There is no run of a sweep named three in "),
        (("--sweep", "three"), "; those there are: one and two."),
        (("--filter", "cell=lstm"), "There is no finished run that the filter takes in "),
        (("1", "--sweep", "one"), "Give either runs, or --filter and --sweep."),
    ],
)
def test_what_is_refused(asked, tmp_path, arguments, sentence) -> None:
    assert sentence in refusal(asked(*arguments))
    assert not (tmp_path / "out").exists()


def test_a_store_that_is_not_there_is_not_made(tmp_path, capsys) -> None:
    missing = tmp_path / "none.sqlite3"
    with pytest.raises(SystemExit) as ended:
        main(["report", "--out", str(tmp_path / "out"), "--store", str(missing)])
    assert ended.value.code == 2
    assert str(missing) in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_command_loads_no_screen_and_out_is_needed(store) -> None:
    code = "import sys; from tui_charrnn.cli import main; main(['report', '--help'])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--sweep NAME" in shown.stdout
    with pytest.raises(SystemExit) as ended:
        main(["report", "--store", str(store)])
    assert ended.value.code == 2


def test_writing_a_report_loads_neither_screen_nor_chart_of_the_app(store, tmp_path) -> None:
    code = (
        "import sys; from tui_charrnn.cli import main; main(sys.argv[1:]);"
        "print([m for m in ('textual', 'plotext', 'matplotlib.pyplot') if m in sys.modules])"
    )
    command = [sys.executable, "-W", "error", "-c", code, "report", "--store", str(store)]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "out")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"

"""The command line: what it understands, what it refuses, and how."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rights import folder_of_ours, without_privileges
from tui_charrnn import __version__
from tui_charrnn.cli import main
from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import FIELDS, PRESETS
from tui_charrnn.runs.catalogue import DEFAULT, catalogue
from tui_charrnn.runs.listing import corpora

COMMAND = [sys.executable, "-m", "tui_charrnn"]
TINY = ["--hidden-size", "4", "--seq-length", "10", "--iterations", "3"]
OTHER_VALUES = {
    "cell": "rnn", "hidden_size": 5, "seq_length": 7, "batch_size": 2, "learning_rate": 0.25,
    "iterations": 4, "optimizer": "adamw", "clip": 1.5, "dtype": "float64", "seed": 7,
    "sample_every": 2, "sample_length": 9, "temperature": 0.5, "validation_fraction": 0.2,
    "eval_every": 2, "eval_length": 100,
    "time_limit": 60.0, "training_characters": 150,
    "checkpoint_seconds": 5.0, "checkpoint_every": 3,
    "layers": 2, "dropout": 0.25, "initialization": "orthogonal", "clip_by": "norm",
    "momentum": 0.5, "decay_rate": 0.9, "beta1": 0.8, "beta2": 0.9, "weight_decay": 0.1,
    "schedule": "step", "warmup": 2, "decay_every": 3, "decay_factor": 0.9, "final_rate": 0.2,
    "top_k": 5, "top_p": 0.9, "prime": "The owl\n", "patience": 3, "watch_every": 2,
    "processes": 2,
}  # fmt: skip


@pytest.fixture
def texts(tmp_path, monkeypatch) -> Path:
    """A folder with texts of all kinds, and the current one."""
    (tmp_path / "owl.txt").write_text("The owl saw the fox.\n" * 100)
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "one.txt").write_text("aaaa")
    (tmp_path / "binary").write_bytes(b"ELF\0\1\2")
    (tmp_path / "latin.txt").write_bytes("caf\u00e9 au lait".encode("latin-1"))
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(capsys, *arguments: str) -> str:
    """Return the one line with which the command ends."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    assert ended.value.code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.endswith("\n")
    return err[:-1]


RATE = "learning_rate must be a number above 0 and at most 1,000, not"
UNITS = "hidden_size must be a whole number of at least 1, not"
UPDATES = "iterations must be a whole number from 1 to 1,000,000,000, not"
BAD_VALUES = [
    ("--hidden-size", "0", f"{UNITS} 0."),
    ("--hidden-size", "-1", f"{UNITS} -1."),
    ("--hidden-size", "many", f"{UNITS} 'many'."),
    ("--iterations", "1.5", f"{UPDATES} '1.5'."),
    ("--learning-rate", "0", f"{RATE} 0.0."),
    ("--learning-rate", "nan", f"{RATE} nan."),
    ("--learning-rate", "-inf", f"{RATE} -inf."),
    ("--learning-rate", "", f"{RATE} ''."),
    ("--clip", "-1e5", "clip must be a number above 0 and at most 1,000,000, not -100000.0."),
    ("--temperature", "-0.5", "temperature must be a number from 0 to 100, not -0.5."),
    ("--cell", "mlp", "cell must be rnn, gru or lstm, not 'mlp'."),
    ("--cell", "\x1b[31m", "cell must be rnn, gru or lstm, not '\\x1b[31m'."),
    ("--layers", "4", "layers must be a whole number from 1 to 3, not 4."),
    (
        "--dropout",
        "0.2",
        "dropout must be 0 with layers 1, since it acts between layers, not 0.2.",
    ),
    (
        "--optimizer",
        "lion",
        "optimizer must be adagrad, rmsprop, adam, adamw or sgd, not 'lion'.",
    ),
    ("--prime", "The \x1b[31m", r"prime must have only characters of owl.txt, not '\x1b'."),
    (
        "--prime",
        "x" * 1001,
        f"prime must be a text of at most 1,000 characters, not '{'x' * 59}….",
    ),
]


@pytest.mark.parametrize(("flag", "value", "sentence"), BAD_VALUES)
def test_bad_value_gets_the_sentence_of_its_spec(texts, capsys, flag, value, sentence) -> None:
    for words in ([flag, value], [f"{flag}={value}"]):
        line = refused(capsys, "train", "--corpus", "owl.txt", *words)
        assert line == f"charrnn-tui train: error: {sentence}"


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--corpus", "nowhere"], ["no file or folder nowhere", DEFAULT, "stdlib"]),
        (["--corpus", "~nobody-has-this-name/x"], ["~nobody-has-this-name/x"]),
        (["--corpus", "x" * 300], ["x" * 300]),
        (["--corpus", "a\x1b[31m\nb\udcff"], ["a␛[31m␤b\ufffd"]),
        (["--corpus", "folder"], ["folder holds no text file"]),
        (["--corpus", "empty.txt"], ["empty.txt is empty"]),
        (["--corpus", "one.txt"], ["one.txt", "one distinct character"]),
        (["--corpus", "binary"], ["binary file", "--encoding"]),
        (["--corpus", "latin.txt"], ["latin.txt", "offset 3", "--encoding"]),
        (["--corpus", "owl.txt", "--encoding", "klingon"], ["encoding", "'klingon'"]),
        (["--corpus", "owl.txt", "--preset", "x"], ["no preset 'x'", *PRESETS]),
        (["--corpus", "owl.txt", "--seq-length", "5000"], ["owl.txt has 1,890", "5,001"]),
        (["--corpus", "owl.txt", "--hidden-size", "1e9"], ["hidden_size 1,000,000,000", "memory"]),
        (["--corpus", "owl.txt", "--hidden", "3"], ["--hidden"]),
        (["--corpus", "owl.txt", "--x\x1b]0;t\x07"], ["--x␛]0;t␇"]),
        (["--corpus", "owl.txt", "--clip"], ["--clip"]),
        (["--corpus", "owl.txt", "--jsonl", "folder"], ["folder", "directory"]),
        (["--corpus", "owl.txt", "--jsonl", "none/x\x1b"], ["none/x␛", "No such file"]),
        (["--corpus", "owl.txt", "--jsonl", "owl.txt"], ["--jsonl", "owl.txt"]),
    ],
)
def test_bad_input_gets_one_sentence(texts, capsys, arguments, parts) -> None:
    line = refused(capsys, "train", *arguments)
    for part in parts:
        assert part in line
    assert (texts / "owl.txt").stat().st_size == 2100  # nothing was written over it


def test_unreadable_file(capsys) -> None:
    with folder_of_ours() as folder:
        path = folder / "owl.txt"
        path.write_text("owl " * 500)
        path.chmod(0)
        with without_privileges():
            line = refused(capsys, "train", "--corpus", str(path))
    assert "owl.txt: Permission denied" in line


def test_unknown_command_names_the_known_ones(capsys) -> None:
    line = refused(capsys, "trian")
    assert line == (
        "charrnn-tui: error: There is no command 'trian'; the commands are train, resume, sample, "
        "lens, attach, runs, sweep, report and corpora."
    )


def test_version(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"charrnn-tui {__version__}\n"


def test_help_says_what_the_specs_say(capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    with pytest.raises(SystemExit) as ended:
        main(["train", "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for spec in FIELDS:
        group = text.partition(f"\n{spec.group}:\n")[2].partition("\n\n")[0]
        entries = [" ".join(entry.split()) for entry in group.split("  --")]
        flag = f"{spec.name.replace('_', '-')} "
        line = next(entry for entry in entries if entry.startswith(flag))
        assert spec.help in line
        assert spec.range_text.removeprefix("of ") in line
        assert line.endswith(f"default {'none' if spec.default == '' else spec.default}")


def configuration(capsys, *arguments: str) -> TrainConfig:
    """Return the hyperparameters that a run of the command tells to have used."""
    assert main([*arguments, "--jsonl", "-", "--quiet"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return TrainConfig(**json.loads(out.splitlines()[0])["config"])


def test_every_field_is_a_flag(texts, capsys) -> None:
    assert set(OTHER_VALUES) == {spec.name for spec in FIELDS}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in OTHER_VALUES.items()]
    used = configuration(capsys, "train", "--corpus", "owl.txt", *flags)
    assert used == TrainConfig(**OTHER_VALUES)
    usual = TrainConfig()
    assert not [name for name in OTHER_VALUES if getattr(used, name) == getattr(usual, name)]


def test_flags_change_a_preset_wherever_they_stand(texts, capsys) -> None:
    wanted = TrainConfig(
        **{**PRESETS["quick"], "hidden_size": 4, "seq_length": 10, "iterations": 3}
    )
    before = configuration(capsys, "train", *TINY, "--corpus", "owl.txt", "--preset", "quick")
    after = configuration(capsys, "--preset", "quick", "--corpus", "owl.txt", "train", *TINY)
    assert before == after == wanted


def test_encoding_is_used(texts, capsys) -> None:
    (texts / "latin.txt").write_bytes("caf\u00e9 au lait. ".encode("latin-1") * 20)
    arguments = ["train", "--corpus", "latin.txt", *TINY, "--sample-every", "0"]
    configuration(capsys, *arguments, "--encoding", "latin-1")
    assert "utf-8" in refused(capsys, *arguments)


def test_corpora_lists_the_catalogue(capsys) -> None:
    assert main(["corpora"]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert text == text.replace(" \n", "\n")
    for name, entry in catalogue().items():
        row = next(line for line in text.splitlines() if line.startswith(f"{name} "))
        assert entry.description in row
        if entry.characters:
            assert f" {entry.characters:,} " in row
            assert f" {entry.vocabulary:,} " in row
            assert f" {entry.entropy:.4f} " in row


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_corpora_fits_a_terminal(monkeypatch, columns) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = corpora(is_terminal=True)
    table = text.partition("\n\n")[0].splitlines()
    assert max(map(len, table)) <= columns
    start = table[0].index("description")
    words = " ".join(line[start:] for line in table[1:]).split()
    for name, entry in catalogue().items():
        assert any(line.startswith(f"{name} ") for line in table)
        assert set(entry.description.split()) <= set(words)
    assert "…" not in text


PROBE = """
import sys
from threadpoolctl import threadpool_info
from tui_charrnn.cli import main
try:
    code = main(sys.argv[1:])
except SystemExit as ended:
    code = ended.code
threads = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
print(code, *sorted({"textual", "plotext"} & set(sys.modules)), threads, file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["train", *TINY], ["--help"]])
def test_no_screen_is_loaded_without_need(texts, arguments) -> None:
    corpus = ["--corpus", "owl.txt"]
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *corpus, *arguments],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    last = done.stderr.splitlines()[-1]
    assert re.fullmatch(r"0 (set\(\)|\{\d+\})", last)
    if "train" in arguments:
        assert last.endswith(("{1}", "set()"))  # one thread, or a NumPy without a known BLAS


def test_app_needs_a_terminal() -> None:
    done = subprocess.run(COMMAND, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "charrnn-tui: error: the app needs a terminal for its input and output.\n"


@pytest.mark.parametrize(
    ("term", "arguments", "part"),
    [
        ("dumb", [], "TERM=dumb"),
        ("xterm", ["--corpus", "nowhere"], "There is no file or folder nowhere"),
        ("xterm", ["--preset", "huge"], "There is no preset 'huge'"),
        ("dumb", ["attach"], "TERM=dumb"),
        ("xterm", ["attach", "--store", "runs.sqlite3"], "There is no run store runs.sqlite3"),
    ],
)
def test_app_is_not_started_in_vain(texts, term, arguments, part) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": term},
    )  # fmt: skip
    assert process.wait(60) == 2
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert part in shown
    assert shown.count("\n") == 1
    assert "\x1b" not in shown


def test_closed_output_is_no_reason_to_complain(texts) -> None:
    shell = f"{sys.executable} -m tui_charrnn corpora | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", shell], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 141
    assert done.stderr == ""

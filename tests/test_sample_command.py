"""`charrnn-tui sample`: text drawn from what a run has learned."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ptys import Pty, until
from tui_charrnn.cli import main
from tui_charrnn.commands.sample import harmless
from tui_charrnn.engine import Corpus, TrainConfig, TrainControl, build_model
from tui_charrnn.engine.checkpoint_file import load, save
from tui_charrnn.engine.events import Snapshot
from tui_charrnn.engine.sampling import generate
from tui_charrnn.engine.trainer import train
from tui_charrnn.safe_text import safe

COMMAND = [sys.executable, "-m", "tui_charrnn", "sample"]
TEXT = "The owl saw the fox, \x1b[31mre\u0301d\x1b[0m, and went home.\n" * 60
CONFIG = TrainConfig(
    hidden_size=6, seq_length=12, iterations=40, sample_every=0, sample_length=70, eval_every=15,
    learning_rate=0.1, temperature=0.8,
)  # fmt: skip


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    """The last checkpoint of a small run."""
    corpus, control = Corpus.from_text(TEXT, "owl.txt"), TrainControl()
    model = build_model(CONFIG, corpus.vocab_size)
    path = tmp_path_factory.mktemp("sample") / "owl.npz"
    for event in train(CONFIG, corpus, model, control):
        if isinstance(event, Snapshot):
            save(event.checkpoint, path)
    return path


def said(capsys, *arguments: object) -> tuple[int, str, str]:
    """Run the command; return exit code, standard output and standard error."""
    try:
        code = main(["sample", *map(str, arguments)])
    except SystemExit as ended:
        code = ended.code
    return code, *capsys.readouterr()


def drawn(capsys, *arguments: object) -> str:
    code, out, err = said(capsys, *arguments)
    assert (code, err) == (0, "")
    return out


def refused(capsys, *arguments: object) -> str:
    code, out, err = said(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    return err[:-1]


def expected(
    file: Path, prompt: str, seed: int, length: int, *numbers: float, best: bool = False
) -> str:
    """Draw as it is written down: from zeros, after the prompt, by temperature, top-k and top-p."""
    checkpoint = load(file)
    vocabulary, rng = checkpoint.vocabulary, np.random.default_rng(seed)
    zeros = np.zeros(CONFIG.hidden_size, CONFIG.dtype)
    ids = vocabulary.encode(prompt).tolist()
    stream = generate(checkpoint.model(best=best), (ids, zeros), rng, *numbers)
    return prompt + vocabulary.decode(islice(stream, length))


def test_text_is_exact_where_no_terminal_shows_it(file, capsys) -> None:
    flags = ["--prompt=The owl", "--seed=5", "--length=400", "--temperature=1.5"]
    text = drawn(capsys, file, *flags)
    assert text == expected(file, "The owl", 5, 400, 1.5)
    assert "\x1b" in text


def test_defaults_are_those_of_the_run(file, capsys) -> None:
    text = drawn(capsys, file, "--prompt=The", "--seed=5")
    assert text == expected(file, "The", 5, 70, 0.8)
    assert len(drawn(capsys, file)) == 70
    assert drawn(capsys, file) != drawn(capsys, file)
    assert drawn(capsys, file, "--seed=5") == drawn(capsys, file, "--seed=5")


def test_top_k_and_top_p_leave_some_characters_out(file, capsys) -> None:
    flags = ["--prompt=The owl", "--seed=5", "--length=200", "--temperature=2"]
    texts = [drawn(capsys, file, *flags)]
    for more, limits in (
        (["--top-k=3"], (3,)), (["--top-p=0.3"], (0, 0.3)),
        (["--top-k=9", "--top-p=0.5"], (9, 0.5)),
    ):  # fmt: skip
        texts.append(drawn(capsys, file, *flags, *more))
        assert texts[-1] == expected(file, "The owl", 5, 200, 2.0, *limits)
    assert len(set(texts)) == 4
    greedy = drawn(capsys, file, "--prompt=The owl", "--length=200", "--temperature=0")
    assert drawn(capsys, file, *flags, "--top-k=1") == greedy


def test_a_runs_own_prime_and_limits_are_the_defaults(file, capsys, tmp_path) -> None:
    checkpoint, path = load(file), tmp_path / "primed.npz"
    config = checkpoint.config.replace(prime="The fox\n", top_k=4, top_p=0.6)
    save(replace(checkpoint, config=config), path)
    assert drawn(capsys, path, "--seed=5") == expected(file, "The fox\n", 5, 70, 0.8, 4, 0.6)
    flags = ["--seed=5", "--prompt=The owl", "--top-k=0", "--top-p=1"]
    assert drawn(capsys, path, *flags) == expected(file, "The owl", 5, 70, 0.8)
    flags = ["--seed=5", "--prompt=", "--top-k=0", "--top-p=1"]
    assert drawn(capsys, path, *flags) == drawn(capsys, file, "--seed=5")  # a random character


def test_a_prime_that_the_model_cannot_read_gets_one_sentence(file, capsys, tmp_path) -> None:
    checkpoint, path = load(file), tmp_path / "forged.npz"
    save(replace(checkpoint, config=checkpoint.config.replace(prime="\x1b\u202e")), path)
    assert r"The character '\u202e' does not occur in owl.txt." in refused(capsys, path)


def test_best_weights_are_others_than_the_last(file, capsys, tmp_path) -> None:
    checkpoint, path = load(file), tmp_path / "two.npz"
    best = {name: values * 1.5 for name, values in checkpoint.parameters.items()}
    save(replace(checkpoint, best_parameters=best), path)
    text = drawn(capsys, path, "--best", "--prompt=The", "--seed=5")
    assert text == expected(path, "The", 5, 70, 0.8, best=True)
    assert text != drawn(capsys, path, "--prompt=The", "--seed=5")


def test_without_a_validation_there_are_no_best_weights(file, capsys, tmp_path) -> None:
    checkpoint, path = load(file), tmp_path / "none.npz"
    save(replace(checkpoint, best=None, best_parameters=None), path)
    assert "validated nothing" in refused(capsys, path, "--best")


BAD = [
    (["--prompt=☃"], "The character '☃' does not occur in owl.txt."),
    (["--prompt=\udcff"], "The character '\\udcff' does not occur in owl.txt."),
    (["--length=0"], "length must be a whole number from 1 to 1,000,000,000, not 0."),
    (["--length=x"], "not 'x'."),
    (["--length=--"], "not '--'."),
    (["--prompt=--"], "The character '-' does not occur in owl.txt."),
    (["--temperature=-1"], "temperature must be a number from 0 to 100, not -1.0."),
    (["--top-k=-1"], "top_k must be a whole number from 0 to 1,114,112, not -1."),
    (["--top-k=few"], "top_k must be a whole number from 0 to 1,114,112, not 'few'."),
    (["--top-p=0"], "top_p must be a number above 0 and at most 1, not 0.0."),
    (["--top-p=1.5"], "top_p must be a number above 0 and at most 1, not 1.5."),
    (["--seed=-1"], "seed must be a whole number from 0 to 4,294,967,295, not -1."),
]


@pytest.mark.parametrize(("flags", "sentence"), BAD)
def test_bad_input_gets_one_sentence(file, capsys, flags, sentence) -> None:
    line = refused(capsys, file, *flags)
    assert line.startswith("charrnn-tui sample: error: ")
    assert line.endswith(sentence)


def test_there_has_to_be_a_checkpoint(capsys, tmp_path) -> None:
    assert "nowhere.npz: No such file" in refused(capsys, tmp_path / "nowhere.npz")
    (tmp_path / "bad\x1b.npz").write_bytes(b"no archive" * 100)
    line = refused(capsys, tmp_path / "bad\x1b.npz")
    assert "bad␛.npz" in line
    assert "\x1b" not in line
    assert "There is no run store" in refused(capsys, "1", "--store", tmp_path / "runs")


def test_a_run_is_drawn_from_while_it_trains(capsys, tmp_path) -> None:
    text, store = tmp_path / "owl.txt", tmp_path / "runs"
    text.write_text(TEXT)
    train = [*COMMAND[:-1], "train", f"--corpus={text}", f"--store={store}", "--name=owl net"]
    flags = ["--hidden-size=6", "--seq-length=12", "--iterations=1e9", "--checkpoint-every=10"]
    process = subprocess.Popen([*train, *flags, "--quiet"])
    try:
        until(lambda: said(capsys, "1", "--store", store)[0] == 0)
        assert process.poll() is None
        assert drawn(capsys, "owl net", "--store", store, "--prompt=The ").startswith("The ")
        assert "There is no run 2" in refused(capsys, "2", "--store", store)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def by_command(file: Path, *flags: str, **options) -> subprocess.CompletedProcess[bytes]:
    command = [*COMMAND, str(file), *flags]
    return subprocess.run(command, capture_output=True, timeout=60, check=False, **options)


def test_prompt_from_standard_input(file) -> None:
    done = by_command(file, "--prompt=-", "--seed=5", input=b"The owl\r\nsaw\n")
    assert done.stdout.decode() == expected(file, "The owl\nsaw", 5, 70, 0.8)
    done = by_command(file, "--prompt=-", input=b"\xff\xfe")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"The prompt is not UTF-8 text" in done.stderr
    with open("/dev/zero", "rb") as endless:
        done = by_command(file, "--prompt=-", stdin=endless)
    assert done.returncode == 2
    assert b"at most 1,000,000 characters" in done.stderr


def test_text_comes_as_it_is_drawn_and_ends_with_its_reader(file) -> None:
    command = [*COMMAND, str(file), "--length=1e9"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert len(process.stdout.read(200)) == 200
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_full_disk_gets_one_sentence(file) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, str(file)], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert done.returncode == 2
    sentence = "charrnn-tui sample: error: Cannot write standard output: No space left on device."
    assert done.stderr.decode() == f"{sentence}\n"


def test_a_terminal_gets_nothing_that_could_harm_it(file) -> None:
    screen = Pty(*COMMAND, str(file), "--seed=5", "--length=500", "--prompt=The")
    try:
        assert screen.exit_code() == 0
        shown = safe(expected(file, "The", 5, 500, 0.8)).replace("\n", "\r\n") + "\r\n"
        until(lambda: len(screen.output) >= len(shown.encode()))
        assert screen.output.decode() == shown
        assert "␛" in shown
    finally:
        screen.end()


def test_ctrl_c_ends_it(file) -> None:
    screen = Pty(*COMMAND, str(file), "--length=1e9")
    try:
        until(lambda: len(screen.output) > 100)
        screen.press("\x03")
        assert screen.exit_code() == 130
        until(lambda: screen.output.endswith(b"\r\n"))
        assert b"Traceback" not in screen.output
    finally:
        screen.end()


PIECES = st.lists(
    st.text(st.sampled_from("ab\n\u0301\u0302\u0bbe\u1161\u1100👋🏽\x1b\u202eक"), max_size=4)
)


@given(PIECES)
def test_pieces_are_shown_as_their_whole_is(pieces) -> None:
    assert "".join(harmless(pieces)) == safe("".join(pieces))


def test_a_pile_of_accents_is_not_waited_for() -> None:
    shown = list(harmless(["a", *["\u0301"] * 5000]))
    assert sum(map(len, shown)) == 5001
    assert len(shown[-1]) < 2000

"""What a child cannot do is said as it would be without one, or in one sentence of its own."""

from __future__ import annotations

import pickle
import resource
import sys
from pathlib import Path

import pytest

from tests.engine.support import OWLS, random_corpus
from tui_charrnn.engine import (
    ConfigError,
    Corpus,
    TrainConfig,
    TrainControl,
    build_model,
)
from tui_charrnn.engine.events import (
    Event,
)
from tui_charrnn.runs import process
from tui_charrnn.runs.child import portable
from tui_charrnn.runs.finale import train_to_the_end
from tui_charrnn.runs.process import TrainerProcess, train_in_process

CORPUS = Corpus.from_text(OWLS * 60, "owls")
CONFIG = TrainConfig(
    hidden_size=8, seq_length=10, iterations=300, sample_every=70, sample_length=20, eval_every=50,
    learning_rate=0.05,
)  # fmt: skip
ENDLESS = CONFIG.replace(iterations=10**9, sample_every=0, eval_every=0)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import os; os._exit(3)", "The trainer process ended with exit code 3."),
        (
            "raise ImportError('no kernels here.')",
            "The trainer process ended with exit code 1: ImportError: no kernels here.",
        ),
        ("import os; os.abort()", "The trainer process was killed (SIGABRT)."),
    ],
)
def test_a_child_that_never_came_to_train_says_why(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], code: str, message: str
) -> None:
    monkeypatch.setattr(process, "BOOTSTRAP", code)
    big = random_corpus(300_000, 50)  # more than a pipe holds: nobody reads it
    model = build_model(CONFIG, big.vocab_size)
    (end,) = train_in_process(CONFIG, big, model, TrainControl())
    assert (end.outcome, end.iteration, end.message) == ("failed", 0, message)
    assert capfd.readouterr() == ("", "")


def test_a_system_without_room_for_a_process_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    (end,) = train_in_process(CONFIG, CORPUS, build_model(CONFIG, 20), TrainControl())
    wanted = "The trainer process could not be started: No such file or directory."
    assert (end.outcome, end.message) == ("failed", wanted)


def test_errors_come_out_as_they_do_here() -> None:
    for config, vocab in ((CONFIG.replace(seq_length=9000), CORPUS.vocab_size), (CONFIG, 99)):
        raised = []
        for source in (train_to_the_end, train_in_process):
            model = build_model(CONFIG, vocab)
            with pytest.raises(ValueError, match=r"owls has") as caught:
                list(source(config, CORPUS, model, TrainControl()))
            raised.append(caught.value)
        assert type(raised[0]) is type(raised[1])
        assert str(raised[0]) == str(raised[1])
    too_long = ConfigError("seq_length", "It is too long.")
    assert pickle.loads(pickle.dumps(too_long)).field == "seq_length"


def test_an_error_that_cannot_travel_says_what_it_was() -> None:
    class Local(Exception):
        pass

    assert repr(portable(Local("no page"))) == "RuntimeError('Local: no page')"
    assert portable(None) is None


def test_a_child_without_memory_says_so_and_the_run_fails() -> None:
    """The limit is the child's alone; it is set while it waits to be told to train."""
    reached: list[Event] = []
    trainer = TrainerProcess(ready=lambda: limit(trainer.pid))
    config = ENDLESS.replace(hidden_size=64, batch_size=1024, seq_length=200, validation_fraction=0)
    corpus = random_corpus(300_000, 50)
    model = build_model(config, corpus.vocab_size)
    with pytest.raises(MemoryError):
        reached.extend(trainer.train(config, corpus, model, TrainControl()))


def limit(pid: int) -> None:
    used = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
    room = used + 20_000_000
    resource.prlimit(pid, resource.RLIMIT_AS, (room, room))

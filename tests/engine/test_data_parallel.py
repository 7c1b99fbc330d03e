"""The streams of a batch in several processes: the gradients, the runs, the processes."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.engine.resuming import (
    LIVELY,
    after_update,
    assert_same_end,
    contents,
    disturb,
    essence,
    joined,
    live,
    stop_at,
)
from tests.engine.support import (
    CELLS,
    NETS,
    OWLS,
    dropout_of,
    only,
    random_corpus,
    run,
    small,
    stopped,
)
from tui_charrnn.engine import CharModel, ConfigError, Corpus, TrainConfig, build_model, train
from tui_charrnn.engine.checkpoint_file import load, save
from tui_charrnn.engine.data_parallel import DataParallel, ShardError, shares
from tui_charrnn.engine.events import Event, Health, Snapshot, Step
from tui_charrnn.engine.health import saturation_of
from tui_charrnn.engine.layer import Dropout
from tui_charrnn.engine.memory import training_memory
from tui_charrnn.engine.parameters import Array

V = 11

OWL = Corpus.from_text(OWLS * 30, "owls")

SHARED = small(batch_size=5, processes=2, initialization="scaled")

linux = pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads /proc")


def windows(config: TrainConfig, seed: int = 1) -> tuple[Array, Array, Array]:
    """Draw inputs, targets and a state."""
    rng = np.random.default_rng(seed)
    size = (config.batch_size, config.seq_length)
    state = rng.normal(size=build_model(config, V).initial_state().shape)
    return rng.integers(0, V, size), rng.integers(0, V, size), state


def made(
    model: CharModel, one: CharModel | DataParallel, *given: Array, dropout: Dropout | None = None
) -> tuple[float, Array, Array]:
    """Loss, state and gradients of one window."""
    loss, state = one.backpropagate(*given, dropout)
    return loss, state, model.gradients.flat.copy()


def children() -> set[int]:
    """The processes that were started by any thread of this one and are not waited for."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for each in lists for pid in each.read_text().split()}


# --------------------------------------------------------------------------------- the numbers


@pytest.mark.parametrize(
    ("streams", "processes", "sizes"),
    [(32, 2, [16, 16]), (5, 2, [3, 2]), (8, 3, [3, 3, 2]), (4, 4, [1] * 4), (7, 1, [7])],
)
def test_every_stream_is_in_one_share(streams: int, processes: int, sizes: list[int]) -> None:
    found = shares(streams, processes)
    assert [part.stop - part.start for part in found] == sizes
    assert [n for part in found for n in range(streams)[part]] == list(range(streams))


@pytest.mark.parametrize(("streams", "processes"), [(2, 2), (5, 2), (7, 3)])
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_loss_state_and_gradients_are_those_of_one_process(
    cell: str, layers: int, streams: int, processes: int
) -> None:
    config = SHARED.replace(cell=cell, layers=layers, batch_size=streams, processes=processes)
    alone, model = build_model(config, V), build_model(config, V)
    with closing(DataParallel(config, model)) as shards:
        for seed in (1, 2):  # the second time, with other weights
            given = windows(config, seed)
            expected, got = made(alone, alone, *given), made(model, shards, *given)
            np.testing.assert_allclose(got[0], expected[0], rtol=1e-13)
            np.testing.assert_allclose(got[1], expected[1], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(got[2], expected[2], rtol=1e-10, atol=1e-13)
            assert shards.saturation() == saturation_of(alone)
            for each in (alone, model):
                each.weights.flat[:] *= 1.5


@pytest.mark.parametrize(("layers", "share"), [net for net in NETS if net[1]])
def test_each_shard_drops_by_a_seed_from_the_same_generator(layers: int, share: float) -> None:
    config = SHARED.replace(layers=layers, dropout=share, batch_size=5, processes=3)
    model, alone = build_model(config, V), build_model(config, V)
    inputs, targets, state = windows(config)
    dropout, copy = dropout_of(config), dropout_of(config)
    with closing(DataParallel(config, model)) as shards:
        got = [made(model, shards, inputs, targets, state, dropout=dropout) for _ in range(2)]
    for loss, _, gradients in got:
        seeds = [int(copy.rng.integers(2**63)) for _ in range(2)]
        others = [Dropout(share, np.random.default_rng(seed)) for seed in seeds]
        parts = [
            made(alone, alone, inputs[rows], targets[rows], state[rows], dropout=masks)
            for rows, masks in zip(shares(5, 3), [copy, *others], strict=True)
        ]
        np.testing.assert_allclose(loss, sum(part[0] for part in parts), rtol=1e-13)
        np.testing.assert_allclose(gradients, sum(part[2] for part in parts), atol=1e-12)
    assert got[0][0] != got[1][0]  # masks of their own


# ------------------------------------------------------------------------------------ the runs


@pytest.mark.parametrize("cell", CELLS)
def test_a_run_is_the_one_of_one_process_and_always_the_same(cell: str) -> None:
    config = small(cell=cell, batch_size=5, iterations=30, learning_rate=0.02, watch_every=10)
    alone, *shared = (run(config.replace(processes=n), OWL) for n in (1, 3, 3))
    one, two = (essence(events) for events in shared)
    assert one[1:] == two[1:]
    for kind, name in ((Step, "loss"), (Health, "saturated"), (Health, "gradient_norm")):
        values = [[getattr(e, name) for e in only(kind, events)] for events in (alone, shared[0])]
        assert len(values[0]) == (30 if kind is Step else 3)
        np.testing.assert_allclose(values[1], values[0], rtol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_that_is_broken_off_goes_on_to_the_last_bit(dtype: str, tmp_path: Path) -> None:
    """Through a file, with dropout, and with a watched update on both sides."""
    config = LIVELY.replace(
        cell="gru", layers=2, dropout=0.3, batch_size=5, processes=2, dtype=dtype, watch_every=9
    )
    whole = live(config, disturb)
    first = live(config, disturb, stop_at(after_update(32)))
    save(first.checkpoint, tmp_path / "17.npz")
    start = load(tmp_path / "17.npz")
    assert contents(start) == contents(first.checkpoint)
    second = live(config, disturb, start=start)
    assert essence(joined(first, second)) == essence(whole.events)
    assert_same_end(second, whole)


def test_a_run_may_go_on_with_another_number_of_processes() -> None:
    config = small(cell="gru", batch_size=6, iterations=20, checkpoint_every=10)
    whole = run(config, OWL)
    start = only(Snapshot, whole)[0].checkpoint
    rest = list(train(config.replace(processes=3), OWL, start=start))
    losses = [step.loss for step in only(Step, whole)]
    np.testing.assert_allclose([s.loss for s in only(Step, rest)], losses[10:], rtol=1e-9)


# --------------------------------------------------------------------------------- the processes


@contextmanager
def begun(
    config: TrainConfig, updates: int = 3
) -> Iterator[tuple[Iterator[Event], CharModel, int]]:
    """A run after some updates, its model, and the process of its other shard."""
    before, model = children(), build_model(config, OWL.vocab_size)
    events = train(config, OWL, model)
    with closing(events):  # type: ignore[type-var]
        while updates:
            updates -= isinstance(next(events), Step)
        (pid,) = children() - before
        yield events, model, pid


@linux
def test_no_process_is_left_of_a_run_that_is_over() -> None:
    before = children()
    run(SHARED.replace(iterations=2), OWL)
    assert children() == before


@linux
@pytest.mark.parametrize("how", ["closed", "forgotten"])
def test_no_process_is_left_of_a_run_that_is_not_read_to_its_end(how: str) -> None:
    before = children()
    if how == "closed":
        with begun(SHARED):
            assert len(children() - before) == 1
    else:
        events = train(SHARED, OWL)
        while not isinstance(next(events), Step):
            pass
        assert len(children() - before) == 1
        del events
        gc.collect()
    assert children() == before


@linux
@pytest.mark.parametrize(
    ("number", "how"),
    [
        (signal.SIGKILL, "was killed (SIGKILL); the system may have run out of memory"),
        (signal.SIGTERM, "was killed (SIGTERM)"),
    ],
)
def test_a_run_whose_shard_is_gone_fails_with_one_sentence(number: int, how: str) -> None:
    with begun(SHARED.replace(iterations=10**6)) as (events, model, pid):
        os.kill(pid, number)
        rest = list(events)
    steps = 3 + len(only(Step, rest))
    end = stopped(rest)
    assert end.outcome == "failed"
    assert end.message == (
        f"A process that shared the streams {how} at iteration {steps:,}; the parameters from "
        "before it are kept."
    )
    snapshot = only(Snapshot, rest)[-1].checkpoint
    assert snapshot.iteration == steps
    expected = build_model(SHARED, OWL.vocab_size)
    run(SHARED.replace(iterations=steps), OWL, expected)
    for name, value in expected.parameters().items():
        np.testing.assert_array_equal(model.parameters()[name], value)
        np.testing.assert_array_equal(snapshot.parameters[name], value)


@linux
def test_what_the_terminal_sends_does_not_reach_it() -> None:
    with begun(SHARED) as (_, _, pid):
        assert os.getsid(pid) == pid
        assert os.getsid(pid) != os.getsid(0)


PARENT = """
from tests.engine.test_data_parallel import OWL, SHARED, children, train
from tui_charrnn.engine.events import Step
events = train(SHARED.replace(iterations=10**6), OWL)
while not isinstance(next(events), Step):
    pass
print(*children(), flush=True)
for _ in events:
    pass
"""


@linux
def test_it_ends_when_the_run_is_killed() -> None:
    command = [sys.executable, "-c", PARENT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(pid, 0)  # it is there
        parent.kill()
    deadline = time.monotonic() + 10
    while is_alive(pid):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """A process that nobody waits for is no more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@linux
def test_it_has_one_thread_for_blas() -> None:
    with begun(SHARED) as (_, _, pid):
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1


@linux
@pytest.mark.parametrize(("hidden_size", "vocab"), [(12, 50), (500, 50), (60, 6000)])
def test_the_estimate_of_the_memory_that_another_process_takes(
    hidden_size: int, vocab: int
) -> None:
    config = small(
        cell="gru", hidden_size=hidden_size, batch_size=16, seq_length=20, processes=2
    )  # fmt: skip
    corpus, one = random_corpus(20_000, vocab), config.replace(processes=1)
    before, events = children(), train(config, corpus)
    with closing(events):  # type: ignore[type-var]
        for _ in range(3):
            next(events)
        (pid,) = children() - before
        status = Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1]
    estimate = training_memory(config, vocab) - training_memory(one, vocab)
    assert 0.8 < estimate / (1024 * int(status.split()[0])) < 1.25


def test_what_goes_wrong_in_a_shard_goes_wrong_in_the_run() -> None:
    config = SHARED.replace(processes=2)
    model = build_model(config, V)
    inputs, targets, state = windows(config)
    targets[4] = V + 10  # no such character, in the second share
    with closing(DataParallel(config, model)) as shards, pytest.raises(IndexError):
        shards.backpropagate(inputs, targets, state, None)


def test_an_interpreter_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    events = run(SHARED, OWL)
    assert stopped(events).outcome == "failed"
    assert stopped(events).message == (
        "A process that shared the streams could not be started (No such file or directory) at "
        "iteration 0; the parameters from before it are kept."
    )


def test_a_shard_that_ends_by_itself_says_how() -> None:
    config = SHARED.replace(processes=2)
    with (
        closing(DataParallel(config, build_model(config, V))) as shards,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("tui_charrnn.engine.data_parallel.BOOTSTRAP", "import sys; sys.exit(3)")
        with pytest.raises(ShardError, match="ended with exit code 3"):
            shards.backpropagate(*windows(config), None)


def test_more_processes_than_streams_are_refused() -> None:
    with pytest.raises(ConfigError) as error:
        TrainConfig(processes=3, batch_size=2)
    assert error.value.field == "processes"
    assert str(error.value) == ("processes must be at most 2, the streams of batch_size, not 3.")

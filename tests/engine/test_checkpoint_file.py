"""Checkpoint files: what is saved comes back to the last bit, and a whole one is always there."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import stat
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.disks import fill
from tests.engine.checkpoints import VALIDATED, assert_same, checkpoint_of
from tests.engine.support import CELLS, CONTENT, OWLS, small
from tests.rights import folder_of_ours, without_privileges
from tui_charrnn.engine import Corpus, TrainConfig, train
from tui_charrnn.engine.atomic_file import replacing
from tui_charrnn.engine.checkpoint import GENERATORS, Checkpoint
from tui_charrnn.engine.checkpoint_file import CheckpointError, load, save
from tui_charrnn.engine.corpus import CorpusError
from tui_charrnn.engine.events import Snapshot, Step
from tui_charrnn.engine.model import CharModel
from tui_charrnn.engine.optimizers import OPTIMIZERS
from tui_charrnn.engine.registry import canonical_shapes

ROOT = Path(__file__).resolve().parents[2]

RUN = checkpoint_of(**VALIDATED)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "17.npz"


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch_size", [1, 8])
@pytest.mark.parametrize("validated", [{}, VALIDATED], ids=["no-best", "best"])
def test_what_is_saved_comes_back(
    path: Path, cell: str, dtype: str, batch_size: int, validated: dict[str, object]
) -> None:
    checkpoint = checkpoint_of(cell=cell, dtype=dtype, batch_size=batch_size, **validated)
    assert (checkpoint.best is not None) == bool(validated)
    save(checkpoint, path)
    loaded = load(path)
    assert_same(loaded, checkpoint)
    assert "\ud800" in loaded.chars
    recurrent = loaded.parameters[f"Wh{CONTENT[cell]}"]
    assert recurrent.flags.writeable
    assert recurrent.dtype.isnative
    assert loaded.model(best=bool(validated)).parameter_count > 0


CHANGES = st.fixed_dictionaries(
    {
        "text": st.text(st.characters(exclude_categories=()), max_size=30),  # surrogates too
        "elapsed": st.floats(0, allow_infinity=False),
        "smooth_loss": st.floats(),
        "learning_rate": st.floats(0, 1000, exclude_min=True),
        "events": st.integers(0, 10**12),
        "iteration": st.integers(4, 10**9),
        "position": st.integers(0, 10**14),
        "passes": st.integers(0, 10**9),
    }
)


@settings(max_examples=60, deadline=None)
@given(
    changes=CHANGES,
    seed=st.integers(0, 2**64),
    bits=st.floats(0, allow_infinity=False),
    elapsed=st.floats(),
)
def test_numbers_and_names_come_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory,
    changes: dict[str, object],
    seed: int,
    bits: float,
    elapsed: float,
) -> None:
    path = tmp_path_factory.getbasetemp() / "numbers.npz"
    assert RUN.best is not None
    best = dataclasses.replace(RUN.best, bits_per_character=bits, elapsed=elapsed)
    states = {name: np.random.PCG64([seed, place]).state for place, name in enumerate(GENERATORS)}
    checkpoint = dataclasses.replace(RUN, best=best, generators=states, **changes)
    save(checkpoint, path)
    assert_same(load(path), checkpoint)


def test_two_surrogates_side_by_side_stay_two(path: Path) -> None:
    checkpoint = dataclasses.replace(RUN, text="\ud83d\ude00")  # which JSON would escape as one
    save(checkpoint, path)
    assert len(load(path).text) == 2


def test_a_run_goes_on_from_a_file_as_if_nothing_had_been(path: Path) -> None:
    corpus = Corpus.from_text(OWLS * 9, "owls")
    config = small(iterations=30, checkpoint_every=12, batch_size=2, sample_every=5, **VALIDATED)
    whole = list(train(config, corpus))
    save(next(e.checkpoint for e in whole if isinstance(e, Snapshot) and e.iteration == 12), path)
    rest = list(train(config, corpus, start=load(path)))
    steps = [event for event in whole if isinstance(event, Step) and event.iteration >= 12]
    assert [event for event in rest if isinstance(event, Step)] == steps
    last = [event for event in rest if isinstance(event, Snapshot)][-1].checkpoint
    unbroken = [event for event in whole if isinstance(event, Snapshot)][-1].checkpoint
    for name, array in unbroken.parameters.items():
        assert array.tobytes() == last.parameters[name].tobytes(), name


def test_the_names_of_generators_and_slots_are_those_of_a_run() -> None:
    assert tuple(RUN.generators) == GENERATORS
    assert tuple(RUN.optimizer) == OPTIMIZERS[RUN.config.optimizer].SLOTS


@pytest.mark.parametrize("cell", CELLS)
def test_shapes_are_told_without_a_model(cell: str) -> None:
    config = TrainConfig(cell=cell, hidden_size=7)
    shapes = {name: p.shape for name, p in CharModel(config, 4).parameters().items()}
    assert canonical_shapes(config, 4) == shapes
    huge = canonical_shapes(config.replace(hidden_size=2**28), 5)  # of petabytes
    assert huge[f"Wh{CONTENT[cell]}"] == (2**28, 2**28)
    deep = canonical_shapes(config.replace(layers=3), 4)
    assert list(deep)[: len(shapes) - 2] == list(shapes)[:-2]
    assert deep[f"Wx{CONTENT[cell]}3"] == deep[f"Wh{CONTENT[cell]}3"] == (7, 7)


def test_numpy_reads_it_without_pickle_and_so_does_zip(path: Path) -> None:
    save(RUN, path)
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["parameters/Whh"].tobytes() == RUN.parameters["Whh"].tobytes()
        assert [chr(code) for code in arrays["vocabulary"]] == list(RUN.chars)
        assert {"meta", "state", "optimizer/memory/by", "best/by"} < set(arrays.files)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def test_the_same_checkpoint_makes_the_same_bytes(path: Path) -> None:
    save(RUN, path)
    first = path.read_bytes()
    save(load(path), path)
    assert path.read_bytes() == first


def test_a_large_archive_is_read_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of over 2 GB has fields of 64 bits in its directory and another record behind it."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 200)
    save(RUN, path)
    assert b"PK\6\6" in path.read_bytes()
    assert_same(load(path), RUN)


def test_only_its_owner_may_read_it_and_the_folder_made_for_it(tmp_path: Path) -> None:
    path = tmp_path / "runs.sqlite3.checkpoints" / "1.npz"
    save(RUN, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_link_is_replaced_and_what_it_points_to_stays(tmp_path: Path, path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    path.symlink_to(other)
    save(RUN, path)
    assert other.read_text() == "mine"
    assert not path.is_symlink()
    assert_same(load(path), RUN)


def test_content_then_name_then_folder_are_put_on_the_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done, fsync, replace = [], os.fsync, os.replace

    def noted_fsync(descriptor: int) -> None:
        fsync(descriptor)
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        done.append("folder" if is_folder else os.fstat(descriptor).st_size)

    def noted_replace(old: Path, new: Path) -> None:
        replace(old, new)
        done.append("name")

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "replace", noted_replace)
    save(RUN, path)
    assert done == [path.stat().st_size, "name", "folder"]


def test_a_killed_process_leaves_a_whole_checkpoint(path: Path) -> None:
    command = [sys.executable, "-m", "tests.engine.saver", path]
    leftovers = 0
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for first in range(0, 40 * 10**6, 10**6):
            process.stdin.write(f"{first}\n")
            process.stdin.flush()
            saved = int(process.stdout.readline())
            assert load(path).iteration in (saved, saved + 1)  # the next one may be whole, too
            leftovers += len(os.listdir(path.parent)) > 1
        process.stdin.close()
    assert process.returncode == 0
    assert leftovers  # some died while they wrote
    save(RUN, path)
    assert os.listdir(path.parent) == [path.name]


def test_what_another_process_writes_is_no_leftover(path: Path) -> None:
    save(RUN, path)
    with replacing(path) as file:
        file.write(b"mine")
        save(RUN, path)
        assert len(os.listdir(path.parent)) == 2
    assert path.read_bytes() == b"mine"


def test_many_may_save_to_one_path(path: Path) -> None:
    failures: list[BaseException] = []

    def save_often() -> None:
        try:
            for _ in range(20):
                save(RUN, path)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=save_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert_same(load(path), RUN)
    assert os.listdir(path.parent) == [path.name]


def test_files_of_others_are_no_leftovers(path: Path) -> None:
    others = {".17.npz.tmp", ".117.npz.0123456789abcdef.tmp", ".17.npz.backup.tmp", "17.npz~"}
    for name in others:
        path.with_name(name).touch()
    path.with_name(".17.npz.0123456789abcdef.tmp").touch()
    save(RUN, path)
    assert set(os.listdir(path.parent)) == {path.name, *others}


def test_a_full_disk_keeps_the_last_good_one(small_disk: Path) -> None:
    path = small_disk / "17.npz"
    save(RUN, path)
    ballast = fill(small_disk)
    with pytest.raises(OSError, match="No space left"):
        save(dataclasses.replace(RUN, iteration=5), path)
    assert set(os.listdir(small_disk)) == {path.name, ballast.name}
    assert_same(load(path), RUN)
    ballast.unlink()
    save(dataclasses.replace(RUN, iteration=5), path)
    assert load(path).iteration == 5


def test_a_disk_that_fills_up_in_the_middle_keeps_the_last_good_one(small_disk: Path) -> None:
    path, large = small_disk / "17.npz", checkpoint_of(hidden_size=90)
    save(RUN, path)
    with pytest.raises(OSError, match="No space left"):
        save(large, path)
    assert os.listdir(small_disk) == [path.name]
    assert_same(load(path), RUN)


def test_a_folder_that_may_not_be_written_to() -> None:
    with folder_of_ours() as folder:
        folder.chmod(0o555)
        with without_privileges(), pytest.raises(OSError, match="Permission denied"):
            save(RUN, folder / "17.npz")
        with without_privileges(), pytest.raises(OSError, match="Permission denied"):
            save(RUN, folder / "new" / "17.npz")
        assert os.listdir(folder) == []


def test_a_folder_in_its_place_stays(path: Path) -> None:
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        save(RUN, path)
    assert os.listdir(path.parent) == [path.name]


def test_a_block_that_fails_leaves_nothing(path: Path) -> None:
    with contextlib.suppress(KeyboardInterrupt), replacing(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert os.listdir(path.parent) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"iteration": -1}, "its iteration must be a whole number from 0 to 1,000,000,000, not -1"),
        ({"text": "x" * 10_001}, "the name of its text has 10,001 characters, at most 10,000 can"),
        ({"state": np.full(5, math.nan)}, "its array state has values that are not finite"),
        ({"state": np.zeros(6)}, r"its array state is <f8 of shape \(6,\), but must be <f8 of "),
        ({"best_parameters": None}, "it lacks the array best/"),
        ({"best": None}, "it has the unknown array 'best/"),
        ({"optimizer": {}}, "it lacks the array optimizer/memory/"),
    ],
)
def test_what_could_not_be_loaded_is_not_saved(
    path: Path, changes: dict[str, object], sentence: str
) -> None:
    save(RUN, path)
    with pytest.raises(CheckpointError, match=sentence) as error:
        save(dataclasses.replace(RUN, **changes), path)
    assert str(path) in str(error.value)
    assert_same(load(path), RUN)


def test_a_position_outside_of_the_text_is_refused() -> None:
    corpus = Corpus.from_text(OWLS, "owls")
    checkpoint = checkpoint_of(OWLS, "owls", hidden_size=3)
    beyond: Checkpoint = dataclasses.replace(checkpoint, position=len(corpus))
    with pytest.raises(CorpusError, match=r"owls has 45 characters .* at position 45"):
        train(beyond.config, corpus, start=beyond)
    train(beyond.config, corpus, start=dataclasses.replace(beyond, position=44))

"""Checkpoint files that are refused: each in one sentence that says why."""

from __future__ import annotations

import json
import os
import re
import signal
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.checkpoints import (
    VALIDATED,
    archived,
    checkpoint_of,
    members_of,
    meta_of,
    npy,
    npy_of,
    sealed,
    with_meta,
)
from tests.rights import folder_of_ours, without_privileges
from tui_charrnn.engine.checkpoint_file import CheckpointError, load, save
from tui_charrnn.engine.checkpoint_seal import UNSEALED
from tui_charrnn.engine.memory import machine_memory


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Fail a test that waits for ever."""

    def fail(*_: object) -> None:
        raise AssertionError("nothing came of it in 20 seconds")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "17.npz"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "1.npz"
    save(checkpoint_of(hidden_size=3, **VALIDATED), path)
    return path.read_bytes()


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointError) as error:
        load(path)
    return str(error.value)


def test_no_file(path: Path) -> None:
    assert refusal(path) == f"Cannot read {path}: No such file or directory."
    assert refusal(path / "x") == f"Cannot read {path}/x: No such file or directory."


def test_a_name_that_no_file_can_have(path: Path) -> None:
    assert "null" in refusal(Path("a\0b"))


def test_a_file_that_may_not_be_read(data: bytes) -> None:
    with folder_of_ours() as folder:
        path = folder / "17.npz"
        path.write_bytes(data)
        path.chmod(0)
        with without_privileges():
            assert refusal(path) == f"Cannot read {path}: Permission denied."


def test_what_is_no_file(path: Path, tmp_path: Path) -> None:
    os.mkfifo(path)
    for place in (path, Path("/dev/zero")):
        assert refusal(place) == f"{place} is no regular file, and thus no checkpoint."
    assert refusal(tmp_path) == f"Cannot read {tmp_path}: Is a directory."


def test_a_file_larger_than_the_memory(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(machine_memory() * 3)  # of which the disk keeps nothing
    assert re.fullmatch(
        rf"{path} has [\d.]+ [GT]B, but only [\d.]+ [GT]B of memory is free\.", refusal(path)
    )


def test_what_is_no_checkpoint(path: Path) -> None:
    for content in (b"x", b"PK\3\4", b"charrnn-tui checkpoint 0001", b"\0" * 10**6):
        path.write_bytes(content)
        assert refusal(path) == f"{path} is no checkpoint of charrnn-tui."
    path.write_bytes(b"")
    assert refusal(path) == f"{path} is no checkpoint: it is empty."
    np.savez(path, a=np.zeros(3))
    assert refusal(path) == f"{path} is no checkpoint of charrnn-tui."


def test_a_newer_version_is_told_before_anything_else(path: Path) -> None:
    seal = UNSEALED.replace(b"0001", b"0002")
    path.write_bytes(sealed(b"of another kind, which is not known yet" + seal, seal))
    assert refusal(path) == (
        f"{path} was made by a newer charrnn-tui (version 2; this one knows 1)."
    )


def changed(name: str, content: bytes) -> Callable[[bytes], bytes]:
    return lambda data: archived({**members_of(data), name: content})


def without(name: str) -> Callable[[bytes], bytes]:
    return lambda data: archived({n: c for n, c in members_of(data).items() if n != name})


def meta(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        members = members_of(data)
        content = meta_of(members)
        change(content)
        return archived(with_meta(members, json.dumps(content)))

    return make


def text(content: str) -> Callable[[bytes], bytes]:
    return lambda data: archived(with_meta(members_of(data), content))


def twice(data: bytes) -> bytes:
    """An entry of the directory stands there once more."""
    end = len(data) - len(UNSEALED) - 22
    start = data.index(b"PK\1\2")
    entry = data[start : data.index(b"PK\1\2", start + 1)]
    size = end + len(entry) - start
    record = data[end : end + 12] + size.to_bytes(4, "little") + data[end + 16 :]
    return sealed(data[:end] + entry + record)


def entry(which: Callable[[bytes], int], at: int, value: bytes) -> Callable[[bytes], bytes]:
    """Overwrite a field of an entry in the directory."""

    def make(data: bytes) -> bytes:
        start = which(data) + at
        return sealed(data[:start] + value + data[start + len(value) :])

    return make


def first(data: bytes) -> int:
    return data.index(b"PK\1\2")


def last(data: bytes) -> int:
    return data.rindex(b"PK\1\2")


def two_ends(data: bytes) -> bytes:
    """The record of a large archive says that it is somewhere else."""
    end = len(data) - len(UNSEALED) - 22
    start = first(data)
    count = int.from_bytes(data[end + 10 : end + 12], "little")
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, end - start, start
    )
    return sealed(data[:end] + record + struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1) + data[end:])


HUGE = npy_of("{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }")

REFUSALS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut": (lambda data: data[:-9], "is damaged: it has 1[0-9],[0-9]{3} bytes, and its end is"),
    "a bit": (
        lambda data: data[:999] + bytes([data[999] ^ 4]) + data[1000:],
        "is damaged: its checksum does not fit its content",
    ),
    "huge": (
        changed("state.npy", HUGE),
        r"is damaged: its array 'state' is <f8 of shape \(1099511627776,\), which is "
        "8,796,093,022,208 bytes, but has 0",
    ),
    "objects": (
        changed("state.npy", npy(np.array([None], object))),
        "is damaged: its array 'state' is none of plain numbers",
    ),
    "fortran": (
        changed("parameters/Whh.npy", npy(np.asfortranarray(np.ones((3, 3))))),
        "is damaged: its array 'parameters/Whh' is in Fortran order",
    ),
    "an .npy of version 2": (
        changed("state.npy", npy_of("", version=b"\2\0")),
        "is damaged: its array 'state' is no .npy of version 1.0",
    ),
    "twice": (twice, "is damaged: it has two arrays 'meta'"),
    "compressed": (
        lambda data: archived(members_of(data), zipfile.ZIP_DEFLATED),
        "is damaged: its array 'meta' is compressed",
    ),
    "encrypted": (entry(first, 8, b"\1"), "is damaged: its array 'meta' is encrypted"),
    "more bytes than there are": (
        entry(last, 20, (10**9).to_bytes(4, "little") * 2),
        "is damaged: its arrays need 1,000,[0-9]{3},[0-9]{3} bytes, but it has",
    ),
    "within another": (
        entry(last, 42, (10).to_bytes(4, "little")),
        "is damaged: its array '[a-zA-Z/]+' begins within another one",
    ),
    "two ends": (two_ends, "is damaged: its directory has two ends"),
    "no array": (changed("state", b""), "is damaged: its member 'state' is no array"),
    "many": (
        lambda data: archived(members_of(data) | {f"{n}.npy": b"" for n in range(900)}),
        "is damaged: its directory has [0-9]{2},[0-9]{3} bytes, at most 32,768 can be",
    ),
    "dtype": (
        changed("state.npy", npy(np.zeros(3, np.float32))),
        r"is no sound checkpoint: its array state is <f4 of shape \(3,\), but must be <f8 of "
        r"shape \(3,\)",
    ),
    "shape": (
        changed("best/by.npy", npy(np.zeros(2))),
        r"is no sound checkpoint: its array best/by is <f8 of shape \(2,\), but must be <f8 of "
        r"shape \(14,\)",
    ),
    "missing": (without("best/by.npy"), "is no sound checkpoint: it lacks the array best/by"),
    "no meta": (without("meta.npy"), "is no sound checkpoint: it lacks the array meta"),
    "unknown": (
        changed("evil.npy", npy(np.zeros(3))),
        "is no sound checkpoint: it has the unknown array 'evil'",
    ),
    "too many parameters": (
        meta(lambda meta: meta["config"].update(hidden_size=10**12)),
        "is no sound checkpoint: it holds 218 parameters, but a gru with hidden_size "
        "1,000,000,000,000 and 14 characters has 3,000,000,000,059,000,000,000,014",
    ),
    "a number of 309 digits": (
        meta(lambda meta: meta["config"].update(hidden_size=1e308)),
        "is no sound checkpoint: it holds 218 parameters, but a gru with hidden_size over "
        "1,000,000,000,000,000,000,000,000,000 and 14 characters has over 1,0",
    ),
    "a large vocabulary": (
        changed("vocabulary.npy", npy(np.arange(0x110000, dtype=np.uint32))),
        "is no sound checkpoint: it holds 218 parameters, but a gru with hidden_size 3 and "
        "1,114,112 characters has",
    ),
    "not finite": (
        changed("optimizer/memory/by.npy", npy(np.full(14, np.inf))),
        "is no sound checkpoint: its array optimizer/memory/by has values that are not finite",
    ),
    "vocabulary": (
        changed("vocabulary.npy", npy(np.array([66, 65], np.uint32))),
        "is no sound checkpoint: its vocabulary is not in the order of the code points",
    ),
    "no character": (
        changed("vocabulary.npy", npy(np.array([66, 0x110000], np.uint32))),
        "is no sound checkpoint: its vocabulary has the code point 1,114,112, which no character",
    ),
    "one character": (
        changed("vocabulary.npy", npy(np.array([66], np.uint32))),
        "is no sound checkpoint: its vocabulary has 1 characters, at least 2 are needed",
    ),
    "a long vocabulary": (
        changed("vocabulary.npy", npy(np.zeros(0x110001, np.uint32))),
        "is no sound checkpoint: its array vocabulary has 1,114,113 elements, at most 1,114,112",
    ),
    "config": (
        meta(lambda meta: meta["config"].update(hidden_size=0)),
        "is no sound checkpoint: in its config, hidden_size must be a whole number of at least 1, "
        "not 0",
    ),
    "a hyperparameter of tomorrow": (
        meta(lambda meta: meta["config"].update(attention_heads=8)),
        "was made by a newer charrnn-tui: this one does not know its hyperparameter "
        "'attention_heads'",
    ),
    "hyperparameters that do not go together": (
        meta(lambda meta: meta["config"].update(dropout=0.5)),
        "is no sound checkpoint: in its config, dropout must be 0 with layers 1, since it acts "
        "between layers, not 0.5",
    ),
    "layers": (
        meta(lambda meta: meta["config"].update(layers=2)),
        "is no sound checkpoint: it holds 218 parameters, but a gru with 2 layers of hidden_size 3 "
        "and 14 characters has 281",
    ),
    "a cell with another state": (
        meta(lambda meta: meta["config"].update(cell="lstm", layers=1)),
        "is no sound checkpoint: it holds 218 parameters, but a lstm with hidden_size",
    ),
    "an entry of tomorrow": (
        meta(lambda meta: meta.update(weather="fine")),
        "is no sound checkpoint: its meta has the unknown entry 'weather'",
    ),
    "an entry less": (
        meta(lambda meta: meta.pop("passes")),
        "is no sound checkpoint: its meta lacks passes",
    ),
    "count": (
        meta(lambda meta: meta.update(passes=10**9 + 1)),
        "is no sound checkpoint: its passes must be a whole number from 0 to 1,000,000,000, not "
        "1000000001",
    ),
    "elapsed": (
        meta(lambda meta: meta.update(elapsed="nan")),
        "is no sound checkpoint: its elapsed must be seconds from 0 on, not nan",
    ),
    "learning_rate": (
        meta(lambda meta: meta.update(learning_rate=0)),
        "is no sound checkpoint: its learning_rate must be a number above 0 and at most 1,000, "
        "not 0",
    ),
    "smooth_loss": (
        meta(lambda meta: meta.update(smooth_loss="much")),
        "is no sound checkpoint: its smooth_loss must be a number, not 'much'",
    ),
    "sha256": (
        meta(lambda meta: meta.update(sha256="A" * 64)),
        "is no sound checkpoint: its sha256 must be 64 hexadecimal digits, not 'A",
    ),
    "generator": (
        meta(lambda meta: meta["generators"]["rolling"]["state"].update(state=2**128)),
        "is no sound checkpoint: the state of its generator rolling is none of PCG64",
    ),
    "a generator with more to it": (
        meta(lambda meta: meta["generators"]["requested"].update(more=1)),
        "is no sound checkpoint: the state of its generator requested is none of PCG64",
    ),
    "generators": (
        meta(lambda meta: meta["generators"].pop("requested")),
        "is no sound checkpoint: its table of generators lacks requested",
    ),
    "best": (
        meta(lambda meta: meta["best"].update(iteration=4)),
        "is no sound checkpoint: its best validation is of iteration 4, but it has 4",
    ),
    "a best that is none": (
        meta(lambda meta: meta["best"].update(is_best=False)),
        "is no sound checkpoint: its best validation is none: ",
    ),
    "a best without a value": (
        meta(lambda meta: meta["best"].update(bits_per_character="nan")),
        "is no sound checkpoint: its best validation has nan bits per character",
    ),
    "another event": (
        meta(lambda meta: meta.update(best={"event": "Paused", "iteration": 1})),
        "is no sound checkpoint: its best validation is none: {'event': 'Paused', 'iteration': 1}",
    ),
    "no event": (
        meta(lambda meta: meta["best"].update(colour="red")),
        "is no sound checkpoint: in its best validation, Validation has no field 'colour'",
    ),
    "no best": (
        meta(lambda meta: meta.update(best=None)),
        "is no sound checkpoint: it has the unknown array 'best/Wxz'",
    ),
    "deep": (text("[" * 60_000), "is no sound checkpoint: its meta is nested too deeply"),
    "digits": (
        text("9" * 60_000),
        "is no sound checkpoint: its meta is no JSON that it can have: a whole number of 60,000 "
        "digits",
    ),
    "long": (
        text(" " * 65_537),
        "is no sound checkpoint: its array meta has 65,537 elements, at most 65,536 can be",
    ),
    "constant": (
        text("NaN"),
        "is no sound checkpoint: its meta is no JSON that it can have: the number NaN",
    ),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_each_flaw_has_its_sentence(path: Path, data: bytes, kind: str) -> None:
    make, sentence = REFUSALS[kind]
    path.write_bytes(make(data))
    assert re.match(rf"{path} {sentence}".replace("{'", r"\{'"), refusal(path)), refusal(path)
    assert refusal(path).endswith(".")


def test_a_hyperparameter_that_is_younger_than_the_file_has_its_default(
    path: Path, data: bytes
) -> None:
    path.write_bytes(meta(lambda meta: meta["config"].pop("checkpoint_seconds"))(data))
    assert load(path).config.checkpoint_seconds == 30

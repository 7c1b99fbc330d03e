"""Checkpoints of real runs, and files that somebody else could have made."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.engine.support import small
from tui_charrnn.engine import Corpus, train
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.checkpoint_seal import DIGEST_LENGTH, UNSEALED
from tui_charrnn.engine.events import Snapshot
from tui_charrnn.engine.parameters import Array

HOSTILE = "\x00\x07\x1b[31m\u202e\ud800\udfff\U0010ffff é\n" * 30
"""Control characters, bidi marks, lone surrogates, the last code point."""


def checkpoint_of(text: str = HOSTILE, name: str = "hostile", **changes: object) -> Checkpoint:
    """The last checkpoint of a small run."""
    config = small(**{"hidden_size": 5, "iterations": 4, "sample_every": 2, **changes})
    events = train(config, Corpus.from_text(text, name))
    return [event.checkpoint for event in events if isinstance(event, Snapshot)][-1]


VALIDATED: Mapping[str, object] = {"validation_fraction": 0.2, "eval_every": 2}


def arrays_of(checkpoint: Checkpoint) -> dict[str, Array]:
    named = {"state": checkpoint.state, **checkpoint.parameters}
    for slot, arrays in checkpoint.optimizer.items():
        named |= {f"{slot}/{name}": array for name, array in arrays.items()}
    for name, array in (checkpoint.best_parameters or {}).items():
        named[f"best/{name}"] = array
    return named


def assert_same(one: Checkpoint, other: Checkpoint) -> None:
    """To the last bit; nan is nan."""
    ones, others = arrays_of(one), arrays_of(other)
    assert list(ones) == list(others)
    for name, array in ones.items():
        assert (array.dtype, array.shape) == (others[name].dtype, others[name].shape), name
        assert array.tobytes() == others[name].tobytes(), name
    assert _plain(one) == _plain(other)


def _plain(checkpoint: Checkpoint) -> dict[str, str]:
    arrays = ("state", "parameters", "optimizer", "best_parameters")
    names = [field.name for field in dataclasses.fields(checkpoint) if field.name not in arrays]
    best_elapsed = checkpoint.best and checkpoint.best.elapsed  # takes no part in its comparison
    values = {name: repr(getattr(checkpoint, name)) for name in names}
    return {**values, "best elapsed": repr(best_elapsed)}


def npy(array: Array) -> bytes:
    """An array as `numpy.save` writes it, pickled if it has to be."""
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(1, 0))
    return file.getvalue()


def npy_of(header: str, values: bytes = b"", version: bytes = b"\1\0") -> bytes:
    """An array with any header, of any length."""
    text = header.encode("latin-1")
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    length = len(text).to_bytes(2 if version == b"\1\0" else 4, "little")
    return b"\x93NUMPY" + version + length + text + values


def members_of(data: bytes) -> dict[str, bytes]:
    """The members of a checkpoint: what each .npy has in it, by its name in the archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def meta_of(members: Mapping[str, bytes]) -> dict[str, Any]:
    return json.loads(np.load(io.BytesIO(members["meta.npy"])).tobytes().decode())


def with_meta(members: Mapping[str, bytes], text: str | bytes) -> dict[str, bytes]:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return {**members, "meta.npy": npy(np.frombuffer(data, np.uint8))}


def archived(members: Mapping[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    """A sealed archive with any members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression, compresslevel=1) as archive:
        archive.comment = UNSEALED
        for name, data in members.items():
            archive.writestr(name, data)
    return sealed(file.getvalue())


def sealed(data: bytes, seal: bytes = UNSEALED) -> bytes:
    """The bytes with a seal in place of their last ones, whose checksum is right."""
    marked = data[: -len(UNSEALED)] + seal
    return marked[:-DIGEST_LENGTH] + hashlib.sha256(marked).hexdigest().encode()

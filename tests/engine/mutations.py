"""Files that are almost checkpoints: thousands of them, each with what is wrong in its name."""

from __future__ import annotations

import copy
import io
import json
import math
import random
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.engine.checkpoints import archived, members_of, meta_of, npy, npy_of, sealed, with_meta
from tui_charrnn.engine.checkpoint_seal import UNSEALED

Mutation = tuple[str, bytes]
Change = Callable[[bytes, random.Random], bytes]

BOMB = 120_000_000
"""Bytes that a compressed member unpacks to."""


def truncated(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data))]


def flipped(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]


def overwritten(data: bytes, rng: random.Random) -> bytes:
    length = rng.choice((1, 2, 4, 8, 64, 512))
    place = rng.randrange(len(data) - length)
    run = rng.choice((bytes(length), b"\xff" * length, rng.randbytes(length)))
    return data[:place] + run + data[place + length :]


def swapped(data: bytes, rng: random.Random) -> bytes:
    length = rng.choice((4, 16, 64, 512))
    blocks = [data[start : start + length] for start in range(0, len(data), length)]
    one, other = rng.sample(range(len(blocks) - 1), 2)
    blocks[one], blocks[other] = blocks[other], blocks[one]
    return b"".join(blocks)


def stretched(data: bytes, rng: random.Random) -> bytes:
    place, length = rng.randrange(len(data) + 1), rng.choice((1, 16, 5000))
    return data[:place] + rng.randbytes(length) + data[place:]


CHANGES: Mapping[Change, int] = {
    truncated: 350,
    flipped: 600,
    overwritten: 350,
    swapped: 150,
    stretched: 100,
}
"""How often each of them is made."""


def damaged(data: bytes, rng: random.Random) -> Iterator[Mutation]:
    """Whose checksum tells that they are not as they were written."""
    for length in (0, 1, 4, 30, len(data) - len(UNSEALED), len(data) - 1):
        yield "truncated", data[:length]
    for change, count in CHANGES.items():
        for _ in range(count):
            mutant = change(data, rng)
            if mutant != data:  # blocks of zeros were swapped
                yield change.__name__, mutant


def resealed(data: bytes, rng: random.Random) -> Iterator[Mutation]:
    """The same, each with a checksum that is right: what stands behind it must find them."""
    for change, count in CHANGES.items():
        for _ in range(count // 3):
            yield f"resealed {change.__name__}", sealed(change(data, rng))
    for place in _structure(data):
        mask = rng.choice((1 << rng.randrange(8), 255))
        mutant = data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]
        yield "resealed structure", sealed(mutant)


def _structure(data: bytes) -> list[int]:
    """Where the headers of the archive are: some of them, and all of its end."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        starts = [info.header_offset for info in archive.infolist()[:3]]
        directory = archive.start_dir
    heads = [place for start in starts for place in range(start, start + 150, 2)]
    entries = range(directory, directory + 180)
    return [*heads, *entries, *range(len(data) - len(UNSEALED) - 22, len(data) - len(UNSEALED))]


def forged(data: bytes, executed: Path) -> Iterator[Mutation]:
    """Archives that somebody made on purpose; one that is executed makes a file."""
    members = members_of(data)
    for make in (headers, names, values, metas, compressed):
        for mutant in make(members, executed):
            yield make.__name__, archived(mutant) if isinstance(mutant, dict) else mutant
    for mutant in tricks(data):
        yield "tricks", mutant
    for number in (0, 2, 17, 9999):
        yield "version", sealed(data, UNSEALED.replace(b"0001", b"%04d" % number))


class Payload:
    """What makes a file when it is unpickled."""

    def __init__(self, executed: Path) -> None:
        self.executed = str(executed)

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (self.executed, "w")


DESCRIPTIONS = (
    "'|O'", "'>f8'", "'<f4'", "'<f2'", "'<f16'", "'<c16'", "'<i8'", "'|b1'", "'<M8[ns]'", "'<U9'",
    "'|V99999999999'", "'<f9'", "[('a', '<f8')]", "[('a', '|O')]", "{}", "'<f8', 'descr': '|O'",
    "__import__('pathlib').Path({executed!r}).touch()",
)  # fmt: skip

SHAPES = (
    "(1099511627776,)", "(4294967296, 4294967296)", "(999999999999999999, 999999999999999999)",
    "(0,)", "()", "(5,)", "5", "(-5,)", "(5.0,)", "(True,)", "(5, 5, 5, 5, 5, 5)", "(0, 10**18)",
    "(" + "9" * 300 + ",)", "(" * 3000 + ")" * 3000, "-" * 5000 + "5", "(1,) * 99999999999",
    "[1]", "None", "__import__('pathlib').Path({executed!r}).touch()",
)  # fmt: skip


def headers(members: Mapping[str, bytes], executed: Path) -> Iterator[dict[str, bytes]]:
    """Arrays that are not what they have to be, and headers that are no headers."""
    fields = "{{'descr': {}, 'fortran_order': {}, 'shape': {}, }}"
    texts = [fields.format(text, False, "(5,)") for text in DESCRIPTIONS]
    texts += [fields.format("'<f8'", False, text) for text in SHAPES]
    texts += [fields.format("'<f8'", order, "(5,)") for order in (True, 1, None, "x")]
    texts += ["", "{}", "[]", "(" * 20_000, "{" * 5000, "\0" * 70, "'a' " * 9000]
    pickled = npy(np.array([Payload(executed)] * 5, object))
    for name in ("meta.npy", "vocabulary.npy", "state.npy", "parameters/Whh.npy"):
        for text in texts:
            yield {**members, name: npy_of(text.replace("{executed!r}", repr(str(executed))))}
        yield {**members, name: pickled}
        yield {**members, name: npy(np.array({"a": Payload(executed)}, object))}
        for version in (b"\2\0", b"\3\0", b"\1\1", b"\0\0", b"\x7f\x7f"):
            yield {**members, name: npy_of(fields.format("'<f8'", False, "(5,)"), version=version)}
        yield {**members, name: b"\x93NUMPY\2\0\xff\xff\xff\xff" + b" " * 99}
        yield {**members, name: b"\x93NUMPY\1\0\xff\xff" + b" " * 99}
        yield {**members, name: pickled[pickled.index(b"\n") + 1 :]}  # the pickle alone
        yield {**members, name: members[name][:-1]}
        yield {**members, name: members[name] + b"\0"}
        yield {**members, name: b""}


def names(members: Mapping[str, bytes], executed: Path) -> Iterator[dict[str, bytes]]:
    """Arrays that are missing, and some that nobody knows."""
    for name in members:
        yield {other: data for other, data in members.items() if other != name}
        yield {name: members[name]}
        yield {other.replace(name, "x.npy"): data for other, data in members.items()}
    array = members["state.npy"]
    strange = (
        "state",
        "x.npy",
        "../state.npy",
        str(executed),
        "state.npy/",
        "State.npy",
        "a" * 999,
    )
    for name in (
        *strange,
        "parameters/Wxx.npy",
        "best/Whh.npy",
        "\u202e.npy",
        ".npy",
        "\n.npy",
    ):
        yield {**members, name: array}
    yield {**members, "y" * 60_000: array}
    yield {**members, **{f"parameters/{number}.npy": array for number in range(3000)}}
    yield {}


def values(members: Mapping[str, bytes], executed: Path) -> Iterator[dict[str, bytes]]:
    """Arrays of the right type and shape that no run leaves."""
    for name in members:
        array = np.load(io.BytesIO(members[name]))
        if array.dtype == np.float64:
            for value in (math.nan, math.inf, -math.inf):
                array.flat[-1] = value
                yield {**members, name: npy(array)}
            yield {**members, name: npy(np.asfortranarray(array[None].repeat(2, 0)))}
            yield {**members, name: npy(array.astype(">f8"))}
            yield {**members, name: npy(array.ravel()[:-1])}
            yield {**members, name: npy(np.zeros(10**6))}
    last = 0x10FFFF
    for codes in (
        [],
        [65],
        [65, 65],
        [66, 65],
        [65, last + 1],
        [65, 2**32 - 1],
        range(3),
        [[1], [2]],
    ):
        yield {**members, "vocabulary.npy": npy(np.array(codes, "<u4"))}
    yield {**members, "vocabulary.npy": npy(np.arange(last + 1, dtype="<u4"))}
    yield {**members, "vocabulary.npy": npy(np.zeros(last + 2, "<u4"))}


ODD: tuple[Any, ...] = (
    None, True, "", "x" * 20_000, [], {}, -1, 0, 1.5, 2**31, 10**18, 10**30, -(10**30), "nan",
    "inf", "-inf", 1e308, [[[[]]]], {"a": {"a": {}}}, "\ud800\udc00", "gru", ["gru"], "1",
)  # fmt: skip


def metas(members: Mapping[str, bytes], executed: Path) -> Iterator[dict[str, bytes]]:
    """What is no JSON, JSON that takes for ever, and values that no run has."""
    text = json.dumps(meta_of(members))
    for bomb in (
        "[" * 60_000, '{"a":' * 10_000 + "1" + "}" * 10_000, "9" * 60_000, "-" + "9" * 4000,
        "1e999999", "NaN", "Infinity", "null", "[]", "1", '"', "{", "", "\0", "\ufeff{}", "{} {}",
        text + " " * 70_000, text[:-1], text.replace('"text"', '"text": 1, "text"'),
        text.replace('"events"', f'"events": {"[" * 9000}'),
    ):  # fmt: skip
        yield with_meta(members, bomb)
    for value in (
        "NaN",
        "1e999",
        "4" * 5000,
        "[" * 900 + "]" * 900,
        "-0.0",
        "1_0",
        "٤",
        "04",
        "4.",
    ):
        yield with_meta(members, text.replace('"iteration": 4,', f'"iteration": {value},'))
    yield with_meta(members, b"\xff\xfe{}")
    yield with_meta(members, text.encode("utf-16"))
    for path in _paths(meta_of(members)):
        yield with_meta(members, json.dumps(_changed(meta_of(members), path, None, remove=True)))
        yield with_meta(members, json.dumps(_changed(meta_of(members), (*path[:-1], "new"), 1)))
        for value in ODD:
            yield with_meta(members, json.dumps(_changed(meta_of(members), path, value)))


def _paths(value: Any, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return where every value of an object is, those in the objects within it too."""
    if not isinstance(value, dict):
        return []
    return [
        found
        for name, inner in value.items()
        for found in [(*above, name), *_paths(inner, (*above, name))]
    ]


def _changed(meta: Any, path: tuple[str, ...], value: Any, *, remove: bool = False) -> Any:
    changed = copy.deepcopy(meta)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    if remove:
        del place[path[-1]]
    return changed


def compressed(members: Mapping[str, bytes], executed: Path) -> Iterator[bytes]:
    """Archives that unpack to far more than they are."""
    bomb = npy(np.zeros(BOMB // 8))
    for kind in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        yield archived(members, kind)
    for name in ("meta.npy", "state.npy"):
        yield archived({**members, name: bomb}, zipfile.ZIP_DEFLATED)


DIRECTORY = struct.Struct("<4s6H3L5H2L")
"""Of an entry in the directory: its first fields are signature, versions, flags, compression."""

FIELDS = (1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 15, 16)

END = struct.Struct("<4s4H2LH")


def tricks(data: bytes) -> Iterator[bytes]:
    """Directories that do not say what is there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        directory, count = archive.start_dir, len(archive.infolist())
    yield from _entries(data, directory)
    yield from _ends(data, directory, count)
    end = len(data) - len(UNSEALED) - END.size
    first = data[directory : directory + DIRECTORY.size + len("meta.npy")]
    for copies in (1, 500, 20_000):  # many names for the same bytes
        entries = data[directory:end] + first * copies
        number = min(count + copies, 0xFFFF)
        yield sealed(data[:directory] + entries + _end(number, len(entries), directory))
    yield sealed(b"#!/bin/sh\n" + data)
    yield sealed(data + data)


def _entries(data: bytes, directory: int) -> Iterator[bytes]:
    """Change every field of the first two entries."""
    length = DIRECTORY.size + len("meta.npy")
    for start in (directory, directory + length):
        fields = DIRECTORY.unpack_from(data, start)
        for place in FIELDS:
            bits = 32 if place in (7, 8, 9, 15, 16) else 16
            for value in (0, 1, 8, fields[place] + 1, 2 ** (bits - 1), 2**bits - 1):
                changed = [*fields[:place], value % 2**bits, *fields[place + 1 :]]
                entry = DIRECTORY.pack(*changed)
                yield sealed(data[:start] + entry + data[start + DIRECTORY.size :])
        other = DIRECTORY.unpack_from(data, directory)
        overlapping = DIRECTORY.pack(*fields[:16], other[16] + 10)
        yield sealed(data[:start] + overlapping + data[start + DIRECTORY.size :])


def _ends(data: bytes, directory: int, count: int) -> Iterator[bytes]:
    """Change what says where the directory is, and add the record that a large archive has."""
    start = len(data) - len(UNSEALED) - END.size
    size = start - directory
    for number, length, offset in (
        (0, size, directory), (0xFFFF, size, directory), (count, 0, directory), (1, 54, directory),
        (count, size - 1, directory), (count, 2**32 - 1, directory), (count, 10**8, directory),
        (count, size, 0), (count, size, 2**32 - 1), (count, size, directory + 1), (0, 0, 0),
    ):  # fmt: skip
        yield sealed(data[:start] + _end(number, length, offset))
    for large in (
        (44, count, size, directory, start), (44, count, 2**62, directory, start),
        (44, 2**40, size, 2**63, start), (44, count, size, directory, 0),
        (2**60, count, size, directory, start), (44, count, 10**9, 0, start),
        (44, count, size + 76, directory, start),
    ):  # fmt: skip
        yield sealed(data[:start] + _large_end(*large) + _end(0xFFFF, 2**32 - 1, 2**32 - 1))


def _end(count: int, size: int, offset: int) -> bytes:
    end = END.pack(b"PK\5\6", 0, 0, count % 2**16, count % 2**16, size, offset, len(UNSEALED))
    return end + UNSEALED


def _large_end(length: int, count: int, size: int, offset: int, place: int) -> bytes:
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", length, 45, 45, 0, 0, count, count, size, offset)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, place, 1)

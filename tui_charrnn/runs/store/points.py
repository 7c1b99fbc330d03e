"""The updates of a run as packed numbers.

A chunk is a run of records of `POINT`, without padding and little-endian on every machine: 72 bytes
an update. All fields of a `Step` are in it, so that nothing has to be computed again on the way
back, and what is no number (nan, inf) is kept as it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tui_charrnn.engine.events import Step

POINT: Final = np.dtype(
    [
        ("iteration", "<i8"),  # 0-based
        ("elapsed", "<f8"),  # seconds of training
        ("loss", "<f8"),  # nats a sequence
        ("smooth_loss", "<f8"),
        ("bits_per_character", "<f8"),
        ("smooth_bits_per_character", "<f8"),
        ("characters", "<i8"),  # read so far
        ("epoch", "<f8"),
        ("learning_rate", "<f8"),
    ]
)
"""One update; the names are those of `Step`."""

MOST_IN_A_CHUNK: Final = 65_536
"""Updates: a chunk is read as a whole."""

Points = NDArray[np.void]
"""(n,) records of `POINT`."""

_NAMES: Final = POINT.names or ()
_LAYOUT: Final = struct.Struct("<" + "".join({"i": "q", "f": "d"}[POINT[n].kind] for n in _NAMES))
_values: Final = attrgetter(*_NAMES)


def pack(steps: Sequence[Step]) -> bytes:
    """Return updates as a chunk; it takes a microsecond each, much less than an array would."""
    write = _LAYOUT.pack
    return b"".join([write(*_values(step)) for step in steps])


def unpack(data: bytes) -> Iterator[Step]:
    """Yield the updates of a chunk."""
    for values in _LAYOUT.iter_unpack(data):
        fields: dict[str, Any] = dict(zip(_NAMES, values, strict=True))
        yield Step(**fields)


def joined(chunks: Iterable[bytes]) -> Points:
    """Return the updates of all chunks as one array, in order."""
    return np.frombuffer(b"".join(chunks), POINT).copy()


def chunked(steps: Sequence[Step]) -> Iterator[Sequence[Step]]:
    """Cut updates into pieces, each for one chunk."""
    for start in range(0, len(steps), MOST_IN_A_CHUNK):
        yield steps[start : start + MOST_IN_A_CHUNK]

"""The ids of a text while it is read: in memory, or in a mapped file once they are many.

Ids come in as provisional numbers, in the smallest dtype that holds those known so far. When the
whole vocabulary is known they are translated where they lie, last block first: a final id is never
narrower than a provisional one, so that what is written never covers what is still to be read. The
text is read once, and neither memory nor disk ever holds it twice.

From `MAPPED_FROM` bytes on they are in a file of their own, and read from there by mapping it: the
system brings in the pages that a window touches and takes them back when it needs memory. The file
has no name: nobody can change or shorten it under the mapping, as could happen to the text itself,
and it is gone with the process, however that ends. It lies in the folder that TMPDIR names or else
in /var/tmp, which is on a disk; /tmp comes last, since on many systems it is itself memory.
"""

from __future__ import annotations

import contextlib
import io
import mmap
import os
import sys
import tempfile
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tui_charrnn.engine.parameters import Array

MAPPED_FROM = 1 << 26
"""Bytes of ids from which on they are in a file: less is no burden for any machine."""

BLOCK = 1 << 20
"""Ids translated at a time."""

LARGE_FILES = "/var/tmp"
"""Where temporary files lie that are too large for memory (Filesystem Hierarchy Standard)."""


class IdStoreError(Exception):
    """The ids cannot be kept; the text says where, and why."""


@dataclass(frozen=True, slots=True)
class MappedIds:
    """Ids that any process of this user and machine can map while the store is open there."""

    path: str
    dtype: str
    length: int

    def open(self) -> Array:
        """Map the ids, (N,), read-only.

        Raises:
            OSError: if the process that lent them is gone.
        """
        with open(self.path, "rb", buffering=0) as file:
            return _mapped(file, np.dtype(self.dtype))


class IdStore:
    """Takes the ids of a text, and gives them out as one array.

    Attributes:
        length: ids taken so far.
    """

    def __init__(self) -> None:
        """Begin in memory."""
        self.length = 0
        self._file: io.BytesIO | io.FileIO = io.BytesIO()
        self._folder = ""
        self._segments: list[tuple[int, np.dtype[np.unsignedinteger]]] = []

    def append(self, ids: Array) -> None:
        """Take more ids, in a dtype no narrower than those before.

        Raises:
            IdStoreError: if there is no room for them on the disk.
        """
        if not self._segments or self._segments[-1][1] != ids.dtype:
            self._segments.append((self.length, ids.dtype))
        with self._told():
            self._write(ids.tobytes())
            self.length += len(ids)
            if isinstance(self._file, io.BytesIO) and self._file.tell() >= MAPPED_FROM:
                self._move_to_disk(self._file)

    def cut(self, length: int) -> None:
        """Forget all ids but the first `length`."""
        while self._segments and self._segments[-1][0] >= length:
            self._segments.pop()
        self.length = length
        self._file.seek(self._end())
        self._file.truncate()

    def _end(self) -> int:
        """Return how many bytes there are."""
        if not self._segments:
            return 0
        start, dtype = self._segments[-1]
        return self._offset(len(self._segments) - 1) + (self.length - start) * dtype.itemsize

    def _offset(self, number: int) -> int:
        """Return at which byte a segment begins."""
        starts = [start for start, _ in self._segments]
        sizes = zip(starts[:number], starts[1:], self._segments, strict=False)
        return sum((stop - start) * dtype.itemsize for start, stop, (_, dtype) in sizes)

    def translate(self, rank: Array) -> Iterator[int]:
        """Replace every id k by rank[k]; yield how many are left to do.

        Args:
            rank: (V,) in a dtype no narrower than that of any id.

        Raises:
            IdStoreError: if the disk has no room for wider ids.
        """
        stop = self.length
        for number, (first, dtype) in reversed(list(enumerate(self._segments))):
            offset = self._offset(number)
            while stop > first:
                start = max(first, stop - BLOCK)
                with self._told():
                    self._file.seek(offset + (start - first) * dtype.itemsize)
                    block = self._file.read((stop - start) * dtype.itemsize)
                    self._file.seek(start * rank.itemsize)
                    self._write(_translated(block, dtype, rank))
                stop = start
                yield stop
        self._segments = [(0, rank.dtype)]

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:  # a disk that is nearly full takes a part
            rest = rest[self._file.write(rest) :]

    def _move_to_disk(self, memory: io.BytesIO) -> None:
        for self._folder in _folders():
            with contextlib.suppress(OSError):
                self._file = _nameless_file(self._folder)
                break
        else:
            self._file = _nameless_file(self._folder)  # raises what the last folder has against it
        weakref.finalize(self, self._file.close)
        self._write(memory.getvalue())

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Say in one sentence what the disk has against it."""
        try:
            yield
        except OSError as error:
            raise IdStoreError(
                f"{self._folder}: {error.strerror or error} after {self.length:,} characters; "
                f"TMPDIR can name a folder with more room"
            ) from None

    def array(self) -> Array:
        """Return the ids, (N,), read-only."""
        if not self._segments:
            return np.empty(0, np.uint8)
        dtype = self._segments[-1][1]
        if isinstance(self._file, io.BytesIO):
            return np.frombuffer(self._file.getvalue(), dtype)
        return _mapped(self._file, dtype)

    def lent(self) -> MappedIds | None:
        """Return what another process can map the ids by, None where it cannot."""
        if isinstance(self._file, io.BytesIO) or sys.platform != "linux":
            return None
        path = f"/proc/{os.getpid()}/fd/{self._file.fileno()}"
        return MappedIds(path, self._segments[-1][1].name, self.length)


def _nameless_file(folder: str) -> io.FileIO:
    # not a buffer of its own: what it could not write any more, it would try again at its end
    file = tempfile.TemporaryFile(buffering=0, dir=folder)  # noqa: SIM115 - its store closes it
    assert isinstance(file, io.FileIO)
    return file


def _mapped(file: io.FileIO, dtype: np.dtype[np.unsignedinteger]) -> Array:
    return np.frombuffer(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), dtype)


def _translated(block: bytes, dtype: np.dtype[np.unsignedinteger], rank: Array) -> bytes:
    if rank.itemsize == 1:
        return block.translate(rank.tobytes().ljust(256))
    return np.take(rank, np.frombuffer(block, dtype)).tobytes()


def _folders() -> list[str]:
    """Return where the file may lie, the best place first."""
    wanted = os.environ.get("TMPDIR", "")
    return [*([wanted] if wanted else []), LARGE_FILES, tempfile.gettempdir()]

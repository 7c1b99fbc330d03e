"""Turning a text that comes in pieces into a vocabulary and ids, in one reading."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from tui_charrnn.engine.id_store import IdStore
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.vocabulary import CODE_POINTS, dtype_for


@dataclass(frozen=True, slots=True)
class Mark:
    """How far an encoder had come."""

    codes: int
    length: int
    digest: Any


class Encoder:
    """Gives characters provisional ids as they turn up; `sort` orders them by code point.

    Attributes:
        store: the ids.
    """

    def __init__(self) -> None:
        """Begin with no character known."""
        self.store = IdStore()
        self._id_of_code: Array = np.full(CODE_POINTS, -1, np.int32)
        self._codes: list[int] = []
        self._digest = hashlib.sha256()

    def add(self, text: str) -> None:
        """Take the next piece.

        Raises:
            IdStoreError: if the disk is full.
        """
        encoded = text.encode("utf-8", "surrogatepass")
        self._digest.update(encoded)
        if len(encoded) == len(text):  # one byte each: the bytes are the code points
            codes: Array = np.frombuffer(encoded, np.uint8)
        else:
            codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        ids = np.take(self._id_of_code, codes)
        if len(ids) and ids.min() < 0:
            self._learn(np.unique(codes[ids < 0]))
            ids = np.take(self._id_of_code, codes)
        self.store.append(ids.astype(dtype_for(len(self._codes))))

    def _learn(self, new: Array) -> None:
        start = len(self._codes)
        self._id_of_code[new] = np.arange(start, start + len(new), dtype=np.int32)
        self._codes.extend(new.tolist())

    def mark(self) -> Mark:
        """Return the place to which `go_back` can go."""
        return Mark(len(self._codes), self.store.length, self._digest.copy())

    def go_back(self, mark: Mark) -> None:
        """Forget all that was added since a mark."""
        self._id_of_code[self._codes[mark.codes :]] = -1
        del self._codes[mark.codes :]
        self.store.cut(mark.length)
        self._digest = mark.digest

    def sort(self) -> Iterator[int]:
        """Give every id its place in the sorted vocabulary; yield how many are left to do.

        Raises:
            IdStoreError: if the disk is full.
        """
        rank: Array = np.empty(len(self._codes), dtype_for(len(self._codes)))
        rank[np.argsort(self._codes)] = np.arange(len(self._codes))
        return self.store.translate(rank)

    @property
    def chars(self) -> tuple[str, ...]:
        """All characters, sorted by code point."""
        return tuple(map(chr, sorted(self._codes)))

    @property
    def sha256(self) -> str:
        """Of the text in UTF-8, in hexadecimal."""
        return self._digest.hexdigest()

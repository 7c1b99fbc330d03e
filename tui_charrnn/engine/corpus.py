"""A text as a recurrent net reads it: the sorted vocabulary and one integer a character.

The text is taken in block by block and turned into ids of the smallest dtype at once, so that a
file of 100 MB needs no Python list and no string of its whole length.
"""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import io
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.vocabulary import Vocabulary, dtype_for

BLOCK = 1 << 20
"""Bytes or characters taken in at a time."""

CODE_POINTS = 0x110000


class CorpusError(ValueError):
    """A text that cannot be trained on; the message is one plain sentence."""


class Corpus(Vocabulary):
    """A text as ids into its vocabulary.

    Attributes:
        name: what to call it.
        chars: the distinct characters, sorted by code point; the place of each is its id.
        ids: (N,) the text, one id a character, in the smallest unsigned dtype that holds them.
        skipped: files of a folder that were left out since they are no text.
        entropy: true entropy in bits per character, where the text was made by a known source.
    """

    def __init__(
        self,
        name: str,
        chars: tuple[str, ...],
        ids: Array,
        skipped: tuple[str, ...] = (),
        entropy: float | None = None,
    ) -> None:
        """Keep a text that is already encoded.

        Raises:
            CorpusError: if it is empty or has a single distinct character.
        """
        if len(ids) == 0:
            raise CorpusError(f"{name} is empty: there is nothing to learn from.")
        if len(chars) < 2:
            raise CorpusError(
                f"{name} has only one distinct character ({chars[0]!r}): at least two are needed."
            )
        super().__init__(name, chars)
        self.ids = ids
        self.skipped = skipped
        self.entropy = entropy
        self._sha256 = ""

    def __len__(self) -> int:
        """The number of characters."""
        return len(self.ids)

    @classmethod
    def from_text(cls, text: str, name: str = "The text") -> Corpus:
        """Encode a string.

        Raises:
            CorpusError: if it is empty or has a single distinct character.
        """
        blocks = (text[start : start + BLOCK] for start in range(0, len(text), BLOCK))
        return cls.from_blocks(blocks, name)

    @classmethod
    def from_path(cls, path: str | Path, encoding: str = "utf-8") -> Corpus:
        """Read a text file, or all text files of a folder and its subfolders, sorted by path.

        Line ends become newlines, a byte order mark is dropped. Of a folder, hidden files and
        those that are no text are left out; `skipped` names the latter.

        Raises:
            CorpusError: if there is no such file or no right to read it, if it is no text in this
                encoding (with the offset of the first bad byte), or if the text is too small.
        """
        path, is_folder = _located(path)
        if is_folder:
            return cls._from_folder(path, encoding)
        return cls.from_blocks(_read(path, encoding), path.name)

    @classmethod
    def _from_folder(cls, folder: Path, encoding: str) -> Corpus:
        skipped: list[str] = []
        _decoder(encoding)  # an unknown encoding is no fault of the files
        blocks = _read_folder(folder, encoding, skipped)
        first = next(blocks, None)
        if first is None:
            raise CorpusError(f"The folder {folder} holds no text file with {encoding} text in it.")
        name = folder.resolve().name or str(folder)
        corpus = cls.from_blocks(_chain(first, blocks), name)
        corpus.skipped = tuple(skipped)
        return corpus

    @classmethod
    def from_blocks(cls, blocks: Iterable[str], name: str) -> Corpus:
        """Encode a text that comes in pieces.

        Peak memory is that of the ids (1, 2 or 4 bytes a character) and as much again at the most.

        Raises:
            CorpusError: if it is empty or has a single distinct character.
        """
        encoder = _Encoder()
        for block in blocks:
            encoder.add(block)
        chars, ids = encoder.finish()
        return cls(name, chars, ids)

    def sha256(self) -> str:
        """Return the hash of the text in UTF-8, in hexadecimal.

        It is that of the file, where that is UTF-8 with newlines and no byte order mark.
        """
        if not self._sha256:
            self._sha256 = self._hashed()
        return self._sha256

    def _hashed(self) -> str:
        codes = np.array([ord(char) for char in self.chars], np.uint32)
        digest = hashlib.sha256()
        for start in range(0, len(self.ids), BLOCK):
            block = codes[self.ids[start : start + BLOCK]].astype("<u4").tobytes()
            text = block.decode("utf-32-le", "surrogatepass")
            digest.update(text.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    def split(self, validation_fraction: float) -> tuple[Array, Array]:
        """Return the ids to train on and the held-out tail; a tail of one character is none."""
        held_out = int(len(self.ids) * validation_fraction)
        if held_out < 2:
            return self.ids, self.ids[:0]
        return self.ids[:-held_out], self.ids[-held_out:]


def streams(ids: Array, count: int) -> Array:
    """Cut ids (N,) into `count` parallel streams of equal length, (count, N // count).

    The few ids that do not fill a whole row are left out.
    """
    length = len(ids) // count
    return ids[: length * count].reshape(count, length)


class _Encoder:
    """Gives characters provisional ids as they turn up; `finish` sorts them by code point."""

    def __init__(self) -> None:
        self._id_of_code: Array = np.full(CODE_POINTS, -1, np.int32)
        self._codes: list[int] = []
        self._blocks: deque[Array] = deque()
        self._length = 0

    def add(self, text: str) -> None:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        self._learn(codes)
        self._blocks.append(self._id_of_code[codes].astype(dtype_for(len(self._codes))))
        self._length += len(codes)

    def _learn(self, codes: Array) -> None:
        seen = np.zeros(CODE_POINTS, np.bool_)
        seen[codes] = True
        new = np.flatnonzero(seen & (self._id_of_code < 0))
        start = len(self._codes)
        self._id_of_code[new] = np.arange(start, start + len(new), dtype=np.int32)
        self._codes.extend(new.tolist())

    def finish(self) -> tuple[tuple[str, ...], Array]:
        rank: Array = np.empty(len(self._codes), dtype_for(len(self._codes)))
        rank[np.argsort(self._codes)] = np.arange(len(self._codes))
        ids: Array = np.empty(self._length, rank.dtype)
        start = 0
        while self._blocks:  # each provisional block is freed as soon as it is translated
            block = self._blocks.popleft()
            ids[start : start + len(block)] = rank[block]
            start += len(block)
        return tuple(map(chr, sorted(self._codes))), ids


def _located(path: str | Path) -> tuple[Path, bool]:
    """Return the path with its `~` expanded, and whether it is a folder.

    Raises:
        CorpusError: if the system cannot even look for such a path.
    """
    try:
        found = Path(path).expanduser()
        return found, stat.S_ISDIR(found.stat().st_mode)
    except OSError as error:
        raise CorpusError(f"Cannot read {path}: {error.strerror or error}.") from None
    except (RuntimeError, ValueError) as error:  # no such user; a character no path can have
        raise CorpusError(f"Cannot read {str(path)!r}: {str(error).rstrip('.')}.") from None


def _read(path: Path, encoding: str) -> Iterator[str]:
    """Yield the decoded blocks of a text file.

    Raises:
        CorpusError: in place of every error of the file or the encoding.
    """
    decoder = _decoder(encoding)
    try:
        with path.open("rb") as file:
            yield from _decoded(file, decoder, path, encoding)
    except OSError as error:
        raise CorpusError(f"Cannot read {path}: {error.strerror or error}.") from None


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    try:
        with contextlib.suppress(UnicodeError):
            b"a".decode(encoding)  # refuses what turns bytes into bytes, such as hex
        return codecs.getincrementaldecoder(encoding)("strict")
    except (LookupError, ValueError):
        raise CorpusError(f"There is no text encoding named {encoding!r}.") from None


def _decoded(
    file: io.BufferedReader, decoder: codecs.IncrementalDecoder, path: Path, encoding: str
) -> Iterator[str]:
    newlines = io.IncrementalNewlineDecoder(None, translate=True)
    read = characters = 0
    more = at_start = True
    while more:
        block = file.read(BLOCK)
        more = bool(block)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=not more)
        except UnicodeError as error:
            offset = read - pending + getattr(error, "start", 0)
            raise _undecodable(
                path, encoding, offset, getattr(error, "reason", str(error))
            ) from None
        if "\0" in text:
            raise _binary(path, encoding, characters + text.index("\0"))
        if at_start and text:
            text, at_start = text.removeprefix("\ufeff"), False
        read, characters = read + len(block), characters + len(text)
        if text := newlines.decode(text, final=not more):
            yield text


def _undecodable(path: Path, encoding: str, offset: int, reason: str) -> CorpusError:
    return CorpusError(
        f"{path} is not {encoding} text: {reason} at byte offset {offset:,}; "
        f"name its encoding (--encoding), for instance latin-1, if it is text."
    )


def _binary(path: Path, encoding: str, offset: int) -> CorpusError:
    return CorpusError(
        f"{path} looks like a binary file: read as {encoding}, character {offset:,} is a zero; "
        f"name its encoding (--encoding), for instance utf-16, if it is text."
    )


def _read_folder(folder: Path, encoding: str, skipped: list[str]) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inner.parts)
        if hidden or not os.path.isfile(
            path
        ):  # unlike pathlib's, it says no to what it may not see
            continue
        try:
            # a file is text as a whole or not at all, so all of it is decoded before any is used
            yield from list(_read(path, encoding))
        except CorpusError:
            skipped.append(str(inner))


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest

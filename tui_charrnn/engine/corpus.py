"""A text as a recurrent net reads it: the sorted vocabulary and one integer a character.

The text is read once, block by block, and turned into ids of the smallest dtype at once. Where
those are many they are in a file and mapped (see `id_store`): a text of any length takes as little
memory as one of 100 MB, and a window costs as much of it.
"""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tui_charrnn.engine.encoder import Encoder
from tui_charrnn.engine.errors import CorpusError
from tui_charrnn.engine.id_store import IdStore, IdStoreError, MappedIds
from tui_charrnn.engine.parameters import Array
from tui_charrnn.engine.vocabulary import Vocabulary

BLOCK = 1 << 18
"""Bytes or characters taken in at a time: what is made of them stays in the cache."""

Watch = Callable[[int], object]
"""Called while a text is read, many times a second, with the bytes read since the last call; what
it raises ends the reading."""


class Corpus(Vocabulary):
    """A text as ids into its vocabulary.

    What slices `ids` gets views; nothing in the engine copies more of them than it is to read.

    Attributes:
        name: what to call it.
        chars: the distinct characters, sorted by code point; the place of each is its id.
        ids: (N,) the text, one id a character, in the smallest unsigned dtype that holds them;
            read-only, and mapped from a file where there are many.
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
        self._store: IdStore | None = None

    def __getstate__(self) -> dict[str, object]:
        """Leave out of a pickle what belongs to this process; the ids go with it as they are."""
        return {**self.__dict__, "_store": None}

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
    def from_path(
        cls, path: str | Path, encoding: str = "utf-8", watch: Watch | None = None
    ) -> Corpus:
        """Read a text file, or all text files of a folder and its subfolders, sorted by path.

        Line ends become newlines, a byte order mark is dropped. Of a folder, hidden files and
        those that are no text are left out; `skipped` names the latter. Files may change once
        they are read.

        Args:
            path: of the file or folder; `~` is one's home.
            encoding: of the text.
            watch: sees how far the reading has come, and may end it.

        Raises:
            CorpusError: if there is no such file or no right to read it, if it is no text in this
                encoding (with the offset of the first bad byte), if the text is too small, or the
                disk too full for its ids.
        """
        path, is_folder = _located(path)
        watched = watch or _nobody
        if is_folder:
            return cls._from_folder(path, encoding, watched)
        return cls.from_blocks(_read(path, encoding, watched), path.name, watched)

    @classmethod
    def _from_folder(cls, folder: Path, encoding: str, watch: Watch) -> Corpus:
        _decoder(encoding)  # an unknown encoding is no fault of the files
        name = folder.resolve().name or str(folder)
        encoder, skipped = Encoder(), []
        with _told(name):
            for path in _files(folder):
                mark = encoder.mark()
                try:
                    for block in _read(path, encoding, watch):
                        encoder.add(block)
                except CorpusError:  # a file is text as a whole or not at all
                    encoder.go_back(mark)
                    skipped.append(str(path.relative_to(folder)))
        if encoder.store.length == 0:
            raise CorpusError(f"The folder {folder} holds no text file with {encoding} text in it.")
        corpus = cls._of(encoder, name, watch)
        corpus.skipped = tuple(skipped)
        return corpus

    @classmethod
    def from_blocks(cls, blocks: Iterable[str], name: str, watch: Watch | None = None) -> Corpus:
        """Encode a text that comes in pieces.

        Raises:
            CorpusError: if it is empty or has a single distinct character, or the disk is too
                full for its ids.
        """
        encoder = Encoder()
        with _told(name):
            for block in blocks:
                encoder.add(block)
        return cls._of(encoder, name, watch or _nobody)

    @classmethod
    def _of(cls, encoder: Encoder, name: str, watch: Watch) -> Corpus:
        with _told(name):
            for _ in encoder.sort():
                watch(0)
        corpus = cls(name, encoder.chars, encoder.store.array())
        corpus._sha256, corpus._store = encoder.sha256, encoder.store
        return corpus

    def loan(self, *, here: bool = True) -> Loan:
        """Return what another process can have the text by.

        Args:
            here: whether it is on this machine, and ends before this text is let go; it need not
                be sent all ids then, if they are in a file.
        """
        lent = self._store.lent() if here and self._store is not None else None
        return Loan(self.name, self.chars, lent or self.ids, self.entropy, self._sha256)

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


@dataclass(frozen=True, slots=True)
class Loan:
    """A text on its way to another process, as `Corpus.loan` makes it."""

    name: str
    chars: tuple[str, ...]
    ids: Array | MappedIds
    entropy: float | None
    sha256: str

    def open(self) -> Corpus:
        """Return the text; the other process has to be there still.

        Raises:
            CorpusError: if it is not.
        """
        try:
            ids = self.ids.open() if isinstance(self.ids, MappedIds) else self.ids
        except OSError as error:
            raise CorpusError(f"Cannot map {self.name}: {error.strerror or error}.") from None
        corpus = Corpus(self.name, self.chars, ids, entropy=self.entropy)
        corpus._sha256 = self.sha256
        return corpus


def _nobody(read: int) -> None:
    """Watch nothing."""


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    """Say which text there is no room for."""
    try:
        yield
    except IdStoreError as error:
        raise CorpusError(f"Cannot keep {name} in {error}.") from None


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


def _read(path: Path, encoding: str, watch: Watch) -> Iterator[str]:
    """Yield the decoded blocks of a text file.

    Raises:
        CorpusError: in place of every error of the file or the encoding.
    """
    decoder = _decoder(encoding)
    try:
        with path.open("rb") as file:
            for text, read in _decoded(file, decoder, path, encoding):
                watch(read)
                yield text
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
) -> Iterator[tuple[str, int]]:
    """Yield each block, and from how many bytes it was made."""
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
        yield newlines.decode(text, final=not more), len(block)


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


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and its subfolders that are not hidden, sorted by path."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and os.path.isfile(path):  # unlike pathlib's, it says no to what is closed
            yield path

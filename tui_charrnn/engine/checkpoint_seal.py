"""The seal of a checkpoint: a marker, the version, and the SHA-256 of all that stands before it.

It is the comment of the ZIP archive and thus the end of the file. Where it is right, the bytes are
those that were written, but not therefore harmless: whoever made the file can have sealed anything.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from typing import Any, BinaryIO, Final

VERSION: Final = 1

SEAL: Final = re.compile(rb"charrnn-tui checkpoint (\d{4}) sha256 ([0-9a-f]{64})")
"""What every version ends with, so that an older program can tell that it is too old."""

DIGEST_LENGTH: Final = 64
"""Bytes, as hexadecimal digits."""

UNSEALED: Final = b"charrnn-tui checkpoint %04d sha256 " % VERSION + b"0" * DIGEST_LENGTH
"""The seal whose digest is not known yet. The digest is taken of the file with this one."""

LONGEST_SHOWN: Final = 80
"""Characters of a wrong value."""

FIRST_MEMBER: Final = b"meta.npy"

BLOCK: Final = 1 << 20
"""Bytes read at a time."""


class Flaw(ValueError):
    """Why a file is refused: a predicate that goes behind its name, without the full stop."""


def damaged(detail: str) -> Flaw:
    """Return the flaw of a file that is not as it was written."""
    return Flaw(f"is damaged: {detail}")


def shown(value: Any) -> str:
    """Return a value out of a file so that it fits into a sentence: as Python writes it, cut."""
    text = ascii(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…{text[-1]}"


class Sealing(io.RawIOBase):
    """Passes on what is written to a file, and takes the digest of it.

    It cannot seek, so that zipfile writes every byte once.
    """

    def __init__(self, file: BinaryIO) -> None:
        """Begin with nothing written."""
        self._file = file
        self._digest = hashlib.sha256()

    def write(self, data: Any, /) -> int:
        """Pass on some bytes, in whatever holds them."""
        self._digest.update(data)
        return self._file.write(data)

    def seal(self) -> None:
        """Put the digest at the end, where `UNSEALED` was written."""
        self._file.seek(-DIGEST_LENGTH, os.SEEK_END)
        self._file.write(self._digest.hexdigest().encode())


def check_seal(file: BinaryIO) -> None:
    """Refuse a file that is no checkpoint, not as it was written, or of a newer version.

    Raises:
        Flaw: saying which.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - len(UNSEALED)))
    seal = SEAL.fullmatch(file.read(len(UNSEALED)))
    if seal is None:
        raise _without_seal(file, size)
    if _digest(file, size - DIGEST_LENGTH) != seal[2].decode():
        raise damaged("its checksum does not fit its content")
    if int(seal[1]) > VERSION:
        raise Flaw(
            f"was made by a newer charrnn-tui (version {int(seal[1])}; this one knows {VERSION})"
        )
    if int(seal[1]) < VERSION:
        raise Flaw(f"is no checkpoint: there was no version {int(seal[1])}")


def _without_seal(file: BinaryIO, size: int) -> Flaw:
    file.seek(0)
    start = file.read(30 + len(FIRST_MEMBER))
    if start.startswith(b"PK\3\4") and start.endswith(FIRST_MEMBER):
        return damaged(f"it has {size:,} bytes, and its end is missing")
    return Flaw("is no checkpoint of charrnn-tui" if size else "is no checkpoint: it is empty")


def _digest(file: BinaryIO, length: int) -> str:
    """Return the digest of the first bytes and of the place that is left for it."""
    digest = hashlib.sha256()
    file.seek(0)
    while length > 0 and (block := file.read(min(BLOCK, length))):
        digest.update(block)
        length -= len(block)
    digest.update(b"0" * DIGEST_LENGTH)
    return digest.hexdigest()

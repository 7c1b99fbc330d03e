"""The archive of a checkpoint: an .npz of uncompressed arrays, which `numpy.load` opens.

When it is read, all sizes are compared with that of the file before memory is asked for, no header
is evaluated, and nothing is unpacked or unpickled.
"""

from __future__ import annotations

import io
import math
import os
import re
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

import numpy as np

from tui_charrnn.engine.checkpoint_seal import BLOCK, UNSEALED, Flaw, Sealing, damaged, shown
from tui_charrnn.engine.parameters import Array, Shape

DATE: Final = (1980, 1, 1, 0, 0, 0)
"""Of all members: the same checkpoint makes the same bytes."""

MOST_DIRECTORY: Final = 1 << 15
"""Bytes of the archive's directory; that of a GRU has 2.5 kB."""

LOCAL_HEADER: Final = 30
"""Bytes before each array of the archive, without the name."""

END: Final = struct.Struct("<4s4H2LH")
"""End of a ZIP archive: signature, four numbers, size of the directory, offset, comment length."""

LOCATOR: Final = struct.Struct("<4sLQL")
"""What precedes it in a large one: signature, disk, offset of the record below, disks."""

LARGE_END: Final = struct.Struct("<4sQ2H2L4Q")
"""That record: signature, its size from here on, six numbers, size of the directory, offset."""

PREFIX: Final = struct.Struct("<8sH")
"""Beginning of an .npy file: magic number with version 1.0, length of the header."""

HEADER: Final = re.compile(
    rb"\{'descr': '([<|][fu]\d)', 'fortran_order': (False|True), "
    rb"'shape': \((|\d{1,18},|\d{1,18}(?:, \d{1,18}){1,3})\), \} *\n"
)
"""The header that NumPy writes for plain numbers, and no other that it would evaluate."""

LONGEST_HEADER: Final = 246
"""Bytes; the arrays of a checkpoint have 118."""

UNREADABLE: Final = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, EOFError, struct.error,
)  # fmt: skip
"""What zipfile raises for an archive that it cannot read, or does not know how to."""


@dataclass(frozen=True, slots=True)
class Spec:
    """Type and shape of an array; `kind` is as NumPy writes it: `<f4`."""

    kind: str
    shape: Shape

    @classmethod
    def of(cls, array: Array) -> Spec:
        """Return that of an array, as it will be written."""
        return cls(array.dtype.newbyteorder("<").str, array.shape)

    @property
    def size(self) -> int:
        """Bytes."""
        return int(self.kind[-1]) * math.prod(self.shape)

    def __str__(self) -> str:
        """Write it as in `<f4 of shape (12, 12)`."""
        return f"{self.kind} of shape {self.shape}"


def write(members: Mapping[str, Array], file: BinaryIO) -> None:
    """Write the arrays by name, and seal them.

    Raises:
        OSError: if the file does not take them.
    """
    sealing = Sealing(file)
    with zipfile.ZipFile(sealing, "w") as archive:
        archive.comment = UNSEALED
        for name, array in members.items():
            info = zipfile.ZipInfo(f"{name}.npy", DATE)
            plain = np.ascontiguousarray(array, Spec.of(array).kind)
            with archive.open(info, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, plain, version=(1, 0), allow_pickle=False)
    sealing.seal()


class Archive:
    """The arrays of a sealed file, to be read one by one."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the directory, and of each array the header.

        Raises:
            Flaw: if anything is not as `write` makes it.
        """
        self._size = file.seek(0, os.SEEK_END)
        _check_directory(file, self._size)
        try:
            self._zip = zipfile.ZipFile(file)
            self._infos = self._listed()
            headers = {name: self._header(name) for name in self._infos}
        except UNREADABLE as error:
            raise _unreadable(error) from None
        self.specs = {name: spec for name, (spec, _) in headers.items()}
        self._starts = {name: start for name, (_, start) in headers.items()}

    def _listed(self) -> dict[str, zipfile.ZipInfo]:
        infos: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            name = info.filename.removesuffix(".npy")
            if name == info.filename:
                raise damaged(f"its member {shown(name)} is no array")
            if name in infos:
                raise damaged(f"it has two arrays {shown(name)}")
            if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
                raise damaged(f"its array {shown(name)} is compressed")
            if info.flag_bits & 1:
                raise damaged(f"its array {shown(name)} is encrypted")
            infos[name] = info
        self._check_places(infos)
        return infos

    def _check_places(self, infos: Mapping[str, zipfile.ZipInfo]) -> None:
        """Refuse arrays that share bytes: together they could be larger than the file."""
        end = 0
        for name, info in sorted(infos.items(), key=lambda item: item[1].header_offset):
            if info.header_offset < end:
                raise damaged(f"its array {shown(name)} begins within another one")
            end = info.header_offset + LOCAL_HEADER + info.file_size
        if end > self._size:
            raise damaged(f"its arrays need {end:,} bytes, but it has {self._size:,}")

    def _header(self, name: str) -> tuple[Spec, int]:
        """Return what the array is, and how many bytes precede its values."""
        info = self._infos[name]
        with self._zip.open(info) as member:
            prefix = member.read(PREFIX.size).ljust(PREFIX.size, b"\0")
            magic, length = PREFIX.unpack(prefix)
            if magic != np.lib.format.magic(1, 0) or length > LONGEST_HEADER:
                raise damaged(f"its array {shown(name)} is no .npy of version 1.0")
            spec = _parsed(name, member.read(length))
        start = PREFIX.size + length
        if start + spec.size != info.file_size:
            raise damaged(
                f"its array {shown(name)} is {spec}, which is {spec.size:,} bytes, "
                f"but has {info.file_size - start:,}"
            )
        return spec, start

    def read(self, name: str) -> Array:
        """Return an array.

        Raises:
            Flaw: if its bytes cannot be read.
        """
        spec = self.specs[name]
        array = np.empty(spec.shape, spec.kind)
        view = array.reshape(-1).view(np.uint8).data
        try:
            with self._zip.open(self._infos[name]) as member:
                member.read(self._starts[name])
                for start in range(0, len(view), BLOCK):
                    block = view[start : start + BLOCK]
                    block[:] = member.read(len(block))  # which fails if they are fewer
        except UNREADABLE as error:
            raise _unreadable(error) from None
        return array.astype(array.dtype.newbyteorder("="), copy=False)


def _parsed(name: str, header: bytes) -> Spec:
    found = HEADER.fullmatch(header)
    if found is None:
        raise damaged(f"its array {shown(name)} is none of plain numbers")
    if found[2] == b"True":
        raise damaged(f"its array {shown(name)} is in Fortran order")
    return Spec(found[1].decode(), tuple(int(part) for part in re.findall(rb"\d+", found[3])))


def _unreadable(error: Exception) -> Flaw:
    if isinstance(error, Flaw):
        return error
    return damaged(f"its archive cannot be read ({shown(str(error) or type(error).__name__)})")


def _check_directory(file: BinaryIO, size: int) -> None:
    """Refuse an archive with more members than a checkpoint has, before they are listed."""
    length = LARGE_END.size + LOCATOR.size + END.size
    start = size - len(UNSEALED) - length
    if start < 0:
        raise damaged("its directory is missing")
    file.seek(start)
    tail = io.BytesIO(file.read(length))
    large = LARGE_END.unpack(tail.read(LARGE_END.size))
    locator = LOCATOR.unpack(tail.read(LOCATOR.size))
    end = END.unpack(tail.read(END.size))
    if end[0] != b"PK\5\6" or end[-1] != len(UNSEALED):
        raise damaged("its directory has no end")
    directory = end[5]
    if locator[0] == b"PK\6\7":
        if (large[0], large[1], locator[2]) != (b"PK\6\6", LARGE_END.size - 12, start):
            raise damaged("its directory has two ends")
        directory = large[-2]
    if directory > MOST_DIRECTORY:
        raise damaged(f"its directory has {directory:,} bytes, at most {MOST_DIRECTORY:,} can be")

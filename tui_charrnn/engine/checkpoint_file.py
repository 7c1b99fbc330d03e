"""Checkpoints on disk: one .npz each, written so that a whole one is always there.

A file is not trusted: `load` refuses what it does not know, and what is damaged, in one sentence.
It asks for memory of the size of the file, and for the characters once they are known to belong to
its arrays: about 90 bytes each. It executes nothing that is in the file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tui_charrnn.engine.atomic_file import replacing
from tui_charrnn.engine.checkpoint import Checkpoint
from tui_charrnn.engine.checkpoint_archive import Archive, Spec, write
from tui_charrnn.engine.checkpoint_contents import from_members, to_members
from tui_charrnn.engine.checkpoint_seal import Flaw, check_seal
from tui_charrnn.engine.memory import in_words, machine_memory


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message is one sentence that names the file."""


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint; until it is whole and on the disk, what was at `path` stays there.

    See `atomic_file.replacing` for rights and links.

    Raises:
        OSError: if it cannot be written.
        CheckpointError: if it is none that `load` would take.
    """
    members = to_members(checkpoint)
    try:
        from_members({name: Spec.of(a) for name, a in members.items()}, members.__getitem__)
    except Flaw as flaw:
        raise CheckpointError(f"{path} is not written, since what it would hold {flaw}.") from None
    with replacing(path) as file:
        write(members, file)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint; its arrays are its own.

    Raises:
        CheckpointError: if there is none that can be used.
    """
    try:
        with _opened(path) as file:
            check_seal(file)
            archive = Archive(file)
            return from_members(archive.specs, archive.read)
    except Flaw as flaw:
        raise CheckpointError(f"{path} {flaw}.") from None
    except OSError as error:
        raise CheckpointError(f"Cannot read {path}: {error.strerror or error}.") from None
    except ValueError as error:  # a path that no file can have
        raise CheckpointError(f"Cannot read {str(path)!r}: {error}.") from None
    except MemoryError:
        raise CheckpointError(f"There is not enough memory for {path}.") from None


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file that is not larger than the memory: nothing else can be one."""
    with open(path, "rb", opener=_open_without_waiting) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Flaw("is no regular file, and thus no checkpoint")
        if status.st_size > (available := machine_memory()):
            raise Flaw(
                f"has {in_words(status.st_size)}, but only {in_words(available)} of memory is free"
            )
        yield file


def _open_without_waiting(path: str, flags: int) -> int:
    """Open a file as usual, but a pipe even if nobody writes to it."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)

"""Vectors in memory that processes share: it has no name, and is gone when the last of them is."""

from __future__ import annotations

import mmap
import os
import tempfile

import numpy as np

from tui_charrnn.engine.parameters import Array


def new_shared_memory(size: int) -> int:
    """Return a descriptor of `size` bytes of zeros that can be given to another process.

    Raises:
        OSError: if the system refuses.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("charrnn-tui")
    else:
        with tempfile.TemporaryFile() as unnamed:
            descriptor = os.dup(unnamed.fileno())
    os.ftruncate(descriptor, size)
    return descriptor


def shared_vectors(descriptor: int, count: int, length: int, dtype: str) -> Array:
    """View shared memory as vectors (`count`, `length`); the descriptor is not needed any more.

    Raises:
        OSError: if it cannot be mapped.
    """
    memory = mmap.mmap(descriptor, count * length * np.dtype(dtype).itemsize)
    return np.frombuffer(memory, dtype).reshape(count, length)

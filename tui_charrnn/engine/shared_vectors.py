"""Vectors in memory that processes share: it has no name, and is gone when the last of them is."""

from __future__ import annotations

import mmap
import os
import tempfile

import numpy as np

from tui_charrnn.engine.parameters import CACHE_LINE, Array


def new_shared_memory(count: int, length: int, dtype: str) -> int:
    """Return a descriptor of memory that can be given to another process: vectors of zeros.

    Args:
        count: how many vectors.
        length: of each.
        dtype: of their elements.

    Raises:
        OSError: if the system refuses.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("charrnn-tui")
    else:
        with tempfile.TemporaryFile() as unnamed:
            descriptor = os.dup(unnamed.fileno())
    os.ftruncate(descriptor, count * _stride(length, dtype))
    return descriptor


def shared_vectors(descriptor: int, count: int, length: int, dtype: str) -> Array:
    """View shared memory as vectors (`count`, `length`); the descriptor is not needed any more.

    Raises:
        OSError: if it cannot be mapped.
    """
    memory = mmap.mmap(descriptor, count * _stride(length, dtype))
    return np.frombuffer(memory, dtype).reshape(count, -1)[:, :length]


def _stride(length: int, dtype: str) -> int:
    """Return the bytes from one vector to the next: each begins at a cache line."""
    return -(-length * np.dtype(dtype).itemsize // CACHE_LINE) * CACHE_LINE

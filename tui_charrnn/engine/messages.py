"""Messages between processes, over a stream from one to the other.

A message is a pickle, which ends by itself, with the sizes of the arrays in it; their bytes follow
as they are. So a text or the weights of a net are written from where they lie and read to where
they stay, and never copied on the way.
"""

from __future__ import annotations

import pickle
from typing import IO, Any


def send(stream: IO[bytes], message: object) -> None:
    """Write one message.

    Raises:
        OSError: if nobody reads any more.
    """
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(message, pickle.HIGHEST_PROTOCOL, buffer_callback=buffers.append)
    arrays = [buffer.raw() for buffer in buffers]
    pickle.dump((head, [array.nbytes for array in arrays]), stream)
    for array in arrays:
        stream.write(array)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Wait for one message and return it.

    Raises:
        EOFError: if the other side is gone, be it in the middle of a message.
    """
    try:
        head, sizes = pickle.load(stream)
    except pickle.UnpicklingError as error:  # torn off
        raise EOFError from error
    return pickle.loads(head, buffers=[_read(stream, size) for size in sizes])


def _read(stream: IO[bytes], size: int) -> bytearray:
    data = bytearray(size)
    if stream.readinto(data) < size:  # type: ignore[attr-defined]
        raise EOFError
    return data

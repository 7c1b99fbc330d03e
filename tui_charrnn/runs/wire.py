"""Messages between a trainer process and the one that started it, over its standard streams.

A message is a pickle, which ends by itself, with the sizes of the arrays in it; their bytes follow
as they are. So a text or the weights of a net are written from where they lie and read to where
they stay, and never copied on the way.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import IO, Any

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.corpus import Loan
from tui_charrnn.engine.events import Event
from tui_charrnn.engine.parameters import Array


@dataclass(frozen=True, slots=True)
class Setup:
    """What a child is to train.

    Attributes:
        config: the hyperparameters of the run.
        text: what the parent lends.
        model_config: what the model was built from.
        vocab_size: what the model was built for.
        weights: (P,) all parameters of the model end to end.
        part_interval: seconds of drawing after which more of a sample is told of, see
            `TrainControl`.
    """

    config: TrainConfig
    text: Loan
    model_config: TrainConfig
    vocab_size: int
    weights: Array
    part_interval: float


@dataclass(frozen=True, slots=True)
class Report:
    """What happened in a child since its last report; an empty one says that all is loaded.

    Attributes:
        events: in order.
        over: whether this is the last report.
        weights: (P,) the final parameters, with the last report; None if there is no model.
        error: what broke the run off, None if nothing did.
    """

    events: tuple[Event, ...] = ()
    over: bool = False
    weights: Array | None = None
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """What is asked of a child: the name of a method of its control, and the argument if any.

    `acknowledge` says that the last report was dealt with.
    """

    name: str
    arguments: tuple[Any, ...] = ()


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

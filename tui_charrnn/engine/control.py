"""How another thread steers a run: stop, pause, sample, change the learning rate."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from tui_charrnn.engine.config import SPECS, TrainConfig


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """Draw `length` characters now.

    With a `prompt`, the model reads it from a state of zeros; without one, it goes on from where
    the training stands. A temperature of 0 always takes the likeliest character. What `top_k` and
    `top_p` leave out is said by `sampling.draw`; 0 and 1 leave out nothing.

    Raises:
        ConfigError: if a number is out of the range that it has for a run's own samples.
    """

    SPEC_NAMES: ClassVar[Mapping[str, str]] = {
        "length": "sample_length",
        "temperature": "temperature",
        "top_k": "top_k",
        "top_p": "top_p",
    }
    """The numbers, each with the field of `TrainConfig` whose spec it obeys."""

    prompt: str = ""
    length: int = 200
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers against the specs of a run's own, and store them as their types."""
        for name, spec in self.SPEC_NAMES.items():
            object.__setattr__(self, name, SPECS[spec].check(getattr(self, name)))

    @classmethod
    def of(cls, config: TrainConfig) -> SampleRequest:
        """Return the request that a run's own samples are drawn by."""
        return cls(
            prompt=config.prime,
            length=config.sample_length,
            temperature=config.temperature,
            top_k=config.top_k,
            top_p=config.top_p,
        )


class TrainControl:
    """What is asked of a run. Every method may be called from any thread at any time.

    The trainer looks once an iteration, and whenever it is woken while paused.

    Attributes:
        part_interval: seconds of drawing after which more of a sample is told of, see
            `events.SamplePart`; to be set before the run begins. Infinite: nobody watches.
    """

    def __init__(self) -> None:
        """Start with nothing asked for."""
        self.part_interval = math.inf
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._wake = threading.Event()
        self._requests: deque[SampleRequest] = deque()
        self._cut = threading.Event()
        self._rates: deque[float] = deque(maxlen=1)
        self._memory = threading.Event()
        self._snapshot = threading.Event()

    @property
    def stopping(self) -> bool:
        """Whether the run was asked to stop."""
        return self._stop.is_set()

    @property
    def pausing(self) -> bool:
        """Whether the run was asked to pause, and not to stop."""
        return self._paused.is_set() and not self._stop.is_set()

    def stop(self) -> None:
        """End the run before its next iteration; this cannot be taken back."""
        self._stop.set()
        self._wake.set()

    def pause(self) -> None:
        """Wait before the next iteration until `resume` or `stop`."""
        self._paused.set()
        self._wake.set()

    def resume(self) -> None:
        """Go on after a pause."""
        self._paused.clear()
        self._wake.set()

    def request_sample(self, request: SampleRequest) -> None:
        """Draw a sample before the next iteration, or now if the run is paused."""
        self._requests.append(request)
        self._wake.set()

    def next_request(self) -> SampleRequest | None:
        """Return the oldest sample request not yet served; for the trainer."""
        return self._requests.popleft() if self._requests else None

    def cut_sample(self) -> None:
        """Let the sample that is being drawn end where it is, with what it has."""
        self._cut.set()
        self._wake.set()

    def wants_cut(self) -> bool:
        """Return whether that was asked for, once; for whoever draws."""
        return _taken(self._cut)

    def request_gradient_memory(self) -> None:
        """Measure the gradient memory before the next iteration, or now if the run is paused."""
        self._memory.set()
        self._wake.set()

    def wants_gradient_memory(self) -> bool:
        """Return whether it was asked for, once; for the trainer."""
        return _taken(self._memory)

    def request_snapshot(self) -> None:
        """Copy the state of the run before the next iteration, or now if the run is paused."""
        self._snapshot.set()
        self._wake.set()

    def wants_snapshot(self) -> bool:
        """Return whether it was asked for, once; for the trainer."""
        return _taken(self._snapshot)

    def set_learning_rate(self, rate: float) -> None:
        """Train with another learning rate from the next iteration on.

        Raises:
            ConfigError: if it is out of the range of `learning_rate`.
        """
        self._rates.append(float(SPECS["learning_rate"].check(rate)))
        self._wake.set()

    def next_learning_rate(self, current: float) -> float:
        """Return the rate to use from now on; for the trainer."""
        return self._rates.popleft() if self._rates else current

    def wait(self) -> None:
        """Sleep until something is asked for; for the trainer."""
        self._wake.wait()
        self._wake.clear()

    def wake(self) -> None:
        """End a `wait` although nothing is asked for; for the trainer."""
        self._wake.set()


def _taken(event: threading.Event) -> bool:
    """Return whether an event was set, and clear it."""
    if not event.is_set():
        return False
    event.clear()
    return True

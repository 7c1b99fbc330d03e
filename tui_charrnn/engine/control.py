"""How another thread steers a run: stop, pause, sample, change the learning rate."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from tui_charrnn.engine.config import SPECS


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """Draw `length` characters now.

    With a `prompt`, the model reads it from a state of zeros; without one, it goes on from where
    the training stands. A temperature of 0 always takes the likeliest character.

    Raises:
        ConfigError: if length or temperature are out of the ranges of a run's own samples.
    """

    prompt: str = ""
    length: int = 200
    temperature: float = 1.0

    def __post_init__(self) -> None:
        """Check the numbers against the specs of `sample_length` and `temperature`."""
        SPECS["sample_length"].check(self.length)
        SPECS["temperature"].check(self.temperature)


class TrainControl:
    """What is asked of a run. Every method may be called from any thread at any time.

    The trainer looks once an iteration, and whenever it is woken while paused.
    """

    def __init__(self) -> None:
        """Start with nothing asked for."""
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._wake = threading.Event()
        self._requests: deque[SampleRequest] = deque()
        self._rates: deque[float] = deque(maxlen=1)
        self._memory = threading.Event()

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

    def request_gradient_memory(self) -> None:
        """Measure the gradient memory before the next iteration, or now if the run is paused."""
        self._memory.set()
        self._wake.set()

    def wants_gradient_memory(self) -> bool:
        """Return whether it was asked for, once; for the trainer."""
        if not self._memory.is_set():
            return False
        self._memory.clear()
        return True

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

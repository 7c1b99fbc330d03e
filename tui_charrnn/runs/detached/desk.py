"""What visitors ask of a detached run, checked and passed on to it."""

from __future__ import annotations

from typing import Any, Final

from tui_charrnn.engine import SampleRequest, TrainControl
from tui_charrnn.engine.events import Event, Paused, Resumed, Sample
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.runs.detached.messages import Malformed

MOST_SAMPLES: Final = 100
"""Samples that may be asked for before one of them is drawn."""

PLAIN: Final = frozenset(
    {"pause", "resume", "stop", "cut_sample", "request_gradient_memory", "request_snapshot"}
)
"""What is asked for by its name alone: methods of the control."""


class Desk:
    """Takes what is asked for, and knows what the run made of it.

    Attributes:
        paused: whether the run waits.
    """

    def __init__(self, control: TrainControl, vocabulary: Vocabulary) -> None:
        """Prepare.

        Args:
            control: of the run.
            vocabulary: what a prompt may hold.
        """
        self.paused = False
        self._control, self._vocabulary = control, vocabulary
        self._asked = self._drawn = 0  # samples, each counted by one thread

    def saw(self, event: Event) -> None:
        """Take in an event of the run."""
        if isinstance(event, (Paused, Resumed)):
            self.paused = isinstance(event, Paused)
        elif isinstance(event, Sample) and event.requested:
            self._drawn += 1

    def obey(self, row: dict[str, Any]) -> None:
        """Ask of the run what a visitor says.

        Raises:
            ValueError: if a value cannot be used: one plain sentence.
            Malformed: if it is no command.
        """
        match row:
            case {"do": str() as name} if name in PLAIN:
                getattr(self._control, name)()
            case {"do": "set_learning_rate", "rate": rate}:
                self._control.set_learning_rate(rate)
            case {"do": "request_sample", "prompt": str() as prompt, **values}:
                self._ask(_request(prompt, values))
            case _:
                raise Malformed("This is no command.")

    def _ask(self, request: SampleRequest) -> None:
        self._vocabulary.encode(request.prompt)  # the run must never come upon what it cannot read
        if self._asked - self._drawn >= MOST_SAMPLES:
            raise ValueError(f"{MOST_SAMPLES} samples are asked for already and not drawn yet.")
        self._asked += 1
        self._control.request_sample(request)


def _request(prompt: str, values: dict[str, Any]) -> SampleRequest:
    """Return what a visitor asks for; one that knows neither top-k nor top-p draws from all."""
    given = {"length": None, "temperature": None, "top_k": 0, "top_p": 1.0, **values}
    numbers: dict[str, Any] = {name: given[name] for name in SampleRequest.SPEC_NAMES}
    return SampleRequest(prompt, **numbers)

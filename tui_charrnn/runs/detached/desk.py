"""What visitors ask of a detached run, checked and passed on to it."""

from __future__ import annotations

from typing import Any, Final

from tui_charrnn.engine import SampleRequest, TrainControl
from tui_charrnn.engine.events import Event, Paused, Resumed, Sample
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.runs.detached.messages import Malformed

MOST_SAMPLES: Final = 100
"""Samples that may be asked for before one of them is drawn."""


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
            case {"do": "pause" | "resume" | "stop" | "request_gradient_memory" as name}:
                getattr(self._control, name)()
            case {"do": "set_learning_rate", "rate": rate}:
                self._control.set_learning_rate(rate)
            case {"do": "request_sample", "prompt": str() as prompt, **values}:
                self._ask(prompt, values.get("length"), values.get("temperature"))
            case _:
                raise Malformed("This is no command.")

    def _ask(self, prompt: str, length: Any, temperature: Any) -> None:
        request = SampleRequest(prompt, length, temperature)
        self._vocabulary.encode(prompt)  # the run itself must never come upon what it cannot read
        if self._asked - self._drawn >= MOST_SAMPLES:
            raise ValueError(f"{MOST_SAMPLES} samples are asked for already and not drawn yet.")
        self._asked += 1
        self._control.request_sample(request)

"""The engine as a contender: its own training loop, with the events that it yields.

Beside it, the matrix products that such an update cannot do without, made with NumPy: no code that
calls NumPy can be faster. Where the streams are shared out, they are those of one share.
"""

from __future__ import annotations

from benchmarks.floor_products import Floor
from benchmarks.peers.agreement import PRODUCTS
from benchmarks.peers.task import Named, Task
from tui_charrnn.engine import build_model, train
from tui_charrnn.engine.events import Step


class Engine:
    """A training run, one update at a time."""

    def __init__(self, task: Task) -> None:
        """Begin it."""
        self._batch = task.batch
        self._model = build_model(task.config, task.size.vocab)
        self._events = train(task.config, task.size.corpus(), self._model)

    def update(self) -> float:
        """Make the next update; return its loss in nats, summed over T and B."""
        for event in self._events:
            if isinstance(event, Step):
                return event.loss * self._batch
        raise RuntimeError("The engine's run ended before the measurement.")

    def parameters(self) -> Named:
        """Return the parameters under their canonical names."""
        return self._model.parameters()


class Products:
    """The products of an update alone."""

    def __init__(self, task: Task) -> None:
        """Find the fastest layouts."""
        self._floor = Floor(task.size, task.batch // task.threads)

    def update(self) -> float:
        """Make them; there is no loss."""
        self._floor.run()
        return 0.0

    def parameters(self) -> Named:
        """Return nothing: none are trained."""
        return {}


FORMS = {cell: {"engine": Engine, PRODUCTS: Products} for cell in ("rnn", "gru")}
"""By cell and name, what can be measured."""

"""What a sweep needs of those who do the work: an executor, and a line to every worker."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import ClassVar, Protocol

from tui_charrnn.runs.sweeps.worker import Connect, Order, Report


class WorkersError(Exception):
    """No worker can be had; the text is one plain sentence."""


class Workers(Protocol):
    """Where the cells of a sweep are run."""

    here: ClassVar[bool]
    """Whether all of them are processes of this machine, which the coordinator outlives."""

    @property
    def connect(self) -> Connect:
        """What a worker calls to be steered and heard; it can be pickled."""

    def open(self, hear: Callable[[Report], object]) -> Executor:
        """Begin; `hear` is called with every report, in any thread.

        Raises:
            WorkersError: if there are none.
        """

    def capacity(self) -> int:
        """Return how many cells can be run at the same time now."""

    def check(self) -> None:
        """Do nothing while there can be workers.

        Raises:
            WorkersError: if there will be none any more.
        """

    def order(self, order: Order) -> None:
        """Ask something of all workers, also of those that come later; never blocks for long."""

    def close(self) -> None:
        """Let the workers go; those that still work are not waited for."""

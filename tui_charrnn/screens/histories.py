"""The losses of the runs on a chart: read one after the other in the background, and kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial

from tui_charrnn.runs.history import LossHistory
from tui_charrnn.runs.store import RunRecord, RunStore
from tui_charrnn.screens.background import Background

KEPT = 48
"""Histories that are kept for when they are wanted again."""

Stamp = tuple[object, ...]


class Histories:
    """Knows the loss of the runs that are wanted, as soon as it has been read."""

    def __init__(
        self,
        store: RunStore,
        background: Background,
        changed: Callable[[], object],
        failed: Callable[[str], object],
    ) -> None:
        """Begin with none.

        Args:
            store: of the runs.
            background: reads them.
            changed: called whenever another one has been read.
            failed: called with a sentence if one cannot be read.
        """
        self._store, self._background = store, background
        self._changed, self._failed = changed, failed
        self._known: OrderedDict[int, tuple[Stamp, LossHistory]] = OrderedDict()
        self._unreadable: dict[int, Stamp] = {}
        self._wanted: Sequence[RunRecord] = ()
        self._reading = False

    def want(self, records: Sequence[RunRecord]) -> None:
        """Read what is not known of these runs, in their order; forget what was wanted before."""
        self._wanted = records
        self._read_next()

    @property
    def complete(self) -> bool:
        """Whether all that is wanted has been read, as far as it can be."""
        return self._next() is None

    def known(self) -> list[tuple[RunRecord, LossHistory]]:
        """Return the wanted runs of which anything is known, in their order."""
        return [(run, self._known[run.id][1]) for run in self._wanted if run.id in self._known]

    def retry(self) -> None:
        """Try again what could not be read."""
        self._unreadable.clear()

    def _next(self) -> RunRecord | None:
        return next(filter(self._is_missing, self._wanted), None)

    def _is_missing(self, run: RunRecord) -> bool:
        stamp, known = _stamp(run), self._known.get(run.id)
        return (known is None or known[0] != stamp) and self._unreadable.get(run.id) != stamp

    def _read_next(self) -> None:
        run = None if self._reading else self._next()
        if run is not None:
            self._reading = True
            read = partial(self._store.history, run.id)
            self._background.do(read, partial(self._arrived, run), partial(self._missed, run))

    def _arrived(self, run: RunRecord, history: LossHistory) -> None:
        self._known[run.id] = _stamp(run), history
        self._known.move_to_end(run.id)
        wanted = {each.id for each in self._wanted}
        for old in [each for each in self._known if each not in wanted][: -KEPT or None]:
            del self._known[old]
        self._go_on()

    def _missed(self, run: RunRecord, problem: str) -> None:
        self._unreadable[run.id] = _stamp(run)
        self._failed(problem)
        self._go_on()

    def _go_on(self) -> None:
        self._reading = False
        self._read_next()
        self._changed()


def _stamp(run: RunRecord) -> Stamp:
    """Return what changes when there is more to read of a run."""
    return run.created, run.state, run.iteration, run.validation_bits

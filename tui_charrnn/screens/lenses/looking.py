"""Looking: which nets are looked into, and with which text; it goes from lens to lens."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from tui_charrnn.engine import Corpus, TrainControl
from tui_charrnn.engine.errors import CorpusError
from tui_charrnn.engine.events import Event
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.runs.host import limit_blas
from tui_charrnn.runs.store import RunRecord, RunStore
from tui_charrnn.screens.lenses.nets import Net, Nets, StoredNets
from tui_charrnn.screens.lenses.passages import LensText, Passages, generated

INTERVAL: Final = 2.0
"""Seconds that a net which trains is left alone after it was looked into."""

SHARE: Final = 20
"""So many times as long as the last look took, it is left alone at least: training goes first."""

FRAME: Final = 0.1
"""Seconds between two calls of `Looking.refresh`."""

LOST: Final = 10.0
"""Seconds after which a copy that was asked for is not waited for any more."""

Choice = Callable[[Sequence[Subject]], LensText]
"""Makes a text, with the nets that are there; raises ValueError where it cannot."""


class Looking:
    """What all lenses look at.

    `prepare` belongs to the thread that computes, under `lock`; all else to that of the screen.

    Attributes:
        subjects: the nets that were looked into last, in order.
        moments: what was measured of each of them while it trained, in order.
        text: the text that was used last, None before there is one.
        follows: whether nets that train are looked into again and again.
        compared: the run of the store that is looked at beside the others, None without one.
        lock: held while something is computed: a net serves one lens at a time.
    """

    def __init__(
        self,
        nets: Nets,
        corpus: Corpus | Callable[[], Corpus] | None = None,
        store: Callable[[], RunStore] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with nothing seen.

        Args:
            nets: what is looked into.
            corpus: the text that they learn, or what loads it.
            store: opens the store whose runs they can be compared with, None without one.
            clock: tells the seconds.
        """
        self.subjects: tuple[Subject, ...] = ()
        self.moments: tuple[tuple[Event, ...], ...] = ()
        self.text: LensText | None = None
        self.follows = True
        self.compared: RunRecord | None = None
        self.store = store
        self.lock = threading.Lock()
        self._nets, self._corpus, self._clock = nets, corpus, clock
        self._beside: StoredNets | None = None
        self._due = self._waited = 0.0
        self._asked: float | None = None  # when copies were asked for that have not come yet
        self._chosen: deque[Choice] = deque(maxlen=1)
        self._loaded: list[tuple[Net, Subject]] = []
        self._wanted: list[Net] = []
        self._own: Sequence[Net] = ()  # without the one that is compared
        self._passages, self._rng = Passages(), np.random.default_rng()
        self._control = TrainControl()

    # which nets

    @property
    def live(self) -> bool:
        """Whether a net is being trained."""
        return self._nets.live

    @property
    def has_nets(self) -> bool:
        """Whether there is anything to look into yet."""
        return bool(self._wanted)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to look into, nor will there be."""
        return not self._wanted and not self.live

    def refresh(self) -> bool:
        """Ask for new copies of the nets if it is time to; return whether some have come."""
        if not self.follows and self._wanted:
            return False
        now = self._clock()
        if self._nets.live and now >= self._due and self._nets.ask():
            self._due, self._asked = now + LOST, now
        if not self._find():
            return False
        self._waited = 0.0 if self._asked is None else max(0.0, now - self._asked - FRAME)
        self._asked = None
        return True

    def _find(self) -> bool:
        """Find the nets as they are now; return whether they are others than before."""
        self._own = self._nets.current() or self._own  # a run that broke off may leave nothing
        found = [*self._own, *(self._beside.current() if self._beside else ())]
        before, self._wanted = self._wanted, found
        return [net.version for net in found] != [net.version for net in before]

    def seen(self, took: float) -> None:
        """Let the nets train until the next look.

        Args:
            took: seconds that were computed. What the copy took counts as well: to be made, and
                to be kept, which the training waits for.
        """
        self._due = self._clock() + max(INTERVAL, SHARE * (took + self._waited))
        self._waited = 0.0

    def compare(self, run: RunRecord | None) -> None:
        """Look at a run of the store beside the others, or at those alone again."""
        self.compared = run
        self._beside = (
            None if run is None or self.store is None else StoredNets(self.store(), [run])
        )
        self._find()

    # which text

    @property
    def has_corpus(self) -> bool:
        """Whether there is a corpus to take passages from, or may be one."""
        return self._corpus is not None

    @property
    def corpus(self) -> Corpus | None:
        """The text that the nets learn, None if it is not there or not loaded yet."""
        return self._corpus if isinstance(self._corpus, Corpus) else None

    def type(self, text: str) -> None:
        """Use a text that was typed."""
        self._chosen.append(lambda _: LensText(text, "typed"))

    def take_passage(self) -> None:
        """Use the next passage of the corpus."""
        self._chosen.append(self._passage)

    def generate(self) -> None:
        """Use a text that the first of the nets generates."""
        self._chosen.append(self._generated)

    def _passage(self, subjects: Sequence[Subject]) -> LensText:
        corpus = self._corpus() if callable(self._corpus) else self._corpus
        if corpus is None:
            raise ValueError("There is no corpus to take a passage from.")
        self._corpus = corpus
        return self._passages.take(corpus, subjects)

    def _generated(self, subjects: Sequence[Subject]) -> LensText:
        return generated(subjects[0], self._rng, self._control)

    def _first(self, subjects: Sequence[Subject]) -> LensText:
        """Return what is looked at before anything is chosen."""
        if self._corpus is None:
            return self._generated(subjects)
        try:
            return self._passage(subjects)
        except CorpusError as error:
            self._corpus = None
            found = self._generated(subjects)
            return LensText(found.text, f"{found.origin}; {error}")

    # in the thread that computes

    def prepare(self) -> tuple[tuple[Subject, ...], LensText]:
        """Return the nets as they are now, at least one, and the text that is chosen.

        Raises:
            ValueError: with one sentence, if something of it cannot be had.
            StoreError: likewise.
            MemoryError: if there is no room for it.
        """
        limit_blas()
        wanted = self._wanted
        self._loaded = [(net, self._subject(net)) for net in wanted]
        self.subjects = tuple(subject for _, subject in self._loaded)
        self.moments = tuple(tuple(net.moments()) for net in wanted)
        if not self.subjects:
            raise ValueError("There is no net to look into yet.")
        if self._chosen:
            self.text = self._chosen.popleft()(self.subjects)
        elif self.text is None:
            self.text = self._first(self.subjects)
        return self.subjects, self.text

    def _subject(self, net: Net) -> Subject:
        """Return a net, which is not made ready twice."""
        known = (each for other, each in self._loaded if other.version == net.version)
        return next(known, None) or net.load()

    def close(self) -> None:
        """Break off what is being generated, and let go of copies: nobody looks any more."""
        self._control.stop()
        self._nets.drop()

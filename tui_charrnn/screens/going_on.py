"""Runs that go on: earlier ones on the main screen, its own in a process that outlives the app."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui_charrnn.runs.keeping import Keeper, Kept
from tui_charrnn.screens.background import Background
from tui_charrnn.screens.confirm import ConfirmScreen

if TYPE_CHECKING:
    from tui_charrnn.runs.going_on import Continued
    from tui_charrnn.screens.train import TrainScreen


class GoingOn:
    """Detaches the run of a screen, and says what would become of it.

    The run stops with a checkpoint, another process goes on from there, and the screen shows it.
    """

    def __init__(
        self, screen: TrainScreen, keeper: Keeper | None, title: Callable[[], str]
    ) -> None:
        """Prepare.

        Args:
            screen: which shows runs and messages.
            keeper: records runs; None if nothing is kept.
            title: returns what the current run trains on what.
        """
        self._screen, self._keeper, self._title = screen, keeper, title
        self._session = screen.session
        self._detaching = False
        self.background = Background(screen.post_message)

    @property
    def _kept(self) -> Kept | None:
        """The record of the current run, if all of it is kept so far."""
        kept = self._session.tap
        return kept if isinstance(kept, Kept) and kept.run_id and not kept.problem else None

    @property
    def can_detach(self) -> bool:
        """Whether the current run can go on without the app, or does so already."""
        session = self._session
        return session.active and (session.attached is not None or self._kept is not None)

    def loss(self) -> str:
        """Return a sentence on what becomes of the current run if it makes way, if it matters."""
        fate = self._fate()
        return f"The run {self._title()} {fate}." if fate else ""

    def _fate(self) -> str:
        session, kept = self._session, self._kept
        if self._detaching or self.background.pending:
            return "is just being detached, and stops"
        if session.attached is not None:
            return ""
        if session.active:
            is_kept = kept is not None
            return "stops; g in Runs goes on with it" if is_kept else "stops, and its model is lost"
        if session.model is None or (kept and kept.saved == session.progress.iteration):
            return ""
        return "is over, and its model is lost"

    def ask_first(self, question: str, act: Callable[[], object]) -> None:
        """Act, after a question if the current run would stop or be lost by it."""
        loss = self.loss()
        if not loss:
            act()
            return

        def act_if(answer: bool | None) -> None:
            if answer:
                act()

        self._screen.app.push_screen(ConfirmScreen(question, loss), act_if)

    def last_words(self) -> str:
        """Return how to see the run that goes on when the app is left; empty if none does."""
        session = self._session
        if session.attached is None or session.job is None or not session.active:
            return ""
        return f"The run goes on: charrnn-tui attach {session.job.run_id} shows it."

    def detach(self) -> None:
        """Let the current run go on without the app."""
        session = self._session
        if session.attached is not None:
            words = self.last_words()
            session.leave()
            self._screen.notify(words)
        elif self._kept is not None and not self._detaching:
            self._detaching = True
            session.stop()  # with a checkpoint, from which the other process goes on

    def take_end(self) -> None:
        """Go on elsewhere, if it was for this that the run has ended."""
        kept, keeper = self._kept, self._keeper
        if not self._detaching:
            return
        self._detaching = False
        if kept is None or keeper is None or kept.run_id is None:
            self._complain("The run could not be kept, so it cannot go on elsewhere.")
            return
        run_id = kept.run_id
        self._screen.notify("The run goes on in a process of its own …", timeout=3)
        work = partial(_elsewhere, keeper, run_id, self._tell)
        self.background.do(work, self._screen.go_on, self._complain)

    def _complain(self, problem: str) -> None:
        self._screen.notify(problem, severity="error", timeout=10)

    def _tell(self, problem: str) -> None:
        """Complain, from any thread."""
        self._screen.app.call_later(self._complain, problem)


def _elsewhere(keeper: Keeper, run_id: int, tell: Callable[[str], object]) -> Continued:
    """Let another process go on with a run that has ended here; return the way to it.

    Raises:
        ValueError: in one sentence, if that is not possible.
    """
    from tui_charrnn.runs.detached.launch import launch  # noqa: PLC0415 - few runs need it
    from tui_charrnn.runs.detached.orders import GoingOn as Order  # noqa: PLC0415
    from tui_charrnn.runs.going_on import attached  # noqa: PLC0415

    store = keeper.store()
    keeper.let_go_of(run_id)
    launch(Order(run_id, store.path))
    return attached(store, run_id, tell)

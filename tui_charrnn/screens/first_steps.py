"""The first steps of a newcomer: one line of the main screen that says which key comes next."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from textual.widgets import Static

if TYPE_CHECKING:
    from tui_charrnn.runs.session import Job
    from tui_charrnn.screens.train import TrainScreen

PRESET: Final = "quick"
"""What is trained: it learns words within a minute."""

WORDS_AFTER: Final = 1_000
"""Updates of it after which samples have some words."""

LOOK_EVERY: Final = 0.2
"""Seconds between two looks at how far the newcomer has come."""

LAST_WORDS: Final = 30.0
"""Seconds that the last hint stays."""

DRAW: Final = "Next: s draws a sample. So early it is noise.  (escape: no more hints)"
WAIT: Final = "Next: space pauses it; there are words after {left:,} more updates."
PAUSE: Final = "Next: space pauses it. By now it has learned some words."
DRAW_AGAIN: Final = "Next: s draws again. Compare that with the sample before."
DONE: Final = "There it is. space goes on, ? explains all, 4 to 9 look inside the net."


class FirstSteps(Static):
    """Begins a small run, and leads to a sample of what it has learned; then it goes away.

    It presses no keys and stops none: whoever goes another way loses the hints alone.
    """

    def __init__(self, screen: TrainScreen) -> None:
        """Prepare to lead the way on the main screen, where it is mounted."""
        super().__init__(id="first-steps", markup=False)
        self._train = screen
        self._run: Job | None = None
        self._asked = False
        self._drawn_before = 0
        self._drawn_at_the_pause: int | None = None
        self._done: float | None = None

    def on_mount(self) -> None:
        """Begin, and look now and then how far it has gone."""
        self.set_interval(LOOK_EVERY, self._look)
        self._look()

    def _look(self) -> None:
        hint = self._hint()
        if hint is None:
            self.remove()
        else:
            self.update(hint)

    def _hint(self) -> str | None:
        """Return which key comes next, None if there is nothing more to say."""
        if self._run is None:
            return self._begin()
        session = self._train.session
        state = session.progress.state
        if session.job is not self._run or state in ("stopped", "failed"):
            return None
        if session.progress.iteration == 0:
            return ""
        return self._next(state, session.progress.iteration)

    def _begin(self) -> str | None:
        """Begin a run as soon as there is a text; a run that is under way will do as well."""
        screen, session = self._train, self._train.session
        if screen.text.loading:
            return ""
        before = session.job
        if not session.active and not self._asked:
            self._asked = True
            screen.panes.form.apply_preset(PRESET)
            screen.action_start()
        if session.active:
            self._run = session.job
            self._drawn_before = screen.panes.samples.asked_for if session.job is before else 0
            return ""
        return None if self.app.screen is screen else ""  # there may be a question to answer first

    def _next(self, state: str, updates: int) -> str | None:
        """Return the hint of the step that a run of so many updates is at."""
        drawn = self._train.panes.samples.asked_for - self._drawn_before
        if drawn == 0:
            return DRAW
        if self._drawn_at_the_pause is None:
            if state not in ("paused", "finished"):
                left = WORDS_AFTER - updates
                return WAIT.format(left=left) if left > 0 else PAUSE
            self._drawn_at_the_pause = drawn
        if drawn == self._drawn_at_the_pause:
            return DRAW_AGAIN
        if self._done is None:
            self._done = time.monotonic()
        return DONE if time.monotonic() - self._done < LAST_WORDS else None

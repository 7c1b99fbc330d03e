"""What waits while a key is dealt with: the trainer, and the collection of garbage."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from textual.app import App
from textual.timer import Timer

if TYPE_CHECKING:
    from tui_charrnn.runs.session import TrainSession

SETTLING: Final = 0.05
"""Seconds after the first frame of a key's effect in which the rest of it is on the screen too."""

LONGEST: Final = 1.0
"""Seconds of keys without a pause after which garbage is collected between two of them."""


SPARE: Final = 1.0
"""Seconds after the start, and after any key, in which nothing is done that can as well wait."""


class Aside:
    """Keeps the interpreter free for a key until its effect is on the screen.

    Of the garbage a whole collection takes 30 to 60 ms, as long as the key itself; one comes every
    few seconds, in whichever thread makes the object that is too many.
    """

    def __init__(self, app: App[int], session: TrainSession) -> None:
        """Prepare for the keys of an app, and its run."""
        self._app, self._session = app, session
        self._timer: Timer | None = None
        self._since = self._last = 0.0

    def begin(self) -> None:
        """Let all else wait: there is a key."""
        self._last = time.monotonic()
        self._session.step_aside()
        if gc.isenabled():
            gc.disable()
            self._since = time.monotonic()

    def do_later(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do what a key would have to wait for, some time from now, when none has come for long."""
        self._app.set_timer(SPARE, partial(self._do_unless_busy, work))

    async def _do_unless_busy(self, work: Callable[[], Awaitable[None]]) -> None:
        if time.monotonic() - self._last < SPARE:
            self.do_later(work)
        else:
            await work()

    def end_soon(self) -> None:
        """Let it go on when no more of a key's effect follows the first frame, which was drawn."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(SETTLING, self.end)
        if time.monotonic() - self._since > LONGEST:
            gc.enable()  # a key is held down: until the next one there is a moment

    def end(self) -> None:
        """Let all go on."""
        self._session.carry_on()
        gc.enable()

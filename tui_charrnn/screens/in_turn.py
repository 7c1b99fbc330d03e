"""Keys in turn: each goes to where the one before it has led.

Textual hands a key to the widget that has the cursor when the key comes. Of keys that come at once,
as over a slow link, from a macro or typed ahead, all would go to the same one: the dialog that `S`
opens would not see the prompt that follows, and digits after `e` and tab would be keys of the main
screen. So a key waits until what the one before has led to is there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from textual import events
from textual.app import App
from textual.message import Message
from textual.widget import Widget

OPENING: Final = "opening"
"""The group of the workers that open a screen."""

ROUNDS: Final = 2
"""Ways up that follow a key: what comes of it may send a message up in its turn."""

PATIENCE: Final = 1.0
"""Seconds that a key waits at the most."""

LOOK: Final = 0.01
"""Seconds between two looks whether a screen is open."""


class Dealt(Message):
    """Follows a key on its way up from the widget that had the cursor."""

    def __init__(self, turn: int, rounds: int) -> None:
        """Be the message of a turn.

        Args:
            turn: the number of the key.
            rounds: ways up that are left, this one included.
        """
        super().__init__()
        self.turn, self.rounds = turn, rounds


class InTurn:
    """Holds back what a person does until what was done before has had its effect."""

    def __init__(self, app: App[int], deal_with: Callable[[events.Event], Awaitable[None]]) -> None:
        """Hold all back until `begin`.

        Args:
            app: that is to be used, and hands on every `Dealt` to `follow`.
            deal_with: hands an event to the widget that it is for.
        """
        self._app, self._deal_with = app, deal_with
        self._waiting: deque[events.Event] = deque()
        self._is_free = False
        self._turn = 0
        self._place: Widget | None = None

    @property
    def is_idle(self) -> bool:
        """Whether all that was done has had its effect."""
        return self._is_free and not self._waiting

    async def begin(self) -> None:
        """Deal with what has come until now, and from now on."""
        self._is_free = True
        await self._deal_with_next()

    async def take(self, event: events.Event) -> None:
        """Deal with an event when it is its turn."""
        self._waiting.append(event)
        if self._is_free:
            await self._deal_with_next()
        elif self._turn and len(self._waiting) == 1:
            self._limit_wait()

    def _limit_wait(self) -> None:
        self._app.set_timer(PATIENCE, partial(self._go_on, self._turn))

    async def _deal_with_next(self) -> None:
        if not self._is_free or not self._waiting or self._has_ended:
            return
        self._is_free = False
        self._turn += 1
        self._place = self._cursor()
        await self._deal_with(self._waiting.popleft())
        self._send_up(self._place, ROUNDS)
        if self._waiting:
            self._limit_wait()

    @property
    def _has_ended(self) -> bool:
        return not self._app.screen_stack

    def _cursor(self) -> Widget:
        """Return where a key goes now."""
        return self._app.focused or self._app.screen

    def _send_up(self, target: Widget, rounds: int) -> None:
        if not target.post_message(Dealt(self._turn, rounds)):  # it is closed meanwhile
            self._app.call_later(self._settle, self._turn)

    def follow(self, dealt: Dealt) -> None:
        """Send another message up, or see whether the key has led elsewhere."""
        if dealt.turn != self._turn or self._has_ended:
            return
        if dealt.rounds > 1:
            self._send_up(self._cursor(), dealt.rounds - 1)
        else:
            self._settle(dealt.turn)

    def _settle(self, turn: int) -> None:
        """Let the next event have its turn when the screen or the cursor is where it goes to."""
        if turn != self._turn or self._has_ended:
            return
        go_on = partial(self._go_on, turn)
        if any(each.group == OPENING and not each.is_finished for each in self._app.workers):
            self._app.set_timer(LOOK, partial(self._settle, turn))
        elif self._cursor() is self._place or not self._app.screen.call_after_refresh(go_on):
            go_on()

    def _go_on(self, turn: int) -> None:
        if turn == self._turn:
            self._is_free = True
            self._app.call_later(self._deal_with_next)

"""The answers of a terminal, taken out of what is typed before anything takes them for keys."""

from __future__ import annotations

import re
from typing import Final

ANSWER: Final = re.compile(rb"\x1b\[[03]n|\x1b0n")
"""What a terminal says of its status; the last is what older versions of hterm say."""

UNASKED: Final = re.compile(rb"\x1b\[[03]n")
"""The same where no answer is due: then alt+0 and n are keys."""

BEGUN: Final = re.compile(rb"\x1b(?:\[[03]?|0)?\Z")
"""What may be the begin of an answer."""

FOR_A_KEY: Final = 0.1
"""Seconds to wait for the rest after an escape, which may be a key."""

FOR_THE_REST: Final = 1.0
"""Seconds to wait for the rest after more than that."""


class Answers:
    """Parts answers from keys, in pieces that may end anywhere."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._held = self._passed = b""
        self._until = 0.0

    @property
    def holding(self) -> bool:
        """Whether something is held back, so that `take` has to be called again soon."""
        return bool(self._held)

    def take(self, data: bytes, due: bool, now: float) -> tuple[bytes, int]:
        """Return what was typed, and how many answers there were.

        What may be the begin of an answer that is due is held back until more has come, or for a
        short time.

        Args:
            data: what was read; nothing, if nothing has come.
            due: whether an answer may come.
            now: in seconds of any clock.
        """
        if not data:
            return self._give_up(now), 0
        data, late = self._without_rest(self._held + data)
        # before the answers go: an escape with one behind it is a key, and waits for no other
        begun = BEGUN.search(data) if due else None
        self._held = begun[0] if begun else b""
        self._until = now + (FOR_A_KEY if len(self._held) == 1 else FOR_THE_REST)
        typed, count = (ANSWER if due else UNASKED).subn(b"", data.removesuffix(self._held))
        return typed, count + late

    def _give_up(self, now: float) -> bytes:
        """Return what was held back for long enough."""
        if not self._held or now < self._until:
            return b""
        self._passed, self._held = self._held, b""
        return self._passed

    def _without_rest(self, data: bytes) -> tuple[bytes, bool]:
        """Take off the rest of an answer whose begin was let pass; return whether it was there."""
        passed, self._passed = self._passed, b""
        found = ANSWER.match(passed + data) if passed else None
        return (data[found.end() - len(passed) :], True) if found else (data, False)

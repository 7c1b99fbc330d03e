"""Texts, names and bytes as strangers would make them, and what they must never become."""

from __future__ import annotations

import unicodedata

from hypothesis import settings
from hypothesis import strategies as st

STEADY = settings(deadline=None, derandomize=True, max_examples=150, database=None)
"""The same examples in every run: a failure is one of this change, not of chance."""

TITLE = "\x1b]0;PWNED\x07"
CLIPBOARD = "\x1b]52;c;UFdORUQ=\x1b\\"
CLEAR = "\x1b[2J\x1b[H"
COLOUR = "\x9b31mPWNED"
REVERSED = "\u202ePWNED\u202c"
MARKUP = "[bold red]PWNED[/] [@click=app.quit]here[/] [/nothing]"
ZALGO = "z" + "\u0301\u0489" * 40
NOTHING = "a\u200b\u200d\u2060\ufeff\u00ad\u034f\u3164\ufe0f"

PAYLOADS = (
    TITLE, CLIPBOARD, CLEAR, COLOUR, REVERSED, MARKUP, ZALGO, NOTHING,
    "\x1bP+q544e\x1b\\", "\x1b_Gi=31,s=1;AAAA\x1b\\", "\x1bc", "\x1b[6n", "\x1b[3J",
    "\x90\x9d0;PWNED\x9c", "\r\x08\x0b\x0c\x0e\x0f\x00\x7f", "\u2066\u2067\u200f\u061c",
    "\u0915" + "\u093e" * 30, "\u1112" + "\u1161" * 30, "\U0001f44d" + "\U0001f3fd" * 9,
    "\ud83d", "\udcff\udc1b", "\U000e0041\U000e007f", "\ue000\uffff\U0001ffff",
)  # fmt: skip
"""One of everything that is to be feared."""

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories of what does something to a terminal, or shows nothing."""

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=200)
"""All code points, surrogates too."""

NASTY_TEXT = st.lists(
    st.sampled_from(PAYLOADS) | ANY_TEXT | st.sampled_from("\u0301\u093e\u1161\U0001f3fd\n\t a"),
    max_size=12,
).map("".join)
"""Pieces of payloads between, before and after other text."""


def is_harmless(text: str) -> bool:
    """Tell whether a terminal would only show this text; newlines and tabs are let pass."""
    return not any(
        unicodedata.category(char) in INVISIBLE and char not in "\n\t" for char in text
    )  # fmt: skip


def assert_one_sentence(message: str) -> None:
    """Check what the user is told: it says something, and ends as a sentence does."""
    assert message.endswith(".")
    assert len(message) > 10

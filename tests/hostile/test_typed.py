"""What a terminal sends, whatever it is: text, and nothing pasted that passes for a key."""

from __future__ import annotations

from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from tests.hostile.strangers import NASTY_TEXT, PAYLOADS, STEADY
from tui_charrnn.typed import BEGIN, END, Typed

CUTS = st.lists(st.integers(1, 9), max_size=80)


def decoded(data: bytes, cuts: list[int]) -> str:
    """Decode in pieces of these lengths, and what is left at once."""
    typed, parts = Typed(), []
    for length in cuts:
        parts.append(typed.decode(data[:length]))
        data = data[length:]
    return "".join([*parts, typed.decode(data)])


def told(text: str) -> list[events.Event]:
    parser = XTermParser()
    return [message for message in parser.feed(text) if isinstance(message, events.Event)]


@STEADY
@given(st.binary(max_size=80), CUTS)
def test_any_bytes_become_text_however_they_come(data: bytes, cuts: list[int]) -> None:
    data += b"."  # so that no character is left unfinished
    assert decoded(data, cuts) == decoded(data, []) == data.decode("utf-8", "replace")


@STEADY
@given(NASTY_TEXT, CUTS)
@example("\x1b]0;PWNED\x07qy\r", [1] * 30)
@example("\x1b[20", [])
def test_what_is_pasted_is_one_paste_and_no_key(text: str, cuts: list[int]) -> None:
    text = text.encode("utf-8", "replace").decode()
    data = f"{BEGIN}{text}{END}".encode()
    come = decoded(data, cuts)
    assert come == decoded(data, [])
    assert come.startswith(BEGIN)
    assert come.endswith(END)
    pasted = come.removeprefix(BEGIN).removesuffix(END)
    assert len(pasted) == len(text)
    assert not any(category(char) == "Cc" and char not in "\t\n\r" for char in pasted)
    assert [type(event) for event in told(come)] == [events.Paste]


@pytest.mark.parametrize("cut", range(1, 12))
def test_keys_after_a_paste_are_keys_again(cut: int) -> None:
    data = f"a{BEGIN}b\x1b[Ac{END}d\x1b[A".encode()
    come = decoded(data, [cut] * 30)
    assert come == f"a{BEGIN}b␛[Ac{END}d\x1b[A"


def test_nothing_that_is_typed_is_held_back() -> None:
    typed = Typed()
    for key in ("\x1b", "[", "2", "0", "é", "\x1b[", "200", "q"):
        assert typed.decode(key.encode()) == key


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_gets_out_of_its_paste(payload: str) -> None:
    data = f"{BEGIN}{payload}{END}".encode("utf-8", "surrogatepass")
    assert [type(event) for event in told(decoded(data, []))] == [events.Paste]

"""No answer of a terminal passes for a key, and no key for an answer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual._xterm_parser import XTermParser

from tests.hostile.strangers import STEADY
from tui_charrnn.terminal.answers import FOR_A_KEY, FOR_THE_REST, Answers

ANSWER = b"\x1b[0n"

KEYS = st.sampled_from(
    [b"n", b"0", b"[", b"\x1b[A", b"\x1b[1;2R", b"\x1b[3~", b"\x1bOP", b"\xc3\xa9", b"\x1b[27u",
     b"\x1b[<0;10;10M", b"\x1b[200~a[0n\x1b[201~", b"\x1b[24;80R", b"\x1b[I"]
)  # fmt: skip


@STEADY
@given(st.lists(KEYS | st.just(ANSWER)), st.lists(st.integers(1, 5), max_size=60))
def test_what_is_typed_stays_as_it_is_however_it_comes(pieces, cuts) -> None:
    answers, data = Answers(), b"".join(pieces)
    typed, count = b"", 0
    for length in [*cuts, len(data)]:
        part, data = data[:length], data[length:]
        got, found = answers.take(part, due=True, now=0.0)
        typed, count = typed + got, count + found
    assert typed == b"".join(piece for piece in pieces if piece != ANSWER)
    assert count == pieces.count(ANSWER)
    assert not answers.holding


def test_an_escape_is_a_key_when_nothing_follows() -> None:
    answers = Answers()
    assert answers.take(b"\x1b", due=True, now=1.0) == (b"", 0)
    assert answers.holding
    assert answers.take(b"", due=True, now=0.99 + FOR_A_KEY) == (b"", 0)
    assert answers.take(b"", due=True, now=1.01 + FOR_A_KEY) == (b"\x1b", 0)
    assert not answers.holding
    assert answers.take(b"", due=True, now=9.0) == (b"", 0)


def test_an_escape_waits_no_longer_however_many_answers_come() -> None:
    answers, now, typed = Answers(), 0.0, b""
    answers.take(b"\x1b", due=True, now=now)
    while not typed and now < 60:
        now += 0.8 * FOR_A_KEY  # as frames follow one another while a net trains
        got, count = answers.take(ANSWER, due=True, now=now)
        typed += got
        assert count == 1
        typed += answers.take(b"", due=True, now=now + 0.1 * FOR_A_KEY)[0]
    assert typed == b"\x1b"
    assert now < 2 * FOR_A_KEY
    assert not answers.holding


def test_an_escape_is_a_key_at_once_when_no_answer_is_due() -> None:
    answers = Answers()
    assert answers.take(b"\x1b", due=False, now=0.0) == (b"\x1b", 0)
    assert answers.take(b"\x1b0n", due=False, now=0.0) == (b"\x1b0n", 0)  # alt+0 and n


def test_more_than_an_escape_waits_longer_for_the_rest() -> None:
    answers = Answers()
    answers.take(b"x\x1b[", due=True, now=0.0)
    assert answers.take(b"", due=True, now=FOR_THE_REST - 0.01) == (b"", 0)
    assert answers.take(b"0ny", due=True, now=FOR_THE_REST) == (b"y", 1)


def test_the_rest_of_an_answer_whose_escape_was_let_pass_is_no_key() -> None:
    answers = Answers()
    answers.take(b"\x1b", due=True, now=0.0)
    assert answers.take(b"", due=True, now=1.0) == (b"\x1b", 0)
    assert answers.take(b"[0nx", due=True, now=2.0) == (b"x", 1)
    answers.take(b"\x1b", due=True, now=3.0)
    assert answers.take(b"", due=True, now=4.0) == (b"\x1b", 0)
    assert answers.take(b"[x", due=True, now=5.0) == (b"[x", 0)


def test_a_late_or_unasked_answer_is_none_that_is_due_and_no_key_either() -> None:
    assert Answers().take(b"a\x1b[0nb\x1b[3n", due=False, now=0.0) == (b"ab", 2)


def test_the_answer_of_older_versions_of_hterm_is_one() -> None:
    assert Answers().take(b"a\x1b0n", due=True, now=0.0) == (b"a", 1)


@STEADY
@given(st.lists(KEYS, max_size=5))
def test_textual_hears_the_same_keys_with_and_without_answers_between_them(keys) -> None:
    answers = Answers()
    typed = answers.take(ANSWER.join([b"", *keys, b""]), due=True, now=0.0)[0]
    assert heard(typed) == heard(b"".join(keys))


def heard(data: bytes) -> list[str]:
    messages = XTermParser().feed(data.decode() + ".")
    return [message.key for message in messages if isinstance(message, events.Key)]

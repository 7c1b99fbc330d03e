"""A report says by which numbers its samples were drawn, and how to have the same again."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.runs.report.support import Maker
from tui_charrnn.commands.parsing import Parser, add_field_flags, add_text_flags, config_of
from tui_charrnn.engine.events import Sample
from tui_charrnn.runs.report.content import Content
from tui_charrnn.runs.report.grouping import arrange, written
from tui_charrnn.runs.report.markdown import markdown
from tui_charrnn.runs.report.reproduce import command

PRIMES = st.text(st.sampled_from("ab -='\"\\\n$`\u202e\x1b%"), max_size=8)


@cache
def train_parser() -> Parser:
    parser = Parser()
    add_text_flags(parser)
    add_field_flags(parser)
    parser.set_defaults(preset=None)
    return parser


@given(PRIMES, st.integers(0, 1_114_112), st.floats(0, 1, exclude_min=True))
def test_the_command_trains_with_the_same_prime_and_limits(
    prime: str, top_k: int, top_p: float
) -> None:
    record = Maker().run("gru", 2.0, prime=prime, top_k=top_k, top_p=top_p).record
    words = shlex.split(command(record))
    assert config_of(train_parser().parse_args(words[2:])) == record.config


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "temperature 0.5; drawn when all was learned, from a state of zeros and a random "),
        (
            {"prompt": "the *owl*\n\x1b", "top_k": 1000, "top_p": 0.9},
            "temperature 0.5, top-k 1,000, top-p 0.9; drawn when all was learned, from a state of "
            r"zeros and the prompt 'the \*owl\*\\n\\x1b':",
        ),
    ],
)
def test_how_the_last_sample_was_drawn_is_said(more: dict[str, object], sentence: str) -> None:
    sample = Sample(
        iteration=1000, text="owl", smooth_loss=1.0, temperature=0.5, final=True, **more
    )
    made = datetime(2024, 1, 1, tzinfo=UTC)
    content = Content(arrange([Maker().run("gru", 2.0, sample=sample)]), "", made, "1")
    assert sentence in markdown(content.blocks())


def test_texts_are_quoted_where_they_are_no_words() -> None:
    values = {"gru": "gru", "": "''", "The owl ": "'The owl '", "a\n\u202e": r"'a\n\u202e'"}
    assert {value: written(value) for value in values} == values

"""What a visitor says about a sample reaches the run as it was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.support import OWLS
from tui_charrnn.engine import SampleRequest, TrainControl
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.runs.detached.desk import Desk
from tui_charrnn.runs.detached.messages import command_line, parse
from tui_charrnn.runs.wire import Command

CHARS = tuple(sorted({*OWLS, "\n", "\ud800"}))

REQUESTS = st.builds(
    SampleRequest,
    prompt=st.text(st.sampled_from(CHARS), max_size=8),
    length=st.integers(1, 100_000),
    temperature=st.floats(0, 100),
    top_k=st.integers(0, 1_114_112),
    top_p=st.floats(0, 1, exclude_min=True),
)


def served(row: dict[str, Any]) -> SampleRequest | None:
    """Return what the run is asked for."""
    control = TrainControl()
    Desk(control, Vocabulary("owls", CHARS)).obey(row)
    return control.next_request()


@given(REQUESTS)
def test_a_request_comes_through_to_the_last_digit(request: SampleRequest) -> None:
    assert served(parse(command_line(Command("request_sample", (request,))))) == request


def test_a_visitor_that_knows_no_limits_draws_from_all_characters() -> None:
    row = {"do": "request_sample", "prompt": "the ", "length": 5, "temperature": 0.5}
    assert served(row) == SampleRequest("the ", 5, 0.5, top_k=0, top_p=1.0)


def test_whole_numbers_may_be_written_as_floats() -> None:
    row = {"do": "request_sample", "prompt": "", "length": 5.0, "temperature": 1, "top_k": 3.0}
    request = served(row)
    assert request is not None
    assert (type(request.length), type(request.top_k)) == (int, int)


@pytest.mark.parametrize("value", [None, "3", True, [3], {}, -1, 2.5, 10**400, float("nan")])
@pytest.mark.parametrize("name", ["length", "top_k", "top_p"])
def test_what_is_no_number_of_its_kind_is_refused_by_name(name: str, value: object) -> None:
    row = {"do": "request_sample", "prompt": "", "length": 5, "temperature": 1, name: value}
    with pytest.raises(ValueError, match=rf"^\w*{name} must be [^\n]*\.$"):
        served(row)

"""How numbers are written."""

from __future__ import annotations

import pytest

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.events import Sample
from tui_charrnn.runs import wording


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00"), (7.9, "0:07"), (59.999, "0:59"), (60, "1:00"), (754, "12:34"),
        (3599, "59:59"), (3600, "1:00:00"), (3723, "1:02:03"), (86_399, "23:59:59"),
        (86_400, "1d 00:00:00"), (2 * 86_400 + 11_045, "2d 03:04:05"),
    ],
)  # fmt: skip
def test_durations(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("speed", "text"),
    [(0, "0"), (949.7, "950"), (1000, "1.0k"), (36_412, "36.4k"), (1_200_000, "1.20M")],
)
def test_speeds(speed: float, text: str) -> None:
    assert wording.speed(speed) == text


def test_counts_bits_nats_and_rates() -> None:
    assert wording.count(1_234_567) == "1,234,567"
    assert wording.bits(2.10344) == "2.1034"
    assert wording.nats(1412.0749) == "1,412.07"
    assert [wording.rate(r) for r in (0.001, 1e-5, 0.25, 1000.0, 0.1 + 0.2)] == [
        "0.001", "1e-05", "0.25", "1000", "0.3",
    ]  # fmt: skip


def test_nets_are_told_with_their_layers_if_there_are_several() -> None:
    one, two = TrainConfig(hidden_size=1024), TrainConfig(cell="lstm", layers=2, hidden_size=192)
    assert [wording.units(config) for config in (one, two)] == ["1,024", "2x192"]
    assert wording.net(two) == "lstm 2x192"
    assert wording.net_on(one, "owls.txt") == "gru 1,024 on owls.txt"
    assert wording.net_on(two, "a\x1b\n") == "lstm 2x192 on a␛␤"


def sample(**more: object) -> Sample:
    return Sample(iteration=1200, text="owl", smooth_loss=0.0, temperature=0.5, **more)


@pytest.mark.parametrize(
    ("more", "long", "short"),
    [
        ({"top_k": 5}, "", ""),  # of a run: as the run is
        ({"requested": True}, "temperature 0.5", "temp 0.5"),
        (
            {"requested": True, "top_k": 1000, "top_p": 0.9},
            "temperature 0.5 · top-k 1,000 · top-p 0.9",
            "temp 0.5 · top-k 1,000 · top-p 0.9",
        ),
        ({"requested": True, "top_p": 0.5}, "temperature 0.5 · top-p 0.5", "temp 0.5 · top-p 0.5"),
        ({"final": True}, "from a random character", ""),
        ({"final": True, "prompt": "owl"}, "", ""),
    ],
)
def test_the_header_of_a_sample_says_what_is_not_as_in_the_run(
    more: dict[str, object], long: str, short: str
) -> None:
    parts = ["── iteration 1,200", "smooth loss 0.0000 bits/char", *([long] if long else [])]
    assert wording.sample_header(sample(**more), 50) == " · ".join(parts)
    parts = ["── 1,200", "smooth 0.0000", *([short] if short else [])]
    assert wording.sample_header(sample(**more), 50, width=10) == " · ".join(parts)

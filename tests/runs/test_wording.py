"""How numbers are written."""

from __future__ import annotations

import pytest

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

"""How temperature, top-k, top-p and speed go up and down by keys."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tui_charrnn.engine import SampleRequest
from tui_charrnn.engine.config import SPECS

TENTHS: Final = 10
"""Steps of the temperature between 0 and 1."""

TOP_K: Final = (1, 2, 3, 5, 10, 20, 40, math.inf)
TOP_P: Final = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)

SPEEDS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, math.inf)
"""Characters a second."""

SPEED: Final = 10.0


def stop_after(stops: Sequence[float], value: float, up: bool) -> float:
    """Return the next of some rising numbers above a value, or below it; at the end the last."""
    if up:
        return next((stop for stop in stops if stop > value), stops[-1])
    return next((stop for stop in reversed(stops) if stop < value), stops[0])


def with_temperature(request: SampleRequest, up: bool) -> SampleRequest:
    """Return the request with a temperature of the next tenth, up or down."""
    tenths = round(request.temperature * TENTHS, 9)
    tenths = math.floor(tenths) + 1 if up else math.ceil(tenths) - 1
    most = float(SPECS["temperature"].maximum or math.inf)
    return replace(request, temperature=min(max(0.0, tenths / TENTHS), most))


def with_top_k(request: SampleRequest, up: bool, vocab_size: int) -> SampleRequest:
    """Return the request with more or fewer characters to draw from; all are 0."""
    known = request.top_k if 0 < request.top_k < vocab_size else math.inf
    stops = [stop for stop in TOP_K if stop < vocab_size or stop == math.inf]
    stop = stop_after(stops, known, up)
    return replace(request, top_k=0 if stop == math.inf else int(stop))


def with_top_p(request: SampleRequest, up: bool) -> SampleRequest:
    """Return the request with more or less of the probability to draw from."""
    return replace(request, top_p=stop_after(TOP_P, request.top_p, up))

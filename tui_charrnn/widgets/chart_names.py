"""What the charts call things: their units, and the part that axes play."""

from __future__ import annotations

from typing import Literal

Unit = Literal["bits", "nats"]

UNITS: dict[Unit, str] = {"bits": "bits per character", "nats": "nats a sequence"}

AXIS = "axis"
"""The part that axes and ticks play."""

"""How numbers are written, the same wherever they are shown: chart, status, samples, progress."""

from __future__ import annotations

from typing import Final

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.events import Drawn, SamplePart
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.safe_text import safe_line

UNKNOWN: Final = "-"
"""Stands where there is no figure."""


def count(value: int) -> str:
    """Write a whole number: `12,345`."""
    return f"{value:,}"


def counted(number: int, noun: str) -> str:
    """Write how many there are of something: `1 cell`, `12,345 cells`."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def units(config: TrainConfig) -> str:
    """Write how many hidden units a net has: `256`, of several layers `2x192`."""
    layers = f"{config.layers}x" if config.layers > 1 else ""
    return f"{layers}{count(config.hidden_size)}"


def net(config: TrainConfig) -> str:
    """Write what is trained: `gru 256`, `lstm 2x192`."""
    return f"{config.cell} {units(config)}"


def net_on(config: TrainConfig, text: str) -> str:
    """Write what is trained on what: `lstm 2x192 on tales`, whatever the text is called."""
    return f"{net(config)} on {safe_line(text)}"


def bits(value: float | None) -> str:
    """Write bits per character: `2.1034`; `-` where there are none."""
    return UNKNOWN if value is None else f"{value:,.4f}"


def nats(value: float) -> str:
    """Write a loss in nats a sequence: `412.07`."""
    return f"{value:,.2f}"


def rate(value: float) -> str:
    """Write a learning rate: `0.001`."""
    return f"{value:.6g}"


def duration(seconds: float) -> str:
    """Write a time: `0:07`, `12:34`, `1:02:03`, `2d 03:04:05`."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days}d {hour:02}:{minute:02}:{second:02}"
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def speed(characters_per_second: float) -> str:
    """Write a speed in characters a second: `950`, `36.4k`, `1.20M`."""
    if characters_per_second < 1000:
        return f"{characters_per_second:.0f}"
    if characters_per_second < 1_000_000:
        return f"{characters_per_second / 1000:.1f}k"
    return f"{characters_per_second / 1_000_000:.2f}M"


def sample_header(sample: Drawn, seq_length: int, width: int = 1000) -> str:
    """Return the line above a sample: when it was drawn, and how good the model was.

    One that was asked for tells its temperature too, and what it was drawn from if not from all
    characters: these need not be as the run's own.

    Args:
        sample: of a run whose windows have `seq_length` characters.
        seq_length: turns its loss in nats a sequence into bits per character.
        width: columns that there are; where they are too few, it is said in fewer words.
    """
    loss = bits(bits_per_character(sample.smooth_loss, seq_length))
    long = _long_header(sample, loss)
    return long if len(long) <= width else _short_header(sample, loss)


def _long_header(sample: Drawn, loss: str) -> str:
    name = "best validation" if sample.best else "smooth loss"
    parts = [f"iteration {count(sample.iteration)}", f"{name} {loss} bits/char"]
    if sample.final and not sample.prompt:
        parts.append("from a random character")
    if sample.requested:
        parts += drawn_with(sample)
    return "── " + " · ".join(parts)


def _short_header(sample: Drawn, loss: str) -> str:
    name = "valid" if sample.best else "smooth"
    parts = [count(sample.iteration), f"{name} {loss}"]
    if sample.requested:
        parts.append(f"temp {sample.temperature:g}")
        parts += left_out(sample)
    return "── " + " · ".join(parts)


def drawn_of(part: SamplePart) -> str:
    """Write how much of a sample there is: `1,250 of 20,000 drawn`."""
    return f"{count(part.drawn)} of {count(part.length)} drawn"


def drawn_with(sample: Drawn) -> list[str]:
    """Return what says how the characters of a sample were chosen: `temperature 0.8`, `top-k 5`."""
    return [f"temperature {sample.temperature:g}", *left_out(sample)]


def left_out(sample: Drawn) -> list[str]:
    """Return what says of which characters a sample was not drawn; nothing if of none."""
    top_k = [f"top-k {count(sample.top_k)}"] if sample.top_k else []
    return top_k + ([f"top-p {sample.top_p:g}"] if sample.top_p < 1 else [])

"""The events of one sample: the whole, and before it parts of it, where somebody watches."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import fields
from typing import Any

from tui_charrnn.engine.control import SampleRequest
from tui_charrnn.engine.events import Drawn, Sample, SamplePart


def unwritten(
    request: SampleRequest,
    *,
    iteration: int,
    smooth_loss: float,
    requested: bool = False,
    best: bool = False,
    final: bool = False,
) -> Drawn:
    """Return what is known of a sample before it is drawn; see `Drawn`."""
    return Drawn(
        iteration=iteration,
        text="",
        smooth_loss=smooth_loss,
        temperature=request.temperature,
        prompt=request.prompt,
        requested=requested,
        best=best,
        final=final,
        top_k=request.top_k,
        top_p=request.top_p,
    )


def sample_events(
    drawing: Generator[str, None, str | None], about: Drawn, length: int, clock: Callable[[], float]
) -> Generator[Drawn, None, bool]:
    """Yield what is told of a sample that is being drawn.

    Args:
        drawing: a call of `sampling.draw_parts`.
        about: all that is known of the sample before it is drawn; its text is not looked at.
        length: characters that were asked for.
        clock: the seconds of training that have passed.

    Yields:
        A `SamplePart` for each part, then the `Sample`, unless it was given up.

    Returns:
        Whether it was not.
    """
    known: dict[str, Any] = {spec.name: getattr(about, spec.name) for spec in fields(Drawn)}
    drawn = 0
    while True:
        try:
            text = next(drawing)
        except StopIteration as end:
            whole: str | None = end.value
            break
        drawn += len(text)
        known |= {"text": text, "elapsed": clock()}
        yield SamplePart(**known, drawn=drawn, length=length)
    if whole is not None:
        yield Sample(**known | {"text": whole, "elapsed": clock()})
    return whole is not None

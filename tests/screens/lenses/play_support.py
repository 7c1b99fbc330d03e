"""What the tests of Play share: texts that are drawn, and a net that knows dangerous characters."""

from __future__ import annotations

from collections.abc import Iterator

from textual.pilot import Pilot

from tests.screens.lenses.support import Clock, LensApp, looking_at, subject, until
from tui_charrnn.engine import SampleRequest, TrainConfig, build_model
from tui_charrnn.engine.lenses.play import Drawing
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.screens.lenses.play import PlayLens

CHARS = tuple(sorted("ab \n\t\x1b\x07\u0301\u202e\u200b\udcffé永👋"))


def hostile() -> Subject:
    model = build_model(TrainConfig(hidden_size=4, seed=1), len(CHARS))
    return Subject("\x1b[31mnet\n\u202e", model, Vocabulary("bad", CHARS), 7)


def drawn(net: Subject, prompt: str, count: int, seed: int = 0, **numbers: float) -> Drawing:
    drawing = Drawing(net, prompt, seed)
    for _ in range(count):
        drawing.draw(SampleRequest(**numbers))
    return drawing


def lens_of(pilot: Pilot) -> PlayLens:
    lens = pilot.app.lens
    assert isinstance(lens, PlayLens)
    return lens


def text_of(pilot: Pilot) -> str:
    return lens_of(pilot).drawing.text


def panel_of(pilot: Pilot) -> str:
    return str(lens_of(pilot).query_one("#play-panel").render())


async def draw(pilot: Pilot, clock: Clock, seconds: float) -> None:
    """Let time pass, and wait until what is due has been drawn."""
    before = text_of(pilot)
    clock.now += seconds
    await until(lambda: text_of(pilot) != before)
    await pilot.pause()


def app_of(*subjects: Subject, live: bool = False) -> LensApp:
    return LensApp(PlayLens, looking_at(*(subjects or [subject("GRU")]), live=live))


class Running(Clock):
    """Each look at it takes a while."""

    def __call__(self) -> float:
        self.now += 0.01
        return self.now


def all_text(app: LensApp) -> Iterator[str]:
    for line in app.screen._compositor.render_strips():
        yield from (segment.text for segment in line)

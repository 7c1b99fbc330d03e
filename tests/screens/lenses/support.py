"""What the tests of the lenses share: nets whose weights are known, and an app that shows a lens.

The nets are real models with weights that are set rather than trained: they have counted which
character follows which in a text. So pictures of them are the same on every machine.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Static

from tui_charrnn.app import CharRNNApp
from tui_charrnn.engine import CharModel, Corpus, TrainConfig, build_model
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.engine.vocabulary import Vocabulary
from tui_charrnn.screens.lenses.base import LensScreen
from tui_charrnn.screens.lenses.looking import Looking
from tui_charrnn.screens.lenses.nets import Net
from tui_charrnn.widgets.key_line import KeyLine

TEXT = (
    "Once there was an owl who lived in an old tower by the sea. "
    '"Who goes there?" asked the owl. "A fox," said the fox, "and I am cold."\n'
    "The owl looked down. It had never seen a fox so far from the woods, nor one so wet.\n"
)

CORPUS = Corpus.from_text(TEXT * 40, "owls")


def counting_model(cell: str, sharpness: float = 1.0) -> CharModel:
    """Return a net that knows which character of `CORPUS` follows which, and nothing more.

    Args:
        cell: `rnn` or `gru`.
        sharpness: of its predictions: 1 for the frequencies, less for a net that is less sure.
    """
    vocab = CORPUS.vocab_size
    model = build_model(TrainConfig(cell=cell, hidden_size=vocab, seq_length=50), vocab)
    counts = np.full((vocab, vocab), 0.05)
    np.add.at(counts, (CORPUS.ids[1:], CORPUS.ids[:-1]), 1)
    weights = {name: np.zeros_like(value) for name, value in model.parameters().items()}
    weights["Wxh"] = 3 * np.eye(vocab)  # one unit a character: tanh(3) of the one just read
    weights["Why"] = sharpness * np.log(counts / counts.sum(axis=0)) / np.tanh(3)
    if cell == "gru":
        weights["bz"] += 12  # what was there before is forgotten at once
    model.load_parameters(weights)
    return model


def subject(name: str, cell: str = "gru", sharpness: float = 1.0, iteration: int = 400) -> Subject:
    """Return a net to look into."""
    vocabulary = Vocabulary(CORPUS.name, CORPUS.chars)
    return Subject(name, counting_model(cell, sharpness), vocabulary, iteration)


def both(iteration: int = 400) -> list[Subject]:
    """Return an RNN that is less sure, and a GRU."""
    return [subject("RNN", "rnn", 0.6, iteration), subject("GRU", "gru", 1.0, iteration)]


class ScriptedNets:
    """Nets that a test exchanges; they count how often they are asked for newer ones."""

    def __init__(self, *subjects: Subject, live: bool = False) -> None:
        self.live, self.asked, self.dropped = live, 0, 0
        self.subjects = subjects

    def ask(self) -> bool:
        self.asked += 1
        return True

    def current(self) -> Sequence[Net]:
        return [Net(each.name, id(each), lambda each=each: each) for each in self.subjects]

    def drop(self) -> None:
        self.dropped += 1

    def train(self, updates: int) -> None:
        """Let all nets be as they are after more updates."""
        self.subjects = tuple(replace(s, iteration=s.iteration + updates) for s in self.subjects)


class Clock:
    """Tells what a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def looking_at(*subjects: Subject, live: bool = False, **options: object) -> Looking:
    """Return what a lens looks at: nets, and `CORPUS`."""
    return Looking(ScriptedNets(*subjects, live=live), CORPUS, **options)


class LensApp(App[None]):
    """Shows a lens over an empty screen, in the looks of the app."""

    CSS_PATH = CharRNNApp.CSS_PATH

    def __init__(self, lens: type[LensScreen], looking: Looking) -> None:
        super().__init__()
        self.looking = looking
        self.first = lens(looking)

    def on_mount(self) -> None:
        self.push_screen(self.first)

    @property
    def lens(self) -> LensScreen:
        """The lens that is looked through now."""
        return next(each for each in reversed(self.screen_stack) if isinstance(each, LensScreen))


async def until(test: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.01)


def said_on(screen: Screen[object]) -> str:
    """Return all texts of a screen."""
    return "\n".join(str(each.render()) for each in screen.query(Static))


async def settled(pilot: Pilot) -> None:
    """Wait until something is seen and nothing is being computed or written any more."""
    await pilot.pause()
    lens = pilot.app.lens
    await until(lambda: not lens.is_busy and (lens.seen is not None or lens.problem))
    await pilot.pause()


def said(app: LensApp, selector: str) -> str:
    """Return what a line of the lens says."""
    return str(app.lens.query_one(selector, Static).render())


def offered(app: LensApp) -> list[str]:
    """Return what the keys do that the last line names."""
    line = app.lens.query_one(KeyLine)
    return [binding.description for binding in line.shown_bindings()]

"""The lens Play: a text is drawn before one's eyes, and from any character on once more."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Final

from rich.text import Text
from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.theme import Theme
from textual.widgets import Static

from tui_charrnn.engine import SampleRequest
from tui_charrnn.engine.lenses.play import Drawing, Texts
from tui_charrnn.engine.lenses.subject import Subject
from tui_charrnn.runs import wording
from tui_charrnn.screens.base import key_of
from tui_charrnn.screens.lenses import play_numbers as numbers
from tui_charrnn.screens.lenses.base import LensScreen
from tui_charrnn.screens.lenses.looking import Looking
from tui_charrnn.screens.lenses.passages import LensText
from tui_charrnn.widgets.lenses import play_panel as panel
from tui_charrnn.widgets.lenses.play import PlayText
from tui_charrnn.widgets.lenses.play_picture import picture
from tui_charrnn.widgets.lenses.surprise_lines import legend

TICK: Final = 0.05
"""Seconds between two looks at how many characters are due."""

BUDGET: Final = 0.03
"""Seconds of drawing between two looks at the keys; one character is drawn at the least."""

OPENING: Final = 40
"""Characters of a passage, or of a generated text, that are the prompt at the most."""

TYPED: Final = "typed"
"""Where a text comes from that is a prompt to its end."""

clock = time.monotonic

_key = partial(key_of, "play")


class PlayLens(LensScreen):
    """Prompt and drawn text, and beside it the bars of the character at the cursor."""

    NAME: ClassVar[str] = "play"
    CSS_PATH: ClassVar[CSSPathType | None] = ["base.tcss", "play.tcss"]

    HELP: ClassVar[str | None] = f"""
    # Play

    The net reads a prompt, then a text is drawn from it, one character at a time: `space` draws
    on and holds, `enter` draws one, `s` and `S` set the speed. `t` types another prompt; of a
    passage the first words are the prompt, at the most {OPENING} characters.

    At the side are the five likeliest next characters with their probabilities. `+` `-` change
    the temperature, `k` `K` from how many of the likeliest is drawn (top-k), `n` `N` from how much
    of the probability (top-p, the nucleus), at any moment: the bars show at once what that does.

    Arrows move over the text; the bars are then those that the character under the cursor was
    drawn from. `f` forks: the text is drawn on from there in another way. `i` first chooses one
    of the five to stand there instead. `b` goes back to the text before, which is kept.

    Characters are coloured by bits, as those of Surprise: bright ones were unlikely. `d` writes the
    bits below. The prompt is in italics; what was chosen by hand is underlined.

    What to look for: where does one unlikely character lead the text away, and does the net find
    back to a word? At temperature 0 many nets go round in circles; above 1.5 spelling goes first,
    layout last.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("space", "draw", "Draw", "Draw on, character by character, and hold"),
        _key("space", "rest", "Hold", "Draw no more for now"),
        _key("enter", "one", "One", "Draw one character"),
        _key("f", "fork", "Fork", "Draw on from the cursor in another way, or with what i chose"),
        _key("i", "instead(True)", "Instead", "Choose one of the five for the cursor; f takes it"),
        _key("plus,equals_sign", "warmer(True)", "Temp", "Raise the temperature", key_display="+-"),
        _key(
            "k", "likeliest(False)", "Top-k", "Draw from fewer of the likeliest", key_display="kK"
        ),
        _key("n", "nucleus(False)", "Top-p", "Draw from less of the probability", key_display="nN"),
        _key("b", "turn(False)", "Texts", "Back to the text before, and round"),
        _key("s", "speed(True)", "Speed", "Draw faster", key_display="sS"),
        _key("r", "again", "Again", "Begin again after the prompt, with the net as it is now"),
        _key("m", "net", "Net", "Let the next net draw, after the same prompt"),
        _key("minus", "warmer(False)", "", "Lower the temperature", show=False),
        _key("K", "likeliest(True)", "", "Draw from more of the likeliest", show=False),
        _key("N", "nucleus(True)", "", "Draw from more of the probability", show=False),
        _key("I", "instead(False)", "", "Choose one of the five, upwards", show=False),
        _key("B", "turn(True)", "", "To the text after", show=False),
        _key("S", "speed(False)", "", "Draw more slowly", show=False),
        _key("d", "digits", "", "Write the bits of each character below it, or not", show=False),
    ]

    def body(self) -> ComposeResult:
        """Yield the text, and bars and numbers beside it."""
        with Horizontal():
            with Vertical():
                yield PlayText(id="play-text")
                yield Static(id="play-legend")
            yield Static(id="play-panel")

    def __init__(self, looking: Looking) -> None:
        """Begin with nothing drawn."""
        super().__init__(looking)
        self._texts: Texts | None = None
        self._request = SampleRequest()
        self._which = self._seed = 0
        self._instead: int | None = None
        self._place: tuple[Drawing | None, int, int] = (None, 0, 0)
        self._speed, self._owed, self._looked = numbers.SPEED, 0.0, 0.0
        self._goes_on = self._is_newer = False

    def on_mount(self) -> None:
        """Begin to look at what is due."""
        self.text.digits = self.app.no_color
        self.text.focus()
        self._looked = clock()
        self._show_legend(self.app.current_theme)
        self.app.theme_changed_signal.subscribe(self, self._show_legend)
        self.set_interval(TICK, self._tick)

    @property
    def text(self) -> PlayText:
        """The widget with the text."""
        return self.query_one(PlayText)

    @property
    def drawing(self) -> Drawing | None:
        """The text that is shown, None before there is one."""
        return self._texts.current if self._texts else None

    # what all lenses do

    def compute(self, subjects: Sequence[Subject], text: str) -> Drawing:
        """Let a net read the prompt."""
        chosen = self.looking.text
        is_typed = chosen is not None and chosen.origin == TYPED
        prompt = text if is_typed else opening(text)
        return Drawing(subjects[self._which % len(subjects)], prompt, self._seed)

    def show(self, result: Drawing) -> None:
        """Begin to draw; the texts before are kept."""
        if self._texts is None:
            self._texts = Texts(result)
            self._request = SampleRequest.of(result.subject.model.config)
        else:
            self._texts.add(result)
        self._is_newer = False
        self._go_on(True)
        self._show_text()

    def _look(self) -> None:
        """Look for newer nets, but draw with one and the same until another text is begun."""
        if self.seen is None or self.problem:
            super()._look()
        else:
            self._is_newer |= self.looking.refresh()
            self._show_lines()

    def notes(self) -> Sequence[str]:
        """Say that the net has learned more meanwhile."""
        return ["r takes a newer one"] if self._is_newer else []

    def export_json(self) -> list[dict[str, Any]]:
        """Return the text with all probabilities."""
        return [drawing.as_json() for drawing in self._shown()]

    def export_lines(self, width: int) -> list[Text]:
        """Return the text in colours and digits."""
        return picture([(each.subject.name, each) for each in self._shown()], width)

    def _shown(self) -> list[Drawing]:
        return [self.drawing] if self.drawing else []

    # drawing

    def _tick(self) -> None:
        """Draw what is due."""
        now = clock()
        passed, self._looked = now - self._looked, now
        if not self._goes_on or not self.is_current or self.problem:
            self._owed = 0.0
            return
        self._owed += passed * self._speed if passed > 0 else 0.0
        if self._owed >= 1:
            self._draw_due(now + BUDGET)
            self._show_text()

    def _draw_due(self, until: float) -> None:
        """Draw what is owed, or for as long as there is time; what is not done is not owed then."""
        drawing = self.drawing
        while drawing and self._owed >= 1 and not drawing.is_full:
            drawing.draw(self._request)
            self._owed -= 1
            if clock() >= until:
                self._owed = 0.0
        if drawing is None or drawing.is_full:
            self._go_on(False)

    def _go_on(self, goes_on: bool) -> None:
        self._goes_on, self._owed = goes_on, 0.0
        self.refresh_bindings()

    def _show_text(self) -> None:
        """Show the text as it is now, and the net that draws it in the line above."""
        drawing = self.drawing
        if drawing is None or self.seen is None:
            return
        told = (drawing.subject,), LensText(drawing.prompt, "prompt")
        if (self.seen.subjects, self.seen.text) != told:
            self.seen = replace(self.seen, subjects=told[0], text=told[1])
            self._show_lines()
        self.text.show(drawing)

    @on(PlayText.Moved)
    def _moved(self) -> None:
        """Show another character; what was chosen for the one before is forgotten."""
        drawing = self.drawing
        place = drawing, len(drawing.drawn) if drawing else 0, self.text.cursor
        if place != self._place:
            self._place, self._instead = place, None
        self._show_panel()

    def on_resize(self) -> None:
        """Draw the bars as wide as there is room."""
        self.call_after_refresh(self._show_panel)

    def _show_legend(self, theme: Theme) -> None:
        self.query_one("#play-legend", Static).update(legend(theme.dark))

    def _show_panel(self) -> None:
        if self._texts is None:
            return
        side, drawing = self.query_one("#play-panel", Static), self._texts.current
        width = side.scrollable_content_region.width
        if width <= 0:
            return
        rows = panel.bars(drawing, self.text.cursor, self._request, self._instead, width)
        rows += [Text(), *panel.settings(self._settings(self._texts), width), Text()]
        rows += panel.standing(drawing, self._goes_on, width)
        side.update(Text("\n").join(rows))

    def _settings(self, texts: Texts) -> list[panel.Setting]:
        request, speed = self._request, self._speed
        return [
            panel.Setting("temperature", f"{request.temperature:g}", "+ -"),
            panel.Setting("top-k", wording.count(request.top_k) if request.top_k else "all", "k K"),
            panel.Setting("top-p", f"{request.top_p:g}", "n N"),
            panel.Setting("speed", "all at once" if speed == math.inf else f"{speed:g}/s", "s S"),
            panel.Setting("text", f"{texts.number} of {len(texts.all)}", "b B"),
        ]

    # keys

    def _all_keys(self) -> list[Binding]:
        """Return the keys for the help: here `space` does something of its own."""
        draw = next(binding for _, binding in self._bindings if binding.action == "draw")
        return [draw if each.key == draw.key else each for each in super()._all_keys()]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        drawing = self.drawing
        can_draw = drawing is not None and not drawing.is_full
        applies = {
            "hold": False,  # a text is drawn by one net, whatever becomes of that
            "follow": False,
            "draw": can_draw and not self._goes_on,
            "rest": self._goes_on,
            "one": can_draw,
            "turn": self._texts is not None and len(self._texts.all) > 1,
            "net": len(self.looking.subjects) > 1,
        }
        own = {"fork", "instead", "warmer", "likeliest", "nucleus", "speed", "again"}
        if action in own and drawing is None:
            return False
        return applies.get(action, super().check_action(action, parameters))

    def action_draw(self) -> None:
        """Draw on, where it can be seen."""
        self.text.action_text_end()
        self._go_on(True)
        self._show_panel()

    def action_rest(self) -> None:
        """Draw no more for now."""
        self._go_on(False)
        self._show_panel()

    def action_one(self) -> None:
        """Draw one character."""
        self._go_on(False)
        self.text.action_text_end()
        if self.drawing is not None:
            self.drawing.draw(self._request)
        self._show_text()
        self.refresh_bindings()

    def action_fork(self) -> None:
        """Draw on from the cursor, or after what was chosen to stand there."""
        texts = self._texts
        if texts is None:
            return
        drawing = texts.current
        place = self.text.cursor - len(drawing.prompt)
        if place < 0:
            self.notify("The prompt was not drawn: a fork begins behind it.", timeout=3)
            return
        chances = panel.chances_at(drawing, self.text.cursor, self._request)
        chosen = None if self._instead is None else chances[self._instead].char
        if place < len(drawing.drawn):
            drawing = texts.fork(place)
        if chosen is not None and not drawing.is_full:
            drawing.choose(chosen, self._request)
        self._go_on(not drawing.is_full)
        self._show_text()

    def action_instead(self, on: bool) -> None:
        """Choose the next of the likeliest characters for the cursor, or none of them again."""
        drawing = self.drawing
        if drawing is None:
            return
        self._go_on(False)
        count = len(panel.chances_at(drawing, self.text.cursor, self._request))
        if count:
            before = count if self._instead is None else self._instead
            place = (before + (1 if on else -1)) % (count + 1)
            self._instead = None if place == count else place
        self._show_panel()

    def action_warmer(self, up: bool) -> None:
        """Change the temperature by a tenth."""
        self._request = numbers.with_temperature(self._request, up)
        self._show_panel()

    def action_likeliest(self, up: bool) -> None:
        """Draw from fewer or more of the likeliest characters."""
        if self.drawing is not None:
            vocab_size = self.drawing.subject.vocabulary.vocab_size
            self._request = numbers.with_top_k(self._request, up, vocab_size)
            self._show_panel()

    def action_nucleus(self, up: bool) -> None:
        """Draw from less or more of the probability."""
        self._request = numbers.with_top_p(self._request, up)
        self._show_panel()

    def action_speed(self, up: bool) -> None:
        """Draw faster or more slowly."""
        self._speed = numbers.stop_after(numbers.SPEEDS, self._speed, up)
        self._show_panel()

    def action_turn(self, on: bool) -> None:
        """Go to another of the texts, which stands still."""
        if self._texts is not None:
            self._texts.turn(1 if on else -1)
            self._go_on(False)
            self._show_text()

    def action_again(self) -> None:
        """Begin another text after the same prompt, with the newest net."""
        self._seed += 1
        self.recompute()

    def action_net(self) -> None:
        """Let the next net begin a text after the same prompt."""
        self._which += 1
        self.recompute()

    def action_digits(self) -> None:
        """Write bits below the text, or not."""
        self.text.digits = not self.text.digits


def opening(text: str) -> str:
    """Return the first words of a text, which a net is to go on with."""
    if len(text) <= OPENING:
        return text
    space = text.rfind(" ", 1, OPENING)
    return text[:OPENING] if space < 0 else text[:space]

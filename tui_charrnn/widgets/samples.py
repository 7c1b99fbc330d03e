"""The samples pane: what the model writes, newest last, shown exactly and harmlessly."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from rich.console import Group
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size

from tui_charrnn.engine.events import Drawn, Sample, SamplePart
from tui_charrnn.runs import wording
from tui_charrnn.safe_text import safe, safe_line
from tui_charrnn.widgets.growing_text import GrowingText
from tui_charrnn.widgets.still_log import StillLog

KEPT = 200
"""Samples that can be scrolled back to."""

LINES = 3_000
"""Lines of them at the most, 4 kB each: the longest sample there can be has room on 80 columns."""

SETTINGS = "S sets prompt, temperature, top-k, top-p"

ENOUGH = "k ends it here"


class Growing:
    """A sample that is being drawn, as far as it has come.

    Attributes:
        parts: of it.
        seq_length: characters a window of its run.
        end: of its text, as it is written; None while it is not on the screen.
        first: number of its first line, counted from the first that the pane ever had.
    """

    def __init__(self, seq_length: int) -> None:
        """Begin without a part."""
        self.parts: list[SamplePart] = []
        self.seq_length = seq_length
        self.end: GrowingText | None = None
        self.first = 0

    @property
    def drawn(self) -> int:
        """Characters that have come."""
        return self.parts[-1].drawn if self.parts else 0


class SamplesPane(StillLog):
    """A rolling list of samples, each under a line with its iteration and loss.

    Attributes:
        asked_for: how many samples of the run were drawn because somebody asked for them.
    """

    HELP = """
    # Samples

    Text drawn from the net while it learns, newest last. At first all characters are alike, then
    come frequent letters, spaces at likely places, words, and at last sentences.
    Controls and other dangerous characters are shown as visible stand-ins.

    A long one is shown while it is drawn. `k` ends it where it is and keeps what there is; where
    the run is stopped before it is whole, nothing of it is kept.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"samples--header", "samples--prompt"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_home", "Oldest", show=False),
        Binding("end", "scroll_end", "Newest", show=False),
    ]

    def __init__(self, id: str | None = None, hints: bool = True) -> None:
        """Start empty; with `hints` the pane names its keys below, where there is room for them."""
        super().__init__(
            id=id, wrap=True, markup=False, highlight=False, min_width=1, max_lines=LINES
        )
        self.border_title = "Samples"
        self.asked_for = 0
        self._hints = hints
        self._samples: deque[tuple[Sample, int]] = deque(maxlen=KEPT)
        self._growing: Growing | None = None
        self._has_gap = False
        self._width = 0
        self.auto_scroll = False
        self._following = True

    @property
    def is_growing(self) -> bool:
        """Whether a sample is being drawn, and some of it seen."""
        return self._growing is not None

    def add(self, drawn: Drawn, seq_length: int) -> None:
        """Show one more sample, or more of one, of windows of `seq_length` characters.

        A reader who has scrolled back is left where they are.
        """
        follow = self._following
        if isinstance(drawn, SamplePart):
            self._grow(drawn, seq_length)
        elif isinstance(drawn, Sample):
            self._add_whole(drawn, seq_length)
        self._describe()
        if follow:  # else everything would be drawn twice, before and after the way there
            self.scroll_end(animate=False, immediate=self._is_ready)

    @property
    def _is_ready(self) -> bool:
        """Whether it is on the screen, and what is written is wrapped at once."""
        return self._size_known and bool(self.size.width)

    def remember(self, sample: Sample, seq_length: int) -> None:
        """Keep a sample that others follow at once: it is written when a reader scrolls back."""
        if self._following:
            self._samples.append((sample, seq_length))
            self._has_gap = True
        else:
            self.add(sample, seq_length)

    def _add_whole(self, sample: Sample, seq_length: int) -> None:
        """Show a sample in place of the parts of it, if any."""
        self._take_parts_away()
        self.asked_for += sample.requested
        self._samples.append((sample, seq_length))
        if self._is_ready:
            self._write(sample, seq_length)
        else:  # not on the screen: there is no width to wrap to
            self._width = 0

    def _grow(self, part: SamplePart, seq_length: int) -> None:
        """Show more of a sample; what came between is not guessed: the whole brings it."""
        begun = part.drawn - len(part.text)
        if not begun:
            self.give_up()
            self._growing = Growing(seq_length)
        growing = self._growing
        if growing is None or growing.drawn != begun:
            return
        growing.parts.append(part)
        if self._is_ready:
            self._write_part(growing, part)
        else:
            self._width = 0

    def give_up(self) -> None:
        """Show nothing any more of a sample that will not be whole: it was given up."""
        if self._growing is not None:
            self._take_parts_away()
            self.virtual_size = Size(self._widest_line_width, len(self.lines))
            self.refresh()
            self._describe()

    def _take_parts_away(self) -> None:
        growing, self._growing = self._growing, None
        if growing is not None and growing.end is not None:
            self._cut_off(growing.first)

    def _cut_off(self, number: int) -> None:
        """Take lines away from one on, whose number counts from the first there ever was."""
        del self.lines[max(0, number - self._start_line) :]
        self._line_cache.clear()  # it knows them by these numbers

    def _describe(self) -> None:
        """Say below the pane what there is."""
        if self._growing is not None:
            part = self._growing.parts[-1]
            words = [wording.drawn_of(part), *([ENOUGH] if self._hints else [])]
        elif self._samples:
            left_out = wording.left_out(self._samples[-1][0])
            words = [f"{len(self._samples)} kept", *left_out, *([SETTINGS] if self._hints else [])]
        else:
            words = []
        self.border_subtitle = " · ".join(words)

    def action_scroll_home(self) -> None:
        """Go to the oldest of all that are kept."""
        if self._has_gap:
            self._fill_gap()
        super().action_scroll_home()

    def action_scroll_end(self) -> None:
        """Go to the newest at once, and follow it: a slow way there would miss what grows."""
        self._following = True
        self.scroll_end(animate=False)

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Follow the newest sample until somebody scrolls back, and again from the end on."""
        super().watch_scroll_y(old, new)
        self._following = new >= self.max_scroll_y
        if self._has_gap and not self._following:
            self.call_later(self._fill_gap_on_the_way)

    async def _fill_gap_on_the_way(self) -> None:
        await self.stop_animation("scroll_y")
        if self._has_gap:
            self._fill_gap()

    def _fill_gap(self) -> None:
        """Write all that is kept, and stay where the reader is: so far from the end."""
        back = self.max_scroll_y - self.scroll_y
        self._write_all()
        self.scroll_to(y=self.max_scroll_y - back, animate=False, immediate=True)
        self._following = not back

    def forget(self) -> None:
        """Drop all samples: a new run begins."""
        self._samples.clear()
        self._growing, self._has_gap = None, False
        self.asked_for = 0
        self.border_subtitle = ""
        self.clear()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap all samples anew when the width has changed."""
        super().on_resize(event)  # from here on it wraps what is written
        follow = self._following
        if event.size.width == self._width:
            if follow:  # on a pane that has become lower, the newest would be out of sight
                self.scroll_end(animate=False, immediate=False)
            return
        self._width = event.size.width
        self._write_all()
        if follow:
            self.scroll_end(animate=False, immediate=False)

    def _write_all(self) -> None:
        self._has_gap = False
        self.clear()
        for sample, seq_length in self._newest():
            self._write(sample, seq_length)
        if self._growing is not None:
            self._write_anew(self._growing)

    def _newest(self) -> list[tuple[Sample, int]]:
        """Return the samples that fill all lines there are: wrapping long ones takes its time."""
        found, room = list[tuple[Sample, int]](), LINES
        for each in reversed(self._samples):
            if room <= 0:
                break
            found.append(each)
            room -= self.least_lines(each[0])
        return found[::-1]

    def least_lines(self, drawn: Drawn) -> int:
        """Return how many lines something drawn takes at least, its header included."""
        text = drawn.text
        return 1 + max(1, text.count("\n"), len(text) // max(1, self.size.width))

    def _write(self, sample: Sample, seq_length: int) -> None:
        text = self._prompt(sample).append(safe(sample.text))
        text.expand_tabs()
        self.write(Group(self._header(sample, seq_length), text))

    def _write_anew(self, growing: Growing) -> None:
        """Write all that there is of a sample that is being drawn."""
        growing.end = None
        for part in growing.parts:
            self._write_part(growing, part)

    def _write_part(self, growing: Growing, part: SamplePart) -> None:
        """Write the end of a growing text, from the last line on, which may be wrapped anew."""
        if growing.end is None:
            growing.end = GrowingText(self._prompt(part))
            growing.first = self._start_line + len(self.lines)
            self.write(self._header(part, growing.seq_length))
        else:
            self._cut_off(self._start_line + len(self.lines) - 1)
        end, number = growing.end, len(self.lines)
        end.add(part.text)
        self.write(end.tail)
        end.keep(self.lines[-1].text)
        self.refresh_lines(number, len(self.lines) - number)

    def _header(self, drawn: Drawn, seq_length: int) -> Text:
        return Text(
            wording.sample_header(drawn, seq_length, self.scrollable_content_region.width),
            style=self.get_component_rich_style("samples--header"),
            overflow="ellipsis",
            no_wrap=True,
        )

    def _prompt(self, drawn: Drawn) -> Text:
        prompt_style = self.get_component_rich_style("samples--prompt")
        return Text.assemble((safe_line(drawn.prompt), prompt_style))

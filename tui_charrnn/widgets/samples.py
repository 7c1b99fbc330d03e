"""The samples pane: what the model writes, newest last, shown exactly and harmlessly."""

from __future__ import annotations

from collections import deque
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import RichLog

from tui_charrnn.engine.events import Sample
from tui_charrnn.runs import wording
from tui_charrnn.safe_text import safe, safe_line

KEPT = 200
"""Samples that can be scrolled back to."""

LINES = 3_000
"""Lines of them at the most, 4 kB each: the longest sample there can be has room on 80 columns."""

SETTINGS = "S sets prompt, temperature, top-k, top-p"


class SamplesPane(RichLog):
    """A rolling list of samples, each under a line with its iteration and loss.

    Attributes:
        asked_for: how many samples of the run were drawn because somebody asked for them.
    """

    HELP = """
    # Samples

    Text drawn from the net while it learns, newest last. At first all characters are alike, then
    come frequent letters, spaces at likely places, words, and at last sentences.
    Controls and other dangerous characters are shown as visible stand-ins.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"samples--header", "samples--prompt"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home", "scroll_home", "Oldest", show=False),
        Binding("end", "scroll_end", "Newest", show=False),
    ]

    def __init__(self, id: str | None = None) -> None:
        """Start empty."""
        super().__init__(
            id=id, wrap=True, markup=False, highlight=False, min_width=1, max_lines=LINES
        )
        self.border_title = "Samples"
        self.asked_for = 0
        self._samples: deque[tuple[Sample, int]] = deque(maxlen=KEPT)
        self._width = 0
        self.auto_scroll = False
        self._following = True

    def add(self, sample: Sample, seq_length: int) -> None:
        """Show one more sample of a run whose windows have `seq_length` characters.

        A reader who has scrolled back is left where they are.
        """
        follow = self._following
        self.asked_for += sample.requested
        self._samples.append((sample, seq_length))
        if self.size.width:
            self._write(sample, seq_length)
        else:  # not on the screen: there is no width to wrap to
            self._width = 0
        kept = f"{len(self._samples)} kept"
        self.border_subtitle = " · ".join([kept, *wording.left_out(sample), SETTINGS])
        if follow:
            self.scroll_end(animate=False, immediate=False)

    def watch_scroll_y(self, old: float, new: float) -> None:
        """Follow the newest sample until somebody scrolls back, and again from the end on."""
        super().watch_scroll_y(old, new)
        self._following = new >= self.max_scroll_y

    def forget(self) -> None:
        """Drop all samples: a new run begins."""
        self._samples.clear()
        self.asked_for = 0
        self.border_subtitle = ""
        self.clear()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap all samples anew when the width has changed."""
        follow = self._following
        if event.size.width == self._width:
            if follow:  # on a pane that has become lower, the newest would be out of sight
                self.scroll_end(animate=False, immediate=False)
            return
        self._width = event.size.width
        self.clear()
        for sample, seq_length in self._newest():
            self._write(sample, seq_length)
        if follow:
            self.scroll_end(animate=False, immediate=False)

    def _newest(self) -> list[tuple[Sample, int]]:
        """Return the samples that fill all lines there are: wrapping long ones takes its time."""
        found, room = list[tuple[Sample, int]](), LINES
        for each in reversed(self._samples):
            if room <= 0:
                break
            found.append(each)
            room -= 1 + max(each[0].text.count("\n"), len(each[0].text) // max(1, self._width))
        return found[::-1]

    def _write(self, sample: Sample, seq_length: int) -> None:
        header_style = self.get_component_rich_style("samples--header")
        self.write(
            Text(
                wording.sample_header(sample, seq_length, self.scrollable_content_region.width),
                style=header_style,
                overflow="ellipsis",
                no_wrap=True,
            )
        )
        prompt_style = self.get_component_rich_style("samples--prompt")
        text = Text.assemble((safe_line(sample.prompt), prompt_style), safe(sample.text))
        self.write(text)

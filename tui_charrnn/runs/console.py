"""What a person reads of a run without a screen: samples, a progress bar, a summary at the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Protocol, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tui_charrnn.engine.events import Event, Sample, Started, Stopped, Validation
from tui_charrnn.engine.metrics import bits_per_character
from tui_charrnn.runs import wording
from tui_charrnn.runs.figures import GAP, done, figures, fitting
from tui_charrnn.runs.hang_up import hung_up, let_go
from tui_charrnn.runs.jsonl import STDOUT, OutputError
from tui_charrnn.runs.progress import RunProgress
from tui_charrnn.safe_text import safe, safe_line

BAR_INTERVAL = 0.1
"""Seconds between two looks of the progress bar."""

LINE_INTERVAL = 5.0
"""Seconds between two lines of progress where there is no terminal."""


class Display(Protocol):
    """Shows how far a run is, on standard error."""

    def show(self, event: Event, progress: RunProgress) -> None:
        """Show where the run stands after an event."""

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Make room for something that is written in the meantime."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Bar:
    """Two lines at the bottom of a terminal that are drawn over and over."""

    def __init__(self, stream: TextIO) -> None:
        """Show nothing yet."""
        self._console = Console(file=stream, force_terminal=True)
        self._live: Live | None = None
        self._last = 0.0
        self._progress = RunProgress()

    def show(self, event: Event, progress: RunProgress) -> None:
        """Draw the bar, unless it was drawn a moment ago."""
        now = time.monotonic()
        if now - self._last >= BAR_INTERVAL:
            self._last, self._progress = now, progress
            self._draw()

    def _draw(self) -> None:
        if self._live is None:
            # drawn by the training thread between two updates: no thread of its own takes turns
            live = Live(
                console=self._console, auto_refresh=False, transient=True,
                redirect_stdout=False, redirect_stderr=False,
            )  # fmt: skip
            live.start()
            self._live = live  # one that could not be started cannot be stopped
        self._live.update(bar(self._progress, self._console.width), refresh=True)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Take the bar away, and draw it again below what was written; never raises."""
        was_shown = self._live is not None
        with suppress(OSError):
            self.close()
        yield
        if was_shown:
            with suppress(OSError):
                self._draw()

    def close(self) -> None:
        """Take the bar away and bring the cursor back."""
        if self._live is not None:
            live, self._live = self._live, None
            live.stop()


class Lines:
    """A line at each validation and every few seconds: for files, pipes and simple terminals."""

    def __init__(self, stream: TextIO) -> None:
        """Show nothing yet."""
        self._stream = stream
        self._last = time.monotonic()

    def show(self, event: Event, progress: RunProgress) -> None:
        """Write a line if it is time."""
        now = time.monotonic()
        if isinstance(event, Validation) or now - self._last >= LINE_INTERVAL:
            self._last = now
            parts = [progress.state, done(progress), figures_line(progress)]
            print(GAP.join(parts), file=self._stream, flush=True)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Lines stay where they are."""
        yield

    def close(self) -> None:
        """Nothing is held."""


class Report:
    """Writes the samples and the summary of a run to `out`, its progress to a display."""

    def __init__(self, out: TextIO, err: TextIO, display: Display, samples: bool = True) -> None:
        """Prepare.

        Args:
            out: gets the samples and the summary.
            err: gets what is trained on what.
            display: shows the progress.
            samples: whether samples are written at all.
        """
        self._out, self._err, self._display, self._samples = out, err, display, samples
        self._seq_length = 1

    def take(self, event: Event, progress: RunProgress) -> None:
        """Write an event down, or show the progress after it.

        A terminal that was hung up is written to no more, and the run goes on.

        Raises:
            OutputError: if `out` cannot be written to.
        """
        match event:
            case Started():
                self._seq_length = event.config.seq_length
                self._tell(introduction(event))
            case Sample():
                self._write_sample(event)
            case Stopped():
                self.close()
                self._write(summary(event, progress, self._seq_length))
            case _:
                with self._unwatched():
                    self._display.show(event, progress)

    def aside(self) -> AbstractContextManager[None]:
        """Make room for something that is written by somebody else."""
        return self._display.hidden()

    @contextmanager
    def _unwatched(self) -> Iterator[None]:
        """Let the run go on though nobody can watch it."""
        try:
            yield
        except OSError as error:
            if hung_up(self._err, error):
                let_go(self._err)  # the bar would keep all that it cannot draw

    def _tell(self, text: str) -> None:
        with self._unwatched():
            print(text, file=self._err, flush=True)

    def _write_sample(self, sample: Sample) -> None:
        if self._samples:
            text = safe_line(sample.prompt) + safe(sample.text)
            with self._display.hidden():
                self._write(f"{wording.sample_header(sample, self._seq_length)}\n{text}")

    def _write(self, text: str) -> None:
        try:
            print(text, file=self._out, flush=True)
        except OSError as error:
            if not hung_up(self._out, error):
                raise OutputError(STDOUT, error) from None

    def close(self) -> None:
        """Take the progress away."""
        with self._unwatched():
            self._display.close()


def introduction(started: Started) -> str:
    """Return two lines that say what is trained on what, a third one where it goes on."""
    config, made = started.config, wording.count(started.iteration)
    goes_on = f"\ngoing on after {made} iterations" if started.iteration else ""
    return (
        f"{config.cell}, {wording.units(config)} hidden units, "
        f"{wording.count(started.parameter_count)} parameters\n"
        f"{safe_line(started.corpus)}: {wording.count(started.train_characters)} characters to "
        f"train on, {wording.count(started.validation_characters)} held out, "
        f"{wording.count(started.vocab_size)} distinct{goes_on}"
    )


def figures_line(progress: RunProgress, width: int | None = None) -> str:
    """Return the figures side by side, as many as fit into `width` columns, losses in bits/char."""
    known = figures(progress, progress.learning_rate)
    shown = known if width is None else fitting(known, width)
    return GAP.join(f"{figure.label} {figure.value}" for figure in shown)


def bar(progress: RunProgress, width: int) -> RenderableType:
    """Return the progress bar with its figures, for a terminal `width` columns wide."""
    first = Table.grid(expand=True, padding=(0, 1))
    first.add_column(no_wrap=True)
    first.add_column(ratio=1)
    first.add_column(no_wrap=True, justify="right")
    track = ProgressBar(total=1.0, completed=progress.fraction)
    first.add_row(Text(progress.state, "bold green"), track, Text(done(progress)))
    second = Text(figures_line(progress, width - 1), no_wrap=True, overflow="ellipsis")
    return Group(first, second)


def summary(stopped: Stopped, progress: RunProgress, seq_length: int) -> str:
    """Return how the run ended and how good the model is, in up to four lines.

    Why it failed is left to whoever reports errors.

    Args:
        stopped: the last event of the run.
        progress: after that event.
        seq_length: characters a window.
    """
    lines = [_ending(stopped, progress)]
    if stopped.outcome == "finished" and stopped.message:
        lines.append(safe_line(stopped.message))
    if stopped.iteration:
        bits = wording.bits(bits_per_character(stopped.smooth_loss, seq_length))
        nats = wording.nats(stopped.smooth_loss)
        lines.append(f"smooth loss      {bits} bits/char, {nats} nats a sequence")
    if stopped.best_bits_per_character is not None and stopped.best_iteration is not None:
        bits = wording.bits(stopped.best_bits_per_character)
        made = wording.count(stopped.best_iteration + 1)
        lines.append(f"best validation  {bits} bits/char, after {made} iterations")
    return "\n".join(lines)


def _ending(stopped: Stopped, progress: RunProgress) -> str:
    made, total = wording.count(stopped.iteration), wording.count(progress.iterations)
    parts = [f"{stopped.outcome} after {made} of {total} iterations"]
    limit = f" of {wording.duration(progress.time_limit)}" if progress.time_limit else ""
    parts.append(f"time {wording.duration(stopped.elapsed)}{limit}")
    if progress.characters and stopped.elapsed:
        parts.append(f"{wording.speed(progress.characters / stopped.elapsed)} chars/s")
    return ", ".join(parts)

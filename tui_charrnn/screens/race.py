"""The race screen: two nets learn the same text side by side, on one chart and in one table."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from tui_charrnn.engine.events import Event, GradientMemory, Sample, Stopped
from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.runs.drawing import NotDrawn
from tui_charrnn.runs.fairness import Comparison
from tui_charrnn.runs.host import Batch, Tap
from tui_charrnn.runs.keeping import Keeper
from tui_charrnn.runs.race import Race
from tui_charrnn.runs.session import Job
from tui_charrnn.runs.store import RunRecord, RunStore
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.background import Background, WorkDone
from tui_charrnn.screens.base import FullScreen, key_of
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.messages import BatchArrived
from tui_charrnn.screens.race_setup import RaceChoice
from tui_charrnn.screens.runs_deeds import Deeds
from tui_charrnn.screens.sample import SampleScreen, SampleSettings
from tui_charrnn.widgets.comparison_chart import X_UNITS, ComparisonChart
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.memory_chart import MemoryChart
from tui_charrnn.widgets.race_table import Contender, RaceTable
from tui_charrnn.widgets.samples import SamplesPane

PATIENCE = 0.5
"""Seconds that leaving waits for the children to end by themselves."""

_key = partial(key_of, "race")


class RaceScreen(FullScreen):
    """Follows a race from its start to its end; leaving it stops it, what was seen is kept."""

    CSS_PATH = "race.tcss"
    EXPLAINED: ClassVar[tuple[type, ...]] = (ComparisonChart, MemoryChart, SamplesPane, RaceTable)

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("space", "pause", "Pause", "Pause both nets"),
        _key("space", "resume", "Go on", "Go on with both nets"),
        _key("s", "sample", "Draw", "Draw a sample from both now, with the settings of S"),
        _key("x", "stop", "Stop", "Stop both; what they learned can still be looked at"),
        _key("g", "memory", "Gradients", "Gradient memory of both, measured now; and back"),
        _key("t", "x_unit", "Axis", "Against iterations, characters or seconds"),
        _key("p", "report", "Report", "Write a report of this race"),
        _key("z", "zoom", "Zoom", "Maximise the pane in focus, and back"),
        _key("escape", "leave", "Back", "Back to the single run; a race under way is stopped"),
        _key("question_mark", "help", "Help", "Show this help"),
        _key("q", "app.quit", "Quit", "Leave, after a question if a run would be lost"),
        _key(
            "S", "sample_settings", "", "Set prompt, length and temperature, and draw", show=False
        ),
        _key("u", "unit", "Unit", "Loss in bits per character or in nats a sequence", show=False),
        _key("l", "log", "Log x", "A linear or a logarithmic axis", show=False),
        _key("1", "pane(0)", "Chart", "Go to the chart", show=False),
        _key("2", "pane(1)", "Samples", "Go to the samples of the first net", show=False),
        _key("3", "pane(2)", "Samples", "Go to the samples of the second net", show=False),
    ]

    def __init__(self, choice: RaceChoice, job: Job, keeper: Keeper | None) -> None:
        """Prepare a race.

        Args:
            choice: how the contenders are made equal, and what each of them trains.
            job: the text that they read; each has a config of its own.
            keeper: records their runs; None to keep none.
        """
        super().__init__()
        self.choice, self._job, self._keeper = choice, job, keeper
        self.group = f"race of {datetime.now():%Y-%m-%d %H:%M:%S}, {choice.comparison.title}"
        self.race = Race(choice.configs, job.corpus, self._post_batch, tap=self._tap)
        self._background = Background(self.post_message)
        self.chart, self.memory = ComparisonChart(id="chart"), MemoryChart(id="memory")
        self.table = RaceTable(id="table")
        self.samples = {name: _samples_of(name) for name in choice.configs}
        self._measured: dict[str, GradientMemory] = {}
        self._settings = SampleSettings()
        self._zoomed = False

    def compose(self) -> ComposeResult:
        """Lay out chart, samples side by side, the table and the keys."""
        with Vertical(id="race"):
            yield self.chart
            yield self.memory
            with Horizontal(id="sides"):
                yield from self.samples.values()
            yield self.table
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Start both."""
        self.memory.display = False
        self.table.border_title = f"Race at {self.choice.comparison.title} · {self._what()}"
        self.chart.show([(name.upper(), lane.history) for name, lane in self.race.lanes.items()])
        if self.choice.comparison is Comparison.TIME:
            self.chart.x_unit = "seconds"
        self.chart.focus()
        self.race.start()
        self._show_figures()

    def _what(self) -> str:
        config = next(iter(self.choice.configs.values()))
        return f"{safe_line(self._job.corpus.name)}, seed {config.seed}"

    def on_unmount(self) -> None:
        """Let no child outlive the screen."""
        self.close()

    def close(self) -> None:
        """End the race."""
        self.race.close(PATIENCE)
        self._background.close()

    def unfinished(self) -> str:
        """Say that the race would end, while it goes on."""
        return "The race is not over; it stops here." if self.race.active else ""

    def _tap(self, name: str) -> Tap | None:
        """Return what records a contender."""
        if self._keeper is None:
            return None
        return self._keeper.tap(replace(self._job, config=self.choice.configs[name]), self.group)

    # what arrives from the trainers

    def _post_batch(self, batch: Batch) -> None:
        """Called in the trainers' threads."""
        self.post_message(BatchArrived(batch))

    @on(BatchArrived)
    def _show_batch(self, message: BatchArrived) -> None:
        try:
            name, news = self.race.take(message.batch)
            for event in news:
                self._show_event(name, event)
            self.chart.redraw()
            self._show_figures()
        finally:
            self.race.acknowledge(message.batch)

    def _show_event(self, name: str, event: Event) -> None:
        match event:
            case Sample():
                self.samples[name].add(event, self.choice.configs[name].seq_length)
            case GradientMemory():
                self._measured[name] = event
                self.memory.show([(each.upper(), what) for each, what in self._measured.items()])
            case NotDrawn():
                self.notify(event.message, title=name.upper(), severity="error")
            case Stopped(outcome="failed"):
                self.notify(event.message, title=f"{name.upper()} failed", severity="error")

    def _show_figures(self) -> None:
        self.table.show([self._contender(name) for name in self.race.lanes])
        self.refresh_bindings()

    def _contender(self, name: str) -> Contender:
        lane, config = self.race.lanes[name], self.choice.configs[name]
        bits = [value for _, value in lane.history.validations]
        count = parameter_count(config, self._job.corpus.vocab_size)
        return Contender(config, count, lane.progress, min(bits, default=None))

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        active, paused = self.race.active, self.race.pausing
        applies = {
            "pause": active and not paused,
            "resume": active and paused,
            "stop": active,
        }
        return applies.get(action, True)

    def action_pause(self) -> None:
        """Ask both to wait."""
        self.race.pause()
        self._show_figures()

    def action_resume(self) -> None:
        """Ask both to go on."""
        self.race.resume()
        self._show_figures()

    def action_stop(self) -> None:
        """Ask both to end."""
        self.race.stop()
        self._show_figures()

    def action_sample(self) -> None:
        """Draw from both with the settings as they are."""
        self._sample(self._settings)

    def action_sample_settings(self) -> None:
        """Set prompt, length, temperature, and draw."""
        self.app.push_screen(SampleScreen(self._settings, self._job.corpus, False), self._sample)

    def _sample(self, settings: SampleSettings | None) -> None:
        if settings is None:
            return
        self._settings = settings
        try:
            self.race.request_sample(settings.request)
        except ValueError as error:
            self.notify(f"{error} S changes the prompt.", severity="error")

    def action_memory(self) -> None:
        """Show the gradient memory, measured now, in place of the loss; and back."""
        self.memory.display = not self.memory.display
        self.chart.display = not self.memory.display
        if self.memory.display:
            self.race.request_gradient_memory()
            self.memory.focus()
        else:
            self.chart.focus()

    def action_x_unit(self) -> None:
        """Draw against the next of iterations, characters, seconds."""
        place = X_UNITS.index(self.chart.x_unit)
        self.chart.x_unit = X_UNITS[(place + 1) % len(X_UNITS)]

    def action_unit(self) -> None:
        """Switch the unit of the loss axis."""
        self.chart.unit = "nats" if self.chart.unit == "bits" else "bits"

    def action_log(self) -> None:
        """Switch the scale of the horizontal axis."""
        self.chart.log_x = not self.chart.log_x

    def action_report(self) -> None:
        """Ask for a folder, and write a report of the runs of this race into it."""
        if self._keeper is not None:
            find = partial(_runs_of, self._keeper, self.group)
            self._background.do(find, self._report_on, self._complain)

    def _report_on(self, found: tuple[RunStore, list[RunRecord]]) -> None:
        store, runs = found
        if runs:
            Deeds(self, store, self._background, self._background).report(runs)
        else:
            self._complain("There is nothing to report yet.")

    def _complain(self, problem: str) -> None:
        self.notify(problem, severity="error", timeout=10)

    @on(WorkDone)
    def _show_work(self, message: WorkDone) -> None:
        message.show()

    def action_pane(self, index: int) -> None:
        """Put the cursor on the chart or on the samples of a net."""
        chart = self.memory if self.memory.display else self.chart
        [chart, *self.samples.values()][index].focus()

    def action_zoom(self) -> None:
        """Show the pane in focus alone, or all of them again."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused)

    def action_leave(self) -> None:
        """Go back; a race under way is asked for first."""
        if self.maximized is not None:
            self.minimize()
        elif self.race.active:
            question = ConfirmScreen("Leave the race?", "It stops here; what it did is kept.")
            self.app.push_screen(question, self._leave_if)
        else:
            self.dismiss()

    def _leave_if(self, answer: bool | None) -> None:
        if answer:
            self.dismiss()


def _runs_of(keeper: Keeper, group: str) -> tuple[RunStore, list[RunRecord]]:
    """Return the store, and the runs of a race in it."""
    store = keeper.store()
    return store, [run for run in store.runs() if run.origin.group == group]


def _samples_of(name: str) -> SamplesPane:
    pane = SamplesPane(id=f"samples-{name}")
    pane.border_title = name.upper()
    return pane

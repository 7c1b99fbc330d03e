"""The race screen: two nets learn the same text side by side, on one chart and in one table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.events import Drawn, Event, GradientMemory, Step, Stopped
from tui_charrnn.engine.memory import parameter_count
from tui_charrnn.runs import wording
from tui_charrnn.runs.drawing import NotDrawn
from tui_charrnn.runs.fairness import Comparison
from tui_charrnn.runs.host import FRAME_INTERVAL, Batch, Tap, TrainerThread, is_awaited
from tui_charrnn.runs.keeping import Keeper
from tui_charrnn.runs.race import Lane, Race
from tui_charrnn.runs.session import Job
from tui_charrnn.runs.store import RunRecord, RunStore
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.background import Background, WorkDone
from tui_charrnn.screens.base import end_behind
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.leaving import PATIENCE
from tui_charrnn.screens.lenses.opening import into_race, open_lens
from tui_charrnn.screens.messages import BatchArrived
from tui_charrnn.screens.race_keys import KEYS
from tui_charrnn.screens.race_setup import RaceChoice
from tui_charrnn.screens.runs_deeds import Deeds
from tui_charrnn.screens.sample import SampleSettings
from tui_charrnn.screens.sampling import SamplingScreen
from tui_charrnn.widgets.comparison_chart import ComparisonChart
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.memory_chart import MemoryChart
from tui_charrnn.widgets.race_panes import RacePanes
from tui_charrnn.widgets.race_table import Contender, RaceTable
from tui_charrnn.widgets.samples import SamplesPane

NARROW = 100
"""Below this many columns the legend of the gradient memory does not tell the iterations."""

UNMEASURED = GradientMemory(iteration=0, elapsed=0.0, norms=(), windows=0)
"""Of a net without weights: it keeps the others in the colours that they have on the loss chart."""


class RaceScreen(SamplingScreen):
    """Follows a race from its start to its end; leaving it stops it, what was seen is kept.

    Attributes:
        choice: how the contenders are made equal, and what each of them trains.
        group: what the runs of this race are kept under.
        race: the trainers, and where they stand.
    """

    CSS_PATH = "race.tcss"
    EXPLAINED: ClassVar[tuple[type, ...]] = (ComparisonChart, MemoryChart, SamplesPane, RaceTable)
    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]

    def __init__(
        self,
        choice: RaceChoice,
        job: Job,
        keeper: Keeper | None,
        trainer: Callable[..., TrainerThread] = TrainerThread,
    ) -> None:
        """Prepare a race.

        Args:
            choice: how the contenders are made equal, and what each of them trains.
            job: the text that they read; each has a config of its own.
            keeper: records their runs; None to keep none.
            trainer: makes the trainer of a contender.
        """
        super().__init__()
        self.choice, self._job, self._keeper, self._trainer = choice, job, keeper, trainer
        self.group = f"race of {datetime.now():%Y-%m-%d %H:%M:%S}, {choice.comparison.title}"
        self.race = Race(
            choice.configs, job.corpus, self._post_batch, tap=self._tap, trainer=trainer
        )
        self._background = Background(self.post_message)
        self.panes = RacePanes({name: _titled(config) for name, config in choice.configs.items()})
        self.table = RaceTable(" · ".join(self._title()), id="table")
        vocab_size = job.corpus.vocab_size
        self._parameters = {n: parameter_count(c, vocab_size) for n, c in choice.configs.items()}
        self._measured: dict[str, GradientMemory] = {}
        self._keys_state: tuple[object, ...] = ()
        self._followed, self._drawn = False, 0.0
        self._drawing: Timer | None = None
        self._news: list[Event] = []

    def compose(self) -> ComposeResult:
        """Lay out the panes, the table below them, and the keys."""
        yield self.panes
        yield self.table
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Start all."""
        if self.choice.comparison is Comparison.TIME:
            self.panes.chart.x_unit = "seconds"
        self.race.start()
        self._redraw()

    def on_resize(self) -> None:
        """Name the measurements as fully as there is room for."""
        self._show_measured()

    @property
    def _config(self) -> TrainConfig:
        """The config of the first net, for what all have in common."""
        return next(iter(self.choice.configs.values()))

    def _title(self) -> list[str]:
        """Return what is compared, on what, and how long that takes where it is equal time."""
        config = self._config
        title = f"Race at {self.choice.comparison.title}"
        words = [title, safe_line(self._job.corpus.name), f"seed {config.seed}"]
        if self.choice.comparison is Comparison.TIME:
            words.append(f"{config.time_limit:g} s each")
        return words

    def on_unmount(self) -> None:
        """Let no child outlive the screen for longer than its last checkpoint takes."""
        end_behind(self.close)

    def close(self) -> None:
        """End the race, and wait for the last checkpoints."""
        self.race.close(PATIENCE)
        self._background.close()

    def unfinished(self) -> str:
        """Say that the race would end, or what is still being written."""
        under_way = "The race is not over; it stops here." if self.race.active else ""
        return under_way or self._background.unfinished()

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
            others = [event for event in news if type(event) is not Step]
            for event in others:
                self._show_event(name, event)
            if news:
                self._follow()
                self._news += others
                self._redraw_soon(any(map(is_awaited, others)))
        finally:
            self.race.acknowledge(message.batch)

    def _follow(self) -> None:
        """Let the chart follow the race from its first event on; until then it says what it is."""
        if not self._followed:
            self._followed = True
            lanes = self.race.lanes.items()
            self.panes.chart.show([(name.upper(), lane.history) for name, lane in lanes])

    def _show_event(self, name: str, event: Event) -> None:
        match event:
            case Drawn():
                self.panes.add_sample(name, event, self.choice.configs[name].seq_length)
            case GradientMemory():
                self._measured[name] = event
                self._show_measured()
            case NotDrawn():
                self.panes.samples[name].give_up()
                self.notify(event.message, title=name.upper(), severity="error")
            case Stopped():
                self.panes.samples[name].give_up()
                self._show_measured()  # a failed net is not waited for any more
                if event.outcome == "failed":
                    self.notify(event.message, title=f"{name.upper()} failed", severity="error")

    def _show_measured(self) -> None:
        """Draw the gradient memories when those of all nets with weights are there."""
        lanes = self.race.lanes
        if any(_has_weights(lane) for name, lane in lanes.items() if name not in self._measured):
            return
        if self._measured:
            self.panes.memory.show([self._memory_of(name) for name in lanes])

    def _memory_of(self, name: str) -> tuple[str, GradientMemory]:
        """Return a measurement, and a label that says of which weights if there is room for it."""
        found = self._measured.get(name, UNMEASURED)
        if found is UNMEASURED or self.size.width < NARROW:
            return name.upper(), found
        return f"{name.upper()} at {wording.count(found.iteration)}:", found

    def _redraw_soon(self, awaited: bool) -> None:
        """Draw at most once a frame, whatever the number of trainers; at once what is awaited."""
        wait = self._drawn + FRAME_INTERVAL - time.monotonic()
        if awaited or wait <= 0:
            self._redraw()
        elif self._drawing is None:
            self._drawing = self.set_timer(wait, self._redraw)

    def _redraw(self) -> None:
        if self._drawing is not None:
            self._drawing.stop()
        self._drawn, self._drawing = time.monotonic(), None
        self.panes.follow(self._news)
        self._news.clear()
        self._show_figures()

    def _show_figures(self) -> None:
        self.table.show([self._contender(name) for name in self.race.lanes])
        self._show_keys()

    def _contender(self, name: str) -> Contender:
        lane = self.race.lanes[name]
        pausing = lane.trainer.control.pausing
        return Contender(lane.config, self._parameters[name], lane.progress, pausing)

    def _show_keys(self) -> None:
        """Let the line of keys offer others, when the state of the race has changed."""
        race = self.race
        state = (
            race.active,
            race.pausing,
            self._has_weights(),
            self.panes.gradients,
            self.panes.is_growing,
        )
        if state != self._keys_state:
            self._keys_state = state
            self.refresh_bindings()

    def _has_weights(self) -> bool:
        return any(map(_has_weights, self.race.lanes.values()))

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        active, gradients = self.race.active, self.panes.gradients
        weights = self._has_weights()
        applies = {
            "pause": active and not self.race.pausing,
            "resume": active and self.race.pausing,
            "stop": active,
            "again": not active,
            "sample": weights,
            "sample_settings": weights,
            "cut_sample": self.panes.is_growing,
            "lens": weights,
            "gradients": not gradients and (weights or bool(self._measured)),
            "loss": gradients,
            "x_unit": not gradients,
            "unit": not gradients,
            "log": not gradients,
            "report": self._keeper is not None,
        }
        return applies.get(action, True)

    def action_pause(self) -> None:
        """Ask all to wait."""
        self.race.pause()
        self._show_figures()

    def action_resume(self) -> None:
        """Ask all to go on."""
        self.race.resume()
        self._show_figures()

    def action_stop(self) -> None:
        """Ask all to end."""
        self.race.stop()
        self._show_figures()

    def action_again(self) -> None:
        """Run the same race again, on a screen in place of this one."""
        again = RaceScreen(self.choice, self._job, self._keeper, self._trainer)
        again._settings = self._settings
        self.app.switch_screen(again)

    @property
    def drawn_from(self) -> Job:
        """What the first net is trained by."""
        return replace(self._job, config=self._config)

    def draw(self, settings: SampleSettings) -> None:
        """Ask for a sample of each net."""
        self.race.request_sample(settings.request)

    def action_cut_sample(self) -> None:
        """Let the samples that are being drawn end where they are."""
        self.race.cut_samples()

    def action_lens(self, name: str) -> None:
        """Look into all nets."""
        open_lens(self, name, into_race(self.race, self._keeper))

    def action_gradients(self) -> None:
        """Show the gradient memory, measured now, in place of the loss."""
        self.panes.toggle_gradients()
        self.race.request_gradient_memory()
        self._show_keys()

    def action_loss(self) -> None:
        """Show the loss again."""
        self.panes.toggle_gradients()
        self._show_keys()

    def action_x_unit(self) -> None:
        """Draw against the next of iterations, characters, seconds."""
        self.panes.chart.next_x_unit()

    def action_unit(self) -> None:
        """Switch the unit of the loss axis."""
        chart = self.panes.chart
        chart.unit = "nats" if chart.unit == "bits" else "bits"

    def action_log(self) -> None:
        """Switch the scale of the horizontal axis."""
        self.panes.chart.log_x = not self.panes.chart.log_x

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
        self.panes.show(index)

    def action_zoom(self) -> None:
        """Show the pane in focus alone, or all of them again."""
        self.panes.toggle_zoom()

    def action_maximize(self) -> None:
        """Do the same where the palette of commands is asked for it."""
        self.panes.zoomed = True

    def action_leave(self) -> None:
        """Go back one step; a race under way is asked for first."""
        if self.panes.zoomed:
            self.panes.zoomed = False
        elif self.race.active:
            self.app.push_screen(ConfirmScreen("Leave the race?", self._fate()), self._leave_if)
        else:
            self.dismiss()

    def _fate(self) -> str:
        """Say what becomes of the runs of a race that is left."""
        kept = self._keeper is not None and not self._keeper.problem
        return "It stops here; its runs stay in the store." if kept else "It stops here."

    def _leave_if(self, answer: bool | None) -> None:
        if answer:
            self.dismiss()


def _titled(config: TrainConfig) -> str:
    return f"{config.cell.upper()} {wording.units(config)}"


def _has_weights(lane: Lane) -> bool:
    """Tell whether there is a net to draw from or to measure: trained now, or left by its child."""
    return lane.progress.active or (lane.process.returned and lane.progress.iteration > 0)


def _runs_of(keeper: Keeper, group: str) -> tuple[RunStore, list[RunRecord]]:
    """Return the store, and the runs of a race in it."""
    store = keeper.store()
    return store, [run for run in store.runs() if run.origin.group == group]

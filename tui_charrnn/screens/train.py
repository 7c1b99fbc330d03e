"""The main screen: four panes that show a run, and the keys that steer it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from tui_charrnn.engine import ConfigError, TrainConfig
from tui_charrnn.engine.config import SPECS
from tui_charrnn.engine.events import Drawn, Event, Step, Stopped
from tui_charrnn.runs import wording
from tui_charrnn.runs.drawing import NotDrawn
from tui_charrnn.runs.host import Batch
from tui_charrnn.runs.keeping import Keeper
from tui_charrnn.runs.session import Job, TrainSession, nobody
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.background import WorkDone
from tui_charrnn.screens.going_on import GoingOn
from tui_charrnn.screens.kept import kept
from tui_charrnn.screens.leaving import AT_ONCE, PATIENCE
from tui_charrnn.screens.loading import CorpusFailed, CorpusLoaded, CorpusRead, Wanted
from tui_charrnn.screens.messages import BatchArrived
from tui_charrnn.screens.sample import SampleSettings
from tui_charrnn.screens.sampling import SamplingScreen
from tui_charrnn.screens.train_keys import KEYS
from tui_charrnn.screens.train_text import TrainText
from tui_charrnn.widgets.form import HyperparameterForm
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.loss_chart import LossChart
from tui_charrnn.widgets.panes import Panes
from tui_charrnn.widgets.samples import SamplesPane
from tui_charrnn.widgets.status import StatusPane

if TYPE_CHECKING:
    from tui_charrnn.runs.going_on import Continued


class TrainScreen(SamplingScreen):
    """Shows one run at a time and the form of the next."""

    CSS_PATH = "train.tcss"
    EXPLAINED: ClassVar[tuple[type, ...]] = (
        LossChart,
        SamplesPane,
        HyperparameterForm,
        StatusPane,
    )

    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]

    def __init__(
        self,
        corpus: str,
        encoding: str,
        config: TrainConfig | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        """Prepare to train on a text.

        Args:
            corpus: a name of the catalogue or a path.
            encoding: of a file or folder.
            config: what the form shows at first.
            keeper: records the runs; None to keep none.
        """
        super().__init__()
        self._keeper = keeper
        self.panes = Panes(config or TrainConfig())
        self.text = TrainText((corpus, encoding), self.post_message)
        self._keys_state: tuple[object, ...] = ()
        self._shown: Job | None = None
        self.session = TrainSession(self._post_batch, tap=keeper.tap if keeper else nobody)
        self.going_on = GoingOn(self, keeper, self._title)

    def compose(self) -> ComposeResult:
        """Lay out the panes, the status below them, and the keys."""
        yield self.panes
        yield StatusPane(id="status")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Show the panes; `fill` follows the first frame."""
        self._show_status()

    async def fill(self) -> None:
        """Make what takes longer than the panes: the fields of the form; and read the text."""
        await self.panes.form.fill()
        self._load(self.text.first)

    def on_unmount(self) -> None:
        """Let no trainer outlive the screen."""
        self.session.close(AT_ONCE)

    def close(self) -> None:
        """End the run, if there is one, and wait for its last checkpoint."""
        self.session.close(PATIENCE)

    def unfinished(self) -> str:
        """Say that a run would stop or be lost, if there is one."""
        return self.going_on.loss()

    # what arrives from other threads

    def _post_batch(self, batch: Batch) -> None:
        """Called in the trainer's thread."""
        self.post_message(BatchArrived(batch))

    def _load(self, wanted: Wanted) -> None:
        self.text.load(wanted)
        self._show_status()

    @on(CorpusLoaded)
    def _use_corpus(self, message: CorpusLoaded) -> None:
        corpus = self.text.take(message)
        if corpus is None:
            return
        self.panes.form.set_corpus(corpus)
        if self.session.job is not None:
            self.notify(f"The next run reads {corpus.name}.", timeout=3)
        if corpus.skipped:
            self.notify(f"{len(corpus.skipped)} files are no text and were left out.")
        self._show_status()
        self.text.do_awaited()

    @on(CorpusFailed)
    def _corpus_failed(self, message: CorpusFailed) -> None:
        if not self.text.fail(message):
            return
        self._show_status()
        if self.text.is_the_only_hope(message.wanted):
            self.notify(message.problem, severity="error", timeout=15)
        else:  # open the picker again, with what was chosen and what is wrong with it
            self.action_corpus(*message.wanted, message.problem)

    @on(HyperparameterForm.Checked)
    @on(CorpusRead)
    def _show_anew(self) -> None:
        self._show_status()

    @on(WorkDone)
    def _show_result(self, message: WorkDone) -> None:
        message.show()

    @on(BatchArrived)
    def _show_batch(self, message: BatchArrived) -> None:
        message.stop()  # the app has nothing to do with it
        try:
            self._show_events(self.session.take(message.batch))
        finally:
            self._acknowledge(message.batch)
        self._on_timer_update()  # draw now: a timer would wake the thread two more times

    def _acknowledge(self, batch: Batch) -> None:
        self.session.acknowledge(batch)
        self._show_new_run()

    def _show_events(self, news: tuple[Event, ...]) -> None:
        if not news:
            return
        others = [event for event in news if type(event) is not Step]
        for event in others:
            self._show_event(event)
        self.panes.chart.follow(others)
        self._show_status()

    def _show_event(self, event: Event) -> None:
        if isinstance(event, Drawn) and self.session.job:
            self.panes.feed.add(event, self.session.job.config.seq_length)
        elif isinstance(event, NotDrawn):
            self.panes.samples.give_up()
            self.notify(event.message, title="No sample", severity="error")
        elif isinstance(event, Stopped):
            self.going_on.take_end()
            self.panes.samples.give_up()
            if event.outcome == "failed":
                self.notify(event.message, title="The run failed", severity="error")
            elif event.message:
                self.notify(event.message, title="The run is over")

    def _show_new_run(self) -> None:
        """Let the panes show another run, if one has begun, from what it was before."""
        job, past = self.session.job, self.session.past
        if job is None or job is self._shown:
            return
        self._shown = job
        self.panes.feed.forget()
        for sample in past.samples if past else ():
            self.panes.feed.add(sample, job.config.seq_length)
        self.panes.chart.show(self.session.history)
        self._show_status()

    def _show_status(self) -> None:
        session = self.session
        status = self.query_one(StatusPane)
        status.show(session.progress, self._title(), session.learning_rate, session.pausing)
        self._show_keys()

    def _show_keys(self) -> None:
        """Let the line of keys offer others, when the state of the run has changed."""
        session = self.session
        state: tuple[object, ...] = (
            session.progress.state,
            session.pausing,
            session.job is None,
            self.text.can_start,
            self.panes.samples.is_growing,
        )
        if state != self._keys_state:
            self._keys_state = state
            self.refresh_bindings()

    def _title(self) -> str:
        """Return what is trained on what: that of the run, or of the form before the first."""
        if self.session.job:
            where = ", detached" if self.session.attached else ""
            return wording.net_on(self.session.job.config, self.session.job.corpus.name) + where
        corpus, config = self.text.corpus, self.panes.form.config
        if corpus is None or self.text.is_coming:
            return self.text.state
        if config is None:
            return "hyperparameters to correct, press e"
        return wording.net_on(config, corpus.name)

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        active, paused = self.session.active, self.session.pausing
        has_net = active or self.session.model is not None
        applies = {
            "start": not active and self.text.can_start,
            "pause": active and not paused,
            "resume": active and paused,
            "stop": active,
            "rate": active,
            "detach": self.going_on.can_detach,
            "new_run": self.session.job is not None,
            **dict.fromkeys(("lens", "sample", "sample_settings"), has_net),
            "cut_sample": self.panes.samples.is_growing,
            "leave": self.panes.can_leave,
        }
        return applies.get(action, True)

    def action_start(self) -> None:
        """Begin a run with the form's values when its text is there; ask if one would be lost."""
        if self._is_ready("The run begins", self.action_start):
            self.going_on.ask_first("Begin a new run?", self._start)

    def go_on(self, continued: Continued) -> None:
        """Show a run that goes on, here or elsewhere, after a question if another would stop."""
        begin = partial(self._go_on, continued)
        question = f"Go on with {safe_line(continued.run.name)}?"
        # later, when the runs screen is gone: else the answer would be given to that
        self.call_later(self.going_on.ask_first, question, begin)

    def _go_on(self, continued: Continued) -> None:
        self.session.start(continued.job, continued.past, continued.attached)
        self._show_new_run()
        self._show_status()

    def _is_ready(self, what: str, deed: Callable[[], object]) -> bool:
        """Return whether all is there for a deed; else say what is not, or wait for the text."""
        if self.text.do_when_there(deed):
            self.notify(f"{what} when this is done: {self.text.state}.", timeout=3)
        elif self.text.state:
            self.notify(f"Not yet: {self.text.state}.", severity="warning")
        elif self.panes.form.config is None:
            self.notify("Correct the marked hyperparameters first.", severity="error")
            self.action_edit()
        else:
            return True
        return False

    def action_race(self) -> None:
        """Let the cells race with the values of the form, each in a process of its own."""
        from tui_charrnn.screens.racing import ask_for_race  # noqa: PLC0415 - a race loads slowly

        config, corpus = self.panes.form.config, self.text.corpus
        if self._is_ready("The race begins", self.action_race) and config and corpus:
            ask_for_race(self, config, corpus, self._keeper)

    def _start(self) -> None:
        if (config := self.panes.form.config) is None or (corpus := self.text.corpus) is None:
            return
        self.session.start(Job(config, corpus, *self.text.source))
        self._show_new_run()
        self._show_status()

    def action_new_run(self) -> None:
        """Begin a new run in place of the one there is."""
        self.action_start()

    def action_pause(self) -> None:
        """Ask the trainer to wait."""
        self.session.pause()
        self._show_status()

    def action_resume(self) -> None:
        """Ask the trainer to go on."""
        self.session.resume()
        self._show_status()

    def action_stop(self) -> None:
        """Ask the trainer to end."""
        self.session.stop()
        self._show_status()

    def action_detach(self) -> None:
        """Let the run go on without the app."""
        self.going_on.detach()
        self._show_status()

    @property
    def drawn_from(self) -> Job | None:
        """What the run trains."""
        return self.session.job

    @property
    def has_best(self) -> bool:
        """Whether an ended run left the weights of its best validation."""
        return self.session.has_best

    def draw(self, settings: SampleSettings) -> None:
        """Ask for a sample, and let it be seen."""
        self.session.sample(settings.request, settings.best)
        self.panes.reveal("samples")

    def action_cut_sample(self) -> None:
        """Let the sample that is being drawn end where it is."""
        self.session.cut_sample()

    def action_lens(self, name: str) -> None:
        """Look into the net."""
        from tui_charrnn.screens.lenses.opening import into_run, open_lens  # noqa: PLC0415

        open_lens(self, name, into_run(self.session, self._keeper))

    def action_rate(self, up: bool) -> None:
        """Change the learning rate of this run by one step of the series 1, 2, 5."""
        try:
            self.session.change_learning_rate(up)
        except ConfigError as error:
            self.notify(str(error), severity="warning")
        self._show_status()

    def action_edit(self) -> None:
        """Put the cursor into the form."""
        self.panes.show("form")
        self.panes.form.focus_first()

    def action_cell(self) -> None:
        """Change the cell in the form."""
        form = self.panes.form
        cells = SPECS["cell"].choices
        form.show(cell=cells[(cells.index(form.value("cell")) + 1) % len(cells)])
        if self.session.active:
            self.notify(f"The next run: {form.value('cell').upper()}.", timeout=3)

    def action_corpus(self, path: str = "", encoding: str = "utf-8", problem: str = "") -> None:
        """Choose another text; once more, if the one that was chosen is none."""
        from tui_charrnn.screens.corpus import CorpusScreen  # noqa: PLC0415

        current = self.text.corpus.name if self.text.corpus else ""
        dialog = kept(self.app, CorpusScreen.KEPT_AS, CorpusScreen) or CorpusScreen()
        dialog.show(current, path, encoding, problem)
        self.app.push_screen(dialog, self._choose_corpus)

    def _choose_corpus(self, choice: Wanted | None) -> None:
        if choice is not None:
            self._load(choice)

    def action_unit(self) -> None:
        """Switch the unit of the loss axis."""
        chart = self.panes.chart
        chart.unit = "nats" if chart.unit == "bits" else "bits"

    def action_log(self) -> None:
        """Switch the scale of the iteration axis."""
        chart = self.panes.chart
        chart.log_x = not chart.log_x

    # which panes are seen

    def action_pane(self, name: str) -> None:
        """Show a pane and focus it."""
        self.panes.show(name)

    def action_zoom(self) -> None:
        """Show the pane in focus alone, or all of them again."""
        self.panes.toggle_zoom()

    def action_leave(self) -> None:
        """Go back one step: from a field, the form, a maximised pane."""
        self.panes.leave()

"""The application: its screens, its palette, what is kept, the way out."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import PRESETS
from tui_charrnn.runs.catalogue import DEFAULT
from tui_charrnn.runs.exit_codes import SIGNAL
from tui_charrnn.runs.interrupts import Signals
from tui_charrnn.runs.keeping import Keeper
from tui_charrnn.runs.settings import OnHangup
from tui_charrnn.runs.store.errors import StoreError
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.ahead import keep_dialogs
from tui_charrnn.screens.aside import Aside
from tui_charrnn.screens.base import FullScreen, await_endings
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.in_turn import OPENING, Dealt, InTurn
from tui_charrnn.screens.kept import all_screens
from tui_charrnn.screens.leaving import Leaving, SavingScreen
from tui_charrnn.screens.train import TrainScreen
from tui_charrnn.terminal import TerminalDriver
from tui_charrnn.widgets.key_line import full_action, key_name

if TYPE_CHECKING:
    from tui_charrnn.runs.store.recorder import Recorder
    from tui_charrnn.screens.sweep import SweepScreen
    from tui_charrnn.screens.sweep_setup import SweepChoice, SweepSettings

SCREENS = Path(__file__).with_name("screens")

DEEDS = (events.Key, events.MouseDown, events.MouseUp, events.Paste)
"""What a person does."""

SWITCH_INTERVAL = 0.001
"""Seconds after which a thread that waits gets its turn: 5 ms, the default, add up to slow keys."""


class CharRNNApp(App[int]):
    """Trains recurrent nets in a terminal.

    Attributes:
        keeper: keeps all runs but those of sweeps.
        in_turn: what keys and clicks wait in.
        on_hangup: what becomes of runs when the terminal goes away: they stop with a checkpoint,
            and may then continue in processes of their own.
        main_screen: what everything else is shown over.
        welcome: whether to begin with the welcome, since nobody has used the app here yet.
        low_bandwidth: whether few bytes are to go to the terminal: fewer frames, no mouse.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")  # whole, so that a subclass finds it too
    TITLE = "charrnn-tui"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit"),
        Binding("escape", "end_hints", "No hints", show=False, id="app.end_hints"),
    ]

    def __init__(
        self,
        corpus: str = DEFAULT,
        encoding: str = "utf-8",
        config: TrainConfig | None = None,
        store: Path | None = None,
        first: SweepScreen | None = None,
        attach: int | None = None,
    ) -> None:
        """Prepare to train on a text.

        Args:
            corpus: a name of the catalogue, or the path of a file or folder.
            encoding: of a file or folder.
            config: the hyperparameters that the form shows at first.
            store: where runs are kept; None for the store of the user.
            first: a sweep that is all there is to do: the app ends with it, and with its exit code.
            attach: a run of the store that another process trains, to be shown at first.
        """
        super().__init__(driver_class=TerminalDriver)
        self.on_hangup: OnHangup = "stop"
        self.welcome = self.low_bandwidth = False
        self._first, self._shown_first = first, attach
        self._sweep_settings: SweepSettings | None = None
        self.keeper = Keeper(store, self._say_later)
        self._unkept = ""
        self._leaving: Leaving | None = None
        self._last_words = ""
        self._asking = threading.Lock()
        self._filling = False
        self.main_screen = TrainScreen(corpus, encoding, config, self.keeper)
        self._aside = Aside(self, self.main_screen.session)
        self.in_turn = InTurn(self, self._deal_with)

    def _say_later(self, problem: str) -> None:
        """Say what is wrong with the store; called in any thread, which does not wait."""
        said, title = safe_line(problem), "Run store"
        say = partial(self.notify, said, title=title, severity="error", markup=False)
        self.call_later(say)

    def get_default_screen(self) -> TrainScreen:
        """Return what everything else is shown over, with its style: later, all would be parsed."""
        self.stylesheet.read(SCREENS / "train.tcss")
        return self.main_screen

    def on_mount(self) -> None:
        """Let the screen's thread have its turn soon after each key."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        if self._first is not None:
            self.push_screen(self._first, lambda _: self.leave())

    def on_ready(self) -> None:
        """Leave what is there for good out of garbage collection, whose pauses hold up keys."""
        gc.freeze()
        gc.enable()  # `commands.app` has left it out until now
        if self._may_exit():
            self._exit_as_asked()  # a signal came before there was an app to be left
            return
        self._filling = True
        self.call_after_refresh(self._follow_first_frame)
        if self._shown_first is not None:
            self._show_attached(self._shown_first)
        elif self.welcome:
            self.action_welcome()

    async def _follow_first_frame(self) -> None:
        """Read the style of every screen, then make what has most widgets.

        A screen that is opened for the first time would have the style of all widgets that there
        are worked out anew; now there are few.
        """
        for path in sorted(SCREENS.rglob("*.tcss")):
            if not self.stylesheet.has_source(str(path)):
                self.stylesheet.read(path)
        self.stylesheet.reparse()
        self.stylesheet.update(self)
        await self.main_screen.fill()
        self._filling = False
        if self._may_exit():
            self._exit_as_asked()
        else:
            self.call_later(self.in_turn.begin)
            keep_dialogs(self.main_screen, self._aside)

    async def on_event(self, event: events.Event) -> None:
        """Deal with what a person does in its order, and when there are fields."""
        if isinstance(event, events.Resize) and isinstance(self._driver, TerminalDriver):
            self._driver.resized(*event.size)
        if not isinstance(event, DEEDS):
            await super().on_event(event)
        elif not event.is_forwarded:
            await self.in_turn.take(event)
        elif self.screen_stack:  # no widget had a use for it, and the app has not ended meanwhile
            await self._deal_with(event)

    async def _deal_with(self, event: events.Event) -> None:
        """Let all else wait until what a person did is on the screen."""
        self._aside.begin()
        await super().on_event(event)
        self.call_after_refresh(self._aside.end_soon)

    def on_dealt(self, message: Dealt) -> None:
        """Deal with what a person did next."""
        self.in_turn.follow(message)

    def on_unmount(self) -> None:
        """Let nothing wait any more, if the last key was that which leaves."""
        self._aside.end()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key's action, the presets, and what Textual offers itself."""
        if isinstance(screen, FullScreen):
            # quitting is offered by Textual itself, in the words of every app
            keys = [key for key in screen.offered_keys() if key.action != "app.quit"]
            yield from map(self._key_command, keys)
        if screen is self.main_screen:
            yield from map(self._preset_command, PRESETS)
            yield SystemCommand("Welcome", "What this is, and first steps", self.action_welcome)
        yield from super().get_system_commands(screen)

    def _key_command(self, binding: Binding) -> SystemCommand:
        run = partial(self.call_later, self.run_action, full_action(binding))
        return SystemCommand(binding.tooltip, f"key {key_name(binding)}", run)

    def _preset_command(self, name: str) -> SystemCommand:
        apply = partial(self.main_screen.panes.form.apply_preset, name)
        return SystemCommand(f"Preset {name}", "Fill in the form", apply)

    def action_command_palette(self) -> None:
        """List the commands."""
        from tui_charrnn.screens.palette import Palette  # noqa: PLC0415

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def action_welcome(self) -> None:
        """Say what the app does, and lead the way to a first sample if that is wanted."""
        from tui_charrnn.screens.welcome import WelcomeScreen  # noqa: PLC0415

        text = self.main_screen.text
        name = text.corpus.name if text.corpus is not None else Path(text.first[0]).name
        self.push_screen(WelcomeScreen(name), self._take_first_steps)

    def _take_first_steps(self, wanted: bool | None) -> None:
        from tui_charrnn.screens.first_steps import FirstSteps  # noqa: PLC0415

        if wanted:
            self.main_screen.query(FirstSteps).remove()
            self.main_screen.mount(FirstSteps(self.main_screen), before="#keys")
        elif self.welcome:
            self._make_store()
        self.welcome = False

    @work(thread=True)
    def _make_store(self) -> None:
        """Make the store before there is a run to keep: where one is, nobody is new."""
        with suppress(StoreError):
            self.keeper.store()

    def action_end_hints(self) -> None:
        """Leave the first steps."""
        from tui_charrnn.screens.first_steps import FirstSteps  # noqa: PLC0415

        self.main_screen.query(FirstSteps).remove()

    @work(thread=True, group=OPENING)
    def action_runs(self) -> None:
        """Show the runs that are kept; opening their store may take a moment."""
        from tui_charrnn.screens.runs import RunsScreen  # noqa: PLC0415
        from tui_charrnn.screens.runs_opening import open_runs  # noqa: PLC0415

        try:
            store = self.keeper.store()
        except StoreError as error:
            self._say_later(str(error))
        else:
            open_runs(self, partial(RunsScreen, store, self.main_screen.go_on))

    @work(thread=True)
    def _show_attached(self, run_id: int) -> None:
        """Show a run that another process trains; to load its text may take a moment."""
        from tui_charrnn.runs.going_on import attached  # noqa: PLC0415

        try:
            continued = attached(self.keeper.store(), run_id, self._say_later)
        except (ValueError, StoreError) as error:
            self.call_later(self.main_screen.notify, str(error), severity="error", timeout=15)
        else:
            self.call_from_thread(self.main_screen.go_on, continued)

    def action_sweep(self) -> None:
        """Ask for a grid, and train its cells."""
        from tui_charrnn.screens.sweep_setup import SweepSettings, SweepSetupScreen  # noqa: PLC0415

        settings = self._sweep_settings or SweepSettings()
        self.push_screen(SweepSetupScreen(settings, self.keeper.store), self._sweep)

    def _sweep(self, choice: SweepChoice | None) -> None:
        from tui_charrnn.screens.sweep import SweepScreen  # noqa: PLC0415

        if choice is None:
            return
        self._sweep_settings, session = choice.settings, self.main_screen.session
        if session.active and not session.pausing:
            self.main_screen.action_pause()  # it would take a core from the workers
            self.notify("The single run waits meanwhile.", timeout=3)
        self.push_screen(SweepScreen(choice.sweep))

    def run(self, **options: Any) -> int | None:
        """Run in the terminal until the app is left, by a person, a signal or a hang-up."""
        if self.low_bandwidth:
            self.animation_level = "none"
            options["mouse"] = False
        with Signals(self._hear):
            return super().run(**options)

    # the way out

    async def action_quit(self) -> None:
        """Leave, after a question if a run would be lost."""
        if self._leaving is not None:
            if self._leaving.announced:
                self.leave()
            return
        reason = next(filter(None, map(_unfinished, all_screens(self))), "")
        if reason:
            self.push_screen(ConfirmScreen("Quit?", reason), self._leave_if)
        else:
            self.leave()

    def _leave_if(self, answer: bool | None) -> None:
        if answer:
            self.leave()

    def hang_up(self) -> None:
        """Leave, since the terminal is gone; called in any thread."""
        self._hear(signal.SIGHUP)

    def _hear(self, number: int) -> None:
        """Leave as a signal asks for; called in any thread.

        Of a terminal that is closed one hears several times, which is no impatience.
        """
        if self._leaving is None or number != signal.SIGHUP:
            self.leave(number)
        if self._leaving is not None:
            self._leaving.guard(self._restore_terminal, SIGNAL + number)

    def _restore_terminal(self) -> None:
        if isinstance(self._driver, TerminalDriver):
            self._driver.restore()

    def leave(self, number: int = 0) -> None:
        """End the trainers, keep what they have learned, and end the app; called in any thread.

        It does not wait for that. If it is asked for once more, the trainers are not waited for.

        Args:
            number: of the signal that asks for it, 0 for a person.
        """
        with self._asking:
            again = self._leaving is not None
            if self._leaving is None:
                self._last_words = self.main_screen.going_on.last_words()
                self._leaving = Leaving(number, self._ends(), self._keeping(number))
        if again:
            self._leaving.give_up()
        else:
            self._leaving.start(self._say_saving, self._exit_soon)

    def _ends(self) -> list[Callable[[], object]]:
        """Return what ends all that runs, and waits for it."""
        stack = self.screen_stack if self.is_running else []
        screens = {self.main_screen, *(each for each in stack if isinstance(each, FullScreen))}
        return [await_endings, *(screen.close for screen in screens)]

    def _keeping(self, number: int) -> Callable[[], object]:
        """Return what keeps the runs that have ended, and lets them go on if that is set."""
        recorders = self.keeper.under_way()
        if number == signal.SIGHUP and self.on_hangup == "continue" and recorders:
            return partial(self._keep_and_hand_over, recorders, self.keeper.store().path)
        return self.keep_all

    def _keep_and_hand_over(self, recorders: list[Recorder], store: Path) -> None:
        from tui_charrnn.runs.detached.handover import hand_over_what_trained  # noqa: PLC0415

        self.keep_all()
        run_ids = [recorder.run_id for recorder in recorders if recorder.run_id is not None]
        problems = hand_over_what_trained(run_ids, store).problems
        self._unkept = " ".join(filter(None, (self._unkept, *problems)))

    def keep_all(self) -> str:
        """Write what waits to be kept; return a sentence on what could not be, or nothing."""
        if self._leaving is None:  # the app broke down
            self.main_screen.close()
        self._unkept = self.keeper.close() or self._unkept
        return self._unkept

    def _say_saving(self) -> None:
        with suppress(RuntimeError):  # the app has gone meanwhile
            self.call_later(self.push_screen, SavingScreen())

    def _exit_soon(self) -> None:
        with suppress(RuntimeError):
            self.call_later(self._exit_as_asked)

    def _may_exit(self) -> bool:
        """Return whether all was kept after somebody asked to leave."""
        return self._leaving is not None and self._leaving.over.is_set()

    def _exit_as_asked(self) -> None:
        if self._filling:
            return  # fields that are half made cannot be taken down; it exits when they are there
        number = self._leaving.number if self._leaving else 0
        code = 0 if self._first is None else self._first.exit_code
        code = SIGNAL + number if number else code
        self.exit(code, return_code=code, message=self._last_words or None)


def _unfinished(screen: Screen[object]) -> str:
    return screen.unfinished() if isinstance(screen, FullScreen) else ""

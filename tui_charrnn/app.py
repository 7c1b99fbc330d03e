"""The application: its screens, its palette, what is kept, the way out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import PRESETS
from tui_charrnn.runs.catalogue import DEFAULT
from tui_charrnn.runs.keeping import Keeper
from tui_charrnn.runs.store.errors import StoreError
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.base import FullScreen
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.train import TrainScreen
from tui_charrnn.widgets.key_line import full_action, key_name

if TYPE_CHECKING:
    from tui_charrnn.screens.sweep import SweepScreen
    from tui_charrnn.screens.sweep_setup import SweepChoice, SweepSettings

SWITCH_INTERVAL = 0.001
"""Seconds after which a thread that waits gets its turn: 5 ms, the default, add up to slow keys."""


class CharRNNApp(App[int]):
    """Trains recurrent nets in a terminal."""

    CSS_PATH = Path(__file__).with_name("app.tcss")  # whole, so that a subclass finds it too
    TITLE = "charrnn-tui"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True, id="app.quit"),
    ]

    def __init__(
        self,
        corpus: str = DEFAULT,
        encoding: str = "utf-8",
        config: TrainConfig | None = None,
        store: Path | None = None,
        first: SweepScreen | None = None,
    ) -> None:
        """Prepare to train on a text.

        Args:
            corpus: a name of the catalogue, or the path of a file or folder.
            encoding: of a file or folder.
            config: the hyperparameters that the form shows at first.
            store: where runs are kept; None for the store of the user.
            first: a sweep that is all there is to do: the app ends with it, and with its exit code.
        """
        super().__init__()
        self._first = first
        self._sweep_settings: SweepSettings | None = None
        self.keeper = Keeper(store, self._say_later)
        self._unkept = ""
        self.main_screen = TrainScreen(corpus, encoding, config, self.keeper)

    def _say_later(self, problem: str) -> None:
        """Say what is wrong with the store; called in any thread, which does not wait."""
        said, title = safe_line(problem), "Run store"
        say = partial(self.notify, said, title=title, severity="error", markup=False)
        self.call_later(say)

    def on_mount(self) -> None:
        """Show the screen; let its thread have its turn soon after each key."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.push_screen(self.main_screen)
        if self._first is not None:
            self.push_screen(self._first, lambda _: self.leave())

    def on_ready(self) -> None:
        """Leave what is there for good out of garbage collection, whose pauses hold up keys."""
        gc.freeze()

    async def on_event(self, event: events.Event) -> None:
        """Let the trainer step aside until what a person did is on the screen."""
        if not isinstance(event, (events.Key, events.MouseDown, events.Paste)):
            await super().on_event(event)
            return
        session = self.main_screen.session
        session.step_aside()
        await super().on_event(event)
        self.call_after_refresh(session.carry_on)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every key's action, the presets, and what Textual offers itself."""
        if isinstance(screen, FullScreen):
            # quitting is offered by Textual itself, in the words of every app
            keys = [key for key in screen.offered_keys() if key.action != "app.quit"]
            yield from map(self._key_command, keys)
        if screen is self.main_screen:
            yield from map(self._preset_command, PRESETS)
        yield from super().get_system_commands(screen)

    def _key_command(self, binding: Binding) -> SystemCommand:
        run = partial(self.call_later, self.run_action, full_action(binding))
        return SystemCommand(binding.tooltip, f"key {key_name(binding)}", run)

    def _preset_command(self, name: str) -> SystemCommand:
        apply = partial(self.main_screen.panes.form.apply_preset, name)
        return SystemCommand(f"Preset {name}", "Fill in the form", apply)

    @work(thread=True)
    def action_runs(self) -> None:
        """Show the runs that are kept; opening their store may take a moment."""
        from tui_charrnn.screens.runs import RunsScreen  # noqa: PLC0415

        try:
            store = self.keeper.store()
        except StoreError as error:
            self._say_later(str(error))
        else:
            self.call_from_thread(self.push_screen, RunsScreen(store))

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

    async def action_quit(self) -> None:
        """Leave, after a question if a run would be lost."""
        reason = next(filter(None, map(_unfinished, self.screen_stack)), "")
        if reason:
            self.push_screen(ConfirmScreen("Quit?", reason), self._leave_if)
        else:
            self.leave()

    def _leave_if(self, answer: bool | None) -> None:
        if answer:
            self.leave()

    def keep_all(self) -> str:
        """Write what waits to be kept; return a sentence on what could not be, or nothing."""
        self._unkept = self.keeper.close() or self._unkept
        return self._unkept

    def leave(self) -> None:
        """End the trainers and the app."""
        for screen in self.screen_stack:
            if isinstance(screen, FullScreen):
                screen.close()
        self.keep_all()
        code = 0 if self._first is None else self._first.exit_code
        self.exit(code, return_code=code)


def _unfinished(screen: Screen[object]) -> str:
    return screen.unfinished() if isinstance(screen, FullScreen) else ""

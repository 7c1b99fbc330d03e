"""The application: its one screen, its palette, the way out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_charrnn.engine import TrainConfig
from tui_charrnn.engine.config import PRESETS
from tui_charrnn.runs.catalogue import DEFAULT
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.train import PATIENCE, TrainScreen
from tui_charrnn.widgets.key_line import full_action, key_name

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
        self, corpus: str = DEFAULT, encoding: str = "utf-8", config: TrainConfig | None = None
    ) -> None:
        """Prepare to train on a text.

        Args:
            corpus: a name of the catalogue, or the path of a file or folder.
            encoding: of a file or folder.
            config: the hyperparameters that the form shows at first.
        """
        super().__init__()
        self.main_screen = TrainScreen(corpus, encoding, config)

    def on_mount(self) -> None:
        """Show the screen; let its thread have its turn soon after each key."""
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.push_screen(self.main_screen)

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
        if screen is self.main_screen:
            offered = self.main_screen.offered_keys()
            # quitting is offered by Textual itself, in the words of every app
            yield from (self._key_command(key) for key in offered if key.action != "app.quit")
            yield from map(self._preset_command, PRESETS)
        yield from super().get_system_commands(screen)

    def _key_command(self, binding: Binding) -> SystemCommand:
        run = partial(self.call_later, self.run_action, full_action(binding))
        return SystemCommand(binding.tooltip, f"key {key_name(binding)}", run)

    def _preset_command(self, name: str) -> SystemCommand:
        apply = partial(self.main_screen.panes.form.apply_preset, name)
        return SystemCommand(f"Preset {name}", "Fill in the form", apply)

    async def action_quit(self) -> None:
        """Leave, after a question if a run would be lost."""
        session = self.main_screen.session
        if session.active or session.model is not None:
            question = ConfirmScreen("Quit?", self.main_screen.loss_of("is lost"))
            self.push_screen(question, self._leave_if)
        else:
            self.leave()

    def _leave_if(self, answer: bool | None) -> None:
        if answer:
            self.leave()

    def leave(self) -> None:
        """End the trainer and the app."""
        self.main_screen.session.close(PATIENCE)
        self.exit(0)

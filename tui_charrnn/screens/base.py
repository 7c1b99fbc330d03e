"""What the full screens share: how keys are declared, the help that is made of them, messages."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding
from textual.reactive import Reactive
from textual.widget import Widget

from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.quick import QuickScreen

if TYPE_CHECKING:
    from tui_charrnn.screens.help import HelpScreen

_endings: set[threading.Thread] = set()
"""What left screens wait for."""


def end_behind(end: Callable[[], object]) -> None:
    """End something that takes a while, behind a screen that is left; the app waits for it."""

    def work() -> None:
        try:
            end()
        finally:
            _endings.discard(thread)

    thread = threading.Thread(target=work, name="end", daemon=True)
    _endings.add(thread)
    thread.start()


def await_endings() -> None:
    """Wait for all that was left behind."""
    for thread in list(_endings):
        thread.join()


def key_of(screen: str, key: str, action: str, label: str, tooltip: str, **options: Any) -> Binding:
    """Return a binding whose id is made from its action, so that a keymap can change its key."""
    name = re.sub(r"\W+", ".", f"{screen}.{action}").rstrip(".")
    return Binding(key, action, label, tooltip=tooltip, id=name, **options)


class FullScreen(QuickScreen[None]):
    """A screen with a line of keys, whose help names all keys and explains the panes."""

    EXPLAINED: ClassVar[tuple[type, ...]] = ()
    """The widgets whose HELP texts belong to the help of the screen."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """Where the cursor is: only the widgets that it leaves and enters look different for it."""

    def _update_focus_styles(
        self, focused: Widget | None = None, blurred: Widget | None = None
    ) -> None:
        """Style the frames around the cursor anew, and those where it was.

        Textual does so for all that is in them, two hundred widgets in the form, in case a rule
        asks of some widget whether the cursor is in one around it; none does here.
        """
        widgets = (widget for widget in (focused, blurred) if widget is not None)
        around = {node for widget in widgets for node in widget.ancestors_with_self}
        frames = [node for node in around if node._has_focus_within]
        self.app.stylesheet.update_nodes(frames, animate=True)

    def unfinished(self) -> str:
        """Return a sentence on what would be lost by leaving the app now, or nothing."""
        return ""

    def close(self) -> None:
        """End what runs for this screen, and wait until it is kept: the app is left.

        Called in a thread of its own, which may be given up; not longer than `leaving.PATIENCE`.
        """

    def notify(self, message: str, **options: Any) -> None:
        """Show a message for some seconds; names and paths in it are shown harmlessly."""
        super().notify(safe_line(message), markup=False, **options)

    def action_help(self) -> None:
        """Show all keys, and what the panes mean."""
        from tui_charrnn.screens.help import HelpScreen  # noqa: PLC0415 - not for the first frame
        from tui_charrnn.screens.kept import kept  # noqa: PLC0415

        self.app.push_screen(kept(self.app, self.name_of_help(), HelpScreen) or self.help())

    def name_of_help(self) -> str:
        """Return the name by which its help is kept."""
        return f"help of {type(self).__name__}"

    def help(self) -> HelpScreen:
        """Return a dialog that shows all keys, and what the panes mean."""
        from tui_charrnn.screens.help import HelpScreen  # noqa: PLC0415

        texts = [getattr(pane, "HELP", "") for pane in self.EXPLAINED]
        return HelpScreen(self._all_keys(), texts)

    def _all_keys(self) -> list[Binding]:
        """Return one binding a key and an explanation, whether or not it applies now."""
        keys: dict[str, Binding] = {}
        for _, binding in (*self._bindings, *self.app._bindings):
            known = any(binding.tooltip == other.tooltip for other in keys.values())
            if binding.tooltip and not known:
                keys.setdefault(binding.key, binding)
        return list(keys.values())

    def offered_keys(self) -> list[Binding]:
        """Return the bindings of this screen that apply now, one an action."""
        offered = {
            active.binding.action: active.binding
            for active in self.active_bindings.values()
            if active.node is self and active.binding.tooltip
        }
        return list(offered.values())

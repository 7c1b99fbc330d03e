"""The line of keys at the bottom: those that do something now.

One widget in place of Textual's footer, which is made anew, widget by widget, whenever the keys
change: pausing took 20 ms longer with it.
"""

from __future__ import annotations

from collections.abc import Iterator

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.widgets import Input, Static

NAMES = {"question_mark": "?", "plus": "+", "minus": "-", "slash": "/"}
"""Keys whose names are not what is printed on them."""

GAP = Content(" ")

LAST = 2
"""Keys at the end of the line that always stay: help and the way out."""


class KeyLine(Static):
    """Names every key of the screen that applies, in the order of the bindings."""

    def on_mount(self, event: events.Mount) -> None:
        """Follow what applies."""
        self.auto_links = False  # every word here can be clicked, so none needs underlining
        self._shown: list[Binding] = []
        self.screen.bindings_updated_signal.subscribe(self, lambda _: self.follow())
        self.follow()

    def on_resize(self, event: events.Resize) -> None:
        """Name as many keys as there is room for."""
        self._show()

    def follow(self) -> None:
        """Name what applies now; else that waits until a frame has been drawn."""
        bindings = list(self.shown_bindings())
        if bindings != self._shown:
            self._shown = bindings
            self._show()

    def _show(self) -> None:
        """Show the keys; where room is short, those before the last two are left to the help."""
        words = [*map(_content, self._shown)]
        room = self.size.width or self.app.size.width  # before the first frame it has no size
        while len(words) > LAST and _width(words) > room:
            del words[-LAST - 1]
        self.update(GAP.join(words), layout=False)

    def shown_bindings(self) -> Iterator[Binding]:
        """Yield the bindings that apply now and are not left to the help."""
        actions, typing = set[str](), isinstance(self.screen.focused, Input)
        for active in self.screen.active_bindings.values():
            binding = active.binding
            # what a field in focus or the app can do goes without saying
            own = active.node is self.screen and active.enabled and binding.show
            if typing and _is_typed(binding):
                continue
            if own and binding.action not in actions:
                actions.add(binding.action)
                yield binding


def _width(words: list[Content]) -> int:
    return sum(word.cell_length for word in words) + len(words) - 1


def _is_typed(binding: Binding) -> bool:
    """Tell whether a field in focus takes the key for itself."""
    return len(key_name(binding)) == 1 or binding.key == "space"


def full_action(binding: Binding) -> str:
    """Return the action as it is called from anywhere: `screen.stop`, `app.quit`."""
    return binding.action if "." in binding.action else f"screen.{binding.action}"


def _content(binding: Binding) -> Content:
    action = full_action(binding)
    key = binding.key_display or key_name(binding)
    markup = f"[@click={action}][bold $footer-key-foreground]$key[/] $what[/]"
    return Content.from_markup(markup, key=key, what=binding.description)


def key_name(binding: Binding) -> str:
    """Return a key as it is printed on a keyboard; of several the first."""
    first = binding.key.split(",")[0]
    return NAMES.get(first, first)

"""The keys that all lenses have, and those that open one from another screen."""

from __future__ import annotations

from functools import partial

from textual.binding import Binding

from tui_charrnn.screens.base import key_of
from tui_charrnn.screens.lenses import LENSES

_key = partial(key_of, "lens")


def lens_keys(screen: str) -> tuple[Binding, ...]:
    """Return a key for each lens; the last line names them all as one."""
    keys = [lens.key for lens in LENSES.values()]
    return tuple(
        key_of(
            screen,
            lens.key,
            f"lens('{name}')",
            "Inside",
            f"Look inside: {lens.title}, {lens.shows}",
            key_display=f"{keys[0]}-{keys[-1]}" if lens.key == keys[0] else None,
            show=lens.key == keys[0],
        )
        for name, lens in LENSES.items()
    )


FIRST = (
    _key("escape", "leave", "Back", "Back to where the lens was opened"),
    _key("space", "hold", "Hold", "Hold the picture while the net goes on to train"),
    _key("space", "follow", "Follow", "Follow the net that trains again"),
)
"""Before those of a lens."""

LAST = (
    _key("t", "type", "Type", "Type a text to look at"),
    _key("p", "passage", "Passage", "Take a passage of the corpus; again: another"),
    _key("g", "generate", "Generate", "Let the net write a text; again: another one"),
    _key("v", "compare", "Compare", "Look at another run of the store below"),
    _key("e", "export", "Export", "Write what is seen to a file: picture or figures"),
    *lens_keys("lens"),
    _key("question_mark", "help", "Help", "Show this help"),
    _key("q", "app.quit", "Quit", "Leave, after a question if a run would be lost"),
)
"""After those of a lens."""

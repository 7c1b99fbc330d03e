"""What the first keys need, loaded before they are pressed, but after the first frame."""

from __future__ import annotations

import gc
from functools import cache
from importlib import import_module
from typing import Final

MODULES: Final = (
    "runs.finale",
    "runs.store.store",
    "widgets.loss_picture",
    "screens.help",
    "screens.corpus",
    "screens.runs",
    "screens.racing",
    "screens.lenses.opening",
)
"""With all that they import: the engine, the store, NumPy."""


@cache
def load_ahead() -> None:
    """Load what starts a run, what draws it, and the dialogs; called in a thread, before any run.

    All of that is there for good, and is left out of garbage collection, whose pauses hold up keys.
    """
    for name in MODULES:
        import_module(f"tui_charrnn.{name}")
    from tui_charrnn.runs.host import limit_blas  # noqa: PLC0415 - after NumPy, which has its BLAS
    from tui_charrnn.widgets.plot import load_plotext  # noqa: PLC0415

    limit_blas()
    load_plotext()
    gc.freeze()

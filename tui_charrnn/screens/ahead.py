"""What the first keys need, loaded before they are pressed, but after the first frame."""

from __future__ import annotations

import gc
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from tui_charrnn.screens.aside import Aside
    from tui_charrnn.screens.dialog import Dialog
    from tui_charrnn.screens.train import TrainScreen

MODULES: Final = (
    "runs.finale",
    "runs.store.store",
    "widgets.loss_picture",
    "screens.help",
    "screens.corpus",
    "screens.runs_opening",
    "screens.racing",
    "screens.lenses.opening",
)
"""With all that they import: the engine, the store, NumPy."""


def keep_dialogs(screen: TrainScreen, aside: Aside) -> None:
    """Soon make the dialogs that are opened from the main screen; its text and keys come first."""
    aside.do_later(partial(_keep_dialogs, screen, aside))


async def _keep_dialogs(screen: TrainScreen, aside: Aside) -> None:
    is_loaded = load_ahead.cache_info().currsize > 0
    if screen.text.is_coming or not is_loaded:
        keep_dialogs(screen, aside)
        return
    from tui_charrnn.screens.corpus import CorpusScreen  # noqa: PLC0415 - not for the first frame
    from tui_charrnn.screens.kept import make_ahead  # noqa: PLC0415
    from tui_charrnn.screens.sample import SampleScreen  # noqa: PLC0415

    dialogs: dict[str, Dialog[Any]] = {
        screen.name_of_help(): screen.help(),
        CorpusScreen.KEPT_AS: CorpusScreen(),
        SampleScreen.name_of(False): SampleScreen(has_best=False),
        SampleScreen.name_of(True): SampleScreen(has_best=True),
    }
    for name, dialog in dialogs.items():
        if not await make_ahead(screen.app, name, dialog):
            return


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

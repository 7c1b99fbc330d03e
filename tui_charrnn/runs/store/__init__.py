"""The run store: an embedded SQLite file that keeps every run, event by event."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui_charrnn.runs.store.errors import NoStore, StoreError
    from tui_charrnn.runs.store.opening import default_path
    from tui_charrnn.runs.store.recorder import Recorder
    from tui_charrnn.runs.store.records import Origin, RunRecord, State, TextIdentity
    from tui_charrnn.runs.store.store import RunStore

__all__ = [
    "NoStore",
    "Origin",
    "Recorder",
    "RunRecord",
    "RunStore",
    "State",
    "StoreError",
    "TextIdentity",
    "default_path",
]

_HOMES = {
    "NoStore": "errors",
    "Origin": "records",
    "Recorder": "recorder",
    "RunRecord": "records",
    "RunStore": "store",
    "State": "records",
    "StoreError": "errors",
    "TextIdentity": "records",
    "default_path": "opening",
}
"""The module of each name, imported when the name is asked for: the app starts sooner so."""


def __getattr__(name: str) -> object:
    """Return what is asked for by name, and import it for that."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found

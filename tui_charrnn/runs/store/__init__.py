"""The run store: an embedded SQLite file that keeps every run, event by event."""

from typing import TYPE_CHECKING

from tui_charrnn.engine.on_demand import from_homes

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

__getattr__ = from_homes(__name__, _HOMES)

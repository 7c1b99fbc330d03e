"""The run store: an embedded SQLite file that keeps every run, event by event."""

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

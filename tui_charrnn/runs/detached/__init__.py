"""Detached runs: trained by a process of their own, which no terminal holds.

    launched = launch(NewRun(config, "tales", "utf-8", store))  # .run_id, .pid
    launched = launch(GoingOn(5, store, {"iterations": 20_000}))  # from its last checkpoint

    live(store)  # [5]: the runs of a store that train detached now

    attached = Attached(store, 5, tell)  # one of any number of visitors
    attached.hello.events  # how many events of the run lie in the store: what was until now
    TrainerThread(..., source=attached.source)  # what comes: pause, sample, ... as with any trainer
    attached.leave()  # the run goes on without us

Whatever cannot be done is a `DetachError`, one plain sentence.
"""

from tui_charrnn.runs.detached.client import Attached
from tui_charrnn.runs.detached.errors import DetachError
from tui_charrnn.runs.detached.folder import live
from tui_charrnn.runs.detached.launch import Launched, launch
from tui_charrnn.runs.detached.messages import Hello
from tui_charrnn.runs.detached.orders import GoingOn, NewRun, Order

__all__ = [
    "Attached",
    "DetachError",
    "GoingOn",
    "Hello",
    "Launched",
    "NewRun",
    "Order",
    "launch",
    "live",
]

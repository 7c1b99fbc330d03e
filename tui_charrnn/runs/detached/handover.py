"""Runs that stopped here and go on in processes of their own, such as when a terminal is closed."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tui_charrnn.engine.events import Paused, Resumed, Started
from tui_charrnn.runs.detached.errors import DetachError
from tui_charrnn.runs.detached.launch import Launched, launch
from tui_charrnn.runs.detached.orders import GoingOn
from tui_charrnn.runs.store import RunStore, StoreError


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of runs that were handed over.

    Attributes:
        launched: those that go on.
        problems: a sentence for each that does not.
    """

    launched: tuple[Launched, ...] = ()
    problems: tuple[str, ...] = ()


def hand_over(run_ids: Iterable[int], store: Path) -> HandedOver:
    """Go on with runs from their last checkpoints, each in a process that no terminal holds.

    Args:
        run_ids: of runs that are recorded no more.
        store: the file of the store.

    Returns:
        When all have begun to train or failed to; never raises.
    """
    orders = [GoingOn(run_id, store) for run_id in run_ids]
    if not orders:
        return HandedOver()
    with ThreadPoolExecutor(len(orders)) as pool:  # each loads its text first
        answers = list(pool.map(_launched, orders))
    return HandedOver(
        tuple(answer for answer in answers if isinstance(answer, Launched)),
        tuple(answer for answer in answers if isinstance(answer, str)),
    )


def _launched(order: GoingOn) -> Launched | str:
    try:
        return launch(order)
    except DetachError as error:
        return f"Run {order.run_id} does not go on: {error}"


def stopped_midway(run_ids: Iterable[int], store: Path) -> list[int]:
    """Return those of some runs that were training when they were stopped, not paused.

    Raises:
        StoreError: if the store cannot be read.
    """
    with RunStore.open(store, create=False, read_only=True) as opened:
        return [run_id for run_id in run_ids if _stopped_midway(run_id, opened)]


def _stopped_midway(run_id: int, store: RunStore) -> bool:
    if store.record_of(run_id).state != "stopped" or not store.has_checkpoint(run_id):
        return False
    turns = store.events_of(run_id, Started, Paused, Resumed)
    return not (turns and isinstance(turns[-1], Paused))


def hand_over_what_trained(run_ids: Iterable[int], store: Path) -> HandedOver:
    """Do the same with those that were training when they were stopped: a pause stays one."""
    try:
        return hand_over(stopped_midway(run_ids, store), store)
    except StoreError as error:
        return HandedOver(problems=(str(error),))

"""From a file to a sweep that is ready to start."""

from __future__ import annotations

from pathlib import Path

from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.sweeps.backend import Workers
from tui_charrnn.runs.sweeps.cells import read_plan
from tui_charrnn.runs.sweeps.local import LocalWorkers, cores
from tui_charrnn.runs.sweeps.sweep import Sweep


def open_sweep(
    path: Path,
    *,
    store: RunStore,
    workers: int | None = None,
    dask: str | None = None,
    large: bool = False,
) -> Sweep:
    """Read a grid, and prepare to run those of its cells that were not run yet.

    Args:
        path: the TOML file.
        store: gets the runs.
        workers: processes of this machine; None for one a core.
        dask: address of a Dask scheduler whose workers are taken in their place.
        large: whether the grid may have more than 10,000 cells.

    Raises:
        GridError: if the grid cannot be run.
        StoreError: if the store cannot be read.
        WorkersError: if the cluster cannot be reached.
    """
    plan, found = read_plan(path, large=large), find_workers(workers, dask)
    try:
        return Sweep(plan, store, found)
    except BaseException:
        found.close()
        raise


def find_workers(count: int | None = None, dask: str | None = None) -> Workers:
    """Return processes of this machine, or the workers of a cluster, as `open_sweep` does.

    Raises:
        WorkersError: if the cluster cannot be reached.
    """
    if dask is None:
        return LocalWorkers(count or cores())
    from tui_charrnn.runs.sweeps.cluster import DaskWorkers  # noqa: PLC0415 - an extra

    return DaskWorkers(dask)

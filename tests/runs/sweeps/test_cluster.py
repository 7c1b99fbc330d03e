"""Sweeps on a real Dask cluster, whose scheduler and workers are processes of their own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from tests.runs.sweeps.support import LONG, SHORT, by_state, eventually, grid
from tui_charrnn.runs.store import RunStore, StoreError
from tui_charrnn.runs.sweeps.backend import WorkersError
from tui_charrnn.runs.sweeps.cluster import DaskWorkers
from tui_charrnn.runs.sweeps.opening import open_sweep
from tui_charrnn.runs.sweeps.rows import CellRow
from tui_charrnn.runs.sweeps.sweep import Sweep

Open = Callable[[str], Sweep]


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=60
    ) as started:
        yield started


@pytest.fixture
def sweep_of(tmp_path: Path, store: RunStore, cluster: LocalCluster) -> Iterator[Open]:
    opened: list[Sweep] = []

    def open_(text: str) -> Sweep:
        path = grid(tmp_path, text)
        opened.append(open_sweep(path, store=store, dask=cluster.scheduler_address))
        return opened[-1]

    yield open_
    for sweep in opened:
        sweep.close()


def running(sweep: Sweep) -> list[CellRow]:
    return [row for row in by_state(sweep.snapshot().rows, "running") if row.iteration]


def busy_workers(cluster: LocalCluster) -> list[int]:
    """Return the process ids of the workers that are at a cell."""
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        busy = [address for address, tasks in client.processing().items() if tasks]
        return list(client.run(os.getpid, workers=busy).values())


def test_a_worker_that_is_killed_costs_nothing_and_counts_nothing_twice(sweep_of, store, cluster):
    sweep = sweep_of(LONG + "time_limit = 2\nseeds = 4")
    sweep.start()
    eventually(lambda: len(running(sweep)) == 2)
    os.kill(busy_workers(cluster)[0], signal.SIGKILL)
    assert sweep.wait(120)
    rows = sweep.snapshot().rows
    assert [row.state for row in rows] == ["finished"] * 4
    assert sorted(run.config.seed for run in store.runs()) == [1, 2, 3, 4]
    assert {run.state for run in store.runs()} == {"finished"}
    assert all(2 <= run.elapsed < run.config.time_limit + 5 for run in store.runs())
    assert {run.origin.group for run in store.runs()} == {"sweep grid"}


def test_progress_streams_back_and_orders_go_out(sweep_of, store, cluster):
    sweep = sweep_of(LONG + "seeds = 3")
    sweep.start()
    eventually(lambda: len(running(sweep)) == 2)
    first = running(sweep)[0]
    eventually(lambda: running(sweep)[0].iteration > first.iteration)
    assert running(sweep)[0].smooth_bits
    sweep.pause()
    eventually(lambda: len(by_state(sweep.snapshot().rows, "paused")) == 2)
    held = sweep.snapshot().rows
    time.sleep(0.8)
    assert sweep.snapshot().rows == held
    sweep.resume()
    eventually(lambda: len(running(sweep)) == 2 and running(sweep)[0].iteration > held[0].iteration)
    sweep.cancel()
    assert sweep.wait(120)
    assert [row.state for row in sweep.snapshot().rows] == ["cancelled"] * 3
    assert store.runs() == []
    eventually(lambda: not busy_workers_exist(cluster))
    again = sweep_of(SHORT)
    again.start()
    assert again.wait(120), "a worker still trains what was cancelled"
    assert len(store.runs()) == 1


def busy_workers_exist(cluster: LocalCluster) -> bool:
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        return any(client.run(training).values())


def training() -> bool:
    """Tell whether this worker has a thread that looks for orders, as every cell has."""
    import threading

    return any(thread.name == "orders" for thread in threading.enumerate())


def test_the_same_cells_are_finished_here_and_there(sweep_of, store, tmp_path):
    here = open_sweep(tmp_path / grid(tmp_path, SHORT).name, store=store, workers=1)
    here.start()
    assert here.wait(120)
    here.close()
    there = sweep_of(SHORT + "seeds = [42, 43]")
    assert [row.state for row in there.snapshot().rows] == ["finished", "waiting"]
    there.start()
    assert there.wait(120)
    assert len(store.runs()) == 2


def test_a_scheduler_that_dies_ends_the_sweep_with_a_sentence(tmp_path, store, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = dask("scheduler", f"--host=127.0.0.1 --port={port} --no-dashboard", tmp_path)
    worker = dask("worker", f"{address} --nthreads=1 --no-dashboard --no-nanny", tmp_path)
    try:
        eventually(lambda: listens(port))
        sweep = open_sweep(grid(tmp_path, LONG + "seeds = 2"), store=store, dask=address)
        sweep.start()
        eventually(lambda: running(sweep))
        scheduler.kill()
        assert sweep.wait(120)
        sentence = "The Dask cluster is gone: its scheduler does not answer any more."
        assert sweep.snapshot().problem == sentence
        assert [row.state for row in sweep.snapshot().rows] == ["failed"] * 2
        assert {row.message for row in sweep.snapshot().rows} == {sentence}
        assert store.runs() == []
    finally:
        for process in (scheduler, worker):
            process.kill()
            process.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def dask(command: str, options: str, folder: Path) -> subprocess.Popen[bytes]:
    """Start a part of a cluster."""
    words = [sys.executable, "-m", f"distributed.cli.dask_{command}", *options.split()]
    return subprocess.Popen(words, stderr=subprocess.DEVNULL, cwd=folder)


@pytest.mark.parametrize(("kind", "seconds"), [("closed", 4), ("silent", 20), ("nonsense", 4)])
def test_an_address_where_no_scheduler_answers_is_told_in_time(kind, seconds):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if kind == "closed":
            server.close()
        address = "gopher:///x" if kind == "nonsense" else f"tcp://127.0.0.1:{port}"
        begun = time.monotonic()
        with pytest.raises(WorkersError) as raised:
            DaskWorkers(address)
        assert time.monotonic() - begun < seconds
    sentence = str(raised.value)
    assert sentence.startswith(f"No Dask scheduler answers at {address}: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 ready\r\n"])
def test_a_server_of_another_kind_is_no_scheduler(answer):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=greet, args=(server, answer), daemon=True).start()
        with pytest.raises(WorkersError, match=r"^What answers at .* is no Dask scheduler\.$"):
            DaskWorkers(f"tcp://127.0.0.1:{server.getsockname()[1]}")


def greet(server: socket.socket, answer: bytes) -> None:
    """Answer the probe and the client, and hang up."""
    for _ in range(2):
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(answer)


def test_a_store_that_cannot_be_read_leaves_no_client_behind(tmp_path, store, cluster):
    path = grid(tmp_path, SHORT)
    before = clients(cluster)
    store.close()
    with pytest.raises(StoreError):
        open_sweep(path, store=store, dask=cluster.scheduler_address)
    eventually(lambda: clients(cluster) == before, 20)


def clients(cluster: LocalCluster) -> set[str]:
    return set(cluster.scheduler.clients)


def test_without_dask_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkersError, match=r"^Dask is not installed: pip install 'charrnn-tui"):
        DaskWorkers("tcp://127.0.0.1:1")

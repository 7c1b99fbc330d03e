"""Workers of a Dask cluster that is there already.

Reports come back as events of a topic. Orders go out as a variable of the scheduler, which every
worker reads twice a second while it is at a cell; with each order comes a count that rises while
the coordinator lives, so that no cell is trained on for a coordinator that is gone.

A cell whose worker dies is begun again by the scheduler, as often as the cluster is set up to.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import logging
import socket
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from tui_charrnn.engine import TrainControl
from tui_charrnn.runs.sweeps.backend import WorkersError
from tui_charrnn.runs.sweeps.worker import Order, Report, Tell, obey

PATIENCE: Final = 8.0
"""Seconds that a scheduler has to answer."""

CONNECT_PATIENCE: Final = 6.0
"""Seconds until it is said that no scheduler answers."""

LISTEN_INTERVAL: Final = 0.5
"""Seconds between two looks of a worker for an order."""

PULSE: Final = 1.0
"""Seconds between two signs of life of the coordinator."""

LONGEST_SILENCE: Final = 60.0
"""Seconds without a sign of life after which a worker gives up its cell."""

REPORT: Final = "report"
"""Under which a report stands in an event; Dask adds the worker's address."""

SETTINGS: Final = {"distributed.admin.large-graph-warning-threshold": "1 GiB"}
"""Of Dask here: a task brings its text along, which may be large."""


class DaskWorkers:
    """The workers of a cluster; each of their threads takes one cell."""

    here: ClassVar = False

    def __init__(self, address: str) -> None:
        """Connect.

        Args:
            address: of the scheduler, such as `tcp://10.0.0.1:8786`.

        Raises:
            WorkersError: if Dask is not installed, or no scheduler answers within 10 s.
        """
        self._client = _connected(address)
        self._name = f"charrnn-sweep-{uuid.uuid4().hex}"
        self._order: Order = "go"
        self._beat = 0
        self._capacity = 1
        self._wake = threading.Event()
        self._closed = False
        self._executor: Executor | None = None
        self._pulse = threading.Thread(target=self._live, name="pulse", daemon=True)

    @property
    def connect(self) -> DaskConnect:
        """What a worker calls to be steered and heard."""
        return DaskConnect(self._name)

    def open(self, hear: Callable[[Report], object]) -> Executor:
        """Begin; `hear` is called with every report, in the client's thread.

        Raises:
            WorkersError: if the scheduler is gone.
        """
        try:
            self._client.subscribe_topic(self._name, lambda event: hear(Report(**event[1][REPORT])))
            self._variable = _distributed().Variable(self._name, self._client)
            self._tell()
        except Exception as error:
            raise _gone(error) from None
        self._pulse.start()
        # no retries of what raises: it would raise again; those whose worker dies are no matter
        self._executor = self._client.get_executor(pure=False)
        return self._executor

    def capacity(self) -> int:
        """Return the number of threads; one where there is none yet, so that a cluster can grow."""
        return self._capacity

    def check(self) -> None:
        """Do nothing while the scheduler is there, or the client tries to find it again.

        Raises:
            WorkersError: if it was not found.
        """
        if self._client.status in ("closing", "closed"):
            raise WorkersError("The Dask cluster is gone: its scheduler does not answer any more.")

    def order(self, order: Order) -> None:
        """Ask something of all workers."""
        self._order = order
        self._wake.set()

    def close(self) -> None:
        """Let the workers go; they give up what they are at."""
        if self._closed:
            return
        self._closed = True
        self._wake.set()
        if self._pulse.is_alive():
            self._pulse.join(PATIENCE)
        with contextlib.suppress(Exception):
            if self._executor is not None:
                self._executor.shutdown(wait=False)
                self._say_goodbye()
        with contextlib.suppress(Exception):
            self._client.close(timeout=2)

    def _say_goodbye(self) -> None:
        """Leave nothing at the scheduler, once workers had the time to hear of the end."""
        if self._order != "go":
            self._order = "cancel"
            self._tell()
            time.sleep(2 * LISTEN_INTERVAL)
        self._variable.delete()

    def _live(self) -> None:
        """Give signs of life, and pass on orders."""
        while not self._closed:
            with contextlib.suppress(Exception):  # a scheduler that is gone fails the cells itself
                self._tell()
            self._wake.wait(PULSE)
            self._wake.clear()

    def _tell(self) -> None:
        self._beat += 1
        self._variable.set([self._order, self._beat], timeout=PATIENCE)
        threads: dict[str, int] = self._client.nthreads()
        self._capacity = max(1, sum(threads.values()))


@dataclass(frozen=True, slots=True)
class DaskConnect:
    """Connects a cell with the coordinator, in a worker of a cluster."""

    name: str

    @contextlib.contextmanager
    def __call__(self, key: str, control: TrainControl) -> Iterator[Tell]:
        """Let orders reach the control while it is entered; yield what sends reports."""
        distributed = _distributed()
        worker = distributed.get_worker()
        ears = _Ears(distributed.Variable(self.name, distributed.get_client()), control)
        ears.start()
        try:
            yield lambda report: worker.log_event(self.name, {REPORT: asdict(report)})
        finally:
            ears.stop()


class _Ears:
    """A thread that looks for orders, in a worker."""

    def __init__(self, variable: Any, control: TrainControl) -> None:
        self._variable, self._control = variable, control
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="orders", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(PATIENCE)

    def _listen(self) -> None:
        last, since = -1, time.monotonic()
        while not self._over.wait(LISTEN_INTERVAL):
            try:
                order, beat = self._variable.get(timeout=PATIENCE)
            except Exception:  # whatever keeps the order away: time alone decides
                order, beat = None, last
            if beat != last:
                last, since = beat, time.monotonic()
            elif time.monotonic() - since > LONGEST_SILENCE:
                order = "cancel"
            if order is not None:
                obey(order, self._control)


def _connected(address: str) -> Any:
    """Return a client of the scheduler at `address`.

    Raises:
        WorkersError: if Dask is not installed, or no scheduler answers.
    """
    deadline = time.monotonic() + CONNECT_PATIENCE
    port_answers = _probe(address, CONNECT_PATIENCE) if _is_installed() else False
    distributed = _distributed()
    # it complains of a lost connection in the middle of a screen; the sweep says so itself
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed"):  # each has a level of its own
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    _module("dask").config.set(SETTINGS)
    try:
        _within(_left(deadline), lambda: _knock(address, _left(deadline)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return distributed.Client(address, timeout=_left(deadline), set_as_default=False)
    except TimeoutError as error:
        raise _no_answer(address, error) from None
    except Exception as error:
        if port_answers:
            raise WorkersError(f"What answers at {address} is no Dask scheduler.") from None
        raise _no_answer(address, error) from None


def _is_installed() -> bool:
    """Whether Dask is; it takes seconds to import, of those that an address has to answer."""
    return importlib.util.find_spec("distributed") is not None


def _left(deadline: float) -> float:
    """Return the seconds until then; one at the least, so that a busy machine can still connect."""
    return max(1.0, deadline - time.monotonic())


def _probe(address: str, seconds: float) -> bool:
    """Return whether a TCP address accepts a connection; False for what is no such address.

    Raises:
        WorkersError: if it does not.
    """
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        place = (parts.hostname, parts.port)
    except ValueError:
        return False
    if parts.scheme != "tcp" or None in place:
        return False
    try:
        _within(seconds, lambda: socket.create_connection(place, seconds).close())
    except (OSError, UnicodeError) as error:
        raise _no_answer(address, error) from None
    return True


def _within(seconds: float, work: Callable[[], None]) -> None:
    """Do something that may hang, a look-up of a name as well, in a thread that is left behind.

    Raises:
        TimeoutError: if it is not done in time.
    """
    done: Future[None] = Future()

    def do() -> None:
        try:
            work()
            done.set_result(None)
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=do, name="knock", daemon=True).start()
    done.result(seconds)


def _knock(address: str, seconds: float) -> None:
    """Raise an exception if no scheduler answers: a client would wait for ever for a silent one."""
    connect = _module("distributed.core").connect
    arguments = _distributed().Security().get_connection_args("client")

    async def ask() -> None:
        comm = await connect(address, timeout=seconds, **arguments)
        try:
            await comm.write({"op": "identity", "reply": True})
            answer = await comm.read()
        finally:
            comm.abort()
        if not isinstance(answer, dict) or answer.get("type") != "Scheduler":
            raise OSError("what answers is no scheduler")

    asyncio.run(asyncio.wait_for(ask(), seconds))


def _no_answer(address: str, error: Exception) -> WorkersError:
    return WorkersError(f"No Dask scheduler answers at {address}: {_reason(error)}.")


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing came within {CONNECT_PATIENCE:g} s"
    text = (getattr(error, "strerror", None) or str(error)).partition("\n")[0]
    return text.rstrip(".") or type(error).__name__


def _distributed() -> Any:
    """Return the module `distributed`, whose functions have no types.

    Raises:
        WorkersError: if it is not installed.
    """
    return _module("distributed")


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise WorkersError(
            "Dask is not installed: pip install 'charrnn-tui[cluster]' adds it."
        ) from None


def _gone(error: Exception) -> WorkersError:
    return WorkersError(f"The Dask cluster is gone: {type(error).__name__}: {error}.")

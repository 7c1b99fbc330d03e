"""The dialog before a sweep: which grid, and who works."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual._path import CSSPathType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from tui_charrnn.runs.store import RunStore
from tui_charrnn.runs.sweeps.local import cores, worker_count
from tui_charrnn.runs.sweeps.opening import open_sweep
from tui_charrnn.runs.sweeps.sweep import Sweep
from tui_charrnn.screens.background import Background, WorkDone
from tui_charrnn.screens.corpus import PathSuggester
from tui_charrnn.screens.dialog import Dialog, KeyHints, problem_line, rows
from tui_charrnn.widgets.field import Field

ABOUT = """\
A TOML file gives every hyperparameter a value or a list of values, and all combinations are
trained, several at a time; charrnn-tui sweep --help shows one. Cells that have a finished run in
the store are not run again."""


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """What the dialog asks for: the grid's file, and who works.

    `workers` counts processes of this machine; they stand aside where `dask`, the address of a
    scheduler, is not empty.
    """

    path: str = ""
    workers: int = 0
    dask: str = ""


@dataclass(frozen=True, slots=True)
class SweepChoice:
    """A sweep that is ready to start, and the settings that it was made from."""

    settings: SweepSettings
    sweep: Sweep


class SweepSetupScreen(Dialog[SweepChoice | None]):
    """Reads a grid and its texts; returns the sweep, or None if it is left."""

    CSS_PATH: ClassVar[CSSPathType | None] = ["dialog.tcss", "sweep_setup.tcss"]
    TITLE: ClassVar[str | None] = "Sweep: train every cell of a grid"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", id="sweep.setup.back", tooltip="No sweep"),
    ]

    KEYS: ClassVar[KeyHints] = (
        ("enter", "start"), ("tab", "next field"), ("right", "complete"), ("escape", "back"),
    )  # fmt: skip

    def __init__(self, settings: SweepSettings, store: Callable[[], RunStore]) -> None:
        """Ask.

        Args:
            settings: what the fields hold at first.
            store: opens the store that gets the runs, or raises StoreError; called in a thread.
        """
        super().__init__()
        self._settings, self._store = settings, store
        self._background = Background(self.post_message)
        self._reading = self._left = False
        self._opened: Sweep | None = None
        self._lock = threading.Lock()

    def body(self) -> ComposeResult:
        """Yield the fields."""
        path = Field(self._settings.path, id="path", suggester=PathSuggester())
        workers = Field(f"{self._settings.workers or cores()}", id="workers")
        dask = Field(self._settings.dask, id="dask", placeholder="tcp://host:8786")
        yield from rows(("grid file", path), ("workers", workers), ("or Dask address", dask))
        yield problem_line()
        yield Static("Reading the grid and its texts …", id="reading", markup=False)
        yield Static(ABOUT.replace("\n", " "), classes="about", markup=False)

    def on_mount(self) -> None:
        """Begin in the field of the file."""
        self._show_reading(False)
        self.query_one("#path").focus()

    def on_unmount(self) -> None:
        """Let go of a sweep that nobody waits for any more."""
        self._background.close()
        with self._lock:
            self._left, unwanted = True, self._opened
            self._opened = None
        if unwanted is not None:
            threading.Thread(target=unwanted.close, daemon=True).start()

    @on(Input.Submitted)
    def _submit(self) -> None:
        """Check the fields, and begin to read; what is wrong is said here."""
        if self._reading:
            return
        try:
            settings = self._entered()
        except ValueError as error:
            self.say(str(error))
            return
        self.say("")
        self._show_reading(True)
        done = partial(self._finish, settings)
        self._background.do(partial(self._open, settings), done, self._refuse)

    def _entered(self) -> SweepSettings:
        """Return what the fields hold.

        Raises:
            ValueError: saying in a sentence what is wrong.
        """
        path, workers, dask = (
            self.query_one(f"#{name}", Input).value.strip() for name in ("path", "workers", "dask")
        )
        if not path:
            raise ValueError("Type the path of a grid first.")
        return SweepSettings(path, worker_count(workers), dask)

    def _open(self, settings: SweepSettings) -> Sweep | None:
        """Read all that there is to read; called in a thread."""
        path = Path(os.path.expanduser(settings.path))
        dask = settings.dask or None
        sweep = open_sweep(path, store=self._store(), workers=settings.workers, dask=dask)
        with self._lock:
            if not self._left:
                self._opened = sweep
                return sweep
        sweep.close()
        return None

    def _finish(self, settings: SweepSettings, sweep: Sweep | None) -> None:
        with self._lock:
            self._opened = None
        if sweep is not None:
            self.dismiss(SweepChoice(settings, sweep))

    def _refuse(self, problem: str) -> None:
        self._show_reading(False)
        self.say(problem)

    @on(WorkDone)
    def _show_result(self, message: WorkDone) -> None:
        message.show()

    def _show_reading(self, reading: bool) -> None:
        self._reading = reading
        self.query_one("#reading").display = reading

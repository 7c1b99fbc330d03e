"""What is done with chosen runs: going on, naming, deleting, exporting, reporting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tui_charrnn.runs import going_on
from tui_charrnn.runs.export import export
from tui_charrnn.runs.going_on import Continued
from tui_charrnn.runs.jsonl import OutputError
from tui_charrnn.runs.store import RunRecord, RunStore
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.background import Background
from tui_charrnn.screens.base import FullScreen
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.export import ExportChoice, ExportScreen, file_name
from tui_charrnn.screens.go_on import GoOnScreen
from tui_charrnn.screens.lenses.opening import into_stored, open_lens
from tui_charrnn.screens.rename import RenameScreen
from tui_charrnn.screens.report import ReportChoice, ReportScreen

DESCRIBED = {"csv": "csv: a row an update", "jsonl": "jsonl: every event, samples too"}
"""What each of `runs.export.FORMATS` holds."""

MOST_NETS = 4
"""Runs that are looked into at a time: there is no room for more beside each other."""

NAMED = 6
"""Runs that a question names; the others are counted."""

Runs = Sequence[RunRecord]


class Deeds:
    """Asks, then works in the background, then tells what came of it."""

    def __init__(
        self, screen: FullScreen, store: RunStore, quick: Background, slow: Background
    ) -> None:
        """Prepare.

        Args:
            screen: over which the dialogs open, and which shows the messages.
            store: of the runs.
            quick: does what takes a moment.
            slow: does what takes longer, while the other goes on.
        """
        self._screen, self._store = screen, store
        self._quick, self._slow = quick, slow

    def _tell(self, message: str) -> None:
        self._screen.notify(message, timeout=4)

    def _complain(self, problem: str) -> None:
        self._screen.notify(problem, severity="error", timeout=10)

    # naming

    def rename(self, run: RunRecord, changed: Callable[[], object]) -> None:
        """Ask for another name; `changed` is called when the run has it."""
        self._ask_name(run, changed, run.name)

    def _ask_name(
        self, run: RunRecord, changed: Callable[[], object], name: str, problem: str = ""
    ) -> None:
        def take(name: str | None) -> None:
            if name is None or name == run.name:
                return
            again = partial(self._ask_name, run, changed, name)
            rename = partial(self._store.rename, run.id, name)
            self._quick.do(rename, lambda _: changed(), again)

        self._screen.app.push_screen(RenameScreen(name, problem), take)

    # going on

    def go_on(self, run: RunRecord, begin: Callable[[Continued], object]) -> None:
        """Load what is needed to go on with a run, and hand it to `begin`.

        A finished run is asked for how long; one that another process trains is shown.
        """

        def load(iterations: int | None, *, asked: bool = True) -> None:
            if asked and iterations is None:
                return
            self._tell(f"Loading {described([run])} …")
            tell = partial(self._screen.app.call_later, self._complain)
            work = partial(going_on.continued, self._store, run.id, iterations, tell)
            self._slow.do(work, begin, self._complain)

        if run.state == "finished":
            self._screen.app.push_screen(GoOnScreen(run), load)
        else:
            load(None, asked=False)

    # looking into them

    def look_into(self, runs: Runs, name: str) -> None:
        """Look into the checkpoints of runs through a lens: those of the first that have one."""
        found = [run for run in runs if self._store.has_checkpoint(run.id)]
        if found:
            open_lens(self._screen, name, into_stored(self._store, found[:MOST_NETS]))
            if len(found) > MOST_NETS:
                self._screen.notify(f"The first {MOST_NETS} of {len(found)} runs are shown.")
        else:
            self._complain(f"There is no checkpoint of {described(runs)} to look into.")

    # deleting

    def delete(self, runs: Runs, changed: Callable[[], object]) -> None:
        """Ask, naming the runs; `changed` is called when they are gone."""
        which = f"{described(runs)}, " if len(runs) == 1 else f"{_named(runs)}: "
        loss = f"{which}with every loss point and sample. This cannot be undone."

        def go_on(answer: bool | None) -> None:
            if answer:
                delete = partial(self._store.delete, [run.id for run in runs])
                self._quick.do(delete, lambda _: gone(), self._complain)

        def gone() -> None:
            self._tell(f"Deleted {described(runs)}.")
            changed()

        self._screen.app.push_screen(ConfirmScreen(f"Delete {described(runs)}?", loss), go_on)

    # exporting

    def export(self, runs: Runs) -> None:
        """Ask for a file, and write the runs to it."""

        def write(choice: ExportChoice | None) -> None:
            if choice is not None:
                work = partial(_export, self._store, runs, choice)
                self._slow.do(work, self._written, self._complain)

        stem = file_name(runs[0].name) if len(runs) == 1 else "runs"
        screen = ExportScreen(f"Export {described(runs)}", stem, DESCRIBED)
        self._screen.app.push_screen(screen, write)

    # reporting

    def report(self, runs: Runs) -> None:
        """Ask for a folder, and write a report on the runs into it."""

        def write(choice: ReportChoice | None) -> None:
            if choice is not None:
                self._tell(f"Writing the report on {described(runs)} …")
                work = partial(_report, self._store, runs, choice)
                self._slow.do(work, self._written, self._complain)

        self._screen.app.push_screen(ReportScreen(described(runs)), write)

    def _written(self, what: str) -> None:
        self._screen.notify(f"Wrote {what}.", timeout=10)


def described(runs: Runs) -> str:
    """Name one run, count several."""
    return safe_line(runs[0].name) if len(runs) == 1 else f"{len(runs):,} runs"


def _named(runs: Runs) -> str:
    names = [safe_line(run.name) for run in runs[:NAMED]]
    more = len(runs) - NAMED
    return ", ".join(names) + (f" and {more:,} more" if more > 0 else "")


def _export(store: RunStore, runs: Runs, choice: ExportChoice) -> str:
    """Write a file; return its path."""
    try:
        export(store, [run.id for run in runs], choice.format, choice.path)
    except OutputError as error:
        raise OSError(f"{error}.") from None
    return choice.path


def _report(store: RunStore, runs: Runs, choice: ReportChoice) -> str:
    """Write a report; the libraries that draw its charts are loaded for it alone."""
    from tui_charrnn.runs.report.report import write_report  # noqa: PLC0415

    return str(write_report(runs, store, choice.folder, force=choice.force))

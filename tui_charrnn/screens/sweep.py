"""The sweep screen: every cell of a grid, how far it is and how well it does; pause and cancel."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from tui_charrnn.runs import wording
from tui_charrnn.runs.exit_codes import FAILED, INTERRUPTED
from tui_charrnn.runs.store import RunRecord
from tui_charrnn.runs.sweeps.rows import CellRow, SweepSnapshot, SweepState
from tui_charrnn.screens.background import Background, WorkDone
from tui_charrnn.screens.base import FullScreen, key_of
from tui_charrnn.screens.confirm import ConfirmScreen
from tui_charrnn.screens.runs_deeds import Deeds
from tui_charrnn.screens.sweep_news import (
    Lookout,
    SteeredSweep,
    SweepNews,
    let_go,
)
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.status import LOW
from tui_charrnn.widgets.sweep_panes import CellPane, SweepHead, Tallier
from tui_charrnn.widgets.sweep_table import SweepTable

INTERVAL = 0.2
"""Seconds between two looks at what has changed."""

PATIENCE = 0.5
"""Seconds that leaving the app waits for the workers to end by themselves."""

OVER = ("finished", "cancelled")

_key = partial(key_of, "sweep")


class SweepScreen(FullScreen):
    """Follows a sweep from start to end; leaving it cancels it, what is finished is kept."""

    CSS_PATH = "sweep.tcss"
    EXPLAINED: ClassVar[tuple[type, ...]] = (SweepHead, SweepTable)

    BINDINGS: ClassVar[list[BindingType]] = [
        _key("space", "pause", "Pause", "Pause all cells, and begin no other"),
        _key("space", "resume", "Go on", "Go on with all cells"),
        _key("x", "cancel", "Cancel", "Cancel the sweep, after a question; finished cells stay"),
        _key("f", "running", "Running", "Go to the first cell under way, and on to the next"),
        _key("o", "sort", "Sort", "Sort by the next column"),
        _key("O", "reverse", "Turn", "Turn the order round"),
        _key("p", "report", "Report", "Write a report on the finished cells"),
        _key("escape", "leave", "Back", "Leave the sweep; one under way is asked for first"),
        _key("question_mark", "help", "Help", "Show this help"),
        _key("q", "app.quit", "Quit", "Leave, after a question if a run would be lost"),
    ]

    def __init__(self, sweep: SteeredSweep) -> None:
        """Prepare to run a sweep.

        Args:
            sweep: not yet started; the screen starts it, and ends it when it is left.
        """
        super().__init__()
        self.sweep = sweep
        self._news, self._lookout = SweepNews(sweep), Lookout(sweep)
        begun = sweep.snapshot()
        self._rows: list[CellRow] = list(begun.rows)
        self._state: SweepState = begun.state
        self._left, self._problem = begun.left, begun.problem
        self._tallier = Tallier(sweep.plan.cells)
        self._tally = self._tallier.tally(self._rows)
        self._orders = 0
        self._let_go = False
        self.head, self.table = SweepHead(id="head"), SweepTable(self._rows, id="cells")
        self.cell = CellPane(sweep.plan.cells, id="cell")
        self._background = Background(self.post_message)
        self._slow = Background(self.post_message)
        self._deeds = Deeds(self, sweep.store, self._background, self._slow)

    def compose(self) -> ComposeResult:
        """Lay out the whole, the cells, the one under the cursor, and the keys."""
        yield self.head
        yield self.table
        yield self.cell
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Start the sweep, and look at it from then on."""
        self.table.border_title = "Cells"
        self.table.focus()
        self._show(dict(enumerate(self._rows)))
        self.sweep.start()
        self._timer = self.set_interval(INTERVAL, self._look)

    def on_resize(self, event: events.Resize) -> None:
        """Do without frames on low screens."""
        self.set_class(self.app.size.height < LOW, "-low")

    def on_unmount(self) -> None:
        """Let no worker outlive the screen."""
        self._end(0)
        self._background.close()
        self._slow.close()

    def close(self) -> None:
        """End the sweep."""
        self._end(PATIENCE)

    def _end(self, patience: float) -> None:
        if not self._let_go:
            self._let_go = True
            let_go(self.sweep, patience)

    def unfinished(self) -> str:
        """Say what would be lost, while cells are under way or wait."""
        return self._slow.unfinished() or ("" if self._is_over else self._loss())

    @property
    def exit_code(self) -> int:
        """What a command that shows nothing but this sweep ends with."""
        if self._tally.undone:
            return INTERRUPTED
        return FAILED if self._tally.counts["failed"] else 0

    @property
    def _is_over(self) -> bool:
        return self._state in OVER

    # what arrives from the sweep

    def _look(self) -> None:
        """Show what has changed, and ask how the whole stands, in a thread: it may take a while."""
        if not self._lookout.is_due:
            self._take_news()
            return
        self._lookout.looking = True
        done = partial(self._show_snapshot, self._orders)
        self._background.do(self._lookout.look, done, self._say_broken)

    @on(WorkDone)
    def _show_result(self, message: WorkDone) -> None:
        message.show()

    def _show_snapshot(self, orders: int, snapshot: SweepSnapshot) -> None:
        """Show a look at the sweep; one from before the last key does not know of it."""
        self._lookout.looking = False
        was_over, before = self._is_over, (self._state, self._left, self._problem)
        if orders == self._orders:
            self._state = snapshot.state
        self._left, self._problem = snapshot.left, snapshot.problem
        self._take_news(always=before != (self._state, self._left, self._problem))
        if self._is_over and not was_over:
            self._timer.stop()
            self._tell_end()

    def _say_broken(self, problem: str) -> None:
        self._lookout.looking = False
        self.notify(problem, severity="error")

    def _take_news(self, always: bool = False) -> None:
        news = self._news.take()
        for place, row in news.items():
            self._rows[place] = row
        if news or always:
            self._show(news)

    def _show(self, news: dict[int, CellRow]) -> None:
        """Show the rows that have changed, and what they come to."""
        if news:
            self._tally = self._tallier.tally(self._rows)
            self.table.show(self._rows, news.keys(), self._tally.best)
        name = self.sweep.plan.name
        self.head.show(name, self._state, self._tally, self._left, self._problem)
        self._show_cell()
        self.refresh_bindings()

    @on(SweepTable.Moved)
    def _show_cell(self) -> None:
        row = self.table.current
        if row is not None:
            self.cell.show(row, row.cell.number - 1 in self._tally.best)

    def _tell_end(self) -> None:
        """Say what is left to do, if there is anything."""
        finished = f"{_cells(self._tally.counts['finished'])} finished"
        if self._tally.undone:
            self.notify(f"{finished}; the same file goes on with the others.", timeout=5)
        elif self._tally.counts["failed"]:
            failed = _cells(self._tally.counts["failed"])
            self.notify(f"{finished}, {failed} failed.", severity="error", timeout=5)

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        applies = {
            "pause": self._state in ("ready", "running"),
            "resume": self._state == "paused",
            "cancel": self._state in ("ready", "running", "paused"),
            "running": bool(self._tally.under_way),
            "report": bool(self._tally.counts["finished"]),
        }
        return applies.get(action, True)

    def _order(self, state: SweepState) -> None:
        """Show what was asked for until the sweep says so itself."""
        self._state = state
        self._orders += 1
        self._show({})

    def action_pause(self) -> None:
        """Ask all cells to wait."""
        self.sweep.pause()
        self._order("paused")

    def action_resume(self) -> None:
        """Ask all cells to go on."""
        self.sweep.resume()
        self._order("running")

    def action_cancel(self) -> None:
        """Give the sweep up, after a question."""
        self.app.push_screen(ConfirmScreen("Cancel the sweep?", self._loss()), self._cancel_if)

    def _cancel_if(self, answer: bool | None) -> None:
        if answer and not self._is_over:
            self.sweep.cancel()
            self._order("cancelling")

    def _loss(self) -> str:
        """Return what cancelling would lose, and what it would not."""
        counts, under_way = self._tally.counts, self._tally.under_way
        parts = [f"{_cells(under_way)} under way would begin anew next time"] if under_way else []
        if counts["waiting"]:
            parts.append(f"{_cells(counts['waiting'])} would not be run")
        lost = " and ".join(parts) or "The sweep would end"
        return f"{lost}. What is finished is kept: {_cells(counts['finished'])}."

    def action_running(self) -> None:
        """Go to a cell under way."""
        self.table.go_to_running()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.table.sort_by(self.table.sorting.next(self.table.columns))

    def action_reverse(self) -> None:
        """Turn the order of the rows round."""
        self.table.sort_by(self.table.sorting.reverse())

    def action_report(self) -> None:
        """Write a report on the cells that are finished now."""
        ids = [row.run_id for row in self._rows if row.state == "finished" and row.run_id]
        self._background.do(partial(self._records, ids), self._deeds.report, self._complain)

    def _records(self, ids: list[int]) -> list[RunRecord]:
        """Return the runs of cells; called in a thread."""
        return [self.sweep.store.record_of(run_id) for run_id in ids]

    def _complain(self, problem: str) -> None:
        self.notify(problem, severity="error", timeout=10)

    def action_leave(self) -> None:
        """Go back; a sweep under way is asked for first."""
        if self._is_over:
            self.dismiss()
        else:
            self.app.push_screen(ConfirmScreen("Leave the sweep?", self._loss()), self._leave_if)

    def _leave_if(self, answer: bool | None) -> None:
        if answer:
            self.dismiss()


def _cells(count: int) -> str:
    return wording.counted(count, "cell")

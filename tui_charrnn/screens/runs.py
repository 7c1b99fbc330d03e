"""The runs screen: every run of the store in a table, and those that are marked on one chart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.theme import Theme
from textual.widgets import DataTable, Input, Label, Static

from tui_charrnn.runs.going_on import Continued
from tui_charrnn.runs.store import RunRecord, RunStore, StoreError
from tui_charrnn.runs.store.filters import parse
from tui_charrnn.safe_text import safe_line
from tui_charrnn.screens.background import Background, WorkDone
from tui_charrnn.screens.base import FullScreen
from tui_charrnn.screens.histories import Histories
from tui_charrnn.screens.runs_deeds import Deeds
from tui_charrnn.screens.runs_keys import KEYS
from tui_charrnn.screens.runs_reading import RunsReading
from tui_charrnn.widgets.comparison_chart import ComparisonChart
from tui_charrnn.widgets.field import Field
from tui_charrnn.widgets.key_line import KeyLine
from tui_charrnn.widgets.run_marks import mark_of, part_of
from tui_charrnn.widgets.runs_columns import Sorting
from tui_charrnn.widgets.runs_details import details
from tui_charrnn.widgets.runs_table import RunsTable

EMPTY = """\
No runs yet: press escape, then space.

Every run is kept here, to be compared, named, exported and reported on."""

EXAMPLE = "gru tales hidden_size>=128"
"""Of a filter."""

INTERVAL = 2.0
"""Seconds between two looks at the store while runs are going on."""

IDLE_LOOKS = 5
"""While none is, only every so many looks are taken: one may begin in another program."""

DETAILS = 2
"""Lines below the table."""

LEAST_TABLE = 8
"""Lines that the table has at least."""

FRAME = 3
"""Lines of the table that are no rows: its frame and its heading."""

MOST_LINES = 16
"""Runs on one chart: nobody can tell more of them apart."""

ZOOMS = ("", "chart", "table")
"""What is seen alone, in the order in which a key goes through it."""

OF_RUNS = frozenset({"mark", "mark_all", "go_on", "rename", "delete", "export", "report", "lens"})
"""Actions that need a run in the table."""

OF_STORE = frozenset({"filter", "sort", "reverse", "x_unit", "unit", "log", "zoom"})
"""Actions that need a run in the store."""


class RunsScreen(FullScreen):
    """Lists, filters, sorts, compares, names, deletes and exports runs, and reports on them."""

    CSS_PATH = "runs.tcss"
    EXPLAINED: ClassVar[tuple[type, ...]] = (RunsTable, ComparisonChart)
    BINDINGS: ClassVar[list[BindingType]] = list(KEYS)
    AUTO_FOCUS: ClassVar[str | None] = "RunsTable"

    def __init__(self, store: RunStore, begin: Callable[[Continued], object] | None = None) -> None:
        """Show the runs of an open store.

        Args:
            store: that has them.
            begin: goes on with a run, when this screen is left; None where that is not possible.
        """
        super().__init__()
        self.store = store
        self._begin = begin
        self.chart = ComparisonChart("No run fits the filter.", id="chart")
        self.table = RunsTable(id="runs")
        self._filter = Field(id="filter", placeholder=EXAMPLE)
        self.background = Background(self.post_message)
        self.slow = Background(self.post_message)
        self.reading = RunsReading(store, self.background, self._show_runs, self._complain)
        self.histories = Histories(store, self.background, self._show_lines, self._complain)
        self._deeds = Deeds(self, store, self.background, self.slow)
        self._marked: dict[int, None] = {}  # in the order in which they were marked
        self._fits: Callable[[RunRecord], bool] = parse("")
        self._filter_problem = self._complaint = self._zoomed = ""
        self._looks = 0
        self._read_before: Mapping[int, RunRecord] | None = None

    def compose(self) -> ComposeResult:
        """Lay out chart, filter, table, details and keys."""
        with Vertical(id="overview"):
            yield self.chart
            with Horizontal(id="filter-line"):
                yield Label("/ ")
                yield self._filter
            yield self.table
            yield Static(EMPTY, id="empty", markup=False)
            yield Static(id="details")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Look at the store from time to time."""
        self.chart.can_focus = False  # the keys are those of the table, whatever is seen
        self.query_one(KeyLine).follow()
        self.set_interval(INTERVAL, self._look)
        self.app.theme_changed_signal.subscribe(self, self._change_colours)

    def on_unmount(self) -> None:
        """Let the threads end."""
        self.background.close()
        self.slow.close()

    def unfinished(self) -> str:
        """Say what is still being written."""
        return self.slow.unfinished()

    @property
    def marked(self) -> list[RunRecord]:
        """The marked runs, in the order in which they were marked."""
        return [self.reading.records[run_id] for run_id in self._marked]

    @property
    def chosen(self) -> list[RunRecord]:
        """What a key acts on: the marked runs, or else the one under the cursor."""
        current = self.table.current
        return self.marked or ([current] if current else [])

    # what arrives

    @on(WorkDone)
    def _show_result(self, message: WorkDone) -> None:
        message.show()

    def _look(self) -> None:
        self._looks += 1
        if self.is_current and (self.reading.any_running or self._looks % IDLE_LOOKS == 0):
            self.reading.look()

    def _complain(self, problem: str) -> None:
        """Say what the store says, but not every two seconds."""
        if problem != self._complaint:
            self._complaint = problem
            self.notify(problem, severity="error", timeout=10)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Show the runs, or what is new since it was left, be it the colours of another theme."""
        if event.refresh_styles and not self._has_styles:
            self._change_colours()
        if self.reading.done:
            self.call_after_refresh(self.reading.look)
        else:
            self.reading.begin()

    def _change_colours(self, _: Theme | None = None) -> None:
        self.call_after_refresh(lambda: self.table.repaint(self._marks()))

    def _show_runs(self) -> None:
        """Show what has been read."""
        self._complaint = ""
        records = self.reading.records
        if records == self._read_before:
            return
        self._read_before = records
        self._marked = {run_id: None for run_id in self._marked if run_id in records}
        self._show_table()
        self._arrange()

    # what is seen

    def _show_table(self) -> None:
        runs = [run for run in self.reading.records.values() if self._fits(run)]
        self.table.show(runs, self._marks())
        self._follow()

    def _follow(self) -> None:
        """Let chart, title and details tell of what is marked or under the cursor."""
        self.histories.want(self.chosen[:MOST_LINES])
        self._show_lines()
        self._entitle()
        self._show_details()
        self.refresh_bindings()

    def _show_lines(self) -> None:
        """Draw what has been read; until something has, the old picture stays."""
        lines = self.histories.known()
        if lines or self.histories.complete:
            self.chart.show([(run.name, history) for run, history in lines])

    def _marks(self) -> dict[int, Text]:
        """Return the sign of every marked run, in the colour of its curve."""
        return {run_id: self._mark(index) for index, run_id in enumerate(self._marked)}

    def _mark(self, index: int) -> Text:
        if index >= MOST_LINES:
            return Text("·", style="dim")
        style = self.chart.get_component_rich_style(f"overlay--{part_of(index)}")
        return Text(mark_of(index), style=Style(color=style.color, bold=True))

    def _entitle(self) -> None:
        shown, known = len(self.table.shown), len(self.reading.records)
        parts = [f"Runs · {shown:,}" if shown == known else f"Runs · {shown:,} of {known:,}"]
        if self._marked:
            parts.append(f"{len(self._marked):,} marked")
        if len(self._marked) > MOST_LINES:
            parts.append(f"the first {MOST_LINES} on the chart")
        self.table.border_title = ", ".join(parts)

    def _show_details(self) -> None:
        line, current = self.query_one("#details", Static), self.table.current
        line.set_class(bool(self._filter_problem), "-problem")
        if self._filter_problem:
            line.update(Content.styled(safe_line(self._filter_problem), "$text-error"))
        elif current is not None:
            line.update(details(current, self.app.size.width))
        else:
            line.update("No run fits the filter; escape shows all." if self._filter.value else "")

    def on_resize(self, event: events.Resize) -> None:
        """Share the new room."""
        self._arrange()
        self._show_details()

    def _arrange(self) -> None:
        """Give the table what its rows need, at the most half of the room, and the chart the rest.

        The rows counted are those of the store: a filter lets nothing jump.
        """
        empty = self.reading.done and not self.reading.records
        self.query_one("#empty").display = empty
        self.chart.display = not empty and self._zoomed != "table"
        self.table.display = not empty and self._zoomed != "chart"
        rows = len(self.reading.records) + FRAME
        half = (self.app.size.height - 1 - DETAILS) // 2
        self.table.styles.height = "1fr" if self._zoomed else max(LEAST_TABLE, min(rows, half))
        if self.focused is None and self.table.display:
            self.table.focus()

    @on(DataTable.RowHighlighted)
    def _moved(self) -> None:
        self._follow()

    @on(DataTable.RowSelected)
    def _selected(self) -> None:
        self.action_mark()

    @on(DataTable.HeaderSelected)
    def _heading_clicked(self, event: DataTable.HeaderSelected) -> None:
        """Sort by a heading; a second click turns the order round."""
        column = event.column_index - 1
        sorting = self.table.sorting
        if column >= 0:
            chosen = sorting.reverse() if column == sorting.column else Sorting.by(column)
            self.table.sort_by(chosen)

    # keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a key only while it does something."""
        if action in OF_RUNS:
            return bool(self.table.shown) and (action != "go_on" or self._begin is not None)
        if action == "filter" and self.focused is self._filter:
            return False
        return bool(self.reading.records) if action in OF_STORE else True

    def action_move(self, action: str) -> None:
        """Move in the table, whatever is in focus."""
        getattr(self.table, f"action_{action}")()

    def action_mark(self) -> None:
        """Mark the run under the cursor, or unmark it."""
        current = self.table.current
        if current is not None and self._marked.pop(current.id, self) is self:
            self._marked[current.id] = None
        self._show_marks()

    def action_mark_all(self) -> None:
        """Mark all runs that are shown; if they all are marked, none."""
        shown = [run.id for run in self.table.shown]
        if self._marked.keys() >= set(shown):
            self._marked.clear()
        else:
            self._marked.update(dict.fromkeys(shown))
        self._show_marks()

    def _show_marks(self) -> None:
        self.table.mark(self._marks())
        self._follow()

    def action_filter(self) -> None:
        """Put the cursor into the filter."""
        self.query_one("#filter-line").display = True
        self._filter.focus()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        """Show the runs that fit; one that makes no sense changes nothing but says so."""
        try:
            self._fits, self._filter_problem = parse(event.value), ""
        except StoreError as error:
            self._filter_problem = str(error)
        event.input.set_class(bool(self._filter_problem), "-invalid")
        self._show_table()

    @on(Input.Submitted, "#filter")
    def _filter_submitted(self) -> None:
        """Go back to the table; the filter stays."""
        self.query_one("#filter-line").display = bool(self._filter.value)
        self.table.focus()

    def action_leave(self) -> None:
        """Go back one step: from the filter, from a maximised pane, from the runs."""
        if self.query_one("#filter-line").display:
            self._filter.value = ""
            self.query_one("#filter-line").display = False
            self.table.focus()
        elif self._zoomed:
            self._zoomed = ""
            self._arrange()
        else:
            self.dismiss()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.table.sort_by(self.table.sorting.next())

    def action_reverse(self) -> None:
        """Sort the other way round."""
        self.table.sort_by(self.table.sorting.reverse())

    def action_go_on(self) -> None:
        """Go on with the run under the cursor, on the main screen."""
        current = self.table.current
        if current is not None:
            self._deeds.go_on(current, self._leave_for)

    def _leave_for(self, continued: Continued) -> None:
        if self._begin is not None:
            self.dismiss()
            self._begin(continued)

    def action_rename(self) -> None:
        """Name the run under the cursor."""
        current = self.table.current
        if current is not None:
            self._deeds.rename(current, self.reading.read)

    def action_delete(self) -> None:
        """Delete the chosen runs."""
        self._deeds.delete(self.chosen, self.reading.read)

    def action_export(self) -> None:
        """Write the chosen runs to files."""
        self._deeds.export(self.chosen)

    def action_report(self) -> None:
        """Write a report on the chosen runs."""
        self._deeds.report(self.chosen)

    def action_lens(self, name: str) -> None:
        """Look into the chosen runs, as far as they have checkpoints."""
        self._deeds.look_into(self.chosen, name)

    def action_reload(self) -> None:
        """Read the store again, and tell again what is wrong with it."""
        self._complaint = ""
        self.histories.retry()
        self._read_before = None
        self.reading.read()

    def action_zoom(self) -> None:
        """Show the chart alone, then the table, then both again."""
        self._zoomed = ZOOMS[(ZOOMS.index(self._zoomed) + 1) % len(ZOOMS)]
        self._arrange()

    def action_unit(self) -> None:
        """Switch the unit of the loss."""
        self.chart.unit = "nats" if self.chart.unit == "bits" else "bits"

    def action_log(self) -> None:
        """Switch the scale of the horizontal axis."""
        self.chart.log_x = not self.chart.log_x

    def action_x_unit(self) -> None:
        """Draw against the next of iterations, characters, seconds."""
        self.chart.next_x_unit()

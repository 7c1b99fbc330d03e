"""The keys of the runs screen, in the order in which its last line and its help name them."""

from __future__ import annotations

from functools import partial

from tui_charrnn.screens.base import key_of
from tui_charrnn.screens.lenses.keys import lens_keys

_key = partial(key_of, "runs")

KEYS = (
    _key("escape", "leave", "Back", "Leave the filter, a maximised pane, the runs"),
    _key("space", "mark", "Mark", "Mark or unmark a run: all marked ones are on the chart"),
    _key("slash", "filter", "Filter", "Show some of the runs only", key_display="/"),
    _key("o", "sort", "Sort", "Sort by the next column"),
    _key("g", "go_on", "Go on", "Go on with the run, here or where it is trained"),
    *lens_keys("runs"),
    _key("d", "delete", "Delete", "Delete the marked runs, or this one, after a question"),
    _key("x", "export", "Export", "Write the marked runs, or this one, to a file"),
    _key("p", "report", "Report", "Write a report on the marked runs, or this one"),
    _key("n", "rename", "Name", "Give the run another name"),
    _key("a", "mark_all", "All", "Mark all runs that are shown, or none"),
    _key("t", "x_unit", "Axis", "Against iterations, characters or seconds"),
    _key("z", "zoom", "Zoom", "Maximise the chart, then the table, and back"),
    _key("question_mark", "help", "Help", "Show this help"),
    _key("q", "app.quit", "Quit", "Leave, after a question if a run would be lost"),
    _key("O", "reverse", "Reverse", "Sort the other way round", show=False),
    _key("u", "unit", "Unit", "Loss in bits per character or in nats a sequence", show=False),
    _key("l", "log", "Log x", "A linear or a logarithmic axis", show=False),
    _key("f5,ctrl+r", "reload", "Reload", "Read the store again", show=False),
    # for the table has them only while it is in focus
    _key("up", "move('cursor_up')", "", "", show=False),
    _key("down", "move('cursor_down')", "", "", show=False),
    _key("pageup", "move('page_up')", "", "", show=False),
    _key("pagedown", "move('page_down')", "", "", show=False),
    _key("home", "move('scroll_top')", "", "", show=False),
    _key("end", "move('scroll_bottom')", "", "", show=False),
    _key("left", "move('cursor_left')", "", "", show=False),
    _key("right", "move('cursor_right')", "", "", show=False),
)

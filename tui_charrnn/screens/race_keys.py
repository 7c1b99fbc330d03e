"""The keys of the race screen, in the order in which its last line and its help name them."""

from __future__ import annotations

from functools import partial

from tui_charrnn.screens.base import key_of
from tui_charrnn.screens.lenses.keys import lens_keys

_key = partial(key_of, "race")

KEYS = (
    _key("escape", "leave", "Back", "Leave a maximised pane, or the race"),
    _key("space", "pause", "Pause", "Pause all nets, and go on"),
    _key("space", "resume", "Go on", "Go on with all nets"),
    _key("s", "sample", "Draw", "Draw a sample from each net now, with the settings of S"),
    _key("k", "cut_sample", "Cut", "End the samples being drawn, and keep what there is"),
    _key("x", "stop", "Stop", "Stop all nets; what they learned can still be looked at"),
    _key("r", "again", "Again", "Run the same race again, when it is over"),
    _key("g", "gradients", "Gradients", "Gradient memory of each net, measured now; and back"),
    _key("g", "loss", "Loss", "Back from the gradient memory to the loss"),
    *lens_keys("race"),
    _key("t", "x_unit", "Axis", "Loss against iterations, characters or seconds"),
    _key("p", "report", "Report", "Write a report of this race"),
    _key("z", "zoom", "Zoom", "Maximise the pane in focus, and back"),
    _key("question_mark", "help", "Help", "Show this help"),
    _key("q", "app.quit", "Quit", "Leave, after a question if a run would be lost"),
    _key("S", "sample_settings", "", "Set prompt, temperature, top-k, ..., and draw", show=False),
    _key("u", "unit", "Unit", "Loss in bits per character or in nats a sequence", show=False),
    _key("l", "log", "Log x", "Loss over a linear or a logarithmic axis", show=False),
    _key("1", "pane(0)", "Chart", "Go to the chart", show=False),
    _key("2", "pane(1)", "Samples", "Go to the samples of the first net", show=False),
    _key("3", "pane(2)", "Samples", "Go to the samples of the second net", show=False),
)

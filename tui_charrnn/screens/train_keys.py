"""The keys of the main screen, in the order in which its last line and its help name them."""

from __future__ import annotations

from functools import partial

from tui_charrnn.screens.base import key_of
from tui_charrnn.screens.lenses.keys import lens_keys

_key = partial(key_of, "train")

KEYS = (
    _key("escape", "leave", "Back", "Leave a field, the form, a maximised pane"),
    _key("space", "start", "Start", "Start, pause and resume the run"),
    _key("space", "pause", "Pause", "Pause the run"),
    _key("space", "resume", "Go on", "Go on with the run"),
    _key("s", "sample", "Draw", "Draw a sample now, with the settings of S"),
    _key("k", "cut_sample", "Cut", "End the sample being drawn, and keep what there is"),
    _key("x", "stop", "Stop", "Stop the run; its model stays and can still be sampled"),
    _key("plus,equals_sign", "rate(True)", "LR", "Raise the learning rate", key_display="+-"),
    _key("minus", "rate(False)", "LR", "Lower the learning rate", show=False),
    _key("r", "new_run", "New", "Begin a new run with the values of the form"),
    _key("e", "edit", "Edit", "Edit the hyperparameters of the next run"),
    _key("c", "corpus", "Text", "Choose the text of the next run"),
    _key("D", "detach", "Detach", "Let the run go on in a process of its own"),
    *lens_keys("train"),
    _key("R", "race", "Race", "Let two nets learn the same text side by side"),
    _key("o", "app.runs", "Runs", "See, compare, name, export and delete the runs kept"),
    _key("w", "app.sweep", "Sweep", "Train every cell of a grid of hyperparameters"),
    _key("m", "cell", "Cell", "Change the cell of the next run"),
    _key("z", "zoom", "Zoom", "Maximise the pane in focus, and back"),
    _key("question_mark", "help", "Help", "Show this help"),
    _key("q", "app.quit", "Quit", "Leave, after a question if a run would stop"),
    _key("S", "sample_settings", "", "Set prompt, temperature, top-k, ..., and draw", show=False),
    _key("u", "unit", "Unit", "Loss in bits per character or in nats a sequence", show=False),
    _key("l", "log", "Log x", "Iterations on a linear or a logarithmic axis", show=False),
    _key("1", "pane('chart')", "Loss", "Go to the loss chart", show=False),
    _key("2", "pane('samples')", "Samples", "Go to the samples", show=False),
    _key("3", "pane('form')", "Form", "Go to the hyperparameters", show=False),
)

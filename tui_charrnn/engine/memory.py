"""How large a model is before it is built, so that an impossible one is refused unbuilt.

The text is no part of it: when a model is looked at, the ids are there already, in memory that is
not free any more, or in a mapped file, whose pages the system takes back when it needs them and
counts among what is available.
"""

from __future__ import annotations

import math
import os

from tui_charrnn.engine.config import ConfigError, TrainConfig
from tui_charrnn.engine.optimizers import OPTIMIZERS
from tui_charrnn.engine.output import ROWS
from tui_charrnn.engine.parameters import count
from tui_charrnn.engine.registry import CELLS, model_layout
from tui_charrnn.engine.validation import STREAMS, WINDOW, window_shapes

NO_MEMORY = "There is not enough memory for this model."
"""What is said where the estimate was too low after all."""

BEST_COPIES = 2
"""The best validated parameters, and the better ones that are about to take their place."""

READING_COPIES = 2
"""Vectors of all parameters in a model that only reads: weights, and gradients that stay 0."""

MATRICES_OF_A_DRAW = {"normal": 1, "scaled": 1, "orthogonal": 4}
"""Matrices in float64 that drawing one takes; the QR decomposition needs four in all."""

MOST_TOLD = 10**21
"""Bytes from which on a size is not told any more: it need not fit into a float."""

VECTORS_MEASURED = 5
"""Vectors of all parameters in float64 that the gradient memory takes: weights, gradients, and what
scans of several windows copy."""

SHARD_COPIES = 3
"""Vectors of all parameters that one more process takes: its gradients, what its scans copy, and
the weights, which all of them share."""

ONE_HOT = 256
"""Numbers for every character read that adding up its gradients takes; in large nets as many as
two of its rows have, but never more than there are distinct characters."""

PROCESS = 32_000_000
"""Bytes that a process takes with Python and NumPy, before there is a model in it."""

UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def parameter_count(config: TrainConfig, vocab_size: int) -> int:
    """Return the number of trained values of the model that `config` describes."""
    return count(model_layout(config, vocab_size))


def training_memory(config: TrainConfig, vocab_size: int) -> int:
    """Estimate the bytes that training such a model needs: parameters, activations, outputs.

    The held-out text counts as long enough for the widest windows of a validation.
    """
    rows = config.seq_length * config.batch_size
    one_hot = min(vocab_size, max(ONE_HOT, 2 * config.hidden_size))
    slots, windows = len(OPTIMIZERS[config.optimizer].SLOTS), rows
    together = _rows_together(rows)
    copies = 2 + slots  # weights, gradients, optimizer memory
    if config.validation_fraction and config.eval_every:
        full, last = _validation_rows(config)
        copies += BEST_COPIES
        windows = full + max(rows, last)  # the model keeps the buffers of two shapes
        together = max(together, _rows_together(full))
    buffers = windows * config.hidden_size * (kept_activations(config) + 1)
    itemsize = 4 if config.dtype == "float32" else 8
    values = parameter_count(config, vocab_size)
    parameters = itemsize * values
    # while it is built: weights, gradients, and the largest matrix drawn in float64
    building = 2 * parameters + 8 * config.hidden_size * max(
        config.hidden_size * MATRICES_OF_A_DRAW[config.initialization], vocab_size
    )
    # now and then: a snapshot of weights and optimizer memory, or a measurement
    watched = 0 < config.watch_every <= config.iterations
    passing = max((1 + slots) * parameters, 8 * VECTORS_MEASURED * values if watched else 0)
    # the logits of some characters at a time, whose gradients are added to those before
    outputs = vocab_size * (together + (config.hidden_size if rows > ROWS else 0))
    shard = SHARD_COPIES * parameters + itemsize * outputs + PROCESS
    training = (
        (config.processes - 1) * shard
        + copies * parameters
        + passing
        + itemsize * (buffers + rows * one_hot + outputs)
    )
    return max(building, training)


def _rows_together(rows: int) -> int:
    """Return the characters of a window whose logits are there at the same time."""
    blocks = -(-rows // ROWS)
    return -(-rows // blocks)


def kept_activations(config: TrainConfig) -> int:
    """Return how many arrays (T, B, H) the layers keep of a window; dropout adds to them."""
    dropped = 2 * (config.layers - 1) if config.dropout else 0
    return config.layers * CELLS[config.cell].activations + dropped


def _validation_rows(config: TrainConfig) -> tuple[int, int]:
    """Return the characters of the usual and of the last window of a validation."""
    if config.eval_length == 0:
        return STREAMS * WINDOW, STREAMS * (WINDOW - 1)
    full, last = window_shapes(config.eval_length)
    return math.prod(full), math.prod(last)


def machine_memory() -> int:
    """Return the bytes of memory that this machine can still give, as well as it can tell."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            sizes = dict(line.split(":", 1) for line in lines)
        return int(sizes["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 8 * 2**30  # not told: what a small machine of today has


def check_memory(config: TrainConfig, vocab_size: int) -> None:
    """Refuse a model that this machine has no memory to train.

    Raises:
        ConfigError: naming what is needed and what there is.
    """
    windows = f" with seq_length {config.seq_length:,} and batch_size {config.batch_size:,}"
    _check(config, training_memory(config, vocab_size), windows)


def check_reading_memory(config: TrainConfig, vocab_size: int) -> None:
    """Refuse a model that this machine has no memory to hold, although nobody is to train it.

    Raises:
        ConfigError: naming what is needed and what there is.
    """
    itemsize = 4 if config.dtype == "float32" else 8
    _check(config, READING_COPIES * itemsize * parameter_count(config, vocab_size))


def _check(config: TrainConfig, needed: int, windows: str = "") -> None:
    available = machine_memory()
    if needed > available:
        raise ConfigError(
            "hidden_size",
            f"hidden_size {config.hidden_size:,}{windows} needs {in_words(needed)} of memory, "
            f"but only {in_words(available)} is free.",
        )


def in_words(size: float) -> str:
    """Return a number of bytes as people write it: `1.3 GB`."""
    if size >= MOST_TOLD:
        return f"over {in_words(MOST_TOLD - 1)}"
    unit = 0
    while size >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:,.0f} {UNITS[unit]}" if unit == 0 or size >= 100 else f"{size:.1f} {UNITS[unit]}"

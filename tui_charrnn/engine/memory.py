"""How large a model is before it is built, so that an impossible one is refused unbuilt."""

from __future__ import annotations

import os

from tui_charrnn.engine.cell import ONE_HOT_LIMIT
from tui_charrnn.engine.config import ConfigError, TrainConfig
from tui_charrnn.engine.parameters import count
from tui_charrnn.engine.registry import CELLS, model_layout

COPIES = 4
"""Vectors of all parameters: weights, gradients, optimizer memory, the best validated copy."""

UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def parameter_count(config: TrainConfig, vocab_size: int) -> int:
    """Return the number of trained values of the model that `config` describes."""
    return count(model_layout(config, vocab_size))


def training_memory(config: TrainConfig, vocab_size: int) -> int:
    """Estimate the bytes that training such a model needs: parameters and activations."""
    hidden = config.hidden_size
    rows = config.seq_length * config.batch_size
    # d_hidden comes on top of what the cell keeps, and so does one extra look-up result
    activations = rows * hidden * (CELLS[config.cell].activations + 1)
    one_hot = vocab_size if vocab_size <= ONE_HOT_LIMIT else 2 * hidden
    outputs = rows * (vocab_size + one_hot)
    parameters = COPIES * parameter_count(config, vocab_size)
    itemsize = 4 if config.dtype == "float32" else 8
    return itemsize * (parameters + activations + outputs)


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
    needed, available = training_memory(config, vocab_size), machine_memory()
    if needed > available:
        raise ConfigError(
            "hidden_size",
            f"hidden_size {config.hidden_size:,} with seq_length {config.seq_length:,} and "
            f"batch_size {config.batch_size:,} needs {in_words(needed)} of memory, "
            f"but only {in_words(available)} is free.",
        )


def in_words(size: float) -> str:
    """Return a number of bytes as people write it: `1.3 GB`."""
    unit = 0
    while size >= 1000 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:,.0f} {UNITS[unit]}" if unit == 0 or size >= 100 else f"{size:.1f} {UNITS[unit]}"

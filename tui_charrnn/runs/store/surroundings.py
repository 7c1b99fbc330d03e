"""What a run is made with: versions and machine, so that its figures can be judged later."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

import tui_charrnn


@cache
def versions() -> dict[str, str]:
    """Return the versions of what takes part in the training, by name."""
    return {
        "charrnn-tui": tui_charrnn.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": _blas(),
    }


@cache
def machine() -> dict[str, str]:
    """Return processor, number of cores and system."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count() or "unknown"),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _blas() -> str:
    """Name the linear algebra library and its kernels, which decide how fast a net trains."""
    libraries = [
        " ".join([info["internal_api"], info["version"] or "", info.get("architecture") or ""])
        for info in threadpool_info()
        if info["user_api"] == "blas"
    ]
    return ", ".join(libraries).strip() or "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

"""What a measurement was made on: processor, versions, and the kernels that do the products."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info


def describe() -> list[str]:
    """Return the lines that a table of measurements is headed by."""
    return [
        f"Processor: {_processor()}, {os.cpu_count()} cores, {platform.system()}",
        f"Python {platform.python_version()}, NumPy {np.__version__}, {_blas()}",
        f"Load average at the start: {_load()}",
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _blas() -> str:
    """Name the linear algebra library; the kernels it chose decide half of every ratio."""
    libraries = [
        f"{info['internal_api']} {info['version']}, {info.get('architecture', 'unnamed')} kernels, "
        f"{info['num_threads']} thread(s)"
        for info in threadpool_info()
        if info["user_api"] == "blas"
    ]
    return "; ".join(libraries) or "a BLAS that threadpoolctl does not know"


def _load() -> str:
    try:
        return f"{os.getloadavg()[0]:.2f}"
    except (AttributeError, OSError):
        return "unknown"

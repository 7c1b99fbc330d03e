"""How another interpreter is started, for what has to run beside this one, and how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress


def bootstrap(module: str) -> str:
    """Return code for `interpreter` that runs the `main` of a module.

    It finds modules where this interpreter does, and nowhere else, be its working directory another
    one.
    """
    return f"import sys; sys.path[:] = sys.argv[1:]; from {module} import main; main()"


def interpreter(code: str) -> list[str]:
    """Return the command that runs some code, which finds in `sys.argv[1:]` where modules are."""
    paths = [os.path.abspath(path) for path in sys.path if isinstance(path, str)]
    return [sys.executable, "-c", code, *paths]


def exit_code(process: subprocess.Popen[bytes], patience: float) -> int:
    """Wait for the end of a process, which is killed if it takes longer than so many seconds."""
    with suppress(subprocess.TimeoutExpired):
        return process.wait(patience)
    process.kill()
    return process.wait()


def how_it_ended(code: int) -> str:
    """Say how a process ended, given its exit code, which is negative for a signal."""
    if code >= 0:
        return f"ended with exit code {code}"
    why = "; the system may have run out of memory" if code == -signal.SIGKILL else ""
    return f"was killed ({_signal_name(-code)}){why}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

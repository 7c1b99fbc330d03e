"""How another interpreter is started, for what has to run beside this one."""

from __future__ import annotations

import os
import sys


def interpreter(code: str) -> list[str]:
    """Return the command that runs some code, which finds in `sys.argv[1:]` where modules are.

    With these as its `sys.path` it finds them where this interpreter does, and nowhere else, be its
    working directory another one.
    """
    paths = [os.path.abspath(path) for path in sys.path if isinstance(path, str)]
    return [sys.executable, "-c", code, *paths]

"""The process of the command: `python -m tui_charrnn` is the same as `charrnn-tui`."""

import os
import sys
import threading
from contextlib import suppress

from tui_charrnn.cli import main


def run() -> None:
    """Run the command and end the process with its exit code.

    Whatever may not be lost was waited for. A thread which holds up no exit, such as one that reads
    a text nobody needs any more, may still compute: Python (before 3.14) would unwind it wherever
    it is, which within NumPy's C++ aborts the process. So then the process ends without that.
    """
    code = main()
    if any(thread.daemon for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # nobody reads it any more
                stream.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run()

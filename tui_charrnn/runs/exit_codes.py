"""Exit codes of the command, as shells and scripts expect them."""

from __future__ import annotations

FAILED = 1
"""Of a run that broke off."""

BAD_INPUT = 2
"""Where what was given, or where it was to be written, cannot be used."""

SIGNAL = 128
"""Added to the number of the signal that ended a run: 130 for Ctrl+C."""

INTERRUPTED = SIGNAL + 2

READER_GONE = SIGNAL + 13
"""Where nobody reads the output any more, as a shell tells it for SIGPIPE."""
